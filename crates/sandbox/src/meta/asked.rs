//! One request to a graph host, taken apart.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use http::{HeaderMap, Method, Request};

use super::{Params, Refusal, bearer};
use crate::passage::Call;
use crate::world::World;

/// A request to `graph.facebook.com`, `graph-video.facebook.com` or `graph.instagram.com`.
pub struct Asked {
    /// Everything.
    pub world: Arc<World>,
    /// What the framework knows of it.
    pub call: Call,
    /// Method.
    pub method: Method,
    /// The network's real host.
    pub host: String,
    /// Major version named in the path; the oldest served if none is.
    pub version: u32,
    /// The path after the version.
    pub segments: Vec<String>,
    /// Query and body.
    pub params: Params,
    /// The token, from the header or the parameter.
    pub token: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, if it is none that parameters are read from.
    body: Mutex<Option<Body>>,
}

/// Ids of Instagram's nodes begin so, and no others do: one host serves both networks.
const INSTAGRAM_PREFIXES: [&str; 2] = ["178", "179"];

/// Whether a first path segment names an Instagram node.
pub fn is_instagram_id(segment: &str) -> bool {
    INSTAGRAM_PREFIXES.iter().any(|prefix| segment.starts_with(prefix)) && segment.bytes().all(|byte| byte.is_ascii_digit())
}

/// Version (if named) and the rest of a path such as `/v25.0/me/accounts`.
pub fn split_version(path: &str) -> (Option<u32>, Vec<&str>) {
    let mut segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let named = segments
        .first()
        .and_then(|first| first.strip_prefix('v')?.strip_suffix(".0")?.parse().ok());
    if named.is_some() {
        segments.remove(0);
    }
    (named, segments)
}

impl Asked {
    /// Takes a request apart.
    ///
    /// # Errors
    /// If the body cannot be read as what it says it is, or a version is asked for that is not out yet.
    pub async fn read(world: Arc<World>, call: Call, request: Request<Body>) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let (host, rest) = crate::passage::split_host(&path);
        let (version, segments) = split_version(rest);
        if version.is_some_and(|version| version > super::VERSION_NEWEST) {
            return Err(Refusal::new(
                400,
                2635,
                "(#2635) You are calling a version of the Graph API that does not exist.",
            ));
        }
        let (params, body) = Params::read(&parts, body).await?;
        let token = bearer(&parts.headers).or_else(|| params.text("access_token").map(str::to_owned));
        Ok(Self {
            world,
            call,
            method: parts.method,
            host: host.to_owned(),
            version: version.unwrap_or(super::VERSION_OLDEST),
            segments: segments.into_iter().map(str::to_owned).collect(),
            params,
            token,
            headers: parts.headers,
            body: Mutex::new(body),
        })
    }

    /// The body that no parameters were read from; empty the second time.
    pub fn take_body(&self) -> Body {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }

    /// Whether Instagram answers it.
    pub fn is_instagram(&self) -> bool {
        self.host == "graph.instagram.com" || self.segments.first().is_some_and(|first| is_instagram_id(first))
    }

    /// A segment of the path, empty if there is none.
    pub fn segment(&self, index: usize) -> &str {
        self.segments.get(index).map_or("", String::as_str)
    }
}
