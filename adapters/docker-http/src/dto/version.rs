//! `GET /version`

use ports::HostInfo;
use serde::Serialize;

use crate::settings::Identity;
use crate::version::{API_VERSION, ENGINE_VERSION, MIN_API_VERSION};

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Version<'a> {
    platform: Platform,
    components: [Component<'a>; 2],
    version: &'static str,
    api_version: String,
    #[serde(rename = "MinAPIVersion")]
    min_api_version: String,
    git_commit: &'a str,
    go_version: &'static str,
    os: &'static str,
    arch: &'a str,
    kernel_version: &'a str,
    build_time: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Platform {
    name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Component<'a> {
    name: &'static str,
    version: &'a str,
    details: Details<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Details<'a> {
    api_version: String,
    arch: &'a str,
    build_time: &'a str,
    experimental: &'static str,
    git_commit: &'a str,
    go_version: &'static str,
    kernel_version: &'a str,
    #[serde(rename = "MinAPIVersion")]
    min_api_version: String,
    os: &'static str,
}

impl<'a> Version<'a> {
    /// What `identity` says when it runs on `host`. Clients derive from `Version` what an engine can do, so it is the engine's whose API
    /// this is; our own is beside it.
    pub(crate) fn new(identity: &'a Identity, host: &'a HostInfo) -> Self {
        let arch = go_arch(&host.architecture);
        let details = || Details {
            api_version: API_VERSION.to_string(),
            arch,
            build_time: &identity.built,
            experimental: "false",
            git_commit: &identity.commit,
            go_version: "",
            kernel_version: &host.kernel_version,
            min_api_version: MIN_API_VERSION.to_string(),
            os: "linux",
        };
        Self {
            platform: Platform { name: format!("kubedock {}", identity.version) },
            components: [
                Component { name: "Engine", version: ENGINE_VERSION, details: details() },
                Component { name: "kubedock", version: &identity.version, details: details() },
            ],
            version: ENGINE_VERSION,
            api_version: API_VERSION.to_string(),
            min_api_version: MIN_API_VERSION.to_string(),
            git_commit: &identity.commit,
            go_version: "",
            os: "linux",
            arch,
            kernel_version: &host.kernel_version,
            build_time: &identity.built,
        }
    }
}

/// A processor in Go's words.
fn go_arch(kernel: &str) -> &str {
    match kernel {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "armv7l" | "armv6l" => "arm",
        "i386" | "i686" => "386",
        other => other,
    }
}
