//! The rules of docs/ARCHITECTURE.md, held by tests.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use source::{Source, sources};

/// What a rule looks at.
struct Tree {
    packages: BTreeMap<String, Package>,
    sources: Vec<Source>,
}

/// Finds what breaks a rule: one line for each place.
type Rule = fn(&Tree) -> Vec<String>;

/// Each rule as docs/ARCHITECTURE.md words it, and how it is tested.
const RULES: [(&str, Rule); 11] = [
    ("`domain` depends on `thiserror` and nothing else.", |tree| beyond(tree, "domain", &["thiserror"])),
    (
        "`ports` depends on `domain`, `thiserror`, `async-trait`, `bytes` and `futures-core`; its contract suite needs `tokio` and `futures-util` besides.",
        |tree| {
            let contract = ["tokio", "futures-util"];
            let allowed = ["domain", "thiserror", "async-trait", "bytes", "futures-core"];
            let always = required(tree, "ports")
                .into_iter()
                .filter(|name| contract.contains(&name.as_str()))
                .map(|name| format!("ports always needs {name}"));
            beyond(tree, "ports", &[&allowed[..], &contract].concat()).into_iter().chain(always).collect()
        },
    ),
    ("The use cases build without adapters: every adapter is an optional dependency of the root package.", |tree| {
        required(tree, "kubedock").into_iter().filter(|name| is_adapter(name)).map(|name| format!("kubedock always needs {name}")).collect()
    }),
    ("No adapter depends on another adapter, not even in its tests.", |tree| {
        let pairs = adapters(tree).flat_map(|package| package.dependencies.iter().map(move |dependency| (&package.name, &dependency.name)));
        pairs.filter(|(_, name)| is_adapter(name)).map(|(package, name)| format!("{package} depends on {name}")).collect()
    }),
    ("Only `adapters/docker-http` depends on `warp` and `hyper`.", |tree| others(tree, "adapter-docker-http", &["warp", "hyper"])),
    ("Only `adapters/kubernetes` depends on `kube`, `k8s-openapi` and `tokio-tungstenite`.", |tree| {
        others(tree, "adapter-kubernetes", &["kube", "k8s-openapi", "tokio-tungstenite"])
    }),
    ("Only `adapters/registry` depends on `reqwest`, `oci-client` and `docker_credential`.", |tree| {
        others(tree, "adapter-registry", &["reqwest", "oci-client", "docker_credential"])
    }),
    ("Only `adapters/cli` depends on `clap`.", |tree| others(tree, "adapter-cli", &["clap", "clap_complete"])),
    ("Only `src/wiring.rs` names adapters.", |tree| {
        let outside = tree.sources.iter().filter(|source| source.path.starts_with("src") && !source.path.ends_with("wiring.rs"));
        outside.flat_map(|source| source.lines_with(|code| code.contains("adapter_"))).collect()
    }),
    ("`domain` is a function of its arguments: no async, no I/O, no clock, no environment, no threads.", |tree| {
        let words = ["async ", "std::fs", "std::io", "std::net::Tcp", "std::env", "std::thread", "std::process", "SystemTime", "Instant"];
        let domain = tree.sources.iter().filter(|source| source.path.starts_with("domain/src"));
        domain.flat_map(|source| source.lines_with(|code| words.iter().any(|word| code.contains(word)))).collect()
    }),
    ("Kubernetes' nouns name nothing outside `adapters/kubernetes`: there are no pods in `domain`, `ports` and the use cases.", |tree| {
        let names_a_pod = |code: &str| {
            let mut words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            words.any(|word| word.starts_with("Pod") || word.split('_').any(|part| part == "pod" || part == "pods"))
        };
        let inside = ["domain", "ports", "src"];
        let sources = tree.sources.iter().filter(|source| inside.iter().any(|folder| source.path.starts_with(folder)));
        sources.flat_map(|source| source.lines_with(|code| names_a_pod(source::without_texts(code).as_str()))).collect()
    }),
];

#[test]
fn the_rules_hold() {
    let tree = Tree::read();
    let broken: Vec<String> =
        RULES.iter().flat_map(|(rule, check)| check(&tree).into_iter().map(move |place| format!("{rule}\n    {place}"))).collect();
    assert!(broken.is_empty(), "broken rules:\n{}", broken.join("\n"));
}

#[test]
fn the_documented_rules_are_the_tested_ones() {
    let document = read("docs/ARCHITECTURE.md");
    let documented: BTreeSet<&str> =
        document.lines().filter_map(|line| line.trim_start_matches("- ").strip_prefix("**Architecture invariant:** ")).collect();
    let by_review = documented.iter().filter(|rule| rule.ends_with("(By review.)")).count();
    assert!(by_review < documented.len(), "a rule that can be tested is");
    let tested: BTreeSet<&str> = RULES.iter().map(|(rule, _)| *rule).collect();
    let claimed: BTreeSet<&str> = documented.into_iter().filter(|rule| !rule.ends_with("(By review.)")).collect();
    assert_eq!(claimed, tested);
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<String> = Tree::read()
        .sources
        .iter()
        .filter(|source| source.text.lines().count() > 400)
        .map(|source| source.path.display().to_string())
        .collect();
    assert!(long.is_empty(), "over 400 lines: {long:?}");
}

#[test]
fn every_dependency_is_explained() {
    let manifest = read("Cargo.toml");
    let (_, list) = manifest.split_once("[workspace.dependencies]\n").expect("a list of dependencies");
    let names = list.lines().take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once(" = ")).map(|(name, _)| name);
    let (own, foreign): (Vec<&str>, Vec<&str>) = names.partition(|name| Path::new(name).is_dir() || is_adapter(name));
    assert!(own.contains(&"domain") && foreign.contains(&"tokio"), "{own:?} {foreign:?}");
    let document = read("docs/DEPENDENCIES.md");
    let explained = |name: &&str| document.lines().any(|line| line.starts_with(&format!("| `{name}` |")));
    let missing: Vec<&str> = foreign.iter().copied().filter(|name| !explained(name)).collect();
    assert!(missing.is_empty(), "not in docs/DEPENDENCIES.md: {missing:?}");
    let gone = document
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name))
        .filter(|name| !foreign.contains(name));
    assert_eq!(gone.collect::<Vec<_>>(), Vec::<&str>::new(), "in docs/DEPENDENCIES.md only");
}

impl Tree {
    fn read() -> Self {
        let metadata = MetadataCommand::new().no_deps().other_options(["--offline".to_owned()]).exec().expect("cargo metadata");
        let packages = metadata.packages.into_iter().map(|package| (package.name.to_string(), package)).collect();
        Self { packages, sources: sources(&["src", "domain", "ports", "adapters", "bench", "tests"]) }
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn is_adapter(name: &str) -> bool {
    name.starts_with("adapter-")
}

fn adapters(tree: &Tree) -> impl Iterator<Item = &Package> {
    tree.packages.values().filter(|package| is_adapter(&package.name))
}

/// What a package is built with. Tests may use more.
fn built_with(package: &Package) -> impl Iterator<Item = &cargo_metadata::Dependency> {
    package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development)
}

/// What a package cannot be built without.
fn required(tree: &Tree, package: &str) -> Vec<String> {
    built_with(&tree.packages[package]).filter(|dependency| !dependency.optional).map(|dependency| dependency.name.clone()).collect()
}

/// What a package is built with besides `allowed`.
fn beyond(tree: &Tree, package: &str, allowed: &[&str]) -> Vec<String> {
    let names = built_with(&tree.packages[package]).map(|dependency| dependency.name.as_str());
    names.filter(|name| !allowed.contains(name)).map(|name| format!("{package} depends on {name}")).collect()
}

/// Packages other than `owner`, and the benchmarks that it is compared in, that are built with one of `names`.
fn others(tree: &Tree, owner: &str, names: &[&str]) -> Vec<String> {
    let packages = tree.packages.values().filter(|package| ![owner, "kubedock-bench"].contains(&package.name.as_str()));
    let pairs = packages.flat_map(|package| built_with(package).map(move |dependency| (&package.name, &dependency.name)));
    pairs.filter(|(_, name)| names.contains(&name.as_str())).map(|(package, name)| format!("{package} depends on {name}")).collect()
}
