//! What every error looks like outside: RFC 9457 `application/problem+json`. The stable codes are one table.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postrider_core::delivery::{FailureKind, Refusal};
use postrider_core::ids::DeliveryId;
use postrider_core::permission::Action;
use postrider_core::problem::Problem;
use postrider_core::quota;
use postrider_provider::Fault;
use postrider_store::StoreError;
use postrider_store::deliveries::Delivery;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dto::Instant;
use crate::dto::channel::BlockingDelivery;

/// Where a code is explained; the code follows.
const TYPE_BASE: &str = "https://postrider.dev/problems/";

/// An error as a client sees it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProblemDocument {
    /// Names the kind of error.
    #[serde(rename = "type")]
    pub kind: String,
    /// What went wrong, the same words for the same code.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What went wrong this time.
    pub detail: String,
    /// Stable code, `noun.reason`.
    pub code: String,
    /// The field concerned, as a path in the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The permission that is missing, for 403.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// The delivery whose refusal it is, where an act was for several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_id: Option<DeliveryId>,
    /// The next free instant, for `quota.window_full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_free_at: Option<Instant>,
    /// Everything that is wrong, where the input has several faults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// What stands in the way of a disconnect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocking: Vec<BlockingDelivery>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:ident, $title:literal;)*) => {
        /// The stable codes, each with its status and title.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// As it stands in answers.
            pub const fn key(self) -> &'static str {
                match self { $(Code::$variant => $code,)* }
            }

            /// The HTTP status.
            pub const fn status(self) -> StatusCode {
                match self { $(Code::$variant => StatusCode::$status,)* }
            }

            /// The title.
            pub const fn title(self) -> &'static str {
                match self { $(Code::$variant => $title,)* }
            }
        }
    };
}

codes! {
    /// Nobody is signed in.
    SessionRequired = "session.required", UNAUTHORIZED, "Sign in first";
    /// E-mail or password is wrong; never which.
    SessionRefused = "session.refused", UNAUTHORIZED, "E-mail or password is wrong";
    /// The write did not prove that it comes from the page.
    SessionForged = "session.csrf", FORBIDDEN, "The request did not come from this session's page";
    /// A permission is missing.
    Permission = "permission", FORBIDDEN, "You may not do this";
    /// The plan does not allow it.
    Plan = "plan", FORBIDDEN, "Your plan does not include this";
    /// It is not there, or not for who asks.
    NotFound = "not_found", NOT_FOUND, "Not found";
    /// The path exists, the verb does not.
    Method = "method", METHOD_NOT_ALLOWED, "This cannot be done here";
    /// The body is no JSON.
    BodySyntax = "body.syntax", BAD_REQUEST, "The body is not valid JSON";
    /// The body is of another media type.
    BodyType = "body.type", UNSUPPORTED_MEDIA_TYPE, "The body is of the wrong media type";
    /// The body is too large.
    BodyLarge = "body.too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// The body does not come.
    BodySlow = "body.slow", REQUEST_TIMEOUT, "The body came too slowly";
    /// A field is wrong.
    Field = "field.invalid", UNPROCESSABLE_ENTITY, "A field is not valid";
    /// A query parameter is wrong.
    Query = "query.invalid", UNPROCESSABLE_ENTITY, "A query parameter is not valid";
    /// The content breaks rules.
    Content = "post.problems", UNPROCESSABLE_ENTITY, "The post cannot go out like this";
    /// The instant is past.
    Past = "schedule.past", UNPROCESSABLE_ENTITY, "This time is past";
    /// No time was given.
    TimeMissing = "schedule.missing", UNPROCESSABLE_ENTITY, "A time is missing";
    /// The hour is full.
    WindowFull = "quota.window_full", UNPROCESSABLE_ENTITY, "The time around this one is full";
    /// A post without channels cannot go out.
    NoChannel = "post.no_channel", UNPROCESSABLE_ENTITY, "The post has no channel";
    /// The channel cannot be used.
    ChannelUnusable = "channel.unusable", CONFLICT, "The channel cannot be used";
    /// Deliveries keep the channel.
    ChannelInUse = "channel.in_use", CONFLICT, "Posts still wait on this channel";
    /// Posts keep the asset.
    AssetInUse = "asset.in_use", CONFLICT, "A post still uses this file";
    /// The post is on its way.
    TooLate = "too_late", CONFLICT, "It is already on its way to the network";
    /// What was sent last may still arrive.
    UnderWay = "delivery.under_way", CONFLICT, "It may still arrive at the network";
    /// The database was brought back from a copy, and the post is looked for.
    Unseen = "delivery.unseen", CONFLICT, "It is looked for at the network first";
    /// The act does not fit the state.
    State = "delivery.state", CONFLICT, "It cannot do that as it stands";
    /// Approval is missing.
    Approval = "approval.required", CONFLICT, "It has not been accepted";
    /// It was changed in between.
    Conflict = "conflict", CONFLICT, "It was changed in the meantime";
    /// It is there already.
    Taken = "taken", CONFLICT, "It is already taken";
    /// Another edit was faster.
    Stale = "version.stale", PRECONDITION_FAILED, "Somebody else was faster";
    /// No version was named.
    VersionRequired = "version.required", PRECONDITION_REQUIRED, "Say which version you read";
    /// The same key came with another request.
    KeyReused = "idempotency.reused", UNPROCESSABLE_ENTITY, "The key was used for another request";
    /// The first request with this key is still running.
    KeyRunning = "idempotency.running", CONFLICT, "The first request with this key is still running";
    /// Too many requests.
    TooMany = "rate_limited", TOO_MANY_REQUESTS, "Too many requests";
    /// The network cannot be connected here.
    NetworkNotConfigured = "network.not_configured", CONFLICT, "This network is not set up here";
    /// The connection is over.
    ConnectionOver = "connection.over", CONFLICT, "This connection can no longer be finished";
    /// The network, or the person there, did not consent.
    ConnectionDeclined = "connection.declined", CONFLICT, "The sign-in was not finished";
    /// The account cannot be added.
    AccountUnusable = "connection.account_unusable", CONFLICT, "This account cannot be added";
    /// The link was used, has ended or never was.
    LinkOver = "link.over", CONFLICT, "This link no longer works";
    /// The upload does not go on from there.
    UploadOffset = "upload.offset", CONFLICT, "The upload goes on elsewhere";
    /// The bytes are not those announced.
    UploadChecksum = "upload.checksum", UNPROCESSABLE_ENTITY, "The bytes do not match their checksum";
    /// The file is refused.
    Media = "media.refused", UNPROCESSABLE_ENTITY, "The file cannot be used";
    /// Another version of tus.
    TusVersion = "upload.version", PRECONDITION_FAILED, "This server speaks tus 1.0.0";
    /// A link could not be read.
    LinkUnreadable = "link.unreadable", UNPROCESSABLE_ENTITY, "The page behind the link cannot be read";
    /// The network refused or failed.
    Network = "network.refused", BAD_GATEWAY, "The network refused";
    /// Our own fault.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong here";
    /// The instance is not ready.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Not available now";
}

impl Code {
    /// A refusal with this code, for this reason.
    pub fn because(self, detail: impl Into<String>) -> Refused {
        let status = self.status();
        Refused {
            document: Box::new(ProblemDocument {
                kind: format!("{TYPE_BASE}{}", self.key()),
                title: self.title().to_owned(),
                status: status.as_u16(),
                detail: detail.into(),
                code: self.key().to_owned(),
                field: None,
                remedy: None,
                permission: None,
                delivery_id: None,
                next_free_at: None,
                problems: Vec::new(),
                blocking: Vec::new(),
            }),
            retry_after_s: None,
        }
    }
}

/// What a handler answers instead of its view.
#[derive(Debug)]
pub struct Refused {
    document: Box<ProblemDocument>,
    retry_after_s: Option<u64>,
}

/// A handler's result.
pub type Answer<T> = Result<T, Refused>;

impl Refused {
    /// The document alone, to be stored or shown elsewhere.
    pub fn document(self) -> ProblemDocument {
        *self.document
    }

    /// Names the field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.document.field = Some(field.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.document.remedy = Some(remedy.into());
        self
    }

    /// Names the delivery whose refusal it is.
    #[must_use]
    pub fn at(mut self, delivery: &Delivery) -> Self {
        self.document.delivery_id = Some(delivery.id);
        self
    }

    /// Lists everything that is wrong.
    #[must_use]
    pub fn problems(mut self, problems: Vec<Problem>) -> Self {
        self.document.problems = problems;
        self
    }

    /// Lists what stands in the way.
    #[must_use]
    pub fn blocking(mut self, blocking: Vec<BlockingDelivery>) -> Self {
        self.document.blocking = blocking;
        self
    }

    /// Says when to try again, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The refusal of an act that the permissions do not allow.
    pub fn missing(action: Action) -> Self {
        let name = action.permission_name();
        let mut refused = Code::Permission
            .because(format!("This needs the permission `{name}`."))
            .remedy("Ask an owner of the organization for it.");
        refused.document.permission = Some(name.to_owned());
        refused
    }

    /// There is no such thing, or it is not for who asks: both look alike.
    pub fn not_found() -> Self {
        Code::NotFound.because("There is no such thing here.")
    }

    /// A field is wrong.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Code::Field.because(detail).field(field)
    }

    /// Our own fault. The cause is logged, never told.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Code::Internal
            .because("This is a fault of the server, not of your request.")
            .remedy("Try again; if it stays, the server's log says more.")
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Refused::not_found(),
            StoreError::Conflict => Code::Conflict
                .because("It was changed by somebody else, or by its own progress, in the meantime.")
                .remedy("Read it again, then decide."),
            StoreError::Refused(refusal) => Refused::from(refusal),
            StoreError::BadCursor => Code::Query
                .because("This cursor is not one that this list gave out.")
                .field("cursor")
                .remedy("Send `next_cursor` of the page before as it is, or leave `cursor` out to begin."),
            StoreError::Taken { what } => Code::Taken.because(format!("This {what} is already taken.")).field(what),
            StoreError::Bound { bound, allowed } => {
                let refused = Code::Plan.because(match bound {
                    postrider_store::Bound::Publishing => "Publishing to networks is not part of your plan.".to_owned(),
                    other => format!("Your plan allows {allowed} of `{}`, and they are used up.", other.key()),
                });
                refused.remedy("An administrator can change the plan of your organization.")
            }
            StoreError::WindowFull { next_free_ms, quota, max } => {
                let next = Instant(next_free_ms);
                let mut refused = Code::WindowFull
                    .because(format!(
                        "At most {}: the time around this one is full.",
                        quota::in_words(quota, max)
                    ))
                    .field("schedule")
                    .remedy(format!("The next free time is {next}."));
                refused.document.next_free_at = Some(next);
                refused
            }
            StoreError::QuotaClosed { quota } => Code::WindowFull
                .because(format!(
                    "The network lets nothing through for this account now: it said that of `{}` there is no place at all.",
                    quota.key
                ))
                .field("schedule")
                .remedy("Look at the account at the network. Its word is read again with the next post and the next check of the channel."),
            StoreError::BeyondCalendar => Code::Field
                .because("This time is too far away to be reckoned with.")
                .field("schedule")
                .remedy("Choose an earlier time."),
            // The database broke it off for another's sake; nothing was written.
            broken_off if broken_off.is_transient() => Code::Unavailable
                .because("The database was busy with another change to the same thing.")
                .remedy("Send the same request again.")
                .retry_after(1),
            other => Refused::internal(Chain(&other)),
        }
    }
}

/// An error with its causes, for the log.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::TooLate => Code::TooLate,
            Refusal::UnderWay => Code::UnderWay,
            Refusal::Unseen => Code::Unseen,
            Refusal::NotNow { .. } => Code::State,
            Refusal::Gate(_) => Code::Approval,
        };
        let refused = code.because(match refusal {
            Refusal::NotNow { state, .. } => format!("A delivery that is `{state}` cannot do that."),
            other => format!("{other}."),
        });
        match refusal {
            Refusal::UnderWay => refused.remedy("Look at the account again in a few minutes, and answer then."),
            Refusal::Unseen => refused.remedy(
                "Wait until an administrator has recovered the installation and the post was looked for at its network, and try again.",
            ),
            _ => refused,
        }
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        let mut refused = Code::Network.because(fault.message).remedy(fault.remedy);
        refused.document.code = fault.code;
        // What a person typed or allowed is no failure of a server: only an outage is, and whoever watches for those sees no others.
        if matches!(fault.kind, FailureKind::Content | FailureKind::Connection | FailureKind::Permission) {
            refused.document.status = StatusCode::UNPROCESSABLE_ENTITY.as_u16();
        }
        refused
    }
}

impl From<postrider_core::ids::InvalidId> for Refused {
    /// An id that cannot be is an id that is not there.
    fn from(_: postrider_core::ids::InvalidId) -> Self {
        Refused::not_found()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.document.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self.document).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_told_apart_and_is_an_error() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(Code::ALL[..index].iter().all(|earlier| earlier.key() != code.key()), "{code:?}");
            assert!(code.status().is_client_error() || code.status().is_server_error(), "{code:?}");
        }
    }

    #[test]
    fn a_full_quota_is_told_with_its_scope_its_window_and_a_way_out() {
        let quota = &postrider_core::rules::schema::ROLLING_HOUR;
        let told = |error: StoreError| {
            let document = Refused::from(error).document();
            (document.status, document.code, document.field.unwrap_or_default(), document.detail)
        };
        let full = StoreError::WindowFull {
            next_free_ms: 0,
            quota,
            max: 10,
        };
        let (status, code, field, detail) = told(full);
        assert_eq!((status, code.as_str(), field.as_str()), (422, "quota.window_full", "schedule"));
        assert!(detail.contains("At most 10 posts on one channel within any hour"), "{detail}");
        let (status, _, field, detail) = told(StoreError::QuotaClosed { quota });
        assert_eq!((status, field.as_str()), (422, "schedule"));
        assert!(detail.contains("`rolling_hour`"), "{detail}");
        let (status, _, field, _) = told(StoreError::BeyondCalendar);
        assert_eq!((status, field.as_str()), (422, "schedule"));
    }

    #[test]
    fn a_failing_database_tells_nothing_of_itself() {
        let refused = Refused::from(StoreError::Malformed {
            column: "secrets".to_owned(),
        });
        let told = serde_json::to_string(&refused.document()).unwrap_or_default();
        assert!(!told.contains("secrets"), "{told}");
    }
}
