//! bollard, a client that is strict about what it is told: each answer has to fit its model of the API.

use std::collections::HashMap;

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::{
    ContainerCreateBody, ContainerStateStatusEnum, ExecConfig, NetworkConnectRequest, NetworkCreateRequest, NetworkDisconnectRequest,
    VolumeCreateRequest,
};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, CreateImageOptionsBuilder, EventsOptionsBuilder,
    ListContainersOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder, TagImageOptionsBuilder, WaitContainerOptionsBuilder,
};
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio::io::AsyncWriteExt;

use crate::support::server::Server;

async fn connect(server: &Server) -> Docker {
    let path = server.socket_path();
    let docker = Docker::connect_with_unix(path.to_str().unwrap(), 20, API_DEFAULT_VERSION).unwrap();
    docker.negotiate_version().await.unwrap()
}

fn alpine(command: &[&str]) -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some("alpine".to_owned()),
        cmd: Some(command.iter().map(|word| (*word).to_owned()).collect()),
        ..ContainerCreateBody::default()
    }
}

/// Everything that was printed, both streams.
async fn printed(output: impl Stream<Item = Result<LogOutput, Error>> + Unpin) -> (String, String) {
    let lines: Vec<LogOutput> = output.try_collect().await.unwrap();
    let text = |wanted: fn(&LogOutput) -> bool| lines.iter().filter(|line| wanted(line)).map(LogOutput::to_string).collect();
    (text(|line| matches!(line, LogOutput::StdOut { .. })), text(|line| matches!(line, LogOutput::StdErr { .. })))
}

#[tokio::test]
async fn a_container_from_its_creation_to_its_removal() {
    let server = Server::memory();
    let docker = connect(&server).await;
    let options = CreateContainerOptionsBuilder::new().name("whole").build();
    let created = docker.create_container(Some(options), alpine(&["sh", "-c", "echo out; echo err >&2; exit 3"])).await.unwrap();
    let state = docker.inspect_container("whole", None).await.unwrap().state.unwrap();
    assert_eq!(state.status, Some(ContainerStateStatusEnum::CREATED));

    let options = AttachContainerOptionsBuilder::new().stdout(true).stderr(true).stream(true).build();
    let attached = docker.attach_container("whole", Some(options)).await.unwrap();
    docker.start_container("whole", None).await.unwrap();
    assert_eq!(printed(attached.output).await, ("out\n".to_owned(), "err\n".to_owned()));
    let mut ended = docker.wait_container("whole", Some(WaitContainerOptionsBuilder::new().condition("not-running").build()));
    // bollard makes an error of an exit code that is not 0.
    assert!(matches!(ended.next().await.unwrap(), Err(Error::DockerContainerWaitError { code: 3, .. })));

    let options = LogsOptionsBuilder::new().stdout(true).stderr(true).follow(true).build();
    assert_eq!(printed(Box::pin(docker.logs("whole", Some(options)))).await, ("out\n".to_owned(), "err\n".to_owned()));
    let list = docker.list_containers(Some(ListContainersOptionsBuilder::new().all(true).build())).await.unwrap();
    assert_eq!((list.len(), list[0].id.as_ref()), (1, Some(&created.id)));
    docker.rename_container("whole", bollard::query_parameters::RenameContainerOptions { name: "renamed".to_owned() }).await.unwrap();
    docker.remove_container("renamed", None).await.unwrap();
    let gone = docker.inspect_container("renamed", None).await.unwrap_err();
    assert!(matches!(gone, Error::DockerResponseServerError { status_code: 404, .. }), "{gone}");
}

#[tokio::test]
async fn an_exec_with_input() {
    let server = Server::memory();
    let docker = connect(&server).await;
    let id = docker.create_container(None, alpine(&["sleep", "600"])).await.unwrap().id;
    docker.start_container(&id, None).await.unwrap();
    let config = ExecConfig {
        cmd: Some(vec!["cat".to_owned()]),
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        ..ExecConfig::default()
    };
    let exec = docker.create_exec(&id, config).await.unwrap().id;
    let StartExecResults::Attached { output, mut input } = docker.start_exec(&exec, None).await.unwrap() else { panic!("detached") };
    input.write_all(b"hello\n").await.unwrap();
    input.shutdown().await.unwrap();
    assert_eq!(printed(output).await.0, "hello\n");
    let state = docker.inspect_exec(&exec).await.unwrap();
    assert_eq!((state.running, state.exit_code), (Some(false), Some(0)));

    let config = ExecConfig { cmd: Some(vec!["sleep".to_owned(), "600".to_owned()]), ..ExecConfig::default() };
    let exec = docker.create_exec(&id, config).await.unwrap().id;
    let options = StartExecOptions { detach: true, ..StartExecOptions::default() };
    assert!(matches!(docker.start_exec(&exec, Some(options)).await.unwrap(), StartExecResults::Detached));
    assert_eq!(docker.inspect_exec(&exec).await.unwrap().running, Some(true));
    docker.remove_container(&id, Some(RemoveContainerOptionsBuilder::new().force(true).build())).await.unwrap();
}

#[tokio::test]
async fn networks_volumes_and_images() {
    let server = Server::memory();
    let docker = connect(&server).await;
    let id = docker.create_container(None, alpine(&["sleep", "600"])).await.unwrap().id;

    let request = NetworkCreateRequest { name: "net".to_owned(), ..NetworkCreateRequest::default() };
    let network = docker.create_network(request).await.unwrap().id;
    let request = NetworkConnectRequest { container: id.clone(), ..NetworkConnectRequest::default() };
    docker.connect_network("net", request).await.unwrap();
    docker.start_container(&id, None).await.unwrap();
    assert!(docker.inspect_network("net", None).await.unwrap().containers.unwrap().contains_key(&id));
    assert!(docker.list_networks(None).await.unwrap().iter().any(|known| known.id.as_ref() == Some(&network)));
    docker.disconnect_network("net", NetworkDisconnectRequest { container: id.clone(), force: None }).await.unwrap();
    docker.remove_network("net").await.unwrap();
    docker.prune_networks(None::<bollard::query_parameters::PruneNetworksOptions>).await.unwrap();

    let request = VolumeCreateRequest { name: Some("volume".to_owned()), ..VolumeCreateRequest::default() };
    docker.create_volume(request).await.unwrap();
    assert_eq!(docker.inspect_volume("volume").await.unwrap().name, "volume");
    assert_eq!(docker.list_volumes(None::<bollard::query_parameters::ListVolumesOptions>).await.unwrap().volumes.unwrap().len(), 1);
    docker.remove_volume("volume", None::<bollard::query_parameters::RemoveVolumeOptions>).await.unwrap();
    docker.prune_volumes(None::<bollard::query_parameters::PruneVolumesOptions>).await.unwrap();

    let options = CreateImageOptionsBuilder::new().from_image("alpine").tag("latest").build();
    let steps: Vec<_> = docker.create_image(Some(options), None, None).try_collect().await.unwrap();
    assert!(!steps.is_empty());
    docker.tag_image("alpine", Some(TagImageOptionsBuilder::new().repo("mine").tag("1").build())).await.unwrap();
    assert!(docker.inspect_image("mine:1").await.unwrap().repo_tags.unwrap().contains(&"mine:1".to_owned()));
    assert!(!docker.list_images(None::<bollard::query_parameters::ListImagesOptions>).await.unwrap().is_empty());
    docker.remove_image("mine:1", None::<bollard::query_parameters::RemoveImageOptions>, None).await.unwrap();
    docker.prune_images(None::<bollard::query_parameters::PruneImagesOptions>).await.unwrap();
    docker.remove_container(&id, Some(RemoveContainerOptionsBuilder::new().force(true).build())).await.unwrap();
    docker.prune_containers(None::<bollard::query_parameters::PruneContainersOptions>).await.unwrap();
}

#[tokio::test]
async fn the_server_and_its_events() {
    let server = Server::memory();
    let docker = connect(&server).await;
    assert_eq!(docker.ping().await.unwrap(), "OK");
    assert_eq!(docker.version().await.unwrap().os.as_deref(), Some("linux"));
    let info = docker.info().await.unwrap();
    assert_eq!((info.os_type.as_deref(), info.containers), (Some("linux"), Some(0)));
    docker.df(None).await.unwrap();

    let filters = HashMap::from([("type", vec!["container"])]);
    let mut events = docker.events(Some(EventsOptionsBuilder::new().since("0").filters(&filters).build()));
    let id = docker.create_container(None, alpine(&["true"])).await.unwrap().id;
    docker.start_container(&id, None).await.unwrap();
    for wanted in ["create", "start", "die"] {
        let event = events.next().await.unwrap().unwrap();
        assert_eq!((event.action.as_deref(), event.actor.unwrap().id.as_ref()), (Some(wanted), Some(&id)));
    }
}
