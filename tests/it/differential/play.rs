//! Plays a script against one daemon.

use std::collections::BTreeMap;
use std::io;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Map, Value, json};

use super::script::{Exchange, Input, Script, fill};
use crate::support::frames;
use crate::support::http::{self, Address, Answer, Connection, Head};

/// How long an exchange may wait for a state.
const LIMIT: Duration = Duration::from_secs(15);

/// The headers that clients depend on.
const HEADERS: [&str; 14] = [
    "Allow",
    "Api-Version",
    "Builder-Version",
    "Cache-Control",
    "Connection",
    "Content-Type",
    "Docker-Experimental",
    "Location",
    "Ostype",
    "Pragma",
    "Server",
    "Swarm",
    "Upgrade",
    "X-Docker-Container-Path-Stat",
];

/// What one daemon made of a script.
pub(super) struct Played {
    /// An answer for each exchange.
    pub(super) answers: Vec<Value>,
    /// What was captured, and the run's own values.
    pub(super) values: BTreeMap<String, String>,
}

/// Plays all exchanges; `prefix` begins each name that is made, and `registry` is the one that images are pulled from.
pub(super) fn play(script: &Script, daemon: &Address, prefix: &str, registry: Option<&str>) -> Played {
    let mut values = BTreeMap::from([("p".to_owned(), prefix.to_owned()), ("start".to_owned(), now())]);
    values.extend(registry.map(|registry| ("registry".to_owned(), registry.to_owned())));
    let mut background = BTreeMap::new();
    let mut answers = Vec::new();
    for exchange in &script.exchanges {
        values.insert("now".to_owned(), now());
        let answer = if exchange.method == "join" {
            background.remove(&exchange.path).map_or_else(
                || json!({"failed": "nothing to join"}),
                |thread: JoinHandle<Value>| thread.join().unwrap_or_else(|_| json!({"failed": "panic"})),
            )
        } else {
            let request = Request::of(exchange, &values);
            match &exchange.background {
                None => request.answer(daemon, exchange),
                Some(name) => {
                    background.insert(name.clone(), request.answer_later(daemon));
                    json!({})
                }
            }
        };
        for (name, pointer) in &exchange.captures {
            if let Some(value) = answer.pointer(&format!("/body{pointer}")) {
                values.insert(name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            }
        }
        answers.push(answer);
    }
    clean(daemon, prefix);
    Played { answers, values }
}

struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
    input: Option<Input>,
}

impl Request {
    fn of(exchange: &Exchange, values: &BTreeMap<String, String>) -> Self {
        let path = fill(&exchange.path, values);
        let path = match path.strip_prefix('~') {
            Some(bare) => bare.to_owned(),
            None if path.starts_with("/v1.") => path,
            None => format!("/v1.45{path}"),
        };
        let mut headers = exchange.headers.clone();
        if !exchange.body.is_empty() && !headers.iter().any(|(name, _)| name == "Content-Type") {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        Self {
            method: exchange.method.clone(),
            path: encoded(&path),
            headers,
            body: fill(&exchange.body, values),
            input: exchange.input.clone(),
        }
    }

    fn answer(&self, daemon: &Address, exchange: &Exchange) -> Value {
        let begin = Instant::now();
        loop {
            let answer = self.once(daemon).unwrap_or_else(|error| json!({"failed": error.to_string()}));
            let Some((pointer, wanted)) = &exchange.until else { return answer };
            let seen = answer.pointer(&format!("/body{pointer}")).map(Value::to_string);
            if seen.as_ref() == Some(wanted) || begin.elapsed() > LIMIT {
                return answer;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends the request, waits for the head of the answer and leaves the rest to a thread.
    fn answer_later(self, daemon: &Address) -> JoinHandle<Value> {
        match self.begin(daemon) {
            Ok((connection, head)) => {
                thread::spawn(move || self.end(connection, head).unwrap_or_else(|error| json!({"failed": error.to_string()})))
            }
            Err(error) => thread::spawn(move || json!({"failed": error.to_string()})),
        }
    }

    fn once(&self, daemon: &Address) -> io::Result<Value> {
        let (connection, head) = self.begin(daemon)?;
        self.end(connection, head)
    }

    fn begin(&self, daemon: &Address) -> io::Result<(Connection, Head)> {
        let mut connection = Connection::open(daemon)?;
        let headers: Vec<(&str, &str)> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        connection.request(&self.method, &self.path, &headers, self.body.as_bytes())?;
        let head = connection.head()?;
        Ok((connection, head))
    }

    fn end(&self, mut connection: Connection, head: Head) -> io::Result<Value> {
        let hijacked =
            head.status == 101 || (head.status == 200 && head.get("content-length").is_none() && head.get("transfer-encoding").is_none());
        let body = if self.method == "HEAD" {
            Vec::new()
        } else if hijacked {
            if let Some(input) = &self.input {
                // A connection that ended already does not take any more input.
                let _ = connection.send(input.text.as_bytes());
                let _ = if input.ends { connection.half_close() } else { Ok(()) };
            }
            connection.rest()?
        } else {
            connection.body(&head)?
        };
        Ok(shown(&Answer { head, body }))
    }
}

/// An answer as a value that can be compared.
fn shown(answer: &Answer) -> Value {
    let headers: Map<String, Value> = HEADERS.iter().filter_map(|name| Some(((*name).to_owned(), answer.head.get(name)?.into()))).collect();
    json!({"status": answer.head.status, "headers": headers, "body": body(answer)})
}

fn body(answer: &Answer) -> Value {
    let kind = answer.head.get("content-type").unwrap_or_default();
    if kind.starts_with("application/vnd.docker.") {
        return match frames::demultiplex(&answer.body) {
            Some(printed) if !answer.body.is_empty() => {
                json!({"stdout": String::from_utf8_lossy(&printed.stdout), "stderr": String::from_utf8_lossy(&printed.stderr)})
            }
            _ => json!({"raw": answer.text()}),
        };
    }
    let lines: Result<Vec<Value>, _> = serde_json::Deserializer::from_slice(&answer.body).into_iter().collect();
    match lines {
        Ok(mut lines) if lines.len() == 1 => lines.remove(0),
        Ok(lines) if !lines.is_empty() => lines.into(),
        _ => answer.text().into(),
    }
}

/// Removes what the script left behind.
fn clean(daemon: &Address, prefix: &str) {
    let list =
        |path: &str| http::call(daemon, "GET", path, None).ok().and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
    let mine = |value: &Value| value.as_str().is_some_and(|name| name.trim_start_matches('/').starts_with(prefix));
    let remove = |path: String| http::call(daemon, "DELETE", &path, None).map(drop).unwrap_or_default();
    for container in list("/containers/json?all=1").iter().flat_map(items) {
        if items(&container["Names"]).any(mine) || mine(&container["Labels"]["owner"]) {
            remove(format!("/containers/{}?force=1&v=1", text(&container["Id"])));
        }
    }
    for network in list("/networks").iter().flat_map(items).filter(|network| mine(&network["Name"])) {
        remove(format!("/networks/{}", text(&network["Id"])));
    }
    for volume in list("/volumes").iter().flat_map(|list| items(&list["Volumes"])).filter(|volume| mine(&volume["Name"])) {
        remove(format!("/volumes/{}", text(&volume["Name"])));
    }
    for image in list("/images/json").iter().flat_map(items) {
        for tag in items(&image["RepoTags"]).filter(|tag| mine(tag)) {
            remove(format!("/images/{}", text(tag)));
        }
    }
}

fn items(list: &Value) -> std::slice::Iter<'_, Value> {
    list.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Encodes what may not stand in a request line; scripts write filters as plain JSON.
fn encoded(path: &str) -> String {
    let special = |c: char| matches!(c, '{' | '}' | '"' | '[' | ']' | ' ' | '\\' | '^' | '|' | '<' | '>');
    path.chars().map(|c| if special(c) { format!("%{:02X}", u32::from(c)) } else { c.to_string() }).collect()
}

/// The time as Docker's parameters take it.
fn now() -> String {
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{}.{:09}", time.as_secs(), time.subsec_nanos())
}
