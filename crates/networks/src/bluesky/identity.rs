//! Who an account is, where it is, and who gives access to it: handle, DID, the account's server, its authorization server. Nothing that
//! one of them says of another is believed until that one says the same.
//!
//! Sources: atproto.com/specs/handle, /specs/did, /specs/oauth ("Identity Authentication", "Authorization Servers").

use postrider_core::delivery::FailureKind;
use postrider_provider::{Fault, Request};
use url::Url;

use super::asked::{Asked, Stop};
use super::wire::{DidDoc, Issuer, Resolved, Resource};
use super::{error, xrpc};

/// Where handles are looked up if no server was named: the public view of everything, which asks nobody to sign in.
const PUBLIC: &str = "https://public.api.bsky.app";
/// Where the documents of `did:plc` are kept.
const DIRECTORY: &str = "https://plc.directory";

/// An account as it and its directory name it.
pub struct Identity {
    /// What never changes of it.
    pub did: String,
    /// Its handle; the DID where it has none that holds.
    pub handle: String,
    /// The server that holds its repository.
    pub pds: String,
}

/// A handle as it is compared, without what people write around it.
pub fn plain_handle(typed: &str) -> String {
    let typed = typed.trim();
    let typed = typed.strip_prefix("at://").unwrap_or(typed);
    typed.trim_start_matches('@').trim_end_matches('.').to_ascii_lowercase()
}

/// Whether a text may be a handle or a DID.
pub fn names_account(typed: &str) -> bool {
    let handle = plain_handle(typed);
    let labels = handle.split('.');
    let label = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_did(&handle) || (labels.clone().count() > 1 && labels.clone().all(label))
}

fn is_did(text: &str) -> bool {
    let specific = text.strip_prefix("did:plc:").or_else(|| text.strip_prefix("did:web:"));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'%');
    specific.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(allowed))
}

/// The account that a person named. Its handle must lead to the DID, and the DID's document back to the handle.
///
/// # Errors
/// If there is none, or the two do not agree.
pub fn of_account(asked: &mut Asked<'_>, typed: &str, service: Option<&str>) -> Result<Identity, Stop> {
    let handle = plain_handle(typed);
    if is_did(&handle) {
        return of_did(asked, &handle);
    }
    let did = resolved(asked, &handle, service.unwrap_or(PUBLIC))?;
    let did = did.ok_or_else(|| {
        Fault::stop(
            FailureKind::Content,
            "bluesky.handle_unknown",
            format!("There is no account @{handle}."),
            "Check the handle; for an account on another server, name that server too.",
        )
    })?;
    let document = document(asked, &did)?;
    if !known_as(&document, &handle) {
        return Err(Stop::from(disagree(&format!(
            "The account to which @{handle} leads does not know that handle."
        ))));
    }
    let pds = home(&document, &did)?;
    Ok(Identity { did, handle, pds })
}

/// The account of a DID.
///
/// # Errors
/// If its document cannot be read.
pub fn of_did(asked: &mut Asked<'_>, did: &str) -> Result<Identity, Stop> {
    let document = document(asked, did)?;
    let pds = home(&document, did)?;
    let claimed = document.also_known_as.iter().find_map(|name| name.strip_prefix("at://"));
    let handle = match claimed.map(plain_handle) {
        // A handle that does not lead back is not shown.
        Some(handle) if resolved(asked, &handle, &pds)?.as_deref() == Some(did) => handle,
        _ => did.to_owned(),
    };
    Ok(Identity {
        did: did.to_owned(),
        handle,
        pds,
    })
}

fn resolved(asked: &mut Asked<'_>, handle: &str, service: &str) -> Result<Option<String>, Stop> {
    let call = xrpc::get(service, "com.atproto.identity.resolveHandle", "look the handle up").query("handle", handle);
    let answer = asked.answer(call)?;
    if matches!(answer.status, 400 | 404) {
        return Ok(None);
    }
    let resolved: Resolved = error::accepted(answer, "look the handle up")?;
    Ok(Some(resolved.did).filter(|did| is_did(did)))
}

fn document(asked: &mut Asked<'_>, did: &str) -> Result<DidDoc, Stop> {
    let address = match did.strip_prefix("did:web:") {
        // A port is the one thing that the profile lets stand beside the host, and it is written encoded.
        Some(host) => format!("https://{}/.well-known/did.json", host.replace("%3A", ":").replace("%3a", ":")),
        None => format!("{DIRECTORY}/{did}"),
    };
    let answer = asked.answer(Request::get("read the account's document", address))?;
    let document: DidDoc = error::accepted(answer, "read the account's document")?;
    if document.id != did {
        return Err(Stop::from(disagree("The directory answered with another account's document.")));
    }
    Ok(document)
}

fn known_as(document: &DidDoc, handle: &str) -> bool {
    let names = document.also_known_as.iter().filter_map(|name| name.strip_prefix("at://"));
    names.map(plain_handle).any(|name| name == handle)
}

fn home(document: &DidDoc, did: &str) -> Result<String, Fault> {
    let pds = document.pds(did).filter(|pds| origin(pds).is_some());
    pds.map(str::to_owned)
        .ok_or_else(|| disagree("The account's document names no server that holds its posts."))
}

/// Who gives access to the accounts of a server.
///
/// # Errors
/// If the server does not say, or the authorization server does not fit what it says of itself.
pub fn issuer_of(asked: &mut Asked<'_>, pds: &str) -> Result<Issuer, Stop> {
    let answer = asked.answer(resource_call(pds))?;
    let resource: Resource = error::accepted(answer, "ask the server who signs in")?;
    issuer(asked, &named_issuer(pds, &resource)?)
}

/// The same of a server that a person named: one that holds accounts, or one that signs in for many of those.
///
/// # Errors
/// As [`issuer_of`].
pub fn issuer_at(asked: &mut Asked<'_>, service: &str) -> Result<Issuer, Stop> {
    let answer = asked.answer(resource_call(service))?;
    if answer.status == 404 {
        return issuer(asked, service);
    }
    let resource: Resource = error::accepted(answer, "ask the server who signs in")?;
    issuer(asked, &named_issuer(service, &resource)?)
}

fn resource_call(server: &str) -> Request {
    Request::get(
        "ask the server who signs in",
        format!("{server}/.well-known/oauth-protected-resource"),
    )
}

fn named_issuer(server: &str, resource: &Resource) -> Result<String, Fault> {
    let [issuer] = resource.authorization_servers.as_slice() else {
        return Err(disagree("The account's server does not say who signs in for it."));
    };
    if origin(&resource.resource).is_none() || origin(&resource.resource) != origin(server) {
        return Err(disagree("The account's server speaks for another one."));
    }
    Ok(issuer.trim_end_matches('/').to_owned())
}

fn issuer(asked: &mut Asked<'_>, address: &str) -> Result<Issuer, Stop> {
    let call = Request::get("read how to sign in", format!("{address}/.well-known/oauth-authorization-server"));
    let issuer: Issuer = error::accepted(asked.answer(call)?, "read how to sign in")?;
    if issuer.issuer.trim_end_matches('/') != address {
        return Err(Stop::from(disagree("The server that signs in calls itself by another name.")));
    }
    // A browser is sent to the first: an address of another kind could be a program.
    let endpoints = [
        &issuer.authorization_endpoint,
        &issuer.token_endpoint,
        &issuer.pushed_authorization_request_endpoint,
    ];
    if endpoints.iter().any(|endpoint| origin(endpoint).is_none()) {
        return Err(Stop::from(disagree("The server that signs in names no web address for it.")));
    }
    let has = |list: &[String], wanted: &str| list.iter().any(|known| known == wanted);
    let fits = has(&issuer.scopes_supported, "atproto")
        && has(&issuer.code_challenge_methods_supported, "S256")
        && has(&issuer.dpop_signing_alg_values_supported, "ES256")
        && issuer.authorization_response_iss_parameter_supported;
    if !fits {
        return Err(Stop::from(Fault::stop(
            FailureKind::Connection,
            "bluesky.no_oauth",
            "The account's server does not sign in the way that the AT Protocol asks.",
            "Connect the account with an app password.",
        )));
    }
    Ok(issuer)
}

fn origin(address: &str) -> Option<url::Origin> {
    let url = Url::parse(address).ok()?;
    (matches!(url.scheme(), "https" | "http") && url.has_host()).then(|| url.origin())
}

fn disagree(message: &str) -> Fault {
    Fault::stop(
        FailureKind::Connection,
        "bluesky.identity",
        message,
        "Check the handle and the server’s address. Settle anything else with the account's server.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_named_by_its_handle_or_did_however_it_is_written() {
        for typed in [
            "acme.bsky.social",
            "@Acme.Bsky.Social",
            "at://acme.example",
            "did:plc:abc",
            "did:web:acme.example",
        ] {
            assert!(names_account(typed), "{typed}");
        }
        for typed in [
            "acme",
            "",
            "@",
            "a b.example",
            "acme..example",
            "did:key:z6Mk",
            "did:plc:",
            "https://a.example",
            "a@b.example",
        ] {
            assert!(!names_account(typed), "{typed}");
        }
        assert_eq!(plain_handle(" @Acme.Bsky.Social "), "acme.bsky.social");
    }
}
