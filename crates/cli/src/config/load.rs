//! Reads the settings from their four sources.

use std::path::PathBuf;

use anyhow::{Context, bail};
use toml::{Table, Value};

use super::Config;

/// Every setting with its default and meaning.
pub const DEFAULTS: &str = include_str!("../../../../config.default.toml");
const ENVIRONMENT_PREFIX: &str = "POSTRIDER__";

/// Where settings come from beside the defaults.
#[derive(Debug, Default)]
pub struct Sources {
    /// A file in TOML.
    pub file: Option<PathBuf>,
    /// Variables of the environment, all of them; the ones with our prefix are taken.
    pub environment: Vec<(String, String)>,
    /// `section.key=value` from flags.
    pub flags: Vec<(String, String)>,
}

/// Loads and checks the configuration.
///
/// # Errors
/// An unknown key, a value of the wrong type, a file that cannot be read: the message names it.
pub fn load(sources: &Sources) -> anyhow::Result<Config> {
    let mut merged: Table = DEFAULTS.parse().context("config.default.toml")?;
    if let Some(path) = &sources.file {
        let text = std::fs::read_to_string(path).with_context(|| format!("the configuration file {} cannot be read", path.display()))?;
        let file: Table = text.parse().with_context(|| format!("the configuration file {}", path.display()))?;
        merge(&mut merged, file);
    }
    for (name, value) in &sources.environment {
        if let Some(path) = name.strip_prefix(ENVIRONMENT_PREFIX) {
            let path: Vec<String> = path.split("__").map(str::to_lowercase).collect();
            set(&mut merged, &path, value).with_context(|| format!("the environment's {name}"))?;
        }
    }
    for (name, value) in &sources.flags {
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        set(&mut merged, &path, value).with_context(|| format!("the setting {name}"))?;
    }
    let config: Config = merged.try_into().context("the configuration")?;
    config.check()?;
    Ok(config)
}

fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(into)), Value::Table(from)) => merge(into, from),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// Sets one value. What stands there already says of which type it is; where nothing stands, text that reads as TOML's
/// boolean, number or list is taken as such.
fn set(table: &mut Table, path: &[String], text: &str) -> anyhow::Result<()> {
    let Some((last, sections)) = path.split_last() else {
        bail!("names no setting")
    };
    let mut at = table;
    for section in sections {
        let next = at.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
        let Value::Table(next) = next else {
            bail!("`{section}` is a value, not a section")
        };
        at = next;
    }
    let parsed = format!("value = {text}")
        .parse::<Table>()
        .ok()
        .and_then(|mut table| table.remove("value"));
    let value = match (at.get(last), parsed) {
        (Some(Value::String(_)) | None, _) => Value::String(text.to_owned()),
        (_, Some(parsed)) => parsed,
        (_, None) => Value::String(text.to_owned()),
    };
    at.insert(last.clone(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(environment: &[(&str, &str)], flags: &[(&str, &str)]) -> anyhow::Result<Config> {
        let own = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        load(&Sources {
            file: None,
            environment: own(environment),
            flags: own(flags),
        })
    }

    #[test]
    fn the_defaults_are_a_whole_configuration() {
        let config = with(&[], &[]).unwrap();
        assert_eq!(config.public_base().unwrap().as_str(), "http://127.0.0.1:8080/");
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_defaults() {
        let environment = [
            ("POSTRIDER__SERVER__LISTEN", "127.0.0.1:1"),
            ("POSTRIDER__SERVER__PROXY_HOPS", "2"),
            ("HOME", "/"),
        ];
        let config = with(&environment, &[("server.listen", "127.0.0.1:2")]).unwrap();
        assert_eq!(config.server.listen.port(), 2);
        assert_eq!(config.server.proxy_hops, 2);
    }

    #[test]
    fn what_is_not_known_is_an_error_that_names_it() {
        let error = with(&[("POSTRIDER__SERVER__LISTNE", "x")], &[]).unwrap_err();
        assert!(format!("{error:#}").contains("listne"), "{error:#}");
        let error = with(&[("POSTRIDER__NETWORKS__MYSPACE__CLIENT_ID", "x")], &[]).unwrap_err();
        assert!(format!("{error:#}").contains("myspace"), "{error:#}");
        assert!(with(&[], &[("server.public_base", "not an address")]).is_err());
    }

    #[test]
    fn an_outside_clock_needs_a_server_that_publishes_and_its_secret() {
        let secret = ("server.tick_secret", "0123456789abcdef");
        let refused = |flags: &[(&str, &str)]| format!("{:#}", with(&[], flags).unwrap_err());
        assert!(refused(&[("publishing.timer", "false")]).contains("set server.tick_secret"));
        let silent = refused(&[("publishing.enabled", "false"), secret]);
        assert!(silent.contains("a tick would publish nothing here"), "{silent}");
        with(&[], &[("publishing.timer", "false"), secret]).unwrap();
        with(&[], &[("publishing.enabled", "false")]).unwrap();
    }

    #[test]
    fn keys_can_come_from_the_environment_as_a_list() {
        let config = with(&[("POSTRIDER__VAULT__KEYS", r#"["k2:YQ==", "k1:Yg=="]"#)], &[]).unwrap();
        assert_eq!(config.vault.keys.len(), 2);
    }
}
