//! Query, form, JSON and multipart as one set of named texts, as the Graph API takes them.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart};
use http::Request;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde_json::Value;

use super::Refusal;

const STRUCTURED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A file sent in a multipart body.
#[derive(Debug, Clone)]
pub struct File {
    /// Content type as claimed.
    pub mime: String,
    /// Its bytes.
    pub data: Bytes,
}

/// Everything that a request says, wherever it says it. The body wins over the query.
#[derive(Debug, Clone, Default)]
pub struct Params {
    texts: BTreeMap<String, String>,
    files: BTreeMap<String, File>,
}

fn unreadable() -> Refusal {
    Refusal::new(400, 100, "(#100) The request body could not be read")
}

impl Params {
    /// Reads query and body; gives back a body that is neither form, JSON nor multipart.
    ///
    /// # Errors
    /// If the body is not what its content type says.
    pub async fn read(parts: &Parts, body: Body) -> Result<(Self, Option<Body>), Refusal> {
        let mut params = Self::default();
        params.add_pairs(parts.uri.query().unwrap_or_default().as_bytes());
        let kind = parts
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        if kind.starts_with("multipart/form-data") {
            params.add_multipart(&kind, body).await?;
            return Ok((params, None));
        }
        let is_json = kind.starts_with("application/json");
        if !is_json && !kind.starts_with("application/x-www-form-urlencoded") {
            return Ok((params, Some(body)));
        }
        let bytes = axum::body::to_bytes(body, STRUCTURED_BYTES_MAX).await.map_err(|_| unreadable())?;
        match is_json && !bytes.is_empty() {
            true => params.add_json(&bytes)?,
            false => params.add_pairs(&bytes),
        }
        Ok((params, None))
    }

    /// Texts of an already read form or JSON body and a query; of a multipart body only short texts. For naming an operation.
    pub fn peek(query: &str, content_type: &str, body: &[u8]) -> Self {
        let mut params = Self::default();
        params.add_pairs(query.as_bytes());
        if content_type.starts_with("application/json") {
            // Whoever processes it will say what is wrong with it.
            let _ = params.add_json(body);
        } else if content_type.starts_with("multipart/") {
            for name in PEEKED {
                if let Some(value) = short_part(body, name) {
                    params.texts.insert((*name).to_owned(), value);
                }
            }
        } else {
            params.add_pairs(body);
        }
        params
    }

    fn add_pairs(&mut self, encoded: &[u8]) {
        self.texts.extend(url::form_urlencoded::parse(encoded).into_owned());
    }

    fn add_json(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let Ok(Value::Object(object)) = serde_json::from_slice(bytes) else {
            return Err(unreadable());
        };
        for (name, value) in object {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                other => other.to_string(),
            };
            self.texts.insert(name, text);
        }
        Ok(())
    }

    async fn add_multipart(&mut self, kind: &str, body: Body) -> Result<(), Refusal> {
        let request = Request::builder()
            .method("POST")
            .header(CONTENT_TYPE, kind)
            .body(body)
            .map_err(|_| unreadable())?;
        let mut parts = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
        while let Some(part) = parts.next_field().await.map_err(|_| unreadable())? {
            let name = part.name().unwrap_or_default().to_owned();
            let is_file = part.file_name().is_some();
            let mime = part.content_type().unwrap_or("application/octet-stream").to_owned();
            let data = part.bytes().await.map_err(|_| unreadable())?;
            if is_file {
                self.files.insert(name, File { mime, data });
            } else {
                self.texts.insert(name, String::from_utf8_lossy(&data).into_owned());
            }
        }
        Ok(())
    }

    /// A parameter that is there and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// A parameter, or the network's complaint that it is missing.
    ///
    /// # Errors
    /// Code 100 with the parameter's name.
    pub fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)
            .ok_or_else(|| Refusal::new(400, 100, format!("(#100) The parameter {name} is required")))
    }

    /// A truth value: `true`, `1`; `false`, `0`.
    ///
    /// # Errors
    /// Code 100 for any other text.
    pub fn flag(&self, name: &str, absent: bool) -> Result<bool, Refusal> {
        match self.text(name) {
            None => Ok(absent),
            Some("true" | "1" | "True") => Ok(true),
            Some("false" | "0" | "False") => Ok(false),
            Some(_) => Err(Refusal::new(400, 100, format!("(#100) Param {name} must be a boolean"))),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// Code 100 for any other text.
    pub fn whole(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let parse = |text: &str| {
            text.parse()
                .map_err(|_| Refusal::new(400, 100, format!("(#100) Param {name} must be an integer")))
        };
        self.text(name).map(parse).transpose()
    }

    /// A file of a multipart body.
    pub fn file(&self, name: &str) -> Option<&File> {
        self.files.get(name)
    }

    /// All texts whose name begins so, in order of name length and name: `attached_media[0]`, `…[1]`, … `…[10]`.
    pub fn beginning(&self, start: &str) -> Vec<&str> {
        let mut found: Vec<_> = self.texts.iter().filter(|(name, _)| name.starts_with(start)).collect();
        found.sort_by_key(|(name, _)| (name.len(), *name));
        found.into_iter().map(|(_, value)| value.as_str()).collect()
    }
}

/// The parameters that decide which operation a multipart request is.
const PEEKED: &[&str] = &["published", "unpublished_content_type", "scheduled_publish_time", "upload_phase"];
const PEEKED_TEXT_BYTES_MAX: usize = 64;

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn short_part(body: &[u8], name: &str) -> Option<String> {
    let start = find(body, format!("name=\"{name}\"").as_bytes())?;
    let rest = &body[start..];
    let value = &rest[find(rest, b"\r\n\r\n")? + 4..];
    let end = find(&value[..value.len().min(PEEKED_TEXT_BYTES_MAX)], b"\r\n")?;
    String::from_utf8(value[..end].to_vec()).ok()
}
