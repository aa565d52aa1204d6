//! Settings of a kubedock that is measured.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

/// A file with settings, which goes with this value.
pub(crate) struct Settings(TempDir);

impl Settings {
    /// Every registry is at `url`, and trusted by this certificate.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn mirror(url: &str, certificate: Option<&str>) -> anyhow::Result<Self> {
        let settings = Self(tempfile::tempdir()?);
        let mut text = format!("[[registry.mirrors]]\nregistry = \"*\"\nurl = \"{url}\"\n\n[registry]\ninspector = true\n");
        if let Some(certificate) = certificate {
            let file = settings.0.path().join("ca.pem");
            fs::write(&file, certificate)?;
            text.push_str(&format!("ca-files = [\"{}\"]\n", file.display()));
        }
        fs::write(settings.file(), text)?;
        Ok(settings)
    }

    /// The file.
    pub(crate) fn file(&self) -> PathBuf {
        self.0.path().join("kubedock.toml")
    }
}
