//! How accounts are connected: what is typed, asked and brought back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::adapter::Secrets;

/// How a person connects an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectBy {
    /// By the network's own pages in a popup.
    OAuth,
    /// By what is typed alone: a handle and an app password, a bot's token.
    Form,
}

/// Something that a person types to connect.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in the API, and of the secret that it is.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it looks like.
    pub placeholder: &'static str,
    /// Where it is found, in words.
    pub help: &'static str,
    /// The page where it is found; empty if there is none.
    pub help_url: &'static str,
    /// Whether nobody may see it.
    pub secret: bool,
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether it is the access itself (a bot's token): sealed with the grant under its key. Anything else that nobody may see is
    /// forgotten once it was exchanged.
    pub kept: bool,
    /// What is wrong with a text, before it is sent to anybody (product C10).
    pub refuses: fn(&str) -> Option<&'static str>,
}

/// What was typed that is no secret, by the field's key, without blanks around it.
pub type Typed = BTreeMap<String, String>;

/// One way to connect.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its name, stored with the grant.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// How.
    pub by: ConnectBy,
    /// What the person types before; for a form, all there is.
    pub fields: &'static [Field],
    /// Whether an administrator must have registered an app.
    pub needs_app: bool,
    /// What is asked for, and why.
    pub permissions: &'static [Permission],
}

/// A permission that is asked for, named before the popup opens.
#[derive(Debug, Clone, Copy)]
pub struct Permission {
    /// The network's name of it.
    pub scope: &'static str,
    /// What it is for, in words.
    pub purpose: &'static str,
    /// What will not work without it: `publishing`, `numbers`, `comments`, `accounts`, `renewal`.
    pub feature: &'static str,
}

/// What the authorisation page is asked.
#[derive(Debug, Clone)]
pub struct AuthorizeAsk<'a> {
    /// Which way.
    pub variant: &'a str,
    /// Where the network returns to.
    pub redirect_uri: &'a str,
    /// Ties the return to the person who began.
    pub state: &'a str,
    /// PKCE challenge (S256), for networks that take one.
    pub code_challenge: &'a str,
    /// Whether declined permissions are asked again, and the account may be chosen anew.
    pub again: bool,
}

/// What came back from the authorisation page.
#[derive(Debug, Clone)]
pub struct ExchangeAsk<'a> {
    /// Which way.
    pub variant: &'a str,
    /// The code.
    pub code: &'a str,
    /// The same address as asked with.
    pub redirect_uri: &'a str,
    /// PKCE verifier.
    pub code_verifier: &'a str,
    /// The app that the server knows us by, where each has its own; its secret is `client_secret`.
    pub server: Option<&'a ServerApp>,
    /// UTC milliseconds.
    pub now_ms: i64,
}

/// The app by which one server of a network knows us.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerApp {
    /// Which server: scheme, host and port.
    pub server: String,
    /// Public id of the app there.
    pub client_id: String,
    /// Whom the return must name as its sender (RFC 9207), where the network's servers name themselves.
    #[serde(default)]
    pub issuer: Option<String>,
    /// What else the adapter needs to know on the way back, without secrets.
    #[serde(default)]
    pub noted: Value,
}

/// Who Postrider is to servers that are told nothing ahead: they read it at an address of ours, which is its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnClient {
    /// For which way of connecting.
    pub variant: &'static str,
    /// Public id.
    pub client_id: String,
    /// What stands at that address but the keys; `None` where the id says all of it, and nothing is proven by a key.
    pub document: Option<Value>,
}

/// The name of the secret by which an [`OwnClient`] with a document proves itself.
pub const CLIENT_KEY: &str = "client_key";

/// What is to be readied before the person is sent to a server's page.
#[derive(Debug, Clone)]
pub struct PrepareAsk<'a> {
    /// What the page will be asked.
    pub authorize: AuthorizeAsk<'a>,
    /// What the person typed.
    pub typed: &'a Typed,
    /// The app that the server knows already.
    pub known: Option<&'a ServerApp>,
}

/// A page that is ready for the person.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Its address.
    pub url: String,
    /// The app that the server knows us by, where each has its own.
    pub server: Option<ServerApp>,
    /// Secrets that the way back needs, such as a new app's `client_secret`.
    pub secrets: Secrets,
}

impl Prepared {
    /// A page that needed nothing.
    pub fn page(url: String) -> Prepared {
        Prepared {
            url,
            server: None,
            secrets: Secrets::new(),
        }
    }
}

/// What a person typed to sign in. Secrets are named by their fields.
pub struct SignInAsk<'a> {
    /// What is no secret.
    pub typed: &'a Typed,
    /// UTC milliseconds.
    pub now_ms: i64,
}
