//! `POST /containers/{id}/update`.

use domain::{Resources, RestartPolicy, Result};
use ports::Update;
use serde::{Deserialize, Serialize};

use super::create::{ResourcesBody, RestartPolicyBody};

/// The body of the request.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct UpdateBody {
    #[serde(flatten)]
    resources: ResourcesBody,
    restart_policy: Option<RestartPolicyBody>,
}

impl TryFrom<UpdateBody> for Update {
    type Error = domain::Error;

    fn try_from(body: UpdateBody) -> Result<Self> {
        let resources = Resources::from(body.resources);
        resources.check()?;
        let restart = RestartPolicy::try_from(body.restart_policy.unwrap_or_default())?;
        Ok(Self {
            resources: (resources != Resources::default()).then_some(resources),
            restart: (restart != RestartPolicy::Unset).then_some(restart),
        })
    }
}

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Updated<'a> {
    warnings: Option<&'a [String]>,
}

impl<'a> Updated<'a> {
    pub(crate) fn new(warnings: &'a [String]) -> Self {
        Self { warnings: super::write::some(warnings) }
    }
}

#[cfg(test)]
mod tests {
    use domain::RestartPolicy;
    use ports::Update;

    use super::UpdateBody;

    fn read(json: &str) -> domain::Result<Update> {
        serde_json::from_str::<UpdateBody>(json).unwrap().try_into()
    }

    #[test]
    fn silence_changes_nothing() {
        for json in ["{}", r#"{"RestartPolicy":{"Name":"","MaximumRetryCount":0}}"#, r#"{"RestartPolicy":null,"Memory":0}"#] {
            let update = read(json).unwrap();
            assert_eq!((update.resources, update.restart), (None, None), "{json}");
        }
    }

    #[test]
    fn new_settings_are_checked() {
        let update = read(r#"{"CpuShares":512,"RestartPolicy":{"Name":"no"}}"#).unwrap();
        assert_eq!(update.resources.map(|limits| limits.cpu_shares), Some(512));
        assert_eq!(update.restart, Some(RestartPolicy::No));
        assert_eq!(read(r#"{"Memory":5}"#).unwrap_err().to_string(), "Minimum memory limit allowed is 6MB");
        let error = read(r#"{"RestartPolicy":{"Name":"no","MaximumRetryCount":3}}"#).unwrap_err();
        assert_eq!(error.to_string(), "invalid restart policy: maximum retry count can only be used with 'on-failure'");
    }
}
