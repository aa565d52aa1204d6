//! Reading a container's log.

use std::sync::Arc;

use domain::{Error, Result};
use futures_util::{StreamExt, stream};
use ports::{Kind, LogRequest, LogSession};

use crate::core::Core;
use crate::registry::{Entry, Progress, Reader};
use crate::sessions::counted;

/// Reads the log of the last run. A container that does not run is not followed (moby `daemon/logs.go`).
pub(crate) async fn logs(core: &Core, entry: &Arc<Entry>, mut request: LogRequest) -> Result<LogSession> {
    let (container, starting) = entry.look(|inner| (inner.container.clone(), matches!(inner.progress, Progress::Starting(_))));
    let tty = container.spec.config.tty;
    let nothing = || LogSession { tty, lines: stream::empty().boxed() };
    if container.runs == 0 || starting {
        return Ok(nothing());
    }
    request.follow &= container.state.status().is_running();
    let reader = Reader::new(entry);
    match core.outbound.logs.read(&container.run(), &request).await {
        Ok(lines) => Ok(LogSession { tty, lines: counted(lines, reader) }),
        Err(error) if error.kind == Kind::NotFound && container.state.started_at().is_none() => Ok(nothing()),
        Err(error) if error.kind == Kind::NotFound => {
            Err(Error::NotFound(format!("the log of container {} is gone: {error}", container.id.short())))
        }
        Err(error) => Err(error.into()),
    }
}
