//! adapter-cli.
