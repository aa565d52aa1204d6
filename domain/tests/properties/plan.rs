//! From a request to a workload.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::{
    Config, Container, ContainerId, ContainerName, ContainerSpec, HostConfig, ImageConfig, ImageId, Policy, Resources, State, Timestamp,
    merge, plan, shortfalls,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};

fn words() -> impl Strategy<Value = Option<Vec<String>>> {
    option::of(vec("[a-z]{1,4}", 0..3))
}

fn env() -> impl Strategy<Value = Vec<String>> {
    vec("[A-D](=[a-z$()=]{0,4})?", 0..6)
}

fn container(config: Config, host: HostConfig) -> Container {
    Container {
        id: ContainerId::from_bytes([7; 32]),
        name: ContainerName::parse("web").unwrap(),
        created: Timestamp::from_nanos(0),
        spec: Arc::new(ContainerSpec { config, host, ..ContainerSpec::default() }),
        image: ImageId::parse(&format!("sha256:{}", "a".repeat(64))).unwrap(),
        pull_name: "web:1".to_owned(),
        state: State::new(),
        runs: 1,
        endpoints: BTreeMap::new(),
        mounts: Vec::new(),
    }
}

fn name(entry: &str) -> &str {
    entry.split('=').next().unwrap()
}

proptest! {
    #[test]
    fn nothing_makes_the_plan_panic(
        texts in vec(any::<String>(), 8),
        numbers in vec(any::<i64>(), 4),
        tmpfs in btree_map(any::<String>(), any::<String>(), 0..3),
    ) {
        let text = |index: usize| texts[index].clone();
        let config = Config {
            image: text(0), user: text(1), working_dir: text(2), env: vec![text(3)], stop_timeout: Some(numbers[0]),
            volumes: [text(4)].into(), ..Config::default()
        };
        let host = HostConfig {
            network_mode: text(5), group_add: Some(vec![text(6)]), cap_add: Some(vec![text(7)]), extra_hosts: Some(vec![text(3)]),
            shm_size: numbers[1], tmpfs, resources: Resources { memory: numbers[2], nano_cpus: numbers[3], ..Resources::default() },
            ..HostConfig::default()
        };
        let container = container(config, host);
        let _ = shortfalls(&container.spec);
        let _ = plan(&container, None, &Policy { stop_timeout: Duration::from_secs(10) });
    }

    #[test]
    fn the_last_value_of_a_variable_counts_and_nothing_is_expanded(env in env()) {
        let config = Config { env: env.clone(), ..Config::default() };
        let workload = plan(&container(config, HostConfig::default()), None, &Policy { stop_timeout: Duration::ZERO }).unwrap();
        let names: BTreeSet<&str> = env.iter().map(|entry| name(entry)).collect();
        for variable in names {
            let last = env.iter().rev().find(|entry| name(entry) == variable).unwrap();
            prop_assert_eq!(workload.env.get(variable).map(String::as_str), last.split_once('=').map(|(_, value)| value));
        }
    }

    #[test]
    fn the_clients_variables_win_over_the_images(own in env(), theirs in env()) {
        let mut config = Config { env: own.clone(), ..Config::default() };
        merge(&mut config, &ImageConfig { env: theirs.clone(), ..ImageConfig::default() });
        prop_assert_eq!(&config.env[..own.len()], &own[..], "the client's own come first, as they were");
        for entry in &theirs {
            prop_assert!(config.env.iter().any(|known| name(known) == name(entry)), "{} is lost", entry);
        }
        prop_assert!(config.env[own.len()..].iter().all(|entry| theirs.contains(entry) && own.iter().all(|known| name(known) != name(entry))));
    }

    /// moby `daemon/commit.go`: an entrypoint of the client's resets the image's command; an empty list resets the entrypoint.
    #[test]
    fn entrypoint_and_command_merge_as_dockerd_does(entrypoint in words(), cmd in words(), image_entrypoint in words(), image_cmd in words()) {
        let mut config = Config { entrypoint: entrypoint.clone(), cmd: cmd.clone(), ..Config::default() };
        let image = ImageConfig { entrypoint: image_entrypoint.clone(), cmd: image_cmd.clone(), ..ImageConfig::default() };
        merge(&mut config, &image);
        let said = |words: &Option<Vec<String>>| words.as_ref().is_some_and(|words| !words.is_empty());
        if said(&entrypoint) {
            prop_assert_eq!((&config.entrypoint, &config.cmd), (&entrypoint, &cmd));
        } else {
            prop_assert_eq!(&config.cmd, if said(&cmd) { &cmd } else { &image_cmd });
            prop_assert_eq!(&config.entrypoint, if entrypoint.is_some() { &entrypoint } else { &image_entrypoint });
        }
    }

    #[test]
    fn what_the_client_says_is_never_replaced(own in "[a-z]{1,5}", theirs in "[a-z]{1,5}", shared in "[a-z]{1,3}") {
        let labels = |value: &str| BTreeMap::from([(shared.clone(), value.to_owned())]);
        let mut config =
            Config { user: own.clone(), working_dir: own.clone(), labels: labels(&own), volumes: [own.clone()].into(), ..Config::default() };
        let image = ImageConfig {
            user: theirs.clone(), working_dir: theirs.clone(), labels: labels(&theirs), volumes: [theirs.clone()].into(), ..ImageConfig::default()
        };
        merge(&mut config, &image);
        prop_assert_eq!((&config.user, &config.working_dir, &config.labels), (&own, &own, &labels(&own)));
        prop_assert!(config.volumes.contains(&own) && config.volumes.contains(&theirs));
        let mut silent = Config::default();
        merge(&mut silent, &image);
        prop_assert_eq!((&silent.user, &silent.working_dir, &silent.labels), (&theirs, &theirs, &labels(&theirs)));
        merge(&mut silent, &image);
        prop_assert_eq!(silent.volumes.len(), 1, "merging twice changes nothing");
    }
}
