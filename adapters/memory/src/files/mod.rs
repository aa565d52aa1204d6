//! A container's files: a small tree in memory.
//!
//! Absent: owners, hard links, devices other than `/dev/null`, and files that live on when they are removed while open.

mod image;
mod tree;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use domain::Timestamp;
use ports::Clock;

pub(crate) use image::base;
use tree::{Content, Node};

use crate::programs::Program;

/// Why something could not be done with a file, in the words of the C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileError {
    Missing,
    Exists,
    IsDirectory,
    NotDirectory,
    Denied,
    Loop,
    Full,
    ReadOnly,
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Missing => "No such file or directory",
            Self::Exists => "File exists",
            Self::IsDirectory => "Is a directory",
            Self::NotDirectory => "Not a directory",
            Self::Denied => "Permission denied",
            Self::Loop => "Too many levels of symbolic links",
            Self::Full => "No space left on device",
            Self::ReadOnly => "Read-only file system",
        })
    }
}

/// What kind of thing a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    File,
    Directory,
    Symlink,
    Device,
}

/// What is known about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) kind: FileKind,
    /// The permission bits.
    pub(crate) mode: u32,
    pub(crate) size: u64,
    pub(crate) modified: Timestamp,
}

/// What to do with a path that is opened for writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Open {
    Truncate,
    Append,
}

struct Tree {
    root: Node,
    used: u64,
}

/// A container's files. Paths are absolute.
pub(crate) struct Files {
    tree: Mutex<Tree>,
    clock: Arc<dyn Clock>,
    /// How many bytes all of them together may have.
    limit: u64,
    /// Below which paths something may be written.
    writable: Vec<String>,
}

impl Files {
    /// A tree that begins with `root`; only what is below one of `writable` can be changed.
    pub(crate) fn new(root: BTreeMap<String, Node>, clock: Arc<dyn Clock>, limit: u64, writable: Vec<String>) -> Arc<Self> {
        let root = Node { mode: 0o755, modified: clock.now(), content: Content::Directory(root) };
        let used = root.size();
        Arc::new(Self { tree: Mutex::new(Tree { root, used }), clock, limit, writable })
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().expect("invariant: no panic under this lock")
    }

    /// What a path names, following a symbolic link at its end.
    pub(crate) fn stat(&self, path: &str) -> Result<Stat, FileError> {
        Ok(self.tree().root.find(path)?.stat())
    }

    /// What a path names; a symbolic link is one.
    pub(crate) fn lstat(&self, path: &str) -> Result<Stat, FileError> {
        Ok(self.tree().root.find_link(path)?.stat())
    }

    /// Whether a path names a directory.
    pub(crate) fn is_directory(&self, path: &str) -> bool {
        self.stat(path).is_ok_and(|stat| stat.kind == FileKind::Directory)
    }

    /// The names in a directory, sorted.
    pub(crate) fn list(&self, path: &str) -> Result<Vec<String>, FileError> {
        match &self.tree().root.find(path)?.content {
            Content::Directory(entries) => Ok(entries.keys().cloned().collect()),
            _ => Err(FileError::NotDirectory),
        }
    }

    /// What a file holds.
    pub(crate) fn read(&self, path: &str) -> Result<Bytes, FileError> {
        match &self.tree().root.find(path)?.content {
            Content::File(bytes) => Ok(Bytes::copy_from_slice(bytes)),
            Content::Program(program) => Ok(Bytes::from(format!("kubedock built-in program {program}\n"))),
            Content::Null => Ok(Bytes::new()),
            Content::Directory(_) | Content::Symlink(_) => Err(FileError::IsDirectory),
        }
    }

    /// The program that a path names.
    pub(crate) fn program(&self, path: &str) -> Result<Program, FileError> {
        match &self.tree().root.find(path)?.content {
            Content::Program(program) => Ok(*program),
            Content::Directory(_) => Err(FileError::IsDirectory),
            _ => Err(FileError::Denied),
        }
    }

    /// Opens a file for writing, and makes it if it is missing.
    pub(crate) fn open(&self, path: &str, how: Open) -> Result<(), FileError> {
        self.change(path, 0, |file| {
            if how == Open::Truncate {
                file.clear();
            }
        })
    }

    /// Adds to the end of a file.
    pub(crate) fn append(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.change(path, bytes.len(), |file| file.extend_from_slice(bytes))
    }

    fn change(&self, path: &str, growth: usize, change: impl FnOnce(&mut Vec<u8>)) -> Result<(), FileError> {
        self.check_writable(path)?;
        let now = self.clock.now();
        let mut tree = self.tree();
        if tree.used + growth as u64 > self.limit {
            return Err(FileError::Full);
        }
        let (before, after) = tree.root.change(path, now, change)?;
        tree.used = tree.used + after - before;
        Ok(())
    }

    /// Makes a directory.
    pub(crate) fn make_directory(&self, path: &str) -> Result<(), FileError> {
        self.check_writable(path)?;
        let node = Node { mode: 0o755, modified: self.clock.now(), content: Content::Directory(BTreeMap::new()) };
        let mut tree = self.tree();
        if tree.used > self.limit {
            return Err(FileError::Full);
        }
        let cost = node.size();
        let (directory, name) = tree.root.parent_mut(path)?;
        if directory.contains_key(&name) {
            return Err(FileError::Exists);
        }
        directory.insert(name, node);
        tree.used += cost;
        Ok(())
    }

    /// Removes a file, or a directory with everything in it if `recursive`.
    pub(crate) fn remove(&self, path: &str, recursive: bool) -> Result<(), FileError> {
        self.check_writable(path)?;
        let mut tree = self.tree();
        let (directory, name) = tree.root.parent_mut(path)?;
        let node = directory.get(&name).ok_or(FileError::Missing)?;
        if !recursive && matches!(node.content, Content::Directory(_)) {
            return Err(FileError::IsDirectory);
        }
        let cost = node.size();
        directory.remove(&name);
        tree.used -= cost;
        Ok(())
    }

    fn check_writable(&self, path: &str) -> Result<(), FileError> {
        let below =
            |prefix: &String| path == prefix || path.strip_prefix(prefix.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'));
        if self.writable.iter().any(below) { Ok(()) } else { Err(FileError::ReadOnly) }
    }
}

/// `path` as seen from the directory `from`, without `.`, `..` and empty parts.
pub(crate) fn absolute(from: &str, path: &str) -> String {
    if path.starts_with('/') { domain::clean_path(path) } else { domain::clean_path(&format!("{from}/{path}")) }
}

#[cfg(test)]
mod tests;
