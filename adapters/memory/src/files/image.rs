//! The files that every container begins with.

use std::collections::BTreeMap;

use domain::{Timestamp, Workload};

use super::tree::{Content, Node};
use crate::programs::Program;

/// The users of alpine that programs ask for.
const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n\
    daemon:x:2:2:daemon:/sbin:/sbin/nologin\n\
    nobody:x:65534:65534:nobody:/:/sbin/nologin\n";
const GROUP: &str = "root:x:0:root\ndaemon:x:2:root\nnobody:x:65534:\n";
const OS_RELEASE: &str = "NAME=\"kubedock in-memory backend\"\nID=kubedock-memory\nPRETTY_NAME=\"kubedock in-memory backend\"\n";

/// The files that a container begins with.
pub(crate) fn base(workload: &Workload, now: Timestamp) -> BTreeMap<String, Node> {
    let node = |mode, content| Node { mode, modified: now, content };
    let file = |text: &str| node(0o644, Content::File(text.as_bytes().to_vec()));
    let directory = |entries| node(0o755, Content::Directory(entries));
    let empty = || directory(BTreeMap::new());
    let named = |name: &str, node| (name.to_owned(), node);

    let programs = Program::ALL.into_iter().map(|program| (program.name().to_owned(), node(0o755, Content::Program(program)))).collect();
    let etc = BTreeMap::from([
        named("passwd", file(PASSWD)),
        named("group", file(GROUP)),
        named("hostname", file(&format!("{}\n", workload.hostname))),
        named("hosts", file(&hosts(workload))),
        named("os-release", file(OS_RELEASE)),
    ]);
    let mut root = BTreeMap::from([
        named("bin", directory(programs)),
        named("dev", directory(BTreeMap::from([named("null", node(0o666, Content::Null))]))),
        named("etc", directory(etc)),
        named("home", empty()),
        named("hello", node(0o755, Content::Program(Program::Hello))),
        named("root", node(0o700, Content::Directory(BTreeMap::new()))),
        named("tmp", node(0o1777, Content::Directory(BTreeMap::new()))),
        named("usr", directory(BTreeMap::from([named("bin", node(0o777, Content::Symlink("/bin".to_owned())))]))),
        named("var", directory(BTreeMap::from([named("run", empty())]))),
    ]);
    // A container's working directory is made when it is missing.
    for path in workload.scratch.iter().map(|scratch| &scratch.path).chain(&workload.working_dir) {
        make(&mut root, path, &empty);
    }
    root
}

/// Makes a directory and those above it; where something else is in the way it stays.
fn make(root: &mut BTreeMap<String, Node>, path: &str, empty: &dyn Fn() -> Node) {
    let mut entries = root;
    for part in path.split('/').filter(|part| !part.is_empty() && *part != "." && *part != "..") {
        match &mut entries.entry(part.to_owned()).or_insert_with(empty).content {
            Content::Directory(next) => entries = next,
            _ => return,
        }
    }
}

fn hosts(workload: &Workload) -> String {
    let mut text = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n".to_owned();
    for alias in &workload.host_aliases {
        text.push_str(&format!("{}\t{}\n", alias.address, alias.name));
    }
    text.push_str(&format!("127.0.0.1\t{}\n", workload.hostname));
    text
}
