//! What a call says: in its query, as a form, as JSON, or as `multipart/form-data` with files.

use std::collections::HashMap;

use axum::extract::{FromRequest, Multipart, Request};
use http::header;
use serde_json::{Map, Value};

use super::error::{Answer, Refusal};
use super::limits::FILE_BYTES_MAX;
use crate::world::{Stored, World};

/// Bodies without files have no more than this.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The parameters of a call.
#[derive(Debug, Default)]
pub struct Input {
    values: Map<String, Value>,
    files: HashMap<String, Stored>,
}

fn malformed() -> Refusal {
    Refusal::bad("can't parse the request")
}

impl Input {
    /// Reads a call.
    ///
    /// # Errors
    /// As the server tells it.
    pub async fn read(world: &World, request: Request) -> Answer<Self> {
        let mut input = Self::default();
        input.take_form(request.uri().query().unwrap_or_default().as_bytes());
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        if kind.starts_with("multipart/form-data") {
            input.take_parts(world, request).await?;
            return Ok(input);
        }
        let bytes = axum::body::to_bytes(request.into_body(), BODY_BYTES_MAX).await;
        let bytes = bytes.map_err(|_| Refusal::too_large())?;
        if kind.starts_with("application/json") {
            let said: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
            input.values.extend(said);
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            input.take_form(&bytes);
        }
        Ok(input)
    }

    fn take_form(&mut self, bytes: &[u8]) {
        for (name, value) in url::form_urlencoded::parse(bytes) {
            self.values.insert(name.into_owned(), value.into_owned().into());
        }
    }

    async fn take_parts(&mut self, world: &World, request: Request) -> Answer<()> {
        let mut form = Multipart::from_request(request, &()).await.map_err(|_| malformed())?;
        let mut taken = 0;
        while let Some(mut field) = form.next_field().await.map_err(|_| malformed())? {
            let name = field.name().unwrap_or_default().to_owned();
            if field.file_name().is_none() {
                let text = field.text().await.map_err(|_| malformed())?;
                self.values.insert(name, text.into());
                continue;
            }
            let mime = field.content_type().unwrap_or_default().to_owned();
            let mut intake = world.media.intake();
            while let Some(piece) = field.chunk().await.map_err(|_| malformed())? {
                intake.push(&piece);
                taken += piece.len() as u64;
                // Ten files of an album have the room of ten.
                if intake.bytes() > FILE_BYTES_MAX || taken > 10 * FILE_BYTES_MAX {
                    return Err(Refusal::too_large());
                }
            }
            self.files.insert(name, world.media.finish(intake, &mime));
        }
        Ok(())
    }

    /// A parameter as text; numbers as they are written.
    pub fn text(&self, name: &str) -> Option<String> {
        text_of(self.values.get(name)?).filter(|text| !text.is_empty())
    }

    /// A parameter as a number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// A parameter as a switch.
    pub fn flag(&self, name: &str) -> Option<bool> {
        flag_of(self.values.get(name)?)
    }

    /// A parameter as an object or a list, which a form writes as JSON.
    ///
    /// # Errors
    /// If it is none.
    pub fn tree(&self, name: &str) -> Answer<Option<Value>> {
        let wrong = || Refusal::bad(format!("can't parse {} JSON object", name.replace('_', " ")));
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => {
                let tree: Value = serde_json::from_str(text).map_err(|_| wrong())?;
                if tree.is_object() || tree.is_array() {
                    Ok(Some(tree))
                } else {
                    Err(wrong())
                }
            }
            Some(tree) if tree.is_object() || tree.is_array() => Ok(Some(tree.clone())),
            Some(_) => Err(wrong()),
        }
    }

    /// A file that was sent along.
    pub fn file(&self, name: &str) -> Option<&Stored> {
        self.files.get(name)
    }
}

/// A value as text.
pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A value as a switch.
pub fn flag_of(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(on) => Some(*on),
        Value::String(text) => Some(matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes")),
        Value::Number(number) => Some(number.as_i64() != Some(0)),
        _ => None,
    }
}
