//! What is told when an image cannot be found out.

use domain::ImageRef;
use ports::{Kind, PortError};

/// A failure in dockerd's words (moby `distribution/errors.go`, `translatePullError`).
pub(super) fn named(mut error: PortError, reference: &ImageRef) -> PortError {
    let said = &error.context;
    let explained = match error.kind {
        Kind::NotFound if said.starts_with("name unknown") => Some(format!("repository {} not found: {said}", reference.familiar_name())),
        Kind::NotFound => Some(format!("manifest for {} not found: {said}", reference.familiar())),
        _ => None,
    };
    if let Some(explained) = explained {
        error.context = explained;
    }
    error
}

/// The failures of all places that were asked for an image.
#[derive(Default)]
pub(super) struct Failures {
    missing: Option<PortError>,
    own: Option<PortError>,
}

impl Failures {
    /// Keeps the failure of one place, which may be a mirror.
    pub(super) fn add(&mut self, error: PortError, mirror: bool) {
        if !mirror {
            self.own = Some(error);
        } else if error.kind == Kind::NotFound {
            self.missing = Some(error);
        }
    }

    /// What the registry itself says counts. If it cannot be asked, a mirror that does not have the image does: that is at least an answer.
    pub(super) fn verdict(self) -> PortError {
        let nobody = || PortError::new(Kind::Unavailable, "there is nobody to ask");
        match (self.own, self.missing) {
            (Some(own), Some(missing)) if matches!(own.kind, Kind::Unavailable | Kind::Timeout | Kind::Forbidden) => {
                tracing::debug!(%own, "the registry itself cannot be asked; what a mirror says counts");
                missing
            }
            (Some(own), _) => own,
            (None, missing) => missing.unwrap_or_else(nobody),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ImageRef;
    use ports::{Kind, PortError};

    use super::{Failures, named};

    #[test]
    fn failures_are_told_in_dockerds_words() {
        let digest = format!("quay.io/x/y@sha256:{}", "a".repeat(64));
        for (kind, said, name, told) in [
            (
                Kind::NotFound,
                "manifest unknown: manifest unknown",
                "redis:nosuch",
                "manifest for redis:nosuch not found: manifest unknown: manifest unknown",
            ),
            (Kind::NotFound, "404", &digest, &format!("manifest for {digest} not found: 404")),
            (
                Kind::NotFound,
                "name unknown: repository name not known to registry",
                "quay.io/x/y",
                "repository quay.io/x/y not found: name unknown: repository name not known to registry",
            ),
            (
                Kind::Unauthorized,
                "denied: requested access to the resource is denied",
                "x:1",
                "denied: requested access to the resource is denied",
            ),
            (Kind::Unauthorized, "unauthorized: authentication required", "x", "unauthorized: authentication required"),
            (Kind::Unavailable, "connection refused", "x", "connection refused"),
        ] {
            let error = named(PortError::new(kind, said), &ImageRef::parse(name).unwrap());
            assert_eq!((error.kind, error.context.as_str()), (kind, told));
        }
    }

    #[test]
    fn the_registry_counts_unless_it_cannot_be_asked() {
        use Kind::{Forbidden, Internal, NotFound, Timeout, Unauthorized, Unavailable};
        for (mirror, own, counts) in [
            (Some(NotFound), Some(NotFound), "own"),
            (Some(NotFound), Some(Unavailable), "mirror"),
            (Some(NotFound), Some(Timeout), "mirror"),
            (Some(NotFound), Some(Forbidden), "mirror"),
            (Some(NotFound), Some(Unauthorized), "own"),
            (Some(Unavailable), Some(Timeout), "own"),
            (Some(Unauthorized), Some(Unavailable), "own"),
            (Some(Internal), Some(Unavailable), "own"),
            (None, Some(Internal), "own"),
        ] {
            let mut failures = Failures::default();
            for (kind, text, is_mirror) in [(mirror, "mirror", true), (own, "own", false)] {
                if let Some(kind) = kind {
                    failures.add(PortError::new(kind, text), is_mirror);
                }
            }
            assert_eq!(failures.verdict().context, counts, "{mirror:?} {own:?}");
        }
    }
}
