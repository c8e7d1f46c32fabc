//! The Graph API's error answer, and the errors that can be asked for by name.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

/// An error as the Graph API writes it (fact sheet facebook.md §6).
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// `error.code`.
    pub code: i64,
    /// `error.error_subcode`.
    pub subcode: Option<i64>,
    /// `error.type`.
    pub kind: &'static str,
    /// `error.message`.
    pub message: String,
    /// `error.is_transient`.
    pub transient: bool,
    /// `error.error_data`.
    pub data: Value,
}

/// Name, HTTP status, code, subcode, transient, message.
type Row = (&'static str, u16, i64, i64, bool, &'static str);

const TABLE: &[Row] = &[
    ("unknown", 500, 1, 0, false, "An unknown error occurred"),
    ("unknown_as_400", 400, 1, 99, false, "An unknown error occurred"),
    (
        "service_down",
        503,
        2,
        0,
        true,
        "An unexpected error has occurred. Please retry your request later.",
    ),
    (
        "service_down_as_400",
        400,
        2,
        0,
        true,
        "An unexpected error has occurred. Please retry your request later.",
    ),
    ("rate_limited", 400, 4, 0, false, "(#4) Application request limit reached"),
    ("user_rate_limited", 400, 17, 0, false, "(#17) User request limit reached"),
    ("page_rate_limited", 400, 32, 2_446_079, false, "(#32) Page request limit reached"),
    (
        "calls_rate_limited",
        400,
        613,
        1_996,
        false,
        "(#613) Calls to this api have exceeded the rate limit.",
    ),
    (
        "page_business_limited",
        400,
        80_001,
        2_446_079,
        false,
        "There have been too many calls to this Page account. Wait a bit and try again.",
    ),
    (
        "instagram_business_limited",
        400,
        80_002,
        0,
        false,
        "There have been too many calls to this Instagram account. Wait a bit and try again.",
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
        "page_permission_missing",
        403,
        200,
        0,
        false,
        "(#200) Requires both pages_read_engagement and pages_manage_posts permissions, as an admin with sufficient permission",
    ),
    ("bad_parameter", 400, 100, 0, false, "(#100) Invalid parameter"),
    (
        "object_missing",
        400,
        100,
        33,
        false,
        "Unsupported request. Object does not exist, cannot be loaded due to missing permissions, or does not support this operation.",
    ),
    (
        "token_invalid",
        400,
        190,
        0,
        false,
        "Invalid OAuth access token - Cannot parse access token",
    ),
    (
        "token_expired",
        401,
        190,
        463,
        false,
        "Error validating access token: Session has expired.",
    ),
    (
        "app_removed",
        401,
        190,
        458,
        false,
        "Error validating access token: The user has not authorized application.",
    ),
    (
        "checkpoint",
        401,
        190,
        459,
        false,
        "Error validating access token: You cannot access the app till you log in to www.facebook.com and follow the instructions given.",
    ),
    (
        "password_changed",
        401,
        190,
        460,
        false,
        "Error validating access token: The session has been invalidated because the user changed their password.",
    ),
    (
        "user_unconfirmed",
        401,
        190,
        464,
        false,
        "Error validating access token: Sessions for the user are not allowed because the user is not a confirmed user.",
    ),
    (
        "token_revoked",
        401,
        190,
        467,
        false,
        "Error validating access token: This may be because the user logged out or may be due to a system error.",
    ),
    (
        "page_role_lost",
        401,
        190,
        492,
        false,
        "Error validating access token: The user is not an admin of the page.",
    ),
    (
        "blocked",
        403,
        368,
        1_390_008,
        false,
        "The action attempted has been deemed abusive or is otherwise disallowed",
    ),
    (
        "posting_too_fast",
        400,
        100,
        1_390_008,
        false,
        "It looks like you were posting too fast.",
    ),
    (
        "file_unfetchable",
        400,
        389,
        0,
        false,
        "(#389) Unable to fetch video file from URL.",
    ),
    ("duplicate", 400, 506, 0, false, "(#506) Duplicate status message"),
    ("link_refused", 400, 100, 1_609_008, false, "Links to facebook.com are not allowed."),
    (
        "upload_failed",
        400,
        6_000,
        0,
        false,
        "There was a problem uploading your video file. Please try again with another file.",
    ),
    (
        "upload_again",
        400,
        6_001,
        0,
        true,
        "There was a problem uploading your video. Please try again.",
    ),
    (
        "photo_refused",
        400,
        100,
        1_366_046,
        false,
        "Your photos couldn't be uploaded. Photos should be saved as JPG or PNG files.",
    ),
    (
        "security_check",
        400,
        100,
        1_404_006,
        false,
        "Please complete a security check on Facebook.",
    ),
    (
        "abusive",
        400,
        368,
        1_346_003,
        false,
        "Your content was removed because it looks abusive.",
    ),
    (
        "download_timed_out",
        400,
        -2,
        2_207_003,
        false,
        "It takes too long to download the media.",
    ),
    (
        "container_expired",
        400,
        -2,
        2_207_020,
        false,
        "The media you are trying to access has expired. Please try to upload again.",
    ),
    ("instagram_server", 400, -1, 2_207_001, true, "Instagram server error. Try again."),
    (
        "create_failed",
        400,
        -1,
        2_207_032,
        false,
        "Create media fail, please try to re-create media",
    ),
    (
        "spam",
        400,
        4,
        2_207_051,
        false,
        "Application request limit reached: we restrict certain activity to protect our community.",
    ),
    (
        "max_posts",
        400,
        9,
        2_207_042,
        false,
        "You reached maximum number of posts that is allowed to be published by Content Publishing API.",
    ),
    (
        "media_not_found",
        400,
        24,
        2_207_006,
        false,
        "The requested resource does not exist: the media could not be found.",
    ),
    (
        "creation_not_found",
        400,
        24,
        2_207_008,
        false,
        "The requested resource does not exist: media with this creation id was not found.",
    ),
    (
        "account_restricted",
        400,
        25,
        2_207_050,
        false,
        "The Instagram account is restricted.",
    ),
    (
        "tag_unavailable",
        400,
        110,
        2_207_018,
        false,
        "Cannot tag users who do not exist or have private accounts.",
    ),
    (
        "media_unfetchable",
        400,
        9_004,
        2_207_052,
        false,
        "Only photo or video can be accepted as media type.",
    ),
    ("media_not_ready", 400, 9_007, 2_207_027, false, "Media ID is not available"),
    (
        "image_too_large",
        400,
        36_000,
        2_207_004,
        false,
        "The image size is too large: it exceeds 8 MiB.",
    ),
    (
        "image_format",
        400,
        36_001,
        2_207_005,
        false,
        "The image format is not supported: it must be JPEG.",
    ),
    (
        "image_aspect",
        400,
        36_003,
        2_207_009,
        false,
        "The aspect ratio is not supported: it must be between 4:5 and 1.91:1.",
    ),
    ("caption_too_long", 400, 36_004, 2_207_010, false, "The caption was too long."),
];

/// The names that [`named`] knows.
pub const ERROR_NAMES: &[&str] = &{
    let mut names = [""; TABLE.len()];
    let mut index = 0;
    while index < TABLE.len() {
        names[index] = TABLE[index].0;
        index += 1;
    }
    names
};

/// An error of the table by its name.
pub fn named(name: &str) -> Option<Refusal> {
    let (_, status, code, subcode, transient, message) = TABLE.iter().find(|row| row.0 == name)?;
    Some(Refusal {
        subcode: Some(*subcode).filter(|subcode| *subcode != 0),
        transient: *transient,
        ..Refusal::new(*status, *code, *message)
    })
}

impl Refusal {
    /// An error without a subcode.
    pub fn new(status: u16, code: i64, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            subcode: None,
            kind: "OAuthException",
            message: message.into(),
            transient: false,
            data: Value::Null,
        }
    }

    /// With a subcode.
    pub fn sub(mut self, subcode: i64) -> Self {
        self.subcode = Some(subcode);
        self
    }

    /// An error of the table; an unknown name is the unknown error.
    pub fn of(name: &str) -> Self {
        named(name).unwrap_or_else(|| Self::new(500, 1, "An unknown error occurred"))
    }

    /// With another message.
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Code 100 for a parameter.
    pub fn parameter(message: impl std::fmt::Display) -> Self {
        Self::new(400, 100, format!("(#100) {message}"))
    }

    /// Code 100/33: the object is not there, or the token cannot see it.
    pub fn missing(method: &http::Method, id: &str) -> Self {
        let message = format!(
            "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.",
            method.as_str().to_ascii_lowercase()
        );
        let mut refusal = Self::new(400, 100, message).sub(33);
        refusal.kind = "GraphMethodException";
        refusal
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = json!({
            "message": self.message,
            "type": self.kind,
            "code": self.code,
            "fbtrace_id": "AsAnDbOxTrAcE0000000000",
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if self.transient {
            error["is_transient"] = json!(true);
        }
        if !self.data.is_null() {
            error["error_data"] = self.data;
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(json!({ "error": error }))).into_response()
    }
}
