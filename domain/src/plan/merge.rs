//! What a container has of its image.

use crate::{Config, ImageConfig};

/// Merges an image's defaults into what the client asked for (moby `daemon/commit.go`, `merge`).
pub fn merge(config: &mut Config, image: &ImageConfig) {
    if config.user.is_empty() {
        config.user.clone_from(&image.user);
    }
    config.exposed_ports.extend(image.exposed_ports.iter().copied());
    merge_env(&mut config.env, &image.env);
    for (key, value) in &image.labels {
        config.labels.entry(key.clone()).or_insert_with(|| value.clone());
    }
    if config.entrypoint.as_ref().is_none_or(Vec::is_empty) {
        if config.cmd.as_ref().is_none_or(Vec::is_empty) {
            config.cmd.clone_from(&image.cmd);
        }
        if config.entrypoint.is_none() {
            config.entrypoint.clone_from(&image.entrypoint);
        }
    }
    merge_healthcheck(config, image);
    if config.working_dir.is_empty() {
        config.working_dir.clone_from(&image.working_dir);
    }
    config.volumes.extend(image.volumes.iter().cloned());
    if config.stop_signal.is_none() {
        config.stop_signal = image.stop_signal;
    }
    // An empty word is how clients say that there is none.
    if matches!(config.entrypoint.as_deref(), Some([word]) if word.is_empty()) {
        config.entrypoint = None;
    }
}

/// What of the image's has a name that is not there yet; where the client says nothing all of it, a name that is there twice included.
fn merge_env(env: &mut Vec<String>, image: &[String]) {
    let name = |entry: &str| entry.split('=').next().unwrap_or_default().to_owned();
    if env.is_empty() {
        env.extend_from_slice(image);
    }
    for entry in image {
        if !env.iter().any(|own| name(own) == name(entry)) {
            env.push(entry.clone());
        }
    }
}

fn merge_healthcheck(config: &mut Config, image: &ImageConfig) {
    let Some(theirs) = &image.healthcheck else { return };
    let Some(own) = &mut config.healthcheck else {
        config.healthcheck = Some(theirs.clone());
        return;
    };
    if own.test.is_empty() {
        own.test.clone_from(&theirs.test);
    }
    for (own, theirs) in [
        (&mut own.interval, theirs.interval),
        (&mut own.timeout, theirs.timeout),
        (&mut own.start_period, theirs.start_period),
        (&mut own.start_interval, theirs.start_interval),
    ] {
        if own.is_zero() {
            *own = theirs;
        }
    }
    if own.retries == 0 {
        own.retries = theirs.retries;
    }
}

#[cfg(test)]
mod tests {
    use super::merge;
    use crate::{Config, ImageConfig};

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    /// What a client who asks for `own` gets of `image`.
    fn merged(mut own: Config, image: &ImageConfig) -> Config {
        merge(&mut own, image);
        own
    }

    #[test]
    fn of_a_variable_that_an_image_has_twice_the_first_counts_if_there_are_others() {
        let image = ImageConfig { env: words("PATH=/bin A=1 A=2 NOTHING"), ..ImageConfig::default() };
        for (own, expected) in [
            (vec![], "PATH=/bin A=1 A=2 NOTHING"),
            (words("B"), "B PATH=/bin A=1 NOTHING"),
            (words("A=3 PATH=/sbin"), "A=3 PATH=/sbin NOTHING"),
            (words("NOTHING=1 A"), "NOTHING=1 A PATH=/bin"),
        ] {
            assert_eq!(merged(Config { env: own.clone(), ..Config::default() }, &image).env, words(expected), "{own:?}");
        }
    }

    #[test]
    fn an_entrypoint_that_is_an_empty_word_is_none() {
        let image = ImageConfig { entrypoint: Some(vec![String::new()]), cmd: Some(words("/bin/sh")), ..ImageConfig::default() };
        let container = merged(Config::default(), &image);
        assert_eq!((container.entrypoint, container.cmd), (None, Some(words("/bin/sh"))));
    }

    #[test]
    fn the_shell_of_an_image_is_for_its_builds() {
        let image = ImageConfig { shell: Some(words("/bin/sh -eu")), ..ImageConfig::default() };
        assert_eq!(merged(Config::default(), &image).shell, None);
    }
}
