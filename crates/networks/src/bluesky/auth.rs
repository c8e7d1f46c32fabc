//! Signing in with an app password, and staying signed in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Account, Answer, Fault, Field, Flow, FoundAccount, GrantView, Granted, Health, Permission, Request, Secrets, SignInAsk, Val, Verdict,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::wire::{Profile, Session, Who};
use super::{error, xrpc};

/// Where an account signs in if no other server is named.
const ENTRYWAY: &str = "https://bsky.social";
/// How long access lasts where the token itself does not say (server source: 120 minutes).
const ACCESS_MS: i64 = 120 * 60_000;
/// How long renewing lasts where the token itself does not say (server source: 90 days).
const REFRESH_MS: i64 = 90 * 86_400_000;

/// An app password may do all of this; the server knows no parts of it.
pub const PERMISSIONS: &[Permission] = &[Permission {
    scope: "app password",
    purpose: "post in the name of the account, and read its name and picture",
    feature: "publishing",
}];

/// What a person types.
pub const FIELDS: &[Field] = &[
    Field {
        key: "handle",
        label: "Handle",
        placeholder: "acme.bsky.social",
        help: "",
        help_url: "",
        secret: false,
        optional: false,
        kept: false,
        refuses: |_| None,
    },
    Field {
        key: "app_password",
        label: "App password",
        placeholder: "xxxx-xxxx-xxxx-xxxx",
        help: "Make one in Bluesky under Settings → Privacy and security → App passwords. Never your main password: it is refused.",
        help_url: "https://bsky.app/settings/app-passwords",
        secret: true,
        optional: false,
        kept: false,
        refuses: no_app_password,
    },
    Field {
        key: "service",
        label: "Server address",
        placeholder: "https://pds.example.org",
        help: "Only if the account is on another server than Bluesky’s own.",
        help_url: "",
        secret: false,
        optional: true,
        kept: false,
        refuses: |_| None,
    },
];

/// An app password is four groups of four small letters or digits. Anything else may be a main password and is not to be sent.
fn no_app_password(text: &str) -> Option<&'static str> {
    let groups: Vec<&str> = text.split('-').collect();
    let fits = groups.len() == 4
        && groups
            .iter()
            .all(|group| group.len() == 4 && group.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    (!fits).then_some("An app password looks like xxxx-xxxx-xxxx-xxxx. What you typed was not sent anywhere.")
}

/// Opens a session at the account's own or the named server.
pub fn sign_in(ask: &SignInAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    let typed = |key: &str| ask.typed.get(key).map_or("", String::as_str);
    let service = match service(typed("service")) {
        Ok(service) => service,
        Err(fault) => return Flow::Fail(fault),
    };
    let Some(answer) = answers.first() else {
        let identifier = typed("handle").trim_start_matches('@');
        return Flow::Call(
            xrpc::post(&service, "com.atproto.server.createSession", "sign in").json_fields(vec![
                ("identifier".to_owned(), Val::from(identifier)),
                ("password".to_owned(), Val::Secret("app_password".to_owned())),
            ]),
        );
    };
    flow(error::accepted::<Session>(answer, "sign in").and_then(|session| granted(session, &service, ask.now_ms)))
}

/// Exchanges the renewing token for a new pair. The old one works for two more hours, and repeats within them are harmless.
pub fn refresh(grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
    let pds = xrpc::base(&grant.meta);
    let Some(answer) = answers.first() else {
        return Flow::Call(xrpc::post(&pds, "com.atproto.server.refreshSession", "renew the access").bearer("refresh"));
    };
    if answer.ok() {
        let service = grant.meta["service"].as_str().unwrap_or(ENTRYWAY).to_owned();
        return flow(error::accepted::<Session>(answer, "renew the access").and_then(|session| granted(session, &service, grant.now_ms)));
    }
    let fault = error::fault(answer);
    // Here an expired token is the renewing one: nothing is left to renew with.
    Flow::Fail(if fault.code == "bluesky.token_expired" {
        fault.next(postrider_provider::Next::Stop).verdict(Verdict::Expired)
    } else {
        fault
    })
}

/// The one account behind a session, with its picture where the server can tell it.
pub fn accounts(grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
    let pds = xrpc::base(&grant.meta);
    let Some(answer) = answers.first() else {
        let request = xrpc::get(&pds, "app.bsky.actor.getProfile", "read the profile").query("actor", grant.subject.as_str());
        return Flow::Call(xrpc::signed(request, &grant.variant));
    };
    // A server without an app view knows no profiles; the handle is name enough.
    let profile: Profile = if answer.ok() {
        serde_json::from_slice(&answer.body).unwrap_or_default()
    } else {
        Profile::default()
    };
    let handle = grant.meta["handle"].as_str().unwrap_or(&grant.subject).to_owned();
    Flow::Done(vec![FoundAccount {
        name: profile
            .display_name
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| handle.clone()),
        account: Account {
            external_id: grant.subject.clone(),
            handle,
            kind: "repo".to_owned(),
            variant: grant.variant.clone(),
            meta: json!({"pds": pds}),
        },
        avatar_url: profile.avatar,
        detail: Url::parse(&pds)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default(),
        unusable: None,
        secrets: Secrets::new(),
    }])
}

/// Asks the server whether the session holds.
pub fn verify(account: &Account, answers: &[Answer]) -> Flow<Health> {
    let Some(answer) = answers.first() else {
        let request = xrpc::get(&xrpc::base(&account.meta), "com.atproto.server.getSession", "check the session");
        return Flow::Call(xrpc::signed(request, &account.variant));
    };
    flow(error::accepted::<Who>(answer, "check the session").and_then(|who| {
        standing(who.active, who.status.as_deref())?;
        Ok(Health {
            scopes: None,
            name: Some(who.handle).filter(|handle| !handle.is_empty()),
            avatar_url: None,
            data_access_ends_at_ms: None,
        })
    }))
}

/// Ends the session at the server.
pub fn revoke(grant: &GrantView) -> Request {
    xrpc::post(&xrpc::base(&grant.meta), "com.atproto.server.deleteSession", "end the session").bearer("refresh")
}

/// The server that was typed; the entryway if none was.
///
/// # Errors
/// If it is not the address of one.
pub fn service(typed: &str) -> Result<String, Fault> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(ENTRYWAY.to_owned());
    }
    let address = if typed.contains("://") {
        typed.to_owned()
    } else {
        format!("https://{typed}")
    };
    let valid = Url::parse(&address).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if valid {
        Ok(address.trim_end_matches('/').to_owned())
    } else {
        Err(Fault::stop(
            FailureKind::Content,
            "bluesky.service_address",
            "This is not the address of a server.",
            "Write it as https://pds.example.org, or leave it empty for bsky.social.",
        ))
    }
}

fn granted(session: Session, service: &str, now_ms: i64) -> Result<Granted, Fault> {
    standing(session.active, session.status.as_deref())?;
    let pds = session.did_doc.as_ref().and_then(|doc| doc.pds(&session.did));
    let pds = pds.unwrap_or(service).to_owned();
    let expires_at_ms = jwt_ends_ms(&session.access_jwt).unwrap_or(now_ms + ACCESS_MS);
    let refresh_expires_at_ms = jwt_ends_ms(&session.refresh_jwt).unwrap_or(now_ms + REFRESH_MS);
    Ok(Granted {
        secrets: Secrets::from([
            ("access".to_owned(), SecretString::from(session.access_jwt)),
            ("refresh".to_owned(), SecretString::from(session.refresh_jwt)),
        ]),
        scopes: PERMISSIONS.iter().map(|permission| permission.scope.to_owned()).collect(),
        expires_at_ms: Some(expires_at_ms),
        refresh_expires_at_ms: Some(refresh_expires_at_ms),
        subject: session.did,
        subject_name: session.handle.clone(),
        meta: json!({"service": service, "pds": pds, "handle": session.handle, "renews": true}),
    })
}

/// An account can be signed in to and yet not be allowed to write.
fn standing(active: Option<bool>, status: Option<&str>) -> Result<(), Fault> {
    if active == Some(false) {
        return Err(Fault::stop(
            FailureKind::Connection,
            "bluesky.account_inactive",
            format!("The account cannot be used: {}.", status.unwrap_or("inactive")),
            "Settle it with the account's server, then reconnect.",
        )
        .verdict(Verdict::Revoked));
    }
    Ok(())
}

fn jwt_ends_ms(token: &str) -> Option<i64> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    claims["exp"].as_i64().map(|seconds| seconds.saturating_mul(1_000))
}

pub fn flow<T>(result: Result<T, Fault>) -> Flow<T> {
    match result {
        Ok(value) => Flow::Done(value),
        Err(fault) => Flow::Fail(fault),
    }
}
