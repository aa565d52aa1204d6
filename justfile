# What CI runs.
check:
    .ci/run

# The fast part of it: nothing outside this folder is needed.
quick:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test

# A server without a cluster.
run *flags:
    cargo run -- server --backend memory {{ flags }}

# Licences, banned and doubled crates; needs cargo-deny.
deny:
    cargo deny check bans licenses sources

# Compare with the plain Kubernetes API and kubectl on the cluster of the current KUBECONFIG.
bench *flags:
    cargo build --release --bin kubedock
    cargo run --release -p kubedock-bench -- {{ flags }}
