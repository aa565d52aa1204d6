//! Users by name and number.

use domain::UserIds;

use crate::files::Files;

/// Who a process runs as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) uid: i64,
    pub(crate) gid: i64,
    /// Its name, if the user file knows it.
    pub(crate) name: Option<String>,
    pub(crate) home: String,
}

struct Entry {
    name: String,
    uid: i64,
    gid: i64,
    home: String,
}

fn entries(files: &Files) -> Vec<Entry> {
    let text = files.read("/etc/passwd").map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let entry = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, _, home, ..] = fields.as_slice() else { return None };
        Some(Entry { name: (*name).to_owned(), uid: uid.parse().ok()?, gid: gid.parse().ok()?, home: (*home).to_owned() })
    };
    text.lines().filter_map(entry).collect()
}

impl User {
    /// The user with these numbers; nothing said is the superuser.
    pub(crate) fn by_ids(files: &Files, ids: Option<UserIds>) -> Self {
        let UserIds { uid, gid } = ids.unwrap_or(UserIds { uid: 0, gid: None });
        let entry = entries(files).into_iter().find(|entry| entry.uid == uid);
        let gid = gid.or(entry.as_ref().map(|entry| entry.gid)).unwrap_or(0);
        let (name, home) = entry.map_or((None, "/".to_owned()), |entry| (Some(entry.name), entry.home));
        Self { uid, gid, name, home }
    }

    /// `user[:group]`, each a name or a number.
    ///
    /// # Errors
    /// The sentence that runc says (moby/sys `user.GetExecUser`).
    pub(crate) fn by_name(files: &Files, text: &str) -> Result<Self, String> {
        let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
        let uid = match user.parse::<u32>() {
            Ok(uid) => i64::from(uid),
            Err(_) => entries(files)
                .into_iter()
                .find(|entry| entry.name == user)
                .map(|entry| entry.uid)
                .ok_or_else(|| format!("unable to find user {user}: no matching entries in passwd file"))?,
        };
        let gid = group.map(|group| group_id(files, group)).transpose()?;
        Ok(Self::by_ids(files, Some(UserIds { uid, gid })))
    }
}

fn group_id(files: &Files, group: &str) -> Result<i64, String> {
    if let Ok(gid) = group.parse::<u32>() {
        return Ok(i64::from(gid));
    }
    let found = groups(files).into_iter().find(|(name, _)| name == group).map(|(_, gid)| gid);
    found.ok_or_else(|| format!("unable to find group {group}: no matching entries in group file"))
}

/// The name of a group, if the group file knows it.
pub(crate) fn group_name(files: &Files, gid: i64) -> Option<String> {
    groups(files).into_iter().find(|(_, number)| *number == gid).map(|(name, _)| name)
}

fn groups(files: &Files) -> Vec<(String, i64)> {
    let text = files.read("/etc/group").map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let group = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        Some(((*fields.first()?).to_owned(), fields.get(2)?.parse().ok()?))
    };
    text.lines().filter_map(group).collect()
}
