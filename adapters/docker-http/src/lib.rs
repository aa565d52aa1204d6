//! adapter-docker-http.
