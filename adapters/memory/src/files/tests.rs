use std::sync::atomic::{AtomicI64, Ordering};

use super::*;

/// A clock that goes on by one at each look.
#[derive(Default)]
struct Counting(AtomicI64);

impl Clock for Counting {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

fn node(content: Content) -> Node {
    Node { mode: 0o755, modified: Timestamp::from_nanos(0), content }
}

fn files(limit: u64, writable: &[&str]) -> Arc<Files> {
    let root = [
        ("bin", Content::Directory([("cat".to_owned(), node(Content::Program(Program::Cat)))].into())),
        ("usr", Content::Directory([("bin".to_owned(), node(Content::Symlink("../bin".to_owned())))].into())),
        ("loop", Content::Symlink("/loop".to_owned())),
        ("tmp", Content::Directory(BTreeMap::new())),
        ("null", Content::Null),
    ];
    let root = root.into_iter().map(|(name, content)| (name.to_owned(), node(content))).collect();
    Files::new(root, Arc::new(Counting::default()), limit, writable.iter().map(|path| (*path).to_owned()).collect())
}

#[test]
fn writes_and_reads() {
    let files = files(1 << 20, &["/"]);
    files.open("/tmp/a", Open::Append).unwrap();
    let empty = files.stat("/tmp/a").unwrap();
    assert_eq!((empty.kind, empty.mode, empty.size), (FileKind::File, 0o644, 0));
    files.append("/tmp/a", b"one").unwrap();
    files.append("/tmp/a", b"two").unwrap();
    assert_eq!(files.read("/tmp/a").unwrap(), "onetwo");
    assert!(files.stat("/tmp/a").unwrap().modified > empty.modified);
    files.open("/tmp/a", Open::Truncate).unwrap();
    assert_eq!(files.read("/tmp/a").unwrap(), "");
    assert_eq!(files.list("/tmp").unwrap(), ["a"]);
    assert_eq!(files.list("/").unwrap(), ["bin", "loop", "null", "tmp", "usr"]);
}

#[test]
fn follows_links() {
    let files = files(1 << 20, &["/"]);
    assert_eq!(files.program("/usr/bin/cat"), Ok(Program::Cat));
    assert_eq!(files.lstat("/usr/bin").unwrap().kind, FileKind::Symlink);
    assert_eq!(files.stat("/usr/bin").unwrap().kind, FileKind::Directory);
    assert_eq!(files.stat("/loop").unwrap_err(), FileError::Loop);
    files.append("/usr/bin/new", b"x").unwrap();
    assert_eq!(files.read("/bin/new").unwrap(), "x");
}

#[test]
fn says_why_not() {
    let files = files(1 << 20, &["/"]);
    assert_eq!(files.read("/nothing"), Err(FileError::Missing));
    assert_eq!(files.read("/tmp"), Err(FileError::IsDirectory));
    assert_eq!(files.append("/no/such", b""), Err(FileError::Missing));
    assert_eq!(files.append("/tmp", b""), Err(FileError::IsDirectory));
    assert_eq!(files.append("/bin/cat", b""), Err(FileError::Denied));
    assert_eq!(files.append("/bin/cat/x", b""), Err(FileError::NotDirectory));
    assert_eq!(files.program("/tmp"), Err(FileError::IsDirectory));
    assert_eq!(files.make_directory("/tmp"), Err(FileError::Exists));
    assert_eq!(files.remove("/tmp", false), Err(FileError::IsDirectory));
    assert_eq!(files.remove("/", true), Err(FileError::IsDirectory));
    assert_eq!(files.list("/null"), Err(FileError::NotDirectory));
}

#[test]
fn is_bounded_and_gives_back() {
    let files = files(10_000, &["/"]);
    assert_eq!(files.append("/tmp/a", &[0; 10_000]), Err(FileError::Full));
    for _ in 0..20 {
        files.append("/tmp/a", &[0; 5_000]).unwrap();
        files.open("/tmp/a", Open::Truncate).unwrap();
        files.make_directory("/tmp/d").unwrap();
        files.append("/tmp/d/b", &[0; 2_000]).unwrap();
        files.remove("/tmp/d", true).unwrap();
    }
    for _ in 0..10 {
        files.append("/null", &[0; 5_000]).unwrap();
    }
    let many = (0..1000).find(|number| files.open(&format!("/tmp/{number}"), Open::Append).is_err());
    assert!(many.is_some_and(|number| number < 50), "empty files cost nothing: {many:?}");
}

#[test]
fn can_be_read_only_in_parts() {
    let files = files(1 << 20, &["/tmp"]);
    assert_eq!(files.append("/a", b"x"), Err(FileError::ReadOnly));
    assert_eq!(files.append("/tmpfile", b"x"), Err(FileError::ReadOnly));
    assert_eq!(files.append("/tmp/a", b"x"), Ok(()));
    assert_eq!(files.remove("/bin/cat", false), Err(FileError::ReadOnly));
}

#[test]
fn paths_become_absolute() {
    assert_eq!(absolute("/a/b", "c"), "/a/b/c");
    assert_eq!(absolute("/a/b", "../c/./d//"), "/a/c/d");
    assert_eq!(absolute("/a", "/x/../../y"), "/y");
    assert_eq!(absolute("/a", ".."), "/");
}
