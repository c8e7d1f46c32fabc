//! Public addresses from which a network fetches a file: signed, expiring, and (by their row) revocable.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::sniff;

/// Random bytes of an address's id.
const ID_BYTES: usize = 16;

/// Why an address is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It was not signed by this installation, or changed.
    #[error("the signature is wrong")]
    Forged,
    /// Its time is over.
    #[error("the address has expired")]
    Expired,
}

/// Signs and checks addresses.
pub struct Addresses {
    base_url: String,
    key: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Addresses {{ {} }}", self.base_url)
    }
}

impl Addresses {
    /// Addresses below a public base such as `https://post.example.com`.
    pub fn new(base_url: &str, key: Zeroizing<[u8; 32]>) -> Self {
        Addresses {
            base_url: base_url.trim_end_matches('/').to_owned(),
            key,
        }
    }

    /// A fresh id, not to be guessed.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn fresh_id() -> std::io::Result<String> {
        let mut random = [0_u8; ID_BYTES];
        getrandom::fill(&mut random).map_err(std::io::Error::other)?;
        Ok(super::ingest::hex(&random))
    }

    /// The address of a row: `…/media/{id}/file.jpg?exp=…&sig=…`. Only ASCII, and with the ending of its media type, since some
    /// networks go by it. `expires_at_ms` is in UTC milliseconds.
    pub fn sign(&self, id: &str, mime: &str, expires_at_ms: i64) -> String {
        let extension = sniff::FORMATS
            .iter()
            .find(|format| format.mime == mime)
            .map_or("bin", |format| format.extension);
        let signature = URL_SAFE_NO_PAD.encode(self.mac(id, expires_at_ms).finalize().into_bytes());
        format!("{}/media/{id}/file.{extension}?exp={expires_at_ms}&sig={signature}", self.base_url)
    }

    /// Checks id, expiry and signature of a request. Whether the row was revoked is for the caller to look up.
    ///
    /// # Errors
    /// If the signature is wrong or the time is over.
    pub fn verify(&self, id: &str, expires_at_ms: i64, signature: &str, now_ms: i64) -> Result<(), BadAddress> {
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| BadAddress::Forged)?;
        self.mac(id, expires_at_ms)
            .verify_slice(&signature)
            .map_err(|_| BadAddress::Forged)?;
        if now_ms >= expires_at_ms {
            return Err(BadAddress::Expired);
        }
        Ok(())
    }

    fn mac(&self, id: &str, expires_at_ms: i64) -> Hmac<Sha256> {
        // The block is longer than the key, so that it is used as it is.
        let mut block = Zeroizing::new([0_u8; 64]);
        block[..32].copy_from_slice(self.key.as_ref());
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        mac.update(id.as_bytes());
        mac.update(b"\n");
        mac.update(expires_at_ms.to_string().as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> (String, i64, String) {
        let url = url::Url::parse(url).expect("an address");
        let value = |name: &str| {
            url.query_pairs()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .expect("a value")
        };
        let id = url.path_segments().and_then(|mut parts| parts.nth(1)).expect("an id").to_owned();
        (id, value("exp").parse().expect("a number"), value("sig"))
    }

    #[test]
    fn an_address_serves_until_its_time_is_over_and_only_as_it_was_signed() {
        let addresses = Addresses::new("https://post.example.com/", Zeroizing::new([7; 32]));
        let id = Addresses::fresh_id().expect("an id");
        let url = addresses.sign(&id, "image/jpeg", 5_000);
        assert!(
            url.starts_with(&format!("https://post.example.com/media/{id}/file.jpg?exp=5000&sig=")) && url.is_ascii(),
            "{url}"
        );
        let (id, exp, sig) = parts(&url);
        assert_eq!(addresses.verify(&id, exp, &sig, 4_999), Ok(()));
        assert_eq!(addresses.verify(&id, exp, &sig, 5_000), Err(BadAddress::Expired));
        assert_eq!(addresses.verify(&id, exp + 1, &sig, 0), Err(BadAddress::Forged));
        assert_eq!(addresses.verify("other", exp, &sig, 0), Err(BadAddress::Forged));
        for forged in ["", "AAAA", "not base64!", &sig[1..]] {
            assert_eq!(addresses.verify(&id, exp, forged, 0), Err(BadAddress::Forged), "{forged}");
        }
        let elsewhere = Addresses::new("https://post.example.com", Zeroizing::new([8; 32]));
        assert_eq!(elsewhere.verify(&id, exp, &sig, 0), Err(BadAddress::Forged));
    }

    #[test]
    fn every_media_type_has_its_ending() {
        let addresses = Addresses::new("http://x", Zeroizing::new([7; 32]));
        for (mime, ending) in [
            ("image/png", "file.png"),
            ("video/mp4", "file.mp4"),
            ("video/quicktime", "file.mov"),
            ("application/pdf", "file.pdf"),
            ("x/y", "file.bin"),
        ] {
            assert!(addresses.sign("a", mime, 1).contains(ending), "{mime}");
        }
    }
}
