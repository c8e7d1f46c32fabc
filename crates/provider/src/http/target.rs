//! Where a call really goes: overrides, and the check of literal addresses.

use std::sync::Arc;

use url::{Origin, Url};

use super::addresses::{Allow, Guarded};
use super::{Settings, Unbuildable};

/// The overrides and what may be called.
#[derive(Clone)]
pub struct Targets {
    exact: Vec<(String, Url)>,
    below: Vec<(String, Url)>,
    origins: Vec<Origin>,
    allow: Allow,
    /// What names may resolve to: `allow`, and the hosts of the overrides.
    names: Arc<Allow>,
}

impl Targets {
    /// Reads the settings.
    ///
    /// # Errors
    /// If an override or an allowed address cannot be read.
    pub fn parse(settings: &Settings) -> Result<Self, Unbuildable> {
        let allow = Allow::parse(&settings.allow_private)?;
        let mut names = allow.clone();
        let (mut exact, mut below, mut origins) = (Vec::new(), Vec::new(), Vec::new());
        for (host, base) in &settings.overrides {
            let url = Url::parse(base)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none())
                .ok_or_else(|| Unbuildable::Override {
                    host: host.clone(),
                    base: base.clone(),
                })?;
            if let Some(name) = url.domain() {
                names.add_host(name);
            }
            if !origins.contains(&url.origin()) {
                origins.push(url.origin());
            }
            match host.strip_prefix("*.") {
                Some(suffix) => below.push((format!(".{suffix}"), url)),
                None => exact.push((host.clone(), url)),
            }
        }
        Ok(Targets {
            exact,
            below,
            origins,
            allow,
            names: Arc::new(names),
        })
    }

    /// The resolver that keeps names from leading to addresses that may not be called.
    pub fn resolver(&self) -> Guarded {
        Guarded(Arc::clone(&self.names))
    }

    /// The address that is called for an address that an adapter named.
    ///
    /// # Errors
    /// In words, without the address's query: it is no web address, or it may not be called.
    pub fn reach(&self, address: &str) -> Result<Url, String> {
        let url = Url::parse(address).map_err(|error| format!("the address cannot be read: {error}"))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let base = self.exact.iter().find(|(name, _)| *name == host);
        let base = base.or_else(|| self.below.iter().find(|(suffix, _)| host.ends_with(suffix.as_str())));
        if let Some((_, base)) = base {
            let mut reached = base.clone();
            reached.set_path(&format!("{}{}", base.path().trim_end_matches('/'), url.path()));
            reached.set_query(url.query());
            return Ok(reached);
        }
        // An address that was handed out by what stands in for a network.
        if self.origins.contains(&url.origin()) {
            return Ok(url);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(format!("an address of `{host}` that holds a password is not called"));
        }
        let literal = url.host().ok_or_else(|| "the address names no host".to_owned())?;
        let known = match literal {
            url::Host::Domain(name) => self.allow.host(name),
            url::Host::Ipv4(address) => self.allow.host(&address.to_string()) || !super::addresses::public(address.into()),
            url::Host::Ipv6(address) => self.allow.host(&address.to_string()) || !super::addresses::public(address.into()),
        };
        // The host of an override is open for the override alone, not for its other ports.
        let beside = matches!(literal, url::Host::Domain(name) if self.names.host(name) && !self.allow.host(name));
        if beside || !self.allow.literal(&literal) {
            return Err(format!("`{host}` is a private address"));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if known => Ok(url),
            scheme => Err(format!("`{host}` is not called by {scheme}: only https is")),
        }
    }
}

/// Puts a secret into the path, where it says `{name}`.
///
/// # Errors
/// In words: the address has no such place, or the secret would change the path.
pub fn fill_in(url: &mut Url, name: &str, secret: &str) -> Result<(), String> {
    let place = format!("%7B{name}%7D");
    if !url.path().contains(&place) {
        return Err(format!("the address has no place for the secret `{name}`"));
    }
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'.');
    if secret.is_empty() || !secret.bytes().all(harmless) || secret.contains("..") {
        return Err(format!("the secret `{name}` cannot stand in an address"));
    }
    let path = url.path().replace(&place, secret);
    url.set_path(&path);
    Ok(())
}

/// The host of an address, for traces. The address was read before it was called, so this only cuts it out.
pub fn host_of(address: &str) -> &str {
    let authority = address.split(['/', '?', '#']).nth(2).unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(overrides: &[(&str, &str)], allow: &[&str]) -> Targets {
        let settings = Settings {
            overrides: overrides
                .iter()
                .map(|(host, base)| ((*host).to_owned(), (*base).to_owned()))
                .collect(),
            allow_private: allow.iter().map(|entry| (*entry).to_owned()).collect(),
            ..Settings::default()
        };
        Targets::parse(&settings).expect("readable settings")
    }

    #[test]
    fn an_overridden_host_becomes_the_base_with_path_and_query_kept() {
        let targets = targets(
            &[
                ("graph.facebook.com", "http://127.0.0.1:9000/graph.facebook.com"),
                ("*.host.bsky.network", "http://127.0.0.1:9000/bsky/"),
            ],
            &[],
        );
        for (asked, reached) in [
            (
                "https://graph.facebook.com/v25.0/me?a=b%20c",
                "http://127.0.0.1:9000/graph.facebook.com/v25.0/me?a=b%20c",
            ),
            ("https://shard.host.bsky.network/xrpc/x", "http://127.0.0.1:9000/bsky/xrpc/x"),
            ("http://127.0.0.1:9000/upload/7", "http://127.0.0.1:9000/upload/7"),
            ("https://api.linkedin.com/rest/posts", "https://api.linkedin.com/rest/posts"),
        ] {
            assert_eq!(targets.reach(asked).map(String::from), Ok(reached.to_owned()), "{asked}");
        }
    }

    #[test]
    fn a_secret_takes_its_place_in_the_path_and_none_other() {
        let filled = |address: &str, secret: &str| {
            let mut url = Url::parse(address).expect("an address");
            fill_in(&mut url, "token", secret).map(|()| String::from(url))
        };
        let address = "https://api.telegram.org/bot{token}/sendMessage";
        assert_eq!(
            filled(address, "123:AA-b_C").as_deref(),
            Ok("https://api.telegram.org/bot123:AA-b_C/sendMessage")
        );
        for secret in ["", "1/../2", "1?x", "1#x", "1%2f", "..", "a b"] {
            assert!(filled(address, secret).is_err(), "{secret}");
        }
        assert!(filled("https://api.telegram.org/bot/sendMessage", "123:AA").is_err());
    }

    #[test]
    fn private_plain_and_strange_addresses_are_refused() {
        let strict = targets(&[("graph.facebook.com", "http://127.0.0.1:9000/x")], &[]);
        for address in [
            "https://127.0.0.1/x",
            "http://127.0.0.1:9001/x",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://169.254.169.254/latest",
            "http://example.com/",
            "ftp://example.com/",
            "https://user:pass@example.com/",
            "file:///etc/passwd",
            "nonsense",
        ] {
            assert!(strict.reach(address).is_err(), "{address}");
        }
        let open = targets(&[], &["127.0.0.0/8", "pds.local"]);
        assert!(open.reach("http://127.0.0.1:2583/xrpc").is_ok());
        assert!(open.reach("http://pds.local/xrpc").is_ok());
    }
}
