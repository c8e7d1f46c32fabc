//! Who Postrider is to the servers of the AT Protocol: nobody registers there. A server reads the client's document at the address
//! that is its id; an installation on this very machine is known by an id that says all of it.
//!
//! Sources: atproto.com/specs/oauth, "Client ID Metadata Document" and "Localhost Client Development".

use postrider_provider::OwnClient;
use serde_json::json;
use url::{Host, Url};

use super::oauth::{SCOPE, VARIANT};

/// How Postrider calls itself on the pages of the servers.
const NAME: &str = "Postrider";
/// Where the document stands below the public address.
const PATH: &str = "/oauth/client/bluesky";

/// The client that an installation is. None where servers could neither read its document nor take it for one on this machine.
pub fn own(public_base: &str, redirect_uri: &str) -> Option<OwnClient> {
    let base = Url::parse(public_base).ok()?;
    let redirect_uri = returns_to(redirect_uri);
    if is_loopback(&base) {
        let mut id = Url::parse("http://localhost").ok()?;
        id.query_pairs_mut()
            .append_pair("redirect_uri", &redirect_uri)
            .append_pair("scope", SCOPE);
        return Some(OwnClient {
            variant: VARIANT,
            // A path of nothing but a slash is left out, or it is another id.
            client_id: format!("http://localhost?{}", id.query().unwrap_or_default()),
            document: None,
        });
    }
    if base.scheme() != "https" {
        return None;
    }
    let base = public_base.trim_end_matches('/');
    let client_id = format!("{base}{PATH}");
    let document = json!({
        "client_id": client_id,
        "application_type": "web",
        "client_name": NAME,
        "client_uri": base,
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": SCOPE,
        "dpop_bound_access_tokens": true,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
    });
    Some(OwnClient {
        variant: VARIANT,
        client_id,
        document: Some(document),
    })
}

/// Whether a client proves itself by a key: one whose document servers can read.
pub fn is_confidential(client_id: &str) -> bool {
    client_id.starts_with("https://")
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Where a server is told to return to. A client on this machine is not to be returned to by the name `localhost`, which another program
/// may answer to (RFC 8252 section 8.3).
pub fn returns_to(redirect_uri: &str) -> String {
    let Ok(mut url) = Url::parse(redirect_uri) else {
        return redirect_uri.to_owned();
    };
    if url.domain() == Some("localhost") && url.set_host(Some("127.0.0.1")).is_ok() {
        return url.into();
    }
    redirect_uri.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_is_known_by_its_document_or_as_one_on_this_machine_or_not_at_all() {
        let own = |base: &str| own(base, &format!("{base}/oauth/callback/bluesky"));
        let public = own("https://planner.example").expect("a client");
        assert_eq!(public.client_id, "https://planner.example/oauth/client/bluesky");
        let document = public.document.expect("a document");
        assert_eq!(document["client_id"], public.client_id.as_str());
        assert_eq!(document["redirect_uris"], json!(["https://planner.example/oauth/callback/bluesky"]));
        assert!(is_confidential(&public.client_id));
        for base in ["http://localhost:8080", "http://127.0.0.1:8080"] {
            let here = own(base).expect("a client");
            assert_eq!(
                here.client_id,
                "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Foauth%2Fcallback%2Fbluesky&scope=atproto+transition%3Ageneric"
            );
            assert!(here.document.is_none() && !is_confidential(&here.client_id));
        }
        assert_eq!(own("http://planner.example"), None);
        assert_eq!(own("http://192.168.1.7:8080"), None);
    }
}
