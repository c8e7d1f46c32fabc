//! What handlers take from a request, each refusal a problem document.

mod strict;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use self::strict::Strict;
use crate::problem::{Answer, Code, Refused};

/// The largest JSON body, in bytes: a post of every limit's size is far below.
pub const JSON_BYTES_MAX: usize = 1024 * 1024;

/// A JSON body. Unknown fields and wrong types are refused with the path of the field.
pub struct Json<T>(pub T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Answer<Self> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        let bare = kind.split(';').next().unwrap_or_default().trim();
        if !bare.eq_ignore_ascii_case("application/json") {
            return Err(Code::BodyType.because("This route reads `application/json`."));
        }
        parse(&whole(request.into_body()).await?).map(Json)
    }
}

/// A JSON body that may be left out.
pub struct MaybeJson<T>(pub T);

impl<T, S> FromRequest<S> for MaybeJson<T>
where
    T: DeserializeOwned + Default,
    S: Send + Sync,
{
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Answer<Self> {
        let bytes = whole(request.into_body()).await?;
        if bytes.is_empty() {
            Ok(MaybeJson(T::default()))
        } else {
            parse(&bytes).map(MaybeJson)
        }
    }
}

/// A body of words, read to its end.
///
/// # Errors
/// If it is larger than [`JSON_BYTES_MAX`], or breaks off.
pub async fn whole(body: Body) -> Answer<Bytes> {
    to_bytes(body, JSON_BYTES_MAX).await.map_err(|_| {
        Code::BodyLarge
            .because(format!("The body is larger than {JSON_BYTES_MAX} bytes, or broke off."))
            .remedy("Send files through the uploads, and only words here.")
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Answer<T> {
    if names_nul(bytes) {
        return Err(Code::Field.because("A text holds the character U+0000, which no text can hold."));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(Strict(&mut reader)).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let said = bare(&inner.to_string());
        match inner.classify() {
            serde_json::error::Category::Data if path == "." => Code::Field.because(said),
            serde_json::error::Category::Data => Code::Field.because(said).field(path.replace('[', ".").replace(']', "")),
            _ => Code::BodySyntax.because(said),
        }
    })?;
    reader
        .end()
        .map_err(|_| Code::BodySyntax.because("There is more after the JSON value."))?;
    Ok(value)
}

/// Whether a text in JSON holds U+0000, which PostgreSQL does not store. A bare one is no JSON, so it can only be written as an escape: its
/// backslash is not itself escaped.
fn names_nul(json: &[u8]) -> bool {
    let escapes = |at: usize| json[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0;
    json.windows(6).enumerate().any(|(at, window)| window == br"\u0000" && escapes(at))
}

/// A message of serde without the place in the text, which the field's path says better.
fn bare(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    // A client sends JSON, and knows a list and an object by these names.
    let message = message
        .replace("type: sequence", "type: list")
        .replace("expected a sequence", "expected a list")
        .replace("type: map", "type: object");
    let mut chars = message.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str().trim_end_matches('.')),
        None => "It cannot be read.".to_owned(),
    }
}

/// Query parameters. Unknown ones are refused.
pub struct Asked<T>(pub T);

impl<T, S> FromRequestParts<S> for Asked<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Code::Query.because("A parameter holds the character U+0000, which no text can hold."));
        }
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Asked(asked)),
            Err(rejection) => Err(Code::Query.because(bare(&rejection.body_text().replace("Failed to deserialize query string: ", "")))),
        }
    }
}

/// The id in the path. One that cannot be answers 404, like one that is not there.
pub struct Id<T>(pub T);

impl<T, S> FromRequestParts<S> for Id<T>
where
    T: std::str::FromStr,
    S: Send + Sync,
{
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Refused::not_found())?;
        let text = params.iter().find(|(name, _)| *name == "id").map(|(_, value)| value);
        text.and_then(|text| text.parse().ok()).map(Id).ok_or_else(Refused::not_found)
    }
}

/// The version that an edit was made on, from `If-Match`.
pub struct IfMatch(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let given = parts.headers.get(header::IF_MATCH).ok_or_else(|| {
            Code::VersionRequired
                .because("An edit says by `If-Match` which version it was made on.")
                .remedy("Send the `ETag` of what you read.")
        })?;
        let version = given
            .to_str()
            .ok()
            .and_then(|text| text.trim().strip_prefix("\"v")?.strip_suffix('"')?.parse().ok());
        version.map(IfMatch).ok_or_else(stale)
    }
}

/// The refusal of an edit of an old version.
pub fn stale() -> Refused {
    Code::Stale
        .because("It was changed since you read it.")
        .remedy("Read it again and bring your change over.")
}

/// An answer that carries its version as `ETag`.
pub struct Versioned<T>(pub i64, pub T);

impl<T: IntoResponse> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        ([(header::ETAG, format!("\"v{}\"", self.0))], self.1).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dto::post::PostInput;

    #[test]
    fn a_wrong_field_is_named_by_its_path() {
        let cases: &[(&str, &str, Option<&str>)] = &[
            (
                r#"{"content_type":"text","assets":[{"asset_id":7}]}"#,
                "field.invalid",
                Some("assets.0.asset_id"),
            ),
            (
                r#"{"content_type":"text","deliveries":[{"channel_id":"chan_0","x":1}]}"#,
                "field.invalid",
                Some("deliveries.0.channel_id"),
            ),
            (r#"{"content_type":"song"}"#, "field.invalid", Some("content_type")),
            (r#"{"content_type":"text","colour":"red"}"#, "field.invalid", Some("colour")),
            (r#"{"text":"x"}"#, "field.invalid", None),
            (r#"[]"#, "field.invalid", None),
            (
                r#"{"content_type":"text","deliveries":[{"channel_id":"chan_06f8kq2d9w0000000000000000","overrides":[]}]}"#,
                "field.invalid",
                Some("deliveries.0.overrides"),
            ),
            (
                r#"{"content_type":"link","link":["https://example.org"]}"#,
                "field.invalid",
                Some("link"),
            ),
            (r#"{"content_type":"text","schedule":[]}"#, "field.invalid", Some("schedule")),
            (r#"{"content_type":"#, "body.syntax", None),
            (r#"{"content_type":"text"} x"#, "body.syntax", None),
            (r#"{"content_type":"text","text":"a\u0000b"}"#, "field.invalid", None),
            (r#"{"content_type":"text","text":"a\\\u0000b"}"#, "field.invalid", None),
            ("", "body.syntax", None),
        ];
        for (body, code, field) in cases {
            let refused = parse::<PostInput>(body.as_bytes()).err().map(Refused::document);
            let found = refused.map(|document| (document.code, document.field));
            assert_eq!(found, Some(((*code).to_owned(), field.map(str::to_owned))), "{body}");
        }
        let written_out = r#"{"content_type":"text","text":"a\\u0000b"}"#;
        assert_eq!(
            parse::<PostInput>(written_out.as_bytes()).ok().map(|post| post.text),
            Some(r"a\u0000b".to_owned())
        );
    }
}
