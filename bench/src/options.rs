//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Compares kubedock with the plain Kubernetes API and with kubectl, in one run.
#[derive(Debug, Parser)]
#[command(name = "kubedock-bench")]
pub(crate) struct Options {
    /// What to measure; everything if nothing is named.
    #[arg(value_name = "BENCH")]
    pub(crate) benches: Vec<Bench>,

    /// The kubedock to measure: a release binary.
    #[arg(long, value_name = "FILE", default_value = "target/release/kubedock")]
    pub(crate) kubedock: PathBuf,

    /// The kubectl to compare with. Name the program itself: a wrapper that starts another one would be measured too.
    #[arg(long, value_name = "FILE", default_value = "kubectl")]
    pub(crate) kubectl: PathBuf,

    /// The cluster [env: KUBEDOCK_TEST_KUBECONFIG, else KUBECONFIG].
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,

    /// A registry without TLS, by IP and port, whose images are looked at [env: KUBEDOCK_TEST_REGISTRY].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) registry: Option<String>,

    /// Where to write the results as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Fewer repetitions and less data: for a look, not for a record.
    #[arg(long)]
    pub(crate) quick: bool,
}

/// One of the things that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bench {
    /// Size of the binary, cold start, idle memory.
    Footprint,
    /// Starts, one after the other and ten at once, against the plain API.
    Start,
    /// The answer to wait after the end of a container, however it ended.
    Wait,
    /// The round trip of a small exec, against kubectl.
    Exec,
    /// Bytes through an exec, against kubectl.
    Transfer,
    /// Bytes of a log, against kubectl.
    Logs,
    /// Inspects and lists per second.
    Rates,
    /// Looks at images, cold, warm and many at once, and what TLS costs.
    Images,
    /// Many who follow logs and events, and one of them who never reads.
    Subscribers,
}

impl Bench {
    /// Whether it needs a cluster.
    pub(crate) const fn needs_cluster(self) -> bool {
        !matches!(self, Self::Subscribers)
    }
}

impl Options {
    /// What to measure, in the order in which it is measured.
    pub(crate) fn selection(&self) -> Vec<Bench> {
        let chosen = |bench: &&Bench| self.benches.is_empty() || self.benches.contains(bench);
        Bench::value_variants().iter().filter(chosen).copied().collect()
    }

    /// `full`, or `quick` if that was asked for.
    pub(crate) const fn amount(&self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }

    /// The registry, if one is named.
    #[allow(clippy::disallowed_methods, reason = "a program of its own, without the server's settings")]
    pub(crate) fn registry(&self) -> Option<String> {
        self.registry.clone().or_else(|| std::env::var("KUBEDOCK_TEST_REGISTRY").ok()).filter(|address| !address.is_empty())
    }

    /// The kubeconfig, if one is named.
    #[allow(clippy::disallowed_methods, reason = "a program of its own, without the server's settings")]
    pub(crate) fn kubeconfig(&self) -> Option<PathBuf> {
        let named = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        self.kubeconfig.clone().or_else(|| named("KUBEDOCK_TEST_KUBECONFIG")).or_else(|| named("KUBECONFIG"))
    }
}
