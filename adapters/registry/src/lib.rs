//! adapter-registry.
