//! What is known about images.
//!
//! So far nobody asks a registry: every well-formed name is taken for an image, nothing is claimed about what is inside, and the cluster
//! tells whether it exists when a container starts. Deliberately absent until then: HTTP, credentials, and guesses.

mod assumed;

pub use assumed::AssumedImages;
