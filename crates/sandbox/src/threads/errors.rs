//! Threads' errors that can be asked for by name (§6).

use crate::meta::{self, Refusal};

/// Name, HTTP status, code, subcode, transient, message.
type Row = (&'static str, u16, i64, i64, bool, &'static str);

const TABLE: &[Row] = &[
    ("unknown", 500, 1, 0, false, "An unknown error occurred"),
    (
        "service_down",
        503,
        2,
        0,
        true,
        "An unexpected error has occurred. Please retry your request later.",
    ),
    ("rate_limited", 400, 4, 0, false, "(#4) Application request limit reached"),
    // Its own code is not documented; this is how Meta says that a limit is reached (§10, low confidence).
    (
        "quota_reached",
        400,
        4,
        0,
        false,
        "(#4) The profile has reached the number of posts that may be published in 24 hours",
    ),
    (
        "calls_rate_limited",
        400,
        613,
        0,
        false,
        "(#613) Calls to this api have exceeded the rate limit.",
    ),
    (
        "permission_missing",
        403,
        10,
        0,
        false,
        "(#10) Application does not have permission for this action",
    ),
    (
        "permission_missing_as_500",
        500,
        10,
        0,
        false,
        "(#10) Application does not have permission for this action",
    ),
    ("permission_denied", 403, 200, 0, false, "(#200) Permissions error"),
    ("bad_parameter", 400, 100, 0, false, "(#100) Invalid parameter"),
    (
        "text_too_long",
        400,
        100,
        0,
        false,
        "(#100) Param text must be at most 500 characters long.",
    ),
    ("too_many_links", 400, 100, 0, false, "THREADS_API__LINK_LIMIT_EXCEEDED"),
    (
        "media_not_found",
        400,
        24,
        4_279_009,
        false,
        "Media Not Found: The requested resource does not exist",
    ),
    ("user_restricted", 400, 25, 4_279_013, false, "The user is restricted."),
    (
        "restricted",
        400,
        4,
        2_207_051,
        false,
        "We restrict certain activity to protect our community.",
    ),
    (
        "media_unfetchable",
        400,
        9_004,
        2_207_052,
        false,
        "The media could not be fetched from this URI.",
    ),
    (
        "blocked",
        403,
        368,
        0,
        false,
        "The action attempted has been deemed abusive or is otherwise disallowed",
    ),
];

/// Those of the table above, and those that all of Meta's hosts share.
pub const NAMES: &[&str] = &[
    "unknown",
    "service_down",
    "rate_limited",
    "quota_reached",
    "calls_rate_limited",
    "permission_missing",
    "permission_missing_as_500",
    "permission_denied",
    "bad_parameter",
    "text_too_long",
    "too_many_links",
    "media_not_found",
    "user_restricted",
    "restricted",
    "media_unfetchable",
    "blocked",
    "object_missing",
    "token_invalid",
    "token_expired",
    "token_revoked",
    "app_removed",
    "password_changed",
];

/// An error by its name.
pub fn named(name: &str) -> Option<Refusal> {
    if !NAMES.contains(&name) {
        return None;
    }
    match TABLE.iter().find(|row| row.0 == name) {
        Some((_, status, code, subcode, transient, message)) => {
            let mut refusal = Refusal::new(*status, *code, *message);
            refusal.subcode = Some(*subcode).filter(|subcode| *subcode != 0);
            refusal.transient = *transient;
            Some(refusal)
        }
        None => meta::named(name),
    }
}

/// The same; an unknown name is the unknown error.
pub fn of(name: &str) -> Refusal {
    named(name).unwrap_or_else(|| Refusal::of("unknown"))
}
