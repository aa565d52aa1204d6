//! What the kernel tells about a process.

use std::fs;

use anyhow::Context as _;

/// Memory that it uses now, in MiB.
///
/// # Errors
/// It is gone.
pub(crate) fn resident(pid: u32) -> anyhow::Result<f64> {
    status(pid, "VmRSS:")
}

/// The most memory that it has used, in MiB, since its begin or since [`forget_peak`].
///
/// # Errors
/// It is gone.
pub(crate) fn peak(pid: u32) -> anyhow::Result<f64> {
    status(pid, "VmHWM:")
}

/// Lets the peak begin anew at what is used now.
///
/// # Errors
/// It is gone, or belongs to somebody else.
pub(crate) fn forget_peak(pid: u32) -> anyhow::Result<()> {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").context("cannot reset the peak of memory")
}

fn status(pid: u32, field: &str) -> anyhow::Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).context("the process is gone")?;
    parse(&text, field).with_context(|| format!("no {field} in its status"))
}

fn parse(status: &str, field: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_field_is_in_mib() {
        let status = "Name:\tx\nVmHWM:\t   10240 kB\nVmRSS:\t    5120 kB\n";
        assert_eq!(super::parse(status, "VmRSS:"), Some(5.0));
        assert_eq!(super::parse(status, "VmHWM:"), Some(10.0));
        assert_eq!(super::parse(status, "VmSwap:"), None);
    }

    #[test]
    fn this_process_uses_memory() {
        let pid = std::process::id();
        assert!(super::resident(pid).unwrap() > 0.5);
        assert!(super::peak(pid).unwrap() >= super::resident(pid).unwrap() * 0.9);
    }
}
