//! Facebook's own refusals (fact sheet section 6); what it shares with Instagram is in [`crate::meta::error`].

use postrider_core::delivery::FailureKind as Kind;
use postrider_provider::{Answer, Fault, Verdict};

use crate::meta::error::{code, number, pair};
use crate::refusal::{Row, Then, When};

const OTHER_FILE: &str = "Use another file.";
const CHANGE: &str = "Change the post and retry.";
const AT_META: &str = "Open Facebook, do what it asks, then retry.";
const BY_ITSELF: &str = "It is tried again by itself.";

const fn content(when: When, reason: &'static str, message: &'static str, remedy: &'static str) -> Row {
    Row::refused(when, reason, Kind::Content, message, remedy)
}

const fn person(when: When, reason: &'static str, message: &'static str) -> Row {
    Row::refused(when, reason, Kind::Permission, message, AT_META)
}

/// What each refusal means.
pub const TABLE: &[Row] = &[
    content(number("1609005"), "link", "Facebook cannot use the link", CHANGE),
    content(number("1609008"), "link", "Facebook takes no links to itself", CHANGE),
    content(number("2061006"), "link", "Facebook cannot use the link", CHANGE),
    content(
        number("1363040"),
        "reel_aspect",
        "The video has not the shape of a reel",
        "Use an upright video of 9:16.",
    ),
    content(
        number("1363127"),
        "reel_resolution",
        "The video is too small for a reel",
        "Use at least 540 × 960 pixels.",
    ),
    content(
        number("1363128"),
        "reel_duration",
        "The video is too short or too long for this",
        "Use 3 to 90 seconds for a reel, at most 60 for a story.",
    ),
    content(
        number("1363129"),
        "reel_frame_rate",
        "The frame rate does not suit a reel",
        "Use 24 to 60 frames a second.",
    ),
    content(
        number("1366046"),
        "photo",
        "Facebook cannot use the picture",
        "Use a JPEG or PNG of at most 4 MB.",
    ),
    content(
        number("1366051"),
        "photo_used",
        "The picture is in a post already",
        "Retry to upload it again.",
    )
    .then(Then::Restart),
    content(number("2069019"), "file", "Facebook cannot read the file", OTHER_FILE),
    content(number("6000"), "file", "Facebook could not take the video", OTHER_FILE),
    content(number("382"), "video_small", "The video is too small", OTHER_FILE),
    content(number("1346003"), "standards", "Facebook finds the post abusive", CHANGE),
    content(number("1404102"), "standards", "The post goes against Facebook's standards", CHANGE),
    Row::refused(number("6001"), "upload", Kind::Outage, "The upload did not succeed", BY_ITSELF).then(Then::Restart),
    Row::refused(number("1363037"), "upload", Kind::Outage, "The upload did not succeed", BY_ITSELF).then(Then::Restart),
    Row::refused(code("389"), "fetch", Kind::Outage, "Facebook could not fetch the file", BY_ITSELF).then(Then::Restart),
    Row::refused(
        number("1390008"),
        "too_fast",
        Kind::Limit,
        "Facebook finds the Page posting too fast",
        "It goes on by itself.",
    )
    .then(Then::Defer(3_600_000)),
    person(
        number("1404078"),
        "page_authorization",
        "Facebook asks for the Page's publishing authorization",
    ),
    person(number("4854002"), "identity", "Facebook asks the person to confirm who they are"),
    person(
        number("1404006"),
        "security_check",
        "Facebook asks the person to pass a security check",
    ),
    person(number("1404112"), "limited", "Facebook has limited this account for some days"),
    Row::refused(
        number("1363047"),
        "outage",
        Kind::Outage,
        "Facebook does not work at present",
        BY_ITSELF,
    )
    .then(Then::Repeat)
    .ambiguous(),
    Row::refused(
        number("1609010"),
        "outage",
        Kind::Outage,
        "Facebook does not work at present",
        BY_ITSELF,
    )
    .then(Then::Repeat)
    .ambiguous(),
    Row::refused(
        pair("200", "1376025"),
        "page_task",
        Kind::Permission,
        "The person may not create content on this Page",
        "Have the person given the task, then retry.",
    )
    .verdict(Verdict::MissingPermission),
];

/// Reads an answer that is not 2xx.
pub fn fault(answer: &Answer) -> Fault {
    crate::meta::error::fault("facebook", TABLE, answer)
}

/// What a 2xx answer that cannot be read means.
pub fn unreadable(what: &str) -> Fault {
    crate::refusal::unreadable("facebook", what)
}
