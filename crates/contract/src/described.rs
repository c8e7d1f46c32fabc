//! Which calls are described by which document, and why the others are by none.

use crate::call::Call;
use crate::needs::Needed;
use crate::openapi::Reading;

/// What describes a call.
#[derive(Debug, Clone, Copy)]
pub enum By {
    /// An OpenAPI document.
    OpenApi(&'static str, Reading),
    /// A Google discovery document.
    Discovery(&'static str),
    /// atproto's lexicons, in a folder.
    Lexicons(&'static str),
    /// Meta's description of Graph's nodes, in a folder.
    Graph(&'static str),
    /// The description of Telegram's Bot API.
    BotApi(&'static str),
    /// Nothing that a machine can read, for this reason.
    Nothing(&'static str),
}

impl By {
    /// The file or folder, within the folder of descriptions.
    pub const fn file(self) -> Option<&'static str> {
        match self {
            By::OpenApi(file, _) | By::Discovery(file) | By::Lexicons(file) | By::Graph(file) | By::BotApi(file) => Some(file),
            By::Nothing(_) => None,
        }
    }
}

/// Calls that one document describes.
struct Place {
    /// How the host ends; empty for every host.
    host: &'static str,
    /// How the path begins.
    path: &'static str,
    /// What the query must have in it.
    query: &'static str,
    /// The verb; empty for every one.
    verb: &'static str,
    by: By,
}

const fn at(host: &'static str, path: &'static str, by: By) -> Place {
    Place {
        host,
        path,
        query: "",
        verb: "",
        by,
    }
}

const OAUTH: By = By::Nothing("an OAuth endpoint: its standard describes it");
const UPLOAD: By = By::Nothing("the bytes of a file, to the address that the API gave for them");
const IDENTITY: By = By::Nothing("who a handle or a DID is: well-known documents, which their standards describe");

const X: Reading = Reading {
    prefix: "",
    newer: &[],
    names_headers: false,
    scheme: "OAuth2UserToken",
    needed: Needed::All,
};
const PINTEREST: Reading = Reading {
    prefix: "/v5",
    // Apps registered before 25 September 2025 get renewable tokens by it alone.
    newer: &["continuous_refresh"],
    names_headers: false,
    scheme: "pinterest_oauth2",
    needed: Needed::All,
};
const MASTODON: Reading = Reading {
    prefix: "",
    newer: &[],
    names_headers: true,
    scheme: "OAuth2",
    needed: Needed::One,
};

/// The first that fits counts.
const PLACES: &[Place] = &[
    at("api.x.com", "/2/oauth2/", OAUTH),
    // What is read is asked for in the names of the document before the newest, which X still takes.
    Place {
        verb: "GET",
        ..at("api.x.com", "/", By::OpenApi("x/openapi-2.159.json", X))
    },
    at("api.x.com", "/", By::OpenApi("x/openapi.json", X)),
    at("api.pinterest.com", "/", By::OpenApi("pinterest/openapi.json", PINTEREST)),
    at("amazonaws.com", "/", UPLOAD),
    at("rupload.facebook.com", "/", UPLOAD),
    at("api.instagram.com", "/", OAUTH),
    at("graph.instagram.com", "/access_token", OAUTH),
    at("graph.instagram.com", "/refresh_access_token", OAUTH),
    at("graph.instagram.com", "/", By::Graph("facebook")),
    at("graph.facebook.com", "/", By::Graph("facebook")),
    at("graph-video.facebook.com", "/", By::Graph("facebook")),
    at(
        "graph.threads.net",
        "/",
        By::Nothing("Meta publishes no description of the Threads API"),
    ),
    at("linkedin.com", "/", By::Nothing("LinkedIn publishes no description of its API")),
    at("tiktokapis.com", "/", By::Nothing("TikTok publishes no description of its API")),
    at("api.telegram.org", "/", By::BotApi("telegram/bot-api.json")),
    at("oauth2.googleapis.com", "/", OAUTH),
    Place {
        query: "upload_id=",
        ..at("www.googleapis.com", "/upload/", UPLOAD)
    },
    at("www.googleapis.com", "/", By::Discovery("google/youtube__v3.json")),
    at("openidconnect.googleapis.com", "/", OAUTH),
    at(
        "mybusinessaccountmanagement.googleapis.com",
        "/",
        By::Discovery("google/mybusinessaccountmanagement__v1.json"),
    ),
    at(
        "mybusinessbusinessinformation.googleapis.com",
        "/",
        By::Discovery("google/mybusinessbusinessinformation__v1.json"),
    ),
    at(
        "mybusinessverifications.googleapis.com",
        "/",
        By::Discovery("google/mybusinessverifications__v1.json"),
    ),
    at(
        "mybusiness.googleapis.com",
        "/v4/",
        By::Nothing("Google publishes no current description of the API of posts"),
    ),
    at("", "/xrpc/", By::Lexicons("atproto")),
    at("plc.directory", "/", IDENTITY),
    at("", "/.well-known/", IDENTITY),
    at("bsky.social", "/oauth/", OAUTH),
    at("mastodon.social", "/oauth/", OAUTH),
    at("mastodon.online", "/oauth/", OAUTH),
    at("mastodon.social", "/", By::OpenApi("mastodon/openapi-abraham.json", MASTODON)),
    at("mastodon.online", "/", By::OpenApi("mastodon/openapi-abraham.json", MASTODON)),
];

/// Every description, each once.
pub fn files() -> impl Iterator<Item = &'static str> {
    let all: std::collections::BTreeSet<&'static str> = PLACES.iter().filter_map(|place| place.by.file()).collect();
    all.into_iter()
}

/// What describes a call; `None` if nobody has said.
pub fn of(call: &Call) -> Option<By> {
    // Graph's sign-in stands below its version.
    if call.host == "graph.facebook.com" && call.path.ends_with("/oauth/access_token") {
        return Some(OAUTH);
    }
    PLACES
        .iter()
        .find(|place| {
            call.host.ends_with(place.host)
                && call.path.starts_with(place.path)
                && call.query.contains(place.query)
                && (place.verb.is_empty() || call.method == place.verb)
        })
        .map(|place| place.by)
}
