use domain::{Cause, Container, Exit, Health, HealthStatus, State};
use serde_json::{Value, json};

use super::{ContainerSummary, command_line, status_text};
use crate::dto::create::CreateBody;
use crate::dto::sample;
use crate::version::API_VERSION;

fn container(body: Value) -> Container {
    let body: CreateBody = serde_json::from_value(body).unwrap();
    sample::container(body.into_request(API_VERSION, "", "").unwrap().create.spec, &sample::alpine())
}

fn after(seconds: u64) -> domain::Timestamp {
    sample::CREATED.plus(std::time::Duration::from_secs(seconds))
}

fn exit(code: i32) -> Exit {
    Exit { code, cause: Cause::Ended, message: String::new(), started_at: None, finished_at: after(10) }
}

#[test]
fn statuses_in_words() {
    let text = |state: &State| status_text(state, after(70));
    let mut state = State::new();
    assert_eq!(text(&state), "Created");
    state.start(after(67)).unwrap();
    assert_eq!(text(&state), "Up 3 seconds");
    for (status, words) in [
        (HealthStatus::Starting, "Up 3 seconds (health: starting)"),
        (HealthStatus::Healthy, "Up 3 seconds (healthy)"),
        (HealthStatus::Unhealthy, "Up 3 seconds (unhealthy)"),
    ] {
        state.set_health(Health { status, failing_streak: 0, log: Vec::new() }).unwrap();
        assert_eq!(text(&state), words);
    }
    state.pause().unwrap();
    assert_eq!(text(&state), "Up 3 seconds (Paused)");
    state.unpause().unwrap();
    state.end(&exit(3)).unwrap();
    assert_eq!(text(&state), "Exited (3) About a minute ago");
    state.await_restart().unwrap();
    assert_eq!(text(&state), "Restarting (3) About a minute ago");
    state.begin_removal().unwrap();
    assert_eq!(text(&state), "Removal In Progress");
    state.fail_removal(String::new()).unwrap();
    assert_eq!(text(&state), "Dead");
}

#[test]
fn a_failed_start_leaves_it_created() {
    let mut state = State::new();
    state.fail_start(127, "no such file".to_owned()).unwrap();
    assert_eq!(status_text(&state, after(1)), "Created");
}

#[test]
fn only_arguments_with_blanks_are_quoted() {
    let line = |cmd: Value| command_line(&container(json!({ "Image": "alpine", "Cmd": cmd })));
    assert_eq!(line(json!(["sh", "-c", "echo \"a b\"; exit 3"])), "sh -c 'echo \"a b\"; exit 3'");
    assert_eq!(line(json!(["a b"])), "a b");
    assert_eq!(line(json!(["x", "it's", ""])), "x it's ");
}

#[test]
fn a_summary_parses_as_bollards_model() {
    let mut container = container(json!({
        "Image": "alpine", "Cmd": ["sleep", "1"], "Labels": { "a": "b" }, "ExposedPorts": { "81/tcp": {} },
        "HostConfig": { "Annotations": { "x": "y" } },
    }));
    let created = ContainerSummary::new(&sample::view(container.clone(), 3), API_VERSION).ports.len();
    sample::run(&mut container);
    let view = sample::view(container, 3);
    let text = serde_json::to_string(&ContainerSummary::new(&view, API_VERSION)).unwrap();
    let model: bollard::models::ContainerSummary = serde_json::from_str(&text).unwrap();
    assert_eq!(created, 0);
    assert_eq!(model.names, Some(vec!["/fixture".to_owned()]));
    assert_eq!((model.created, model.status.as_deref()), (Some(1_795_501_404), Some("Up 3 seconds")));
    assert_eq!(model.ports.unwrap()[0].private_port, 81);
    assert_eq!(model.network_settings.unwrap().networks.unwrap()["bridge"].ip_address.as_deref(), Some("10.0.0.7"));
    let host = model.host_config.unwrap();
    assert_eq!((host.network_mode.as_deref(), host.annotations.unwrap()["x"].as_str()), (Some("bridge"), "y"));
}
