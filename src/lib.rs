//! kubedock.
