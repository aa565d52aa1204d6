//! Finds the handler of a request.

use std::borrow::Cow;
use std::cmp::Reverse;
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

    /// Smaller for patterns that say more about a path.
    fn generality(&self) -> (Reverse<usize>, usize) {
        let variables = self.parts.iter().filter(|part| **part == Part::Variable).count();
        (Reverse(self.parts.len()), variables)
    }

    /// Calls the handler.
    pub(crate) fn call(&self, ctx: Ctx) -> Answer {
        (self.handler)(ctx)
    }
}

impl Router {
    /// Adds a route. Of several patterns that match a path the longest is meant, and of these the one with the fewest variable parts,
    /// whatever the order they were added in.
    pub(crate) fn on<H, F>(mut self, method: Method, pattern: &'static str, handler: H) -> Self
    where
        H: Fn(Ctx) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Response, ApiError>> + Send + 'static,
    {
        let part = |part: &'static str| if part.starts_with('{') { Part::Variable } else { Part::Literal(part) };
        let parts: Vec<Part> = pattern[1..].split('/').map(part).collect();
        let first = pattern[1..].split('/').next().unwrap_or_default();
        let route = Route { method, pattern, parts, handler: Box::new(move |ctx| Box::pin(handler(ctx))) };
        let routes = self.0.entry(first).or_default();
        routes.push(route);
        routes.sort_by_key(Route::generality);
        self
    }

    /// Finds the route of a decoded path without version.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Found<'_>, Miss> {
        let rest = path.strip_prefix('/').ok_or(Miss::Path)?;
        let first = rest.split('/').next().unwrap_or_default();
        let mut others: Vec<&Route> = Vec::new();
        for route in self.0.get(first).into_iter().flatten() {
            if let Some(params) = match_parts(&route.parts, path) {
                if route.method == method {
                    return Ok(Found { route, params });
                }
                others.push(route);
            }
        }
        // A name may have slashes, so `/containers/{name}` matches `/containers/x/attach` too; the closest patterns are what is meant.
        let closest = others.first().map(|route| route.parts.len()).ok_or(Miss::Path)?;
        others.retain(|route| route.parts.len() == closest);
        Err(Miss::Method(others.into_iter().map(|route| route.method.clone()).collect()))
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

/// Takes the version off a path.
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

#[cfg(test)]
mod tests {
    use http::Method;

    use super::{Miss, Part, Router, clean, match_parts, split_version};
    use crate::routes::routes;

    fn found(method: Method, path: &str) -> Option<(&'static str, Vec<String>)> {
        let router = routes();
        let found = router.find(&method, path).ok()?;
        Some((found.route.pattern(), found.params.into_iter().map(|range| path[range].to_owned()).collect()))
    }

    #[test]
    fn names_may_have_slashes_and_patterns_may_go_on_after_them() {
        for (method, path, pattern, params) in [
            (Method::GET, "/version", "/version", &[][..]),
            (Method::GET, "/containers/json", "/containers/json", &[]),
            (Method::GET, "/containers/a/json", "/containers/{name}/json", &["a"]),
            (Method::GET, "/containers/a/b/json", "/containers/{name}/json", &["a/b"]),
            (Method::DELETE, "/containers/a", "/containers/{name}", &["a"]),
            (Method::DELETE, "/containers/json", "/containers/{name}", &["json"]),
            (Method::GET, "/images/registry:5000/a/b:tag/json", "/images/{name}/json", &["registry:5000/a/b:tag"]),
            (Method::GET, "/images/json/json", "/images/{name}/json", &["json"]),
            (Method::DELETE, "/images/a/b", "/images/{name}", &["a/b"]),
            (Method::DELETE, "/containers/a/checkpoints/c", "/containers/{name}/checkpoints/{checkpoint}", &["a", "c"]),
            (Method::GET, "/networks/create", "/networks/{id}", &["create"]),
            (Method::GET, "/networks/a\0\u{fffd}", "/networks/{id}", &["a\0\u{fffd}"]),
        ] {
            let params = params.iter().map(|param| (*param).to_owned()).collect();
            assert_eq!(found(method, path), Some((pattern, params)), "{path}");
        }
    }

    #[test]
    fn what_is_missed_is_missed_for_the_right_reason() {
        let router = routes();
        let miss = |method, path| router.find(&method, path).err();
        for path in ["", "/", "version", "/version/", "/containers", "/containers/", "/nothing", "*"] {
            assert_eq!(miss(Method::GET, path), Some(Miss::Path), "{path}");
        }
        assert_eq!(miss(Method::POST, "/version"), Some(Miss::Method(vec![Method::GET])));
        assert_eq!(miss(Method::GET, "/containers/x/attach"), Some(Miss::Method(vec![Method::POST])));
        assert_eq!(miss(Method::PATCH, "/_ping"), Some(Miss::Method(vec![Method::GET, Method::HEAD])));
    }

    /// Every pattern with its variable parts filled in finds its own route: none stands in the shade of an earlier one.
    #[test]
    fn no_route_hides_another() {
        let Router(table) = routes();
        let patterns: Vec<_> = table.values().flatten().map(|route| (route.method.clone(), route.pattern, route.parts.clone())).collect();
        assert!(patterns.len() > 100, "{}", patterns.len());
        for (method, pattern, _) in &patterns {
            let path: Vec<&str> = pattern.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
            assert_eq!(found(method.clone(), &path.join("/")).map(|(pattern, _)| pattern), Some(*pattern));
        }
    }

    #[test]
    fn literals_are_compared_whole() {
        let parts = [Part::Literal("a"), Part::Variable, Part::Literal("json")];
        assert_eq!(match_parts(&parts, "/a/xjson"), None);
        assert_eq!(match_parts(&parts, "/ab/x/json"), None);
        assert_eq!(match_parts(&parts, "/a/json"), None);
        assert_eq!(match_parts(&parts, "/a/é/json").as_deref().and_then(<[_]>::first), Some(&(3..5)));
    }

    #[test]
    fn versions_are_digits_and_dots() {
        assert_eq!(split_version("/v1.41/version"), (Some("1.41"), "/version"));
        assert_eq!(split_version("/v1/version"), (Some("1"), "/version"));
        assert_eq!(split_version("/version"), (None, "/version"));
        assert_eq!(split_version("/v1.foo/version"), (None, "/v1.foo/version"));
        assert_eq!(split_version("/v/version"), (None, "/v/version"));
        assert_eq!(split_version("/v1.41"), (None, "/v1.41"));
    }

    #[test]
    fn paths_are_cleaned_as_go_cleans_them() {
        for (path, cleaned) in [
            ("//version", Some("/version")),
            ("/a/../version", Some("/version")),
            ("/../../version", Some("/version")),
            ("/a/./b/", Some("/a/b/")),
            ("//", Some("/")),
            ("/version", None),
            ("/version/", None),
            ("/a/..b/...", None),
            ("/", None),
            ("*", None),
        ] {
            assert_eq!(clean(path).as_deref(), cleaned, "{path}");
        }
    }
}
