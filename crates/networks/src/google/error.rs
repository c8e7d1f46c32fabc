//! What Google's sign-in refuses, for whichever of its networks.

use postrider_core::delivery::FailureKind as Kind;
use postrider_provider::{Answer, Fault, Verdict};

use super::wire::RefusedToken;
use crate::refusal::{ANY, Row, Seen, Then, When, read};

/// A refusal by its one word.
pub const fn reason(either: &'static str) -> When {
    When { either, ..ANY }
}

/// Any refusal of this status.
pub const fn status(status: u16) -> When {
    When { status, ..ANY }
}

/// The access token ended: renewed, it goes on.
pub const fn ended(when: When) -> Row {
    Row::refused(
        when,
        "token_invalid",
        Kind::Connection,
        "The access to the channel ended",
        RECONNECT,
    )
    .then(Then::Renew)
}

/// A box on Google's page was not ticked.
pub const fn scope_missing(when: When) -> Row {
    Row::refused(
        when,
        "permission_missing",
        Kind::Permission,
        "A permission is missing",
        "Reconnect and leave every box on Google's page ticked.",
    )
    .verdict(Verdict::MissingPermission)
}

/// What to do where the access is over.
const RECONNECT: &str = "Reconnect the channel.";

/// What refusals of `/token` mean.
const TOKEN_TABLE: &[Row] = &[
    app_unknown(reason("invalid_client")),
    app_unknown(reason("unauthorized_client")),
    Row::refused(
        reason("redirect_uri_mismatch"),
        "redirect_unknown",
        Kind::Connection,
        "Google does not know Postrider's redirect address",
        "Ask the administrator to add it in Google's console.",
    ),
    over(reason("invalid_grant")),
    // A secret that is missing or malformed is the operator's; the grants live.
    app_unknown(reason("invalid_request")),
];

const fn app_unknown(when: When) -> Row {
    Row::refused(
        when,
        "app_unknown",
        Kind::Connection,
        "Google does not know the app by its id and secret",
        "Ask the administrator to look at the network's keys in the settings.",
    )
}

const fn over(when: When) -> Row {
    Row::refused(
        when,
        "grant_invalid",
        Kind::Connection,
        "Google gives no access for this sign-in",
        RECONNECT,
    )
    .verdict(Verdict::Expired)
}

/// Reads a refusal of `/token`.
pub fn of_token(network: &str, answer: &Answer) -> Fault {
    let refused: RefusedToken = serde_json::from_slice(&answer.body).unwrap_or_default();
    let seen = Seen {
        status: answer.status,
        code: refused.error,
        text: refused.error_description,
        at_ms: answer.at_ms,
        ..Seen::default()
    };
    read(network, &[TOKEN_TABLE], &seen)
}
