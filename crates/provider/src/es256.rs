//! Keys and signatures by ES256 (RFC 7518 section 3.4): what a server of a network knows a client or a grant by.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Makes a key of random bytes, as it is kept among secrets.
pub fn drawn(random: &[u8]) -> SecretString {
    let mut bytes = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(random)));
    // One number in 2³² is no key of the curve.
    while SigningKey::from_slice(bytes.as_slice()).is_err() {
        *bytes = Sha256::digest(bytes.as_slice()).into();
    }
    SecretString::from(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}

/// A key that signs.
pub struct Key(SigningKey);

impl Key {
    /// Reads a key as it is kept among secrets.
    ///
    /// # Errors
    /// In words, without any part of it.
    pub fn read(kept: &SecretString) -> Result<Key, String> {
        let bytes = URL_SAFE_NO_PAD.decode(kept.expose_secret()).map(Zeroizing::new).ok();
        let key = bytes.and_then(|bytes| SigningKey::from_slice(bytes.as_slice()).ok());
        key.map(Key).ok_or_else(|| "the stored key cannot be read".to_owned())
    }

    /// The public half as a JSON Web Key, with what RFC 7638 makes its name of and nothing else.
    pub fn public(&self) -> Value {
        let point = self.0.verifying_key().to_encoded_point(false);
        let part = |coordinate: Option<&p256::FieldBytes>| coordinate.map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).unwrap_or_default();
        json!({"crv": "P-256", "kty": "EC", "x": part(point.x()), "y": part(point.y())})
    }

    /// Its name: the thumbprint of the public half (RFC 7638).
    pub fn thumbprint(&self) -> String {
        // The members in the order of their names and without blanks, as `Value` writes them.
        hashed(self.public().to_string().as_bytes())
    }

    /// The public half as it stands in the document of a client: named, and said what it is for.
    pub fn published(&self) -> Value {
        let mut key = self.public();
        key["kid"] = self.thumbprint().into();
        key["alg"] = "ES256".into();
        key["use"] = "sig".into();
        key
    }

    /// A JSON Web Signature in its compact form (RFC 7515 section 7.1).
    pub fn signed(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(header), part(claims));
        let signature: Signature = self.0.sign(text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

/// SHA-256 as the specifications of proofs write it: base64url without padding.
pub fn hashed(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::VerifyingKey;
    use p256::ecdsa::signature::Verifier;

    use super::*;

    #[test]
    fn what_a_kept_key_signs_its_public_half_verifies() {
        let kept = drawn(&[7; 40]);
        let key = Key::read(&kept).expect("a key");
        let token = key.signed(&json!({"alg": "ES256"}), &json!({"jti": "1"}));
        let (text, signature) = token.rsplit_once('.').expect("three parts");
        let public = key.public();
        let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(public[name].as_str().expect("text")).expect("base64url");
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let verifying = VerifyingKey::from_sec1_bytes(&point).expect("a point of the curve");
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).expect("base64url")).expect("a signature");
        assert!(verifying.verify(text.as_bytes(), &signature).is_ok());
        assert!(verifying.verify(b"something else", &signature).is_err());
        assert_eq!(
            token,
            key.signed(&json!({"alg": "ES256"}), &json!({"jti": "1"})),
            "a signature depends on nothing else"
        );
    }

    #[test]
    fn keys_differ_by_what_they_were_drawn_of_and_nothing_else_is_one() {
        let [one, same, other] = [[1; 40], [1; 40], [2; 40]].map(|random| drawn(&random));
        assert_eq!(one.expose_secret(), same.expose_secret());
        assert_ne!(one.expose_secret(), other.expose_secret());
        for text in ["", "AA", "not base64url!", &"A".repeat(43)] {
            assert!(Key::read(&SecretString::from(text)).is_err(), "{text}");
        }
    }
}
