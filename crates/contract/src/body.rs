//! What a body says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::executor::block_on;
use serde_json::{Map, Value};

use crate::call::Call;

/// A body, read.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// A JSON document.
    Json(Value),
    /// A form's fields.
    Form(Vec<(String, String)>),
    /// A form's fields, and the names of the files beside them.
    Multipart {
        /// Fields.
        fields: Vec<(String, String)>,
        /// Names of files.
        files: Vec<String>,
    },
    /// Bytes of a file.
    Bytes,
}

impl Body {
    /// Reads a call's body by its `Content-Type`.
    ///
    /// # Errors
    /// If it is not what it says to be.
    pub fn of(call: &Call) -> Result<Body, String> {
        if call.body_bytes == 0 {
            return Ok(Body::Empty);
        }
        let kind = call.content_type.split(';').next().unwrap_or_default().trim();
        let multipart = kind == "multipart/form-data";
        if call.body.is_empty() || !(multipart || matches!(kind, "application/json" | "application/x-www-form-urlencoded")) {
            return Ok(Body::Bytes);
        }
        let bytes = STANDARD.decode(&call.body).map_err(|error| error.to_string())?;
        match kind {
            "application/json" => serde_json::from_slice(&bytes)
                .map(Body::Json)
                .map_err(|error| format!("no JSON: {error}")),
            "application/x-www-form-urlencoded" => Ok(Body::Form(url::form_urlencoded::parse(&bytes).into_owned().collect())),
            _ => block_on(parts(&call.content_type, bytes)).map_err(|error| format!("no multipart: {error}")),
        }
    }

    /// The fields of a form of either kind as one object; a file is the text `file`. A field that stands more than once is a list.
    pub fn fields(&self) -> Map<String, Value> {
        let (fields, files): (&[(String, String)], &[String]) = match self {
            Body::Form(fields) => (fields, &[]),
            Body::Multipart { fields, files } => (fields, files),
            _ => (&[], &[]),
        };
        let mut object = Map::new();
        for (name, value) in fields {
            let value = Value::from(value.as_str());
            match object.get_mut(name) {
                Some(Value::Array(list)) => list.push(value),
                Some(first) => *first = Value::Array(vec![first.take(), value]),
                None => drop(object.insert(name.clone(), value)),
            }
        }
        object.extend(files.iter().map(|name| (name.clone(), Value::from("file"))));
        object
    }
}

async fn parts(content_type: &str, bytes: Vec<u8>) -> Result<Body, multer::Error> {
    let boundary = multer::parse_boundary(content_type)?;
    let whole = futures::stream::once(async move { Ok::<_, std::convert::Infallible>(bytes) });
    let mut multipart = multer::Multipart::new(whole, boundary);
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    while let Some(field) = multipart.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() {
            files.push(name);
        } else {
            fields.push((name, field.text().await?));
        }
    }
    Ok(Body::Multipart { fields, files })
}
