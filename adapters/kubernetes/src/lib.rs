//! adapter-kubernetes.
