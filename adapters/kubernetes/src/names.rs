//! Names and labels that Kubernetes accepts, made from what Docker accepts.
//!
//! The rules are those of the original, so that objects can be found by the same names.

/// How long a label's value, the name part of its key, and a host name may be.
const LABEL_MAX: usize = 63;

/// How much of a pod's name prefix and container name may take.
const READABLE_MAX: usize = 32;

/// The pod of a run. Each run but the first has its number in the name, so that a start never waits for the pod of the run before.
pub(crate) fn pod_name(prefix: &str, container: &str, short_id: &str, run: u32) -> String {
    let mut readable: String =
        format!("{prefix}-{container}").replace('_', "-").chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    readable.truncate(READABLE_MAX);
    let name = format!("{readable}-{short_id}").replace("--", "-");
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
    if run > 1 { format!("{name}-{run}") } else { name }
}

/// A label's key; `None` if nothing of it is left or the rest is none.
pub(crate) fn label_key(key: &str) -> Option<String> {
    let clean = sanitise(key, |c| matches!(c, '-' | '.' | '/'), &['-', '_', '.', '/']);
    is_qualified_name(&clean).then_some(clean)
}

/// A label's value; `None` if nothing of it is left.
pub(crate) fn label_value(value: &str) -> Option<String> {
    let clean = sanitise(value, |c| matches!(c, '-' | '.'), &['-', '_', '.']);
    (value.is_empty() || !clean.is_empty()).then_some(clean)
}

/// Whether it can be the key of an annotation or a label: a name, perhaps after a domain and a slash.
pub(crate) fn is_qualified_name(key: &str) -> bool {
    let (domain, name) = match key.split_once('/') {
        Some((domain, name)) => (Some(domain), name),
        None => (None, key),
    };
    let edges = |text: &str| {
        let ends = [text.bytes().next(), text.bytes().next_back()];
        ends.into_iter().all(|byte| byte.is_some_and(|b| b.is_ascii_alphanumeric()))
    };
    let is_domain = |text: &str| {
        text.len() <= 253
            && text.split('.').all(|part| edges(part) && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
    };
    name.len() <= LABEL_MAX
        && edges(name)
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        && domain.is_none_or(is_domain)
}

/// The host name of a pod: `name` if Kubernetes accepts it, else what can be made of it; `None` if that is nothing.
pub(crate) fn hostname(name: &str) -> Option<String> {
    let clean: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let clean = clean.trim_start_matches('-');
    let clean = clean[..clean.len().min(LABEL_MAX)].trim_end_matches('-');
    (!clean.is_empty()).then(|| clean.to_owned())
}

/// The original's three removals, with its cut after each of them.
fn sanitise(text: &str, also: impl Fn(char) -> bool, trailing: &[char]) -> String {
    let text: String = text.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).chars().take(LABEL_MAX).collect();
    let text: String = text.chars().filter(|c| c.is_ascii_alphanumeric() || also(*c)).collect();
    text.trim_end_matches(trailing).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{hostname, is_qualified_name, label_key, label_value, pod_name};

    #[test]
    fn pod_names_are_the_originals() {
        for (prefix, container, name) in [
            ("kubedock", "my_app.1", "kubedock-my-app1-abcdefabcdef"),
            ("kubedock", "", "kubedock-abcdefabcdef"),
            ("Team_A", "/Foo", "team-a-foo-abcdefabcdef"),
            ("kubedock", "a---b", "kubedock-a--b-abcdefabcdef"),
            ("", "x", "x-abcdefabcdef"),
            ("kubedock", "a-very-long-name-that-goes-on-and-on", "kubedock-a-very-long-name-that-g-abcdefabcdef"),
            ("", "", "abcdefabcdef"),
            ("kubedöck", "é", "kubedck-abcdefabcdef"),
        ] {
            assert_eq!(pod_name(prefix, container, "abcdefabcdef", 1), name, "{prefix} {container}");
        }
        assert_eq!(pod_name("kubedock", "web", "abcdefabcdef", 2), "kubedock-web-abcdefabcdef-2");
    }

    #[test]
    fn labels_are_the_originals() {
        let long = "1234567890".repeat(7);
        for (text, key, value) in [
            ("__-abc", Some("abc"), Some("abc")),
            ("app.kubernetes.io/name", Some("app.kubernetes.io/name"), Some("app.kubernetes.ioname")),
            ("StrategicMars/-", Some("StrategicMars"), Some("StrategicMars")),
            (&long, Some(&long[..63]), Some(&long[..63])),
            ("", None, Some("")),
            ("___", None, None),
            ("äöü", None, None),
            ("com.docker.compose.project", Some("com.docker.compose.project"), Some("com.docker.compose.project")),
            // The original sends the key with two slashes, and the API refuses the pod.
            ("/a/b/c", None, Some("abc")),
            ("UPPER.example/x", None, Some("UPPER.examplex")),
        ] {
            assert_eq!(label_key(text).as_deref(), key, "key {text}");
            assert_eq!(label_value(text).as_deref(), value, "value {text}");
        }
    }

    #[test]
    fn qualified_names() {
        for good in ["a", "a.b_c-D", "example.com/a", "a-b.c/x"] {
            assert!(is_qualified_name(good), "{good}");
        }
        for bad in ["", "/", "a/", "/a", "a/b/c", "-a", "a-", "A.com/x", "a..b/x", "a b", "é", &"x".repeat(64)] {
            assert!(!is_qualified_name(bad), "{bad}");
        }
    }

    #[test]
    fn host_names_become_labels() {
        for (name, host) in [
            ("web-1", Some("web-1")),
            ("My_Host.example", Some("my-host-example")),
            ("--x--", Some("x")),
            ("", None),
            ("...", None),
            ("0a1b2c3d4e5f", Some("0a1b2c3d4e5f")),
        ] {
            assert_eq!(hostname(name).as_deref(), host, "{name}");
        }
        assert_eq!(hostname(&format!("{}-x", "a".repeat(62))).map(|n| n.len()), Some(62));
    }
}
