//! The frames that keep standard output and standard error apart on one connection.

/// What a session printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Printed {
    /// Standard output.
    pub(crate) stdout: Vec<u8>,
    /// Standard error.
    pub(crate) stderr: Vec<u8>,
}

/// Takes `bytes` apart: `[stream, 0, 0, 0, length as four bytes, payload]` again and again. `None` if they are anything else.
pub(crate) fn demultiplex(mut bytes: &[u8]) -> Option<Printed> {
    let mut printed = Printed::default();
    while !bytes.is_empty() {
        let (head, rest) = bytes.split_first_chunk::<8>()?;
        let [stream, 0, 0, 0, a, b, c, d] = *head else { return None };
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        let payload = rest.get(..length)?;
        match stream {
            1 => printed.stdout.extend_from_slice(payload),
            2 => printed.stderr.extend_from_slice(payload),
            _ => return None,
        }
        bytes = &rest[length..];
    }
    Some(printed)
}
