//! Finds the handler of a request.

use std::borrow::Cow;
use std::collections::HashMap;
use std::future::Future;
use std::ops::Range;
use std::pin::Pin;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::ctx::Ctx;
use crate::error::ApiError;
use crate::response::Response;
use crate::version::{API_VERSION, ApiVersion};

/// What a handler does.
type Answer = Pin<Box<dyn Future<Output = Result<Response, ApiError>> + Send>>;
/// A handler.
type Handler = Box<dyn Fn(Ctx) -> Answer + Send + Sync>;

/// One part of a pattern between slashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// These words.
    Literal(&'static str),
    /// Anything. The first one of a pattern may span several parts of the path: names of images have slashes (dockerd's `{name:.*}`).
    Variable,
}

/// A method, a pattern and a handler.
pub(crate) struct Route {
    method: Method,
    pattern: &'static str,
    parts: Vec<Part>,
    handler: Handler,
}

/// The table of routes, by the first part of their pattern.
#[derive(Default)]
pub(crate) struct Router(HashMap<&'static str, Vec<Route>>);

/// A route found, and where in the path its variable parts are.
pub(crate) struct Found<'a> {
    pub(crate) route: &'a Route,
    pub(crate) params: Vec<Range<usize>>,
}

/// Why there is no route.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Miss {
    /// No pattern matches.
    Path,
    /// A pattern matches, with these methods only.
    Method(Vec<Method>),
}

impl Route {
    /// The pattern, for the log.
    pub(crate) fn pattern(&self) -> &'static str {
        self.pattern
    }

    /// Calls the handler.
    pub(crate) fn call(&self, ctx: Ctx) -> Answer {
        (self.handler)(ctx)
    }
}

impl Router {
    /// Adds a route. Specific patterns come before general ones.
    pub(crate) fn on<H, F>(mut self, method: Method, pattern: &'static str, handler: H) -> Self
    where
        H: Fn(Ctx) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Response, ApiError>> + Send + 'static,
    {
        let part = |part: &'static str| if part.starts_with('{') { Part::Variable } else { Part::Literal(part) };
        let parts: Vec<Part> = pattern[1..].split('/').map(part).collect();
        let first = pattern[1..].split('/').next().unwrap_or_default();
        let route = Route { method, pattern, parts, handler: Box::new(move |ctx| Box::pin(handler(ctx))) };
        self.0.entry(first).or_default().push(route);
        self
    }

    /// Finds the route of a decoded path without version.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Found<'_>, Miss> {
        let rest = path.strip_prefix('/').ok_or(Miss::Path)?;
        let first = rest.split('/').next().unwrap_or_default();
        let mut allowed = Vec::new();
        for route in self.0.get(first).into_iter().flatten() {
            if let Some(params) = match_parts(&route.parts, path) {
                if route.method == method {
                    return Ok(Found { route, params });
                }
                allowed.push(route.method.clone());
            }
        }
        Err(if allowed.is_empty() { Miss::Path } else { Miss::Method(allowed) })
    }
}

/// Where the variable parts are if `path` matches. What follows the first variable part is matched from the end of the path.
fn match_parts(parts: &[Part], path: &str) -> Option<Vec<Range<usize>>> {
    let mut start = 1;
    let mut end = path.len();
    let variable = parts.iter().position(|part| *part == Part::Variable);
    let (head, tail) = variable.map_or((parts, &[][..]), |at| (&parts[..at], &parts[at + 1..]));
    for (index, part) in head.iter().enumerate() {
        let segment = path.get(start..)?.split('/').next()?;
        if !matches!(part, Part::Literal(text) if *text == segment) {
            return None;
        }
        start += segment.len();
        let last = index + 1 == parts.len();
        if last {
            return (start == end).then(Vec::new);
        }
        start += 1;
    }
    let mut params = Vec::with_capacity(2);
    for part in tail.iter().rev() {
        let slash = path.get(start..end)?.rfind('/')? + start;
        match part {
            Part::Literal(text) if *text == &path[slash + 1..end] => {}
            Part::Literal(_) => return None,
            Part::Variable => params.push(slash + 1..end),
        }
        end = slash;
    }
    if start >= end {
        return None;
    }
    params.push(start..end);
    params.reverse();
    Some(params)
}

/// Decodes a path and takes the version off it; bytes that are not UTF-8 are replaced.
pub(crate) fn split_version(path: &str) -> (Option<&str>, &str) {
    let version = path.strip_prefix("/v").and_then(|rest| rest.split_once('/'));
    match version {
        Some((version, _)) if !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            (Some(version), &path[2 + version.len()..])
        }
        _ => (None, path),
    }
}

/// The version named in a path, or the newest.
pub(crate) fn version_of(text: Option<&str>) -> ApiVersion {
    text.map_or(API_VERSION, ApiVersion::parse)
}

/// Decodes a path; bytes that are not UTF-8 are replaced.
pub(crate) fn decode(path: &str) -> Cow<'_, str> {
    percent_decode_str(path).decode_utf8_lossy()
}

/// The path without empty, `.` and `..` parts, if it has any (Go's `path.Clean` with a trailing slash kept, as gorilla/mux does it).
pub(crate) fn clean(path: &str) -> Option<String> {
    let dirty = |part: &str| matches!(part, "" | "." | "..");
    let mut parts = path.strip_prefix('/')?.split('/').peekable();
    let mut kept: Vec<&str> = Vec::new();
    let mut is_clean = true;
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            ".." => {
                kept.pop();
            }
            "" if last => {}
            _ if dirty(part) => {}
            _ => kept.push(part),
        }
        is_clean &= !dirty(part) || (last && part.is_empty());
    }
    if is_clean {
        return None;
    }
    let slash = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    Some(format!("/{}{slash}", kept.join("/")))
}
