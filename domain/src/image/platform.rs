//! Platforms, and what runs on them.

use std::fmt;

use crate::{Error, Result};

/// An operating system and a processor: `linux/arm64/v8`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Platform {
    /// `linux`.
    pub os: String,
    /// `amd64`.
    pub architecture: String,
    /// `v8`; empty usually.
    pub variant: String,
}

impl Platform {
    /// Reads `os`, `architecture`, `os/architecture` or `os/architecture/variant`, where a version may follow the system in parentheses;
    /// missing parts are empty, and the system is Linux if only an architecture is named (containerd `platforms.Parse`).
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = |why: &str| Err(Error::Invalid(format!("{why}: invalid argument")));
        let is_word = |part: &str, marks: &[u8]| part.bytes().all(|b| b.is_ascii_alphanumeric() || marks.contains(&b));
        let is_name = |part: &str| !part.is_empty() && is_word(part, b"_-");
        let (system, rest) = text.split_once('/').map_or((text, None), |(system, rest)| (system, Some(rest)));
        // Nodes of any version are taken for the one that is asked for.
        let (name, version) = system.strip_suffix(')').and_then(|all| all.split_once('(')).unwrap_or((system, ""));
        if !is_name(name) || !is_word(version, b"_.-") {
            return invalid(&format!("{system:?} is an invalid OS component of {text:?}: {OS_RULE}"));
        }
        if let Some(part) = rest.into_iter().flat_map(|rest| rest.split('/')).find(|part| !is_name(part)) {
            return invalid(&format!("{part:?} is an invalid component of {text:?}: {RULE}"));
        }
        let parts: Vec<&str> = std::iter::once(name).chain(rest.into_iter().flat_map(|rest| rest.split('/'))).collect();
        let platform = |os: &str, architecture: &str, variant: &str| {
            Self { os: os.to_owned(), architecture: architecture.to_owned(), variant: variant.to_owned() }.normal()
        };
        // Who says nothing of an arm's variant means any.
        let silent = |platform: Self| Self { variant: if platform.variant == "v7" { String::new() } else { platform.variant }, ..platform };
        match parts[..] {
            [one] => {
                let (system, processor) = (Self { os: one.to_owned(), ..Self::default() }.normal(), silent(platform("linux", one, "")));
                if SYSTEMS.contains(&system.os.as_str()) {
                    Ok(Self { architecture: String::new(), variant: String::new(), ..system })
                } else if ARCHITECTURES.contains(&processor.architecture.as_str()) {
                    Ok(processor)
                } else {
                    invalid(&format!("{text:?}: unknown operating system or architecture"))
                }
            }
            [os, architecture] => Ok(silent(platform(os, architecture, ""))),
            [os, architecture, variant] => {
                let full = platform(os, architecture, variant);
                let is_v8 = full.architecture == "arm64" && full.variant.is_empty();
                Ok(if is_v8 { Self { variant: "v8".to_owned(), ..full } } else { full })
            }
            _ => invalid(&format!("{text:?}: cannot parse platform specifier")),
        }
    }

    /// Linux on a processor that the kernel calls `machine`, `x86_64`.
    #[must_use]
    pub fn linux(machine: &str) -> Self {
        Self { os: "linux".to_owned(), architecture: machine.to_owned(), variant: String::new() }.normal()
    }

    /// The same, and where it says nothing what `other` says.
    #[must_use]
    pub fn or(mut self, other: &Self) -> Self {
        if self.os.is_empty() {
            self.os.clone_from(&other.os);
        }
        if self.architecture.is_empty() {
            self.architecture.clone_from(&other.architecture);
        }
        self
    }

    /// Whether an image for `image` is what was asked for by this: one that its processor can run, where either is silent about a part any,
    /// and images seldom say which variant they are for (moby `daemon/images/image.go`, `OnlyPlatformWithFallback`).
    #[must_use]
    pub fn admits(&self, image: &Self) -> bool {
        let asked = self.clone().or(image);
        let normal = image.clone().or(&asked).normal();
        let same_but_variant = |own: Self| own.os == normal.os && own.architecture == normal.architecture;
        asked.admitted().contains(&normal) || image.variant.is_empty() && same_but_variant(asked.normal())
    }

    /// What runs on this, by its normal name, the best first: itself, then what its processor can do as well (containerd `platforms.Only`).
    #[must_use]
    pub fn admitted(&self) -> Vec<Self> {
        let itself = self.normal();
        let on = |architecture: &str, variant: &str| {
            Self { os: itself.os.clone(), architecture: architecture.to_owned(), variant: variant.to_owned() }.normal()
        };
        let below = |architecture: &str, variant: &str, least: u8| -> Vec<Self> {
            let number = variant.strip_prefix('v').and_then(|number| number.parse::<u8>().ok()).unwrap_or(0);
            (least..number).rev().map(|number| on(architecture, &format!("v{number}"))).collect()
        };
        let mut all = vec![itself.clone()];
        match itself.architecture.as_str() {
            "amd64" => {
                all.extend(below("amd64", &itself.variant, 1));
                all.push(on("386", ""));
            }
            "arm" => all.extend(below("arm", &itself.variant, 5)),
            "arm64" => {
                let variant = if itself.variant.is_empty() { "v8" } else { &itself.variant };
                all.push(on("arm", variant));
                all.extend(below("arm", variant, 5));
            }
            _ => {}
        }
        all
    }

    /// The same by its one name of several (containerd `platforms.Normalize`).
    #[must_use]
    pub fn normal(&self) -> Self {
        let lower = |text: &str| text.to_ascii_lowercase();
        let (os, architecture, variant) = (lower(&self.os), lower(&self.architecture), lower(&self.variant));
        let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
            ("i386" | "386", _) => ("386", ""),
            ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
            ("x86_64" | "x86-64" | "amd64", variant) => ("amd64", variant),
            ("aarch64" | "arm64", "8" | "v8") => ("arm64", ""),
            ("aarch64" | "arm64", variant) => ("arm64", variant),
            ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
            ("armel", _) | ("arm", "6") => ("arm", "v6"),
            ("arm", "5") => ("arm", "v5"),
            ("arm", "8") => ("arm", "v8"),
            as_they_are => as_they_are,
        };
        let os = if os == "macos" { "darwin".to_owned() } else { os };
        Self { os, architecture: architecture.to_owned(), variant: variant.to_owned() }
    }
}

impl fmt::Display for Platform {
    /// `linux/arm64/v8`, as containerd's `platforms.Format` writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [self.os.as_str(), self.architecture.as_str(), self.variant.as_str()];
        f.write_str(&parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/"))
    }
}

/// What a system is written like.
const OS_RULE: &str = r#"OSAndVersion specifier component must match "^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.-]*)\\))?$""#;

/// What the other parts are written like.
const RULE: &str = r#"platform specifier component must match "^[A-Za-z0-9_-]+$""#;

/// The operating systems that can stand alone (containerd `platforms`, `isKnownOS`).
const SYSTEMS: [&str; 17] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
    "zos",
];

/// The architectures that can stand alone (containerd `platforms`, `isKnownArch`).
const ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "ppc64",
    "ppc64le",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

#[cfg(test)]
mod tests {
    use super::{OS_RULE, Platform, RULE};

    #[test]
    fn platforms_are_completed_and_compared() {
        let platform = |text: &str| Platform::parse(text).unwrap();
        let cluster = Platform::linux("x86_64");
        assert_eq!(cluster.to_string(), "linux/amd64");
        assert_eq!(platform("arm64").or(&cluster).to_string(), "linux/arm64");
    }

    #[test]
    fn an_image_is_for_whatever_runs_it() {
        let platform = |text: &str| Platform::parse(text).unwrap();
        for (asked, image, admitted) in [
            ("linux", "linux/amd64", true),
            ("linux/amd64", "linux/amd64", true),
            ("linux/amd64", "linux/386", true),
            ("linux/386", "linux/amd64", false),
            ("linux/amd64/v3", "linux/amd64/v2", true),
            ("linux/amd64", "linux/amd64/v2", false),
            ("linux/arm64/v8", "linux/arm64", true),
            ("linux/arm64", "linux/arm64/v8", true),
            ("arm64", "linux/amd64", false),
            ("linux/arm/v8", "linux/arm/v7", true),
            ("linux/arm/v7", "linux/arm/v6", true),
            ("linux/arm/v6", "linux/arm/v7", false),
            ("linux/arm", "linux/arm/v7", true),
            // Images that do not say for which variant they are.
            ("linux/arm/v5", "linux/arm", true),
            ("linux/arm64/v9", "linux/arm64", true),
            ("windows", "linux/amd64", false),
        ] {
            assert_eq!(platform(asked).admits(&platform(image)), admitted, "{asked} {image}");
        }
        assert!(Platform::linux("amd64").admits(&Platform::default()));
    }

    #[test]
    fn platforms_read_as_containerd_reads_them() {
        let parts = |text: &str| Platform::parse(text).map(|p| [p.os, p.architecture, p.variant].join("/"));
        assert_eq!(parts("linux/amd64"), Ok("linux/amd64/".to_owned()));
        assert_eq!(parts("Linux/aarch64/v8"), Ok("linux/arm64/v8".to_owned()));
        assert_eq!(parts("windows"), Ok("windows//".to_owned()));
        assert_eq!(parts("Windows(10.0.17763)/amd64"), Ok("windows/amd64/".to_owned()));
        assert_eq!(parts("linux()"), Ok("linux//".to_owned()));
        for (text, read) in [
            ("macos", "darwin//"),
            ("plan9", "plan9//"),
            ("sparc64", "linux/sparc64/"),
            ("armhf", "linux/arm/"),
            ("linux/arm", "linux/arm/"),
            ("linux/armel", "linux/arm/v6"),
            ("linux/arm/7", "linux/arm/v7"),
            ("linux/arm64/8", "linux/arm64/v8"),
            ("linux/amd64/v1", "linux/amd64/"),
        ] {
            assert_eq!(parts(text), Ok(read.to_owned()));
        }
        assert_eq!(parts("arm64"), Ok("linux/arm64/".to_owned()));
        for (text, says) in [
            ("foo", "\"foo\": unknown operating system or architecture: invalid argument"),
            ("a/b/c/d", "\"a/b/c/d\": cannot parse platform specifier: invalid argument"),
            ("a//c", &format!("\"\" is an invalid component of \"a//c\": {RULE}: invalid argument")),
            ("linux/amd64/v1.2", &format!("\"v1.2\" is an invalid component of \"linux/amd64/v1.2\": {RULE}: invalid argument")),
            ("", &format!("\"\" is an invalid OS component of \"\": {OS_RULE}: invalid argument")),
            ("/", &format!("\"\" is an invalid OS component of \"/\": {OS_RULE}: invalid argument")),
            ("a.b/c", &format!("\"a.b\" is an invalid OS component of \"a.b/c\": {OS_RULE}: invalid argument")),
            ("a(1)b", &format!("\"a(1)b\" is an invalid OS component of \"a(1)b\": {OS_RULE}: invalid argument")),
            (
                r#"{"os":"x"}"#,
                &format!(r#""{{\"os\":\"x\"}}" is an invalid OS component of "{{\"os\":\"x\"}}": {OS_RULE}: invalid argument"#),
            ),
        ] {
            assert_eq!(parts(text).unwrap_err().to_string(), says);
        }
    }
}
