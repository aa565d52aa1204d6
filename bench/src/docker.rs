//! A client of the Docker API: the verbs that are measured.

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use crate::http::{Address, Connection, Head, Socket, request};

/// A daemon.
#[derive(Debug, Clone)]
pub(crate) struct Docker {
    address: Address,
}

/// A process that was started in a container.
pub(crate) struct Exec {
    /// Its id.
    pub(crate) id: String,
    /// The connection, as the daemon left it to both sides.
    pub(crate) socket: Socket,
}

/// Counts the payload of Docker's frames, wherever the reads cut them.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    header: [u8; 8],
    have: usize,
    left: usize,
    payload: u64,
}

impl Docker {
    /// The daemon at `address`.
    pub(crate) const fn new(address: Address) -> Self {
        Self { address }
    }

    /// A connection to it.
    ///
    /// # Errors
    /// Nobody listens.
    pub(crate) async fn connect(&self) -> anyhow::Result<Connection> {
        Connection::open(&self.address).await.context("cannot connect to kubedock")
    }

    /// Makes a container of `alpine` with these settings, pulling the image if need be, and returns its id.
    ///
    /// # Errors
    /// What the daemon says.
    pub(crate) async fn create(&self, mut settings: Value) -> anyhow::Result<String> {
        settings["Image"] = json!("alpine");
        let mut connection = self.connect().await?;
        let mut answer = connection.call("POST", "/containers/create", Some(&settings)).await?;
        if answer.status == 404 {
            // As every client does with an image that the daemon does not have.
            connection.call("POST", "/images/create?fromImage=alpine&tag=latest", None).await?.expect(&[200])?;
            answer = connection.call("POST", "/containers/create", Some(&settings)).await?;
        }
        text(&answer.expect(&[201])?.json()?, "Id")
    }

    /// Starts a container.
    ///
    /// # Errors
    /// What the daemon says.
    pub(crate) async fn start(&self, id: &str) -> anyhow::Result<()> {
        self.post(&format!("/containers/{id}/start"), 204).await
    }

    /// Gives a container another name.
    ///
    /// # Errors
    /// What the daemon says.
    pub(crate) async fn rename(&self, id: &str, name: &str) -> anyhow::Result<()> {
        self.post(&format!("/containers/{id}/rename?name={name}"), 204).await
    }

    /// Makes a container that runs `script` in a shell, starts it and returns its id.
    ///
    /// # Errors
    /// What the daemon says.
    pub(crate) async fn run(&self, script: &str) -> anyhow::Result<String> {
        let id = self.create(shell(script)).await?;
        self.start(&id).await?;
        Ok(id)
    }

    /// Waits for the end of a container and returns its exit code.
    ///
    /// # Errors
    /// What the daemon says.
    pub(crate) async fn wait(&self, id: &str) -> anyhow::Result<i64> {
        let answer = self.connect().await?.call("POST", &format!("/containers/{id}/wait"), None).await?.expect(&[200])?;
        answer.json()?["StatusCode"].as_i64().context("no StatusCode")
    }

    /// Removes a container, running or not.
    ///
    /// # Errors
    /// What the daemon says.
    pub(crate) async fn remove(&self, id: &str) -> anyhow::Result<()> {
        self.connect().await?.call("DELETE", &format!("/containers/{id}?force=1&v=1"), None).await?.expect(&[204])?;
        Ok(())
    }

    /// Starts a process in a container.
    ///
    /// # Errors
    /// What the daemon says.
    pub(crate) async fn exec(&self, container: &str, command: &[&str], stdin: bool) -> anyhow::Result<Exec> {
        let mut connection = self.connect().await?;
        let settings = json!({"Cmd": command, "AttachStdin": stdin, "AttachStdout": true, "AttachStderr": true});
        let answer = connection.call("POST", &format!("/containers/{container}/exec"), Some(&settings)).await?.expect(&[201])?;
        let id = text(&answer.json()?, "Id")?;
        let socket = hijack(connection, &format!("/exec/{id}/start"), Some(&json!({"Detach": false, "Tty": false}))).await?;
        Ok(Exec { id, socket })
    }

    /// The exit code of a process that was started in a container.
    ///
    /// # Errors
    /// What the daemon says, or that it has none yet.
    pub(crate) async fn exit_code(&self, exec: &str) -> anyhow::Result<i64> {
        let answer = self.connect().await?.call("GET", &format!("/exec/{exec}/json"), None).await?.expect(&[200])?;
        answer.json()?["ExitCode"].as_i64().context("no ExitCode")
    }

    /// The input of a container's process.
    ///
    /// # Errors
    /// What the daemon says.
    pub(crate) async fn attach_stdin(&self, id: &str) -> anyhow::Result<Socket> {
        hijack(self.connect().await?, &format!("/containers/{id}/attach?stream=1&stdin=1"), None).await
    }

    /// Begins to read what comes in chunks: a log or events.
    ///
    /// # Errors
    /// What the daemon says.
    pub(crate) async fn follow(&self, path: &str) -> anyhow::Result<Connection> {
        let mut connection = self.connect().await?;
        connection.send(&request("GET", path, "", None)).await?;
        let head = connection.head().await?;
        if head.status == 200 && head.is_chunked() {
            return Ok(connection);
        }
        connection.rest(head).await?.expect(&[])?;
        bail!("no stream")
    }

    async fn post(&self, path: &str, expected: u16) -> anyhow::Result<()> {
        self.connect().await?.call("POST", path, None).await?.expect(&[expected])?;
        Ok(())
    }
}

impl Frames {
    /// Takes what was read.
    pub(crate) fn push(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            if self.left > 0 {
                let taken = self.left.min(data.len());
                self.left -= taken;
                self.payload += taken as u64;
                data = &data[taken..];
                continue;
            }
            let taken = (8 - self.have).min(data.len());
            self.header[self.have..self.have + taken].copy_from_slice(&data[..taken]);
            self.have += taken;
            data = &data[taken..];
            if self.have == 8 {
                let [_, _, _, _, length @ ..] = self.header;
                self.left = u32::from_be_bytes(length) as usize;
                self.have = 0;
            }
        }
    }

    /// How much payload there was.
    pub(crate) const fn payload(&self) -> u64 {
        self.payload
    }
}

/// The settings of a container that runs `script` in a shell.
pub(crate) fn shell(script: &str) -> Value {
    json!({"Cmd": ["sh", "-c", script]})
}

/// Sends a request after which the connection belongs to both sides.
async fn hijack(mut connection: Connection, path: &str, body: Option<&Value>) -> anyhow::Result<Socket> {
    connection.send(&request("POST", path, "Connection: Upgrade\r\nUpgrade: tcp\r\n", body)).await?;
    let Head { status, .. } = connection.head().await?;
    ensure!(status == 101, "status {status} instead of an upgrade");
    Ok(connection.into_socket())
}

fn text(value: &Value, field: &str) -> anyhow::Result<String> {
    value[field].as_str().map(str::to_owned).with_context(|| format!("no {field}"))
}

#[cfg(test)]
mod tests {
    use super::Frames;

    #[test]
    fn frames_are_counted_wherever_they_are_cut() {
        let bytes = [&[1, 0, 0, 0, 0, 0, 0, 5][..], b"hello", &[2, 0, 0, 0, 0, 0, 0, 0], &[1, 0, 0, 0, 0, 0, 0, 1], b"x"].concat();
        for size in 1..=bytes.len() {
            let mut frames = Frames::default();
            bytes.chunks(size).for_each(|part| frames.push(part));
            assert_eq!(frames.payload(), 6, "cut every {size}");
        }
    }
}
