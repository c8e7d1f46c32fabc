//! Content identifiers, made as a real server makes them: CIDv1, SHA-256, base32. Blobs carry the raw codec
//! (`bafkrei…`), records the DAG-CBOR codec (`bafyrei…`), so a record's identifier here equals the one a real server gives
//! to the same record.

use base64::Engine as _;
use serde_json::Value;
use sha2::{Digest, Sha256};

const CODEC_RAW: u8 = 0x55;
const CODEC_DAG_CBOR: u8 = 0x71;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Characters that sort as the bits do, used for record keys.
pub const SORTABLE: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";

/// A number that DAG-CBOR as the AT Protocol uses it cannot hold, or a link that is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotEncodable(String);

/// The identifier of a blob from its SHA-256.
pub fn of_blob(sha256: &[u8; 32]) -> String {
    text(CODEC_RAW, sha256)
}

/// The identifier of a record: the hash of its DAG-CBOR form.
///
/// # Errors
/// [`NotEncodable`] for a fractional number or a `$link` that is no identifier.
pub fn of_record(record: &Value) -> Result<String, NotEncodable> {
    let mut encoded = Vec::with_capacity(512);
    encode(record, &mut encoded)?;
    Ok(text(CODEC_DAG_CBOR, &Sha256::digest(&encoded).into()))
}

/// Whether a text has the shape of an identifier of this kind.
pub fn is_cid(text: &str) -> bool {
    text.len() == 59 && text.starts_with("ba") && bytes_of(text).is_some()
}

fn text(codec: u8, sha256: &[u8; 32]) -> String {
    let mut bytes = vec![0x01, codec, 0x12, 0x20];
    bytes.extend_from_slice(sha256);
    let mut out = String::with_capacity(59);
    out.push('b');
    let (mut buffer, mut bits) = (0u32, 0u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(ALPHABET[(buffer >> bits) as usize & 31]));
        }
        buffer &= (1 << bits) - 1;
    }
    if bits > 0 {
        out.push(char::from(ALPHABET[(buffer << (5 - bits)) as usize & 31]));
    }
    out
}

fn bytes_of(cid: &str) -> Option<Vec<u8>> {
    let (mut buffer, mut bits, mut out) = (0u32, 0u32, Vec::with_capacity(36));
    for letter in cid.strip_prefix('b')?.bytes() {
        let value = ALPHABET.iter().position(|candidate| *candidate == letter)?;
        buffer = (buffer << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    Some(out)
}

fn head(major: u8, count: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    match count {
        0..=23 => out.push(major | count as u8),
        24..=0xff => out.extend_from_slice(&[major | 24, count as u8]),
        0x100..=0xffff => {
            out.push(major | 25);
            out.extend_from_slice(&(count as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(major | 26);
            out.extend_from_slice(&(count as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&count.to_be_bytes());
        }
    }
}

fn encode(value: &Value, out: &mut Vec<u8>) -> Result<(), NotEncodable> {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(false) => out.push(0xf4),
        Value::Bool(true) => out.push(0xf5),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(positive), _) => head(0, positive, out),
            (None, Some(negative)) => head(1, negative.unsigned_abs() - 1, out),
            (None, None) => return Err(NotEncodable(format!("{number} is not a whole number"))),
        },
        Value::String(text) => {
            head(3, text.len() as u64, out);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Array(items) => {
            head(4, items.len() as u64, out);
            for item in items {
                encode(item, out)?;
            }
        }
        Value::Object(fields) => {
            if let (1, Some(link)) = (fields.len(), fields.get("$link").and_then(Value::as_str)) {
                let bytes = bytes_of(link)
                    .filter(|_| is_cid(link))
                    .ok_or_else(|| NotEncodable(format!("`{link}` is no CID")))?;
                out.extend_from_slice(&[0xd8, 0x2a]);
                head(2, bytes.len() as u64 + 1, out);
                out.push(0);
                out.extend_from_slice(&bytes);
                return Ok(());
            }
            if let (1, Some(encoded)) = (fields.len(), fields.get("$bytes").and_then(Value::as_str)) {
                let bytes = base64::engine::general_purpose::STANDARD_NO_PAD
                    .decode(encoded.trim_end_matches('='))
                    .map_err(|error| NotEncodable(error.to_string()))?;
                head(2, bytes.len() as u64, out);
                out.extend_from_slice(&bytes);
                return Ok(());
            }
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.as_bytes().cmp(b.as_bytes())));
            head(5, sorted.len() as u64, out);
            for (name, field) in sorted {
                head(3, name.len() as u64, out);
                out.extend_from_slice(name.as_bytes());
                encode(field, out)?;
            }
        }
    }
    Ok(())
}

/// Thirteen sortable characters from 63 bits: a timestamp record key (TID).
pub fn tid(micros: u64, clock_id: u64) -> String {
    let bits = ((micros & ((1 << 53) - 1)) << 10) | (clock_id & 0x3ff);
    (0..13)
        .rev()
        .map(|index| char::from(SORTABLE[(bits >> (index * 5)) as usize & 31]))
        .collect()
}

/// Whether a record key is a TID, the kind that posts must have.
pub fn is_tid(key: &str) -> bool {
    key.len() == 13 && key.bytes().all(|byte| SORTABLE.contains(&byte)) && key.as_bytes()[0] <= b'j'
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn identifiers_are_those_that_a_real_server_makes() {
        let empty: [u8; 32] = Sha256::digest(b"").into();
        assert_eq!(of_blob(&empty), "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
        assert_eq!(
            of_record(&json!({})).unwrap(),
            "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua"
        );
    }

    #[test]
    fn the_order_of_fields_does_not_change_an_identifier_but_a_value_does() {
        let one = of_record(&json!({"text": "a", "langs": ["en"], "n": 300})).unwrap();
        assert_eq!(one, of_record(&json!({"n": 300, "langs": ["en"], "text": "a"})).unwrap());
        assert_ne!(one, of_record(&json!({"n": 301, "langs": ["en"], "text": "a"})).unwrap());
    }

    #[test]
    fn a_record_key_sorts_by_time() {
        assert!(tid(1, 0) < tid(2, 0) && tid(2, 3) < tid(1_795_000_000_000_000, 0));
        assert!(is_tid(&tid(1_795_000_000_000_000, 1023)));
        assert!(!is_tid("zzzzzzzzzzzzz") && !is_tid("short"));
    }
}
