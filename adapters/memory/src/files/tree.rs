//! The tree itself.

use std::collections::BTreeMap;

use domain::Timestamp;

use super::{FileError, FileKind, Stat};
use crate::programs::Program;

/// How many symbolic links are followed on the way (`MAXSYMLINKS`).
const LINKS: usize = 40;
/// What a file costs beyond its content, so that empty files are bounded, too.
const OVERHEAD: u64 = 256;

/// Something that has a name.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(super) mode: u32,
    pub(super) modified: Timestamp,
    pub(super) content: Content,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    File(Vec<u8>),
    Directory(BTreeMap<String, Node>),
    Symlink(String),
    /// One of the built-in programs.
    Program(Program),
    /// `/dev/null`.
    Null,
}

fn parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

impl Node {
    pub(super) fn stat(&self) -> Stat {
        let (kind, size) = match &self.content {
            Content::File(bytes) => (FileKind::File, bytes.len() as u64),
            Content::Program(_) => (FileKind::File, 0),
            Content::Directory(_) => (FileKind::Directory, 4096),
            Content::Symlink(target) => (FileKind::Symlink, target.len() as u64),
            Content::Null => (FileKind::Device, 0),
        };
        Stat { kind, mode: self.mode, size, modified: self.modified }
    }

    /// What it costs to keep it, with everything in it.
    pub(super) fn size(&self) -> u64 {
        OVERHEAD
            + match &self.content {
                Content::File(bytes) => bytes.len() as u64,
                Content::Directory(entries) => entries.values().map(Self::size).sum(),
                Content::Symlink(target) => target.len() as u64,
                Content::Program(_) | Content::Null => 0,
            }
    }

    /// What `path` names, following a symbolic link at its end.
    pub(super) fn find(&self, path: &str) -> Result<&Self, FileError> {
        self.find_link(&self.resolve(path)?)
    }

    /// What `path` names; a symbolic link is one.
    pub(super) fn find_link(&self, path: &str) -> Result<&Self, FileError> {
        let mut parts = parts(path).rev();
        let Some(name) = parts.next() else { return Ok(self) };
        let parent = parts.rev().collect::<Vec<_>>().join("/");
        self.directory(&self.resolve(&parent)?)?.get(name).ok_or(FileError::Missing)
    }

    fn directory(&self, path: &str) -> Result<&BTreeMap<String, Self>, FileError> {
        let node = parts(path).try_fold(self, |node, part| match &node.content {
            Content::Directory(entries) => entries.get(part).ok_or(FileError::Missing),
            _ => Err(FileError::NotDirectory),
        })?;
        match &node.content {
            Content::Directory(entries) => Ok(entries),
            _ => Err(FileError::NotDirectory),
        }
    }

    /// The same path without symbolic links. What is missing at the end stays as it is.
    pub(super) fn resolve(&self, path: &str) -> Result<String, FileError> {
        let mut rest: Vec<String> = parts(path).rev().map(str::to_owned).collect();
        let mut done = String::new();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            let found = match self.directory(&done) {
                Ok(entries) => entries.get(&part),
                Err(FileError::Missing) => None,
                Err(error) => return Err(error),
            };
            if let Some(Self { content: Content::Symlink(target), .. }) = found {
                links += 1;
                if links > LINKS {
                    return Err(FileError::Loop);
                }
                let next = super::absolute(if done.is_empty() { "/" } else { &done }, target);
                rest.extend(parts(&next).rev().map(str::to_owned));
                done.clear();
            } else {
                done.push('/');
                done.push_str(&part);
            }
        }
        Ok(done)
    }

    /// The directory that holds the last part of `path`, and that part.
    pub(super) fn parent_mut(&mut self, path: &str) -> Result<(&mut BTreeMap<String, Self>, String), FileError> {
        let Some(name) = parts(path).next_back().map(str::to_owned) else { return Err(FileError::IsDirectory) };
        let parent = path.trim_end_matches('/').rsplit_once('/').map_or("", |(parent, _)| parent);
        let resolved = self.resolve(parent)?;
        let mut node = self;
        for part in parts(&resolved) {
            node = match &mut node.content {
                Content::Directory(entries) => entries.get_mut(part).ok_or(FileError::Missing)?,
                _ => return Err(FileError::NotDirectory),
            };
        }
        match &mut node.content {
            Content::Directory(entries) => Ok((entries, name)),
            _ => Err(FileError::NotDirectory),
        }
    }

    /// Changes the content of a file, which is made if it is missing, and tells what it cost before and costs now.
    pub(super) fn change(&mut self, path: &str, now: Timestamp, change: impl FnOnce(&mut Vec<u8>)) -> Result<(u64, u64), FileError> {
        let path = self.resolve(path)?;
        let (directory, name) = self.parent_mut(&path)?;
        let before = directory.get(&name).map_or(0, Self::size);
        let node = directory.entry(name).or_insert_with(|| Self { mode: 0o644, modified: now, content: Content::File(Vec::new()) });
        match &mut node.content {
            Content::File(bytes) => change(bytes),
            Content::Null => return Ok((before, before)),
            Content::Directory(_) | Content::Symlink(_) => return Err(FileError::IsDirectory),
            Content::Program(_) => return Err(FileError::Denied),
        }
        node.modified = now;
        Ok((before, node.size()))
    }
}
