//! A call to a network as data: what to send where, with which secret by name.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use serde_json::Value;

/// HTTP verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes.
    Post,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

/// A value that may be a secret. Secrets are named; the transport alone sees them.
#[derive(Clone, PartialEq, Eq)]
pub enum Val {
    /// The value itself.
    Plain(String),
    /// The secret of this name, such as `access`, `page` or `client_secret`.
    Secret(String),
    /// A word of the client that it is itself, signed when the call is made.
    Assertion(Assertion),
}

/// How a client proves to a server that it is itself, by a key instead of a secret (`private_key_jwt`, RFC 7523).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The name of the secret that is the key.
    pub key: String,
    /// Public id of the client.
    pub client_id: String,
    /// The server that it is for.
    pub audience: String,
}

impl From<&str> for Val {
    fn from(text: &str) -> Self {
        Val::Plain(text.to_owned())
    }
}

impl From<String> for Val {
    fn from(text: String) -> Self {
        Val::Plain(text)
    }
}

/// How the call says who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// It does not.
    None,
    /// `Authorization: Bearer <secret of this name>`.
    Bearer(String),
    /// `Authorization: OAuth <secret of this name>`, as Meta's upload hosts ask.
    OAuth(String),
    /// `Authorization: DPoP <secret of this name>`: an access that only who holds its key may use (RFC 9449).
    Dpop(String),
    /// `Authorization: Basic`, of a public name and the secret of a name.
    Basic {
        /// The name, such as an app's id.
        user: String,
        /// The name of the secret.
        secret: String,
    },
    /// The secret of this name stands in the path, where the address says `{name}` (Telegram's bots).
    Path(String),
}

/// The body of a call.
#[derive(Clone, PartialEq)]
pub enum Body {
    /// None at all.
    Empty,
    /// JSON.
    Json(Value),
    /// A flat JSON object of texts, some of which may be secrets (a Bluesky sign-in).
    JsonFields(Vec<(String, Val)>),
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, Val)>),
    /// The bytes of a stored file, or a part of them, sent as they are.
    Asset(AssetBody),
    /// `multipart/form-data` with fields and files.
    Multipart {
        /// The fields.
        fields: Vec<(String, Val)>,
        /// The files, in order.
        files: Vec<FilePart>,
    },
    /// These very bytes, with their media type.
    Bytes(Bytes, String),
}

/// A file of a `multipart/form-data` body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// The name of its field.
    pub field: String,
    /// The name of the file.
    pub name: String,
    /// Its bytes.
    pub bytes: AssetBody,
}

/// Bytes of a stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetBody {
    /// Where the file is, as [`crate::MediaRef::blob`].
    pub blob: String,
    /// Media type to declare.
    pub mime: String,
    /// Length of the whole file in bytes.
    pub total_bytes: u64,
    /// Which bytes; all if absent.
    pub range: Option<Range<u64>>,
}

impl AssetBody {
    /// How many bytes the body has.
    pub fn len(&self) -> u64 {
        self.range.as_ref().map_or(self.total_bytes, |range| range.end - range.start)
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One call to a network.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// What the call is for, as History shows it: `create container`, `upload image 2`.
    pub label: String,
    /// Verb.
    pub method: Method,
    /// Absolute address, on the network's real host; the transport replaces the host where an override is configured.
    pub url: String,
    /// Query parameters, appended encoded.
    pub query: Vec<(String, Val)>,
    /// Headers beside those that the body brings.
    pub headers: Vec<(String, Val)>,
    /// Who asks.
    pub auth: Auth,
    /// The name of the secret that is the key by which the call is proven (DPoP); the transport signs and adds the proof, and repeats the
    /// call once if the server refused it for nothing but its nonce.
    pub proven_by: Option<String>,
    /// What is sent.
    pub body: Body,
    /// How long the whole call may take, in milliseconds.
    pub budget_ms: u64,
}

/// How long a call may take if nothing else is said (publishing.md rule 2).
pub const CALL_BUDGET_MS: u64 = 30_000;
/// How long the upload of one large range may take (publishing.md rule 2).
pub const UPLOAD_BUDGET_MS: u64 = 300_000;

impl Request {
    /// A call without body.
    pub fn new(label: impl Into<String>, method: Method, url: impl Into<String>) -> Self {
        Request {
            label: label.into(),
            method,
            url: url.into(),
            query: Vec::new(),
            headers: Vec::new(),
            auth: Auth::None,
            proven_by: None,
            body: Body::Empty,
            budget_ms: CALL_BUDGET_MS,
        }
    }

    /// A reading call.
    pub fn get(label: impl Into<String>, url: impl Into<String>) -> Self {
        Self::new(label, Method::Get, url)
    }

    /// A writing call.
    pub fn post(label: impl Into<String>, url: impl Into<String>) -> Self {
        Self::new(label, Method::Post, url)
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Into<Val>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Val>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Says who asks by `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(mut self, secret: &str) -> Self {
        self.auth = Auth::Bearer(secret.to_owned());
        self
    }

    /// Says who asks by `Authorization: OAuth`.
    #[must_use]
    pub fn oauth(mut self, secret: &str) -> Self {
        self.auth = Auth::OAuth(secret.to_owned());
        self
    }

    /// Says who asks by `Authorization: DPoP`, with a proof by the key of this name.
    #[must_use]
    pub fn dpop(mut self, secret: &str, key: &str) -> Self {
        self.auth = Auth::Dpop(secret.to_owned());
        self.proven(key)
    }

    /// Proves by the key of this name that the call comes from who holds it.
    #[must_use]
    pub fn proven(mut self, key: &str) -> Self {
        self.proven_by = Some(key.to_owned());
        self
    }

    /// Says who asks by `Authorization: Basic`.
    #[must_use]
    pub fn basic(mut self, user: &str, secret: &str) -> Self {
        self.auth = Auth::Basic {
            user: user.to_owned(),
            secret: secret.to_owned(),
        };
        self
    }

    /// Says who asks by a secret in the path, where the address says `{name}`.
    #[must_use]
    pub fn in_path(mut self, secret: &str) -> Self {
        self.auth = Auth::Path(secret.to_owned());
        self
    }

    /// Sends JSON.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    /// Sends a flat JSON object of texts, some of which may be secrets.
    #[must_use]
    pub fn json_fields(mut self, fields: Vec<(String, Val)>) -> Self {
        self.body = Body::JsonFields(fields);
        self
    }

    /// Sends a form.
    #[must_use]
    pub fn form(mut self, fields: Vec<(String, Val)>) -> Self {
        self.body = Body::Form(fields);
        self
    }

    /// Sends fields and files, with the budget of an upload.
    #[must_use]
    pub fn multipart(mut self, fields: Vec<(String, Val)>, files: Vec<FilePart>) -> Self {
        self.body = Body::Multipart { fields, files };
        self.budget_ms = UPLOAD_BUDGET_MS;
        self
    }

    /// Sends bytes of a stored file, with the budget of an upload.
    #[must_use]
    pub fn asset(mut self, body: AssetBody) -> Self {
        self.body = Body::Asset(body);
        self.budget_ms = UPLOAD_BUDGET_MS;
        self
    }
}

/// Verb, host and path only: query, headers and body may hold secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = self.url.split(['?', '#']).next().unwrap_or_default();
        write!(f, "{}: {:?} {bare}", self.label, self.method)
    }
}
