//! Readers of texts that clients write.

use domain::{
    Bind, ContainerId, ContainerName, DetachKeys, HostPort, ImageId, ImageRef, NetworkMode, Platform, PortSpec, RestartPolicy, Signal,
    Volume,
};
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

proptest! {
    #[test]
    fn no_text_makes_any_reader_panic(text in any::<String>(), number in any::<i64>()) {
        let _ = ContainerName::parse(&text);
        let _ = ContainerId::parse(&text);
        let _ = ImageId::parse(&text);
        let _ = ImageRef::parse(&text);
        let _ = Platform::parse(&text);
        let _ = Signal::parse(&text);
        let _ = PortSpec::parse_range(&text);
        let _ = HostPort::parse(&text);
        let _ = Bind::parse(&text);
        let _ = DetachKeys::parse(&text);
        let _ = NetworkMode::parse(&text);
        let _ = RestartPolicy::parse(&text, number);
        let _ = Volume::check_name(&text);
    }

    #[test]
    fn names_are_kept_as_they_are(name in "[a-zA-Z0-9][a-zA-Z0-9_.-]{1,80}") {
        prop_assert_eq!(&ContainerName::parse(&name).unwrap().to_string(), &name);
        prop_assert_eq!(ContainerName::parse(&format!("/{name}")).unwrap().to_string(), name.clone());
        prop_assert!(Volume::check_name(&name).is_ok());
    }

    #[test]
    fn names_with_anything_else_are_refused(begin in "[a-zA-Z0-9]{1,5}", other in "[^a-zA-Z0-9_.-]", end in "[a-zA-Z0-9]{0,5}") {
        let name = format!("{begin}{other}{end}");
        prop_assert!(ContainerName::parse(&name).is_err());
        prop_assert!(Volume::check_name(&name).is_err());
    }

    #[test]
    fn a_written_image_name_reads_as_itself(
        registry in "(docker\\.io/|localhost/|[a-z]{1,8}\\.[a-z]{2,3}/|[a-z]{1,8}:[1-9][0-9]{1,3}/)?",
        // A first part with a dot would be a registry.
        path in "[a-z0-9]{1,8}((_|__|-{1,3})[a-z0-9]{1,8}){0,2}(/[a-z0-9]{1,8}(\\.[a-z0-9]{1,8})?){0,3}",
        tag in "(:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,20})?",
        digest in "(@sha256:[a-f0-9]{64})?",
    ) {
        let written = format!("{registry}{path}{tag}{digest}");
        let reference = ImageRef::parse(&written).unwrap();
        prop_assert_eq!(&ImageRef::parse(&reference.to_string()).unwrap(), &reference);
        prop_assert_eq!(&ImageRef::parse(&reference.familiar()).unwrap(), &reference);
        prop_assert_eq!(reference.tag(), tag.strip_prefix(':').or_else(|| digest.is_empty().then_some("latest")));
        prop_assert_eq!(reference.digest(), digest.strip_prefix('@'));
        prop_assert!(reference.familiar().starts_with(&reference.familiar_name()));
    }

    #[test]
    fn whatever_is_read_as_an_image_name_is_written_as_the_same(text in "[a-zA-Z0-9./:@_-]{0,40}") {
        if let Ok(reference) = ImageRef::parse(&text) {
            prop_assert_eq!(&ImageRef::parse(&reference.to_string()).unwrap(), &reference);
        }
    }

    #[test]
    fn signals_read_back_from_number_and_name(number in 1..=64_u8) {
        let signal = Signal::parse(&number.to_string()).unwrap();
        prop_assert_eq!((signal.number(), signal.exit_code()), (number, 128 + i32::from(number)));
        if number <= 31 {
            let name = signal.to_string();
            for text in [name.clone(), name.to_lowercase(), name["SIG".len()..].to_owned()] {
                prop_assert_eq!(Signal::parse(&text), Ok(signal));
            }
        }
    }

    #[test]
    fn other_numbers_are_no_signals(number in any::<i64>()) {
        prop_assert_eq!(Signal::parse(&number.to_string()).is_ok(), (1..=64).contains(&number));
    }

    #[test]
    fn ports_read_back(first in any::<u16>(), more in 0..50_u16, protocol in "(tcp|udp|sctp)") {
        let last = first.saturating_add(more);
        let ports = PortSpec::parse_range(&format!("{first}-{last}/{protocol}")).unwrap();
        prop_assert_eq!(ports.len(), usize::from(last - first) + 1);
        for port in &ports {
            prop_assert!((first..=last).contains(&port.port));
            prop_assert_eq!(PortSpec::parse_range(&port.to_string()), Ok(vec![*port]));
        }
        prop_assert_eq!(PortSpec::parse_range(&format!("{last}-{first}")).is_ok(), first == last);
    }

    #[test]
    fn binds_keep_their_parts(source in "(/[a-z]{1,8}|[a-z]{2,8})", target in "/[a-z]{1,8}", mode in "(ro|rw|z|ro,z|rw,Z|)") {
        let text = if mode.is_empty() { format!("{source}:{target}") } else { format!("{source}:{target}:{mode}") };
        let bind = Bind::parse(&text).unwrap();
        prop_assert_eq!((&bind.text, bind.source.as_ref(), &bind.target, &bind.mode), (&text, Some(&source), &target, &mode));
        prop_assert_eq!(bind.read_only, mode.starts_with("ro"));
        prop_assert_eq!(bind.is_volume(), !source.starts_with('/'));
    }

    #[test]
    fn binds_with_a_relative_target_or_an_unknown_option_are_refused(word in "[a-z]{2,8}") {
        let (relative, unknown) = (format!("/src:{word}"), format!("/src:/dst:{word}x"));
        prop_assert!(Bind::parse(&relative).is_err());
        prop_assert!(Bind::parse(&unknown).is_err());
    }
}
