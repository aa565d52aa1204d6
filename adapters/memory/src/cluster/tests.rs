//! What the contract does not ask of all backends: faults, bounds, and that nothing is left behind.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{ExecSpec, ImageRef, Platform, Run, TermSize, UserIds, Workload};
use futures_util::{StreamExt, stream};
use ports::{
    AttachPlan, Cluster, ImageCatalog, Kind, LogQuery, Logs, PortResult, ProcessEvent, ProcessIo, ProcessStream, Processes, WorkloadState,
    Workloads,
};

use crate::testing::{Counting, workload};
use crate::{MemoryCluster, Op, Settings};

const BOTH: AttachPlan = AttachPlan { stdout: true, stderr: true, tty: false, from_start: true };
const WHOLE: LogQuery = LogQuery { follow: false, stdout: true, stderr: true, since: None, until: None, tail: None, timestamps: false };

fn cluster() -> Arc<MemoryCluster> {
    MemoryCluster::new(Arc::new(Counting::default()), Settings { log_limit: 30_000, ..Settings::default() })
}

async fn limit<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("in time")
}

async fn state(cluster: &MemoryCluster, run: &Run, wanted: fn(&WorkloadState) -> bool) -> WorkloadState {
    let mut watch = cluster.watch();
    limit(async {
        loop {
            let event = watch.next().await.unwrap();
            if event.run == *run && wanted(&event.state) {
                return event.state;
            }
        }
    })
    .await
}

async fn launch(cluster: &MemoryCluster, workload: Workload) -> Run {
    cluster.launch(&workload).await.unwrap();
    state(cluster, &workload.run, |state| !matches!(state, WorkloadState::Waiting(_))).await;
    workload.run
}

async fn sleeping(cluster: &MemoryCluster) -> Run {
    launch(cluster, workload(1, &["sleep", "600"])).await
}

async fn ended(cluster: &MemoryCluster, run: &Run) -> domain::Exit {
    match state(cluster, run, |state| matches!(state, WorkloadState::Ended(_))).await {
        WorkloadState::Ended(exit) => exit,
        _ => unreachable!("the condition says so"),
    }
}

fn no_io() -> ProcessIo {
    ProcessIo { stdin: None, resize: Box::pin(stream::pending()) }
}

fn exec_of(command: &[&str]) -> ExecSpec {
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    ExecSpec { command, attach_stdin: true, attach_stdout: true, attach_stderr: true, ..ExecSpec::default() }
}

async fn collect(stream: ProcessStream) -> (String, Option<ProcessEvent>) {
    let events: Vec<PortResult<ProcessEvent>> = limit(stream.collect()).await;
    let (mut text, mut end) = (String::new(), None);
    for event in events {
        match event.unwrap() {
            ProcessEvent::Output(output) => text.push_str(&String::from_utf8_lossy(output.bytes())),
            other => end = Some(other),
        }
    }
    (text, end)
}

async fn idle(cluster: &MemoryCluster) {
    limit(async {
        while cluster.live_tasks() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn operations_fail_as_planned() {
    let cluster = cluster();
    cluster.fail_next(Op::Launch, Kind::Forbidden, "exceeded quota: pods");
    let error = cluster.launch(&workload(1, &["true"])).await.unwrap_err();
    assert_eq!((error.kind, error.context.as_str()), (Kind::Forbidden, "exceeded quota: pods"));
    let run = sleeping(&cluster).await;
    for op in [Op::Stop, Op::Signal, Op::Remove, Op::Exec, Op::Attach, Op::ReadLog, Op::Resolve, Op::Describe] {
        cluster.fail_next(op, Kind::Timeout, "slow");
    }
    let reference = ImageRef::parse("alpine").unwrap();
    let kinds = [
        cluster.stop(&run, None, Duration::ZERO).await.err(),
        cluster.signal(&run, domain::Signal::KILL).await.err(),
        cluster.remove(&run).await.err(),
        cluster.exec(&run, &exec_of(&["true"]), no_io()).await.err(),
        cluster.attach(&run, &BOTH, no_io()).await.err(),
        cluster.read(&run, &WHOLE).await.err(),
        cluster.resolve(&reference, &Platform::linux("x86_64"), None).await.err(),
        cluster.describe().await.err(),
    ];
    assert!(kinds.into_iter().all(|error| error.is_some_and(|error| error.kind == Kind::Timeout)));
    cluster.remove_all().await.unwrap();
    idle(&cluster).await;
}

#[tokio::test(start_paused = true)]
async fn a_start_can_be_late_or_fail() {
    let cluster = cluster();
    cluster.delay_next(Op::Start, Duration::from_secs(30));
    cluster.fail_next(Op::Start, Kind::NotFound, "ErrImagePull: no such image");
    let workload = workload(1, &["true"]);
    cluster.launch(&workload).await.unwrap();
    let waiting = cluster.watch().next().await.unwrap();
    assert!(matches!(waiting.state, WorkloadState::Waiting(_)), "{waiting:?}");
    let mut watch = cluster.watch();
    watch.next().await;
    let failed = watch.next().await.unwrap().state;
    assert!(matches!(failed, WorkloadState::Failed(failure) if failure.code == 128 && failure.message == "ErrImagePull: no such image"));
    assert_eq!(cluster.read(&workload.run, &WHOLE).await.err().map(|error| error.kind), Some(Kind::NotFound));
    assert_eq!(cluster.attach(&workload.run, &BOTH, no_io()).await.err().map(|error| error.kind), Some(Kind::Conflict));
}

#[tokio::test]
async fn runs_are_evicted_and_lost() {
    let cluster = cluster();
    let run = sleeping(&cluster).await;
    cluster.evict(&run, "The node was low on resource: memory.");
    let exit = ended(&cluster, &run).await;
    assert_eq!((exit.code, exit.message.as_str()), (137, "The node was low on resource: memory."));
    let lost = launch(&cluster, workload(2, &["sleep", "600"])).await;
    let mut watch = cluster.watch();
    cluster.lose(&lost);
    limit(async {
        loop {
            let event = watch.next().await.unwrap();
            if event.run == lost && event.state == WorkloadState::Gone {
                break;
            }
        }
    })
    .await;
    idle(&cluster).await;
}

#[tokio::test]
async fn a_container_begins_as_its_workload_says() {
    let cluster = cluster();
    let script = "id; hostname; env; pwd; cat /etc/hosts; echo x > /data/f && cat /data/f; echo y > /etc/f";
    let workload = Workload {
        user: Some(UserIds { uid: 65534, gid: Some(7) }),
        hostname: "box".to_owned(),
        env: [("A".to_owned(), "b".to_owned()), ("PATH".to_owned(), "/bin".to_owned())].into(),
        working_dir: Some("/new/dir".to_owned()),
        readonly_rootfs: true,
        scratch: vec![domain::Scratch { path: "/data".to_owned(), size: None }],
        host_aliases: vec![domain::HostAlias { address: "10.0.0.1".to_owned(), name: "db".to_owned() }],
        ..workload(1, &["sh", "-c", script])
    };
    let run = launch(&cluster, workload).await;
    assert_eq!(ended(&cluster, &run).await.code, 1);
    let (printed, _) = collect(cluster.attach(&run, &BOTH, no_io()).await.unwrap()).await;
    let expected = "uid=65534(nobody) gid=7\nbox\nA=b\nHOME=/\nHOSTNAME=box\nPATH=/bin\nPWD=/new/dir\n/new/dir\n\
        127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.0.1\tdb\n127.0.0.1\tbox\nx\n\
        sh: can't create /etc/f: Read-only file system\n";
    assert_eq!(printed, expected);
}

#[tokio::test]
async fn commands_begin_as_their_client_says() {
    let cluster = cluster();
    let run = sleeping(&cluster).await;
    let exec = |exec: ExecSpec| {
        let cluster = Arc::clone(&cluster);
        let run = run.clone();
        async move { collect(cluster.exec(&run, &exec, no_io()).await.unwrap()).await }
    };
    let named = ExecSpec { user: "nobody:daemon".to_owned(), ..exec_of(&["id"]) };
    assert_eq!(exec(named).await.0, "uid=65534(nobody) gid=2(daemon)\n");
    let unknown = exec(ExecSpec { user: "who".to_owned(), ..exec_of(&["id"]) }).await.1;
    let message = "unable to find user who: no matching entries in passwd file".to_owned();
    assert_eq!(unknown, Some(ProcessEvent::Failed { code: 126, message }));
    let nowhere = exec(ExecSpec { working_dir: "/no".to_owned(), ..exec_of(&["pwd"]) }).await.1;
    assert!(matches!(nowhere, Some(ProcessEvent::Failed { code: 127, message }) if message.contains("chdir to cwd (\"/no\")")));
    let quiet = ExecSpec { attach_stdout: false, ..exec_of(&["sh", "-c", "echo out; echo err >&2"]) };
    assert_eq!(exec(quiet).await, ("err\n".to_owned(), Some(ProcessEvent::Exited(0))));
    let sized = ExecSpec { tty: true, size: Some(TermSize { height: 5, width: 6 }), ..exec_of(&["stty", "size"]) };
    assert_eq!(exec(sized).await, ("5 6\r\n".to_owned(), Some(ProcessEvent::Exited(0))));
    assert_eq!(exec(exec_of(&["sh", "-c", "echo shared > /tmp/f"])).await.1, Some(ProcessEvent::Exited(0)));
    assert_eq!(exec(exec_of(&["cat", "/tmp/f"])).await.0, "shared\n");
    assert!(matches!(exec(exec_of(&["nano"])).await.1, Some(ProcessEvent::Failed { code: 127, message })
        if message.starts_with("exec: \"nano\": executable file not found in $PATH (this is kubedock's in-memory backend")));
}

#[tokio::test]
async fn commands_end_with_their_container() {
    let cluster = cluster();
    let run = sleeping(&cluster).await;
    let idle_client = cluster.exec(&run, &exec_of(&["sh", "-c", "while true; do echo flood; done"]), no_io()).await.unwrap();
    let exec = cluster.exec(&run, &exec_of(&["sh", "-c", "sleep 600 & sleep 600"]), no_io()).await.unwrap();
    let left = cluster.exec(&run, &exec_of(&["sh", "-c", "trap '' TERM; sleep 600"]), no_io()).await.unwrap();
    drop(left);
    let ending = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        cluster.signal(&run, domain::Signal::KILL).await.unwrap();
    };
    let ((_, end), ()) = tokio::join!(collect(exec), ending);
    assert_eq!(end, Some(ProcessEvent::Exited(137)));
    // Even for a client that does not read nothing is kept running.
    idle(&cluster).await;
    drop(idle_client);
}

#[tokio::test]
async fn sessions_leave_nothing_behind() {
    let cluster = cluster();
    let run = launch(&cluster, Workload { stdin: true, ..workload(1, &["cat"]) }).await;
    let before = cluster.live_tasks();
    for _ in 0..10 {
        let typed = stream::iter([Ok(Bytes::from_static(b"x\n"))]).chain(stream::pending());
        let io = ProcessIo { stdin: Some(Box::pin(typed)), resize: Box::pin(stream::pending()) };
        let mut session = cluster.attach(&run, &AttachPlan { from_start: false, ..BOTH }, io).await.unwrap();
        assert!(limit(session.next()).await.is_some());
    }
    limit(async {
        while cluster.live_tasks() > before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let state = cluster.watch().next().await.unwrap().state;
    assert!(matches!(state, WorkloadState::Running { .. }), "its input is not closed with a client unless it was asked for: {state:?}");
    cluster.remove(&run).await.unwrap();
    idle(&cluster).await;
}

/// Whoever floods is held up by an attached client, and by nobody who only reads the log.
#[tokio::test]
async fn floods_are_bounded() {
    let cluster = cluster();
    let run = launch(&cluster, workload(1, &["sh", "-c", "n=0; while [ $n -lt 4000 ]; do echo $n; n=$((n + 1)); done"])).await;
    let attached = cluster.attach(&run, &BOTH, no_io()).await.unwrap();
    let never_read = cluster.read(&run, &LogQuery { follow: true, ..WHOLE }).await.unwrap();
    let (printed, _) = collect(attached).await;
    let expected: String = (0..4000).map(|number| format!("{number}\n")).collect();
    assert!(printed == expected, "{} of {} bytes", printed.len(), expected.len());
    let late: Vec<_> = limit(cluster.read(&run, &WHOLE).await.unwrap().collect::<Vec<_>>()).await;
    let kept: usize = late.iter().map(|line| line.as_ref().unwrap().output.bytes().len()).sum();
    assert!(kept > 500 && kept < 10_000, "{kept} bytes are kept");
    drop(never_read);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_follow_and_some_never_read() {
    let cluster = cluster();
    let script = "read go; n=0; while [ $n -lt 200 ]; do echo $n; n=$((n + 1)); done";
    let run = launch(&cluster, Workload { stdin: true, stdin_once: true, ..workload(1, &["sh", "-c", script]) }).await;
    let query = LogQuery { follow: true, ..WHOLE };
    let idle_ones = futures_util::future::join_all((0..100).map(|_| cluster.read(&run, &query))).await;
    let follower = || async {
        let lines: Vec<_> = cluster.read(&run, &query).await.unwrap().collect().await;
        lines.iter().map(|line| String::from_utf8_lossy(line.as_ref().unwrap().output.bytes()).into_owned()).collect::<String>()
    };
    let followers = futures_util::future::join_all((0..500).map(|_| follower()));
    let go = async {
        let io = ProcessIo { stdin: Some(Box::pin(stream::iter([Ok(Bytes::from_static(b"go\n"))]))), resize: Box::pin(stream::pending()) };
        collect(cluster.attach(&run, &BOTH, io).await.unwrap()).await
    };
    let (all, (printed, _)) = limit(async { tokio::join!(followers, go) }).await;
    assert!(all.iter().all(|text| *text == printed) && printed.ends_with("\n199\n"));
    drop(idle_ones);
}

#[tokio::test]
async fn a_watcher_that_does_not_read_is_told_the_present() {
    let cluster = cluster();
    let mut watch = cluster.watch();
    let kept = sleeping(&cluster).await;
    assert_eq!(limit(watch.next()).await.unwrap().run, kept);
    for _ in 0..1500 {
        let other = workload(2, &["sleep", "600"]);
        cluster.launch(&other).await.unwrap();
        cluster.remove(&other.run).await.unwrap();
    }
    let last = launch(&cluster, workload(3, &["no-such-program"])).await;
    for _ in 0..1500 {
        let other = workload(2, &["sleep", "600"]);
        cluster.launch(&other).await.unwrap();
        cluster.remove(&other.run).await.unwrap();
    }
    let mut told = Vec::new();
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(100), watch.next()).await {
        told.push(event);
    }
    assert!(told.len() < 4_200, "{} events were kept", told.len());
    let present = |run: &Run| told.iter().rev().find(|event| event.run == *run).map(|event| event.state.clone());
    assert!(matches!(present(&kept), Some(WorkloadState::Running { .. })));
    assert!(matches!(present(&last), Some(WorkloadState::Failed(_))));
    assert!(matches!(present(&workload(2, &[]).run), None | Some(WorkloadState::Gone)));
}

#[tokio::test]
async fn images_have_a_command_and_an_id() {
    let cluster = cluster();
    let resolve = async |name: &str, platform: Option<&str>| {
        let platform = platform.map_or_else(|| Platform::linux("x86_64"), |text| Platform::parse(text).unwrap());
        cluster.resolve(&ImageRef::parse(name).unwrap(), &platform, None).await
    };
    let alpine = resolve("alpine", None).await.unwrap();
    assert_eq!(alpine, resolve("docker.io/library/alpine:latest", Some("amd64")).await.unwrap());
    assert_eq!(alpine.config.clone().unwrap().cmd, Some(vec!["sh".to_owned()]));
    let hello = resolve("hello-world", Some("linux/arm64/v8")).await.unwrap();
    assert_eq!(hello.config.clone().unwrap().cmd, Some(vec!["/hello".to_owned()]));
    assert_eq!((hello.platform.architecture.as_str(), hello.platform.variant.as_str()), ("arm64", "v8"));
    assert_ne!(alpine.id, hello.id);
    assert_eq!(resolve("alpine", Some("windows/amd64")).await.unwrap_err().kind, Kind::NotFound);
    let greeting = launch(&cluster, Workload { image: "hello-world".to_owned(), entrypoint: None, ..workload(1, &[]) }).await;
    let (printed, _) = collect(cluster.attach(&greeting, &BOTH, no_io()).await.unwrap()).await;
    assert!(printed.contains("Hello from Docker!"));
}

#[tokio::test]
async fn it_says_what_it_is() {
    let info = cluster().describe().await.unwrap();
    assert_eq!((info.name.as_str(), info.operating_system.as_str()), ("kubedock-memory", "kubedock in-memory backend (no cluster)"));
    assert!(info.cpus > 0 && info.warnings.iter().any(|warning| warning.contains("simulated")));
}

#[tokio::test]
async fn dropping_it_ends_everything() {
    let cluster = cluster();
    sleeping(&cluster).await;
    let tasks = cluster.tasks.clone();
    drop(cluster);
    tasks.close();
    limit(tasks.wait()).await;
}
