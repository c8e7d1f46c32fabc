//! `postrider doctor`: what works, what does not, and what to do about it.

use std::time::{Duration, SystemTime};

use postrider_core::Network;
use postrider_engine::connect;
use postrider_engine::hold::{UNWITNESSED, Why};
use postrider_engine::store_clock;
use postrider_provider::Adapter;
use postrider_provider::ports::Keyring;
use postrider_services::media::Addresses;
use postrider_services::vault::known;
use postrider_store::{hot, pulse};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::{assembly, keys};

/// One line of the report.
struct Finding {
    subject: String,
    good: bool,
    text: String,
}

async fn mail(config: &Config) -> Result<String, String> {
    let Some(mailer) = assembly::mailer(config).map_err(|error| format!("{error:#}"))? else {
        return Ok("no SMTP server is set up (mail.smtp_url): notices stay in the app".to_owned());
    };
    match mailer.test().await {
        Ok(()) => Ok(format!("the SMTP server answers; mail is from {}", config.mail.from)),
        Err(why) => Err(format!("the SMTP server does not take mail (mail.smtp_url): {why}")),
    }
}

fn finding(subject: impl Into<String>, result: Result<String, String>) -> Finding {
    let good = result.is_ok();
    let (Ok(text) | Err(text)) = result;
    Finding {
        subject: subject.into(),
        good,
        text,
    }
}

/// Checks everything and fails if anything needs doing.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let mut findings = vec![
        finding(
            "configuration",
            config
                .public_base()
                .map(|base| format!("people reach it at {base}"))
                .map_err(|error| format!("{error:#}")),
        ),
        finding("database", database(config).await),
        finding("publishing", publishing(config).await),
        finding("media", media(config).await),
        finding("vault", vault(config).await),
        finding("clock", clock(config).await),
        finding("mail", mail(config).await),
        finding("ffmpeg", tool("ffprobe")),
    ];
    findings.extend(networks(config));
    let mut bad = 0;
    for finding in &findings {
        println!(
            "{} {:<28} {}",
            if finding.good { "ok  " } else { "MEND" },
            finding.subject,
            finding.text
        );
        bad += usize::from(!finding.good);
    }
    if bad > 0 {
        anyhow::bail!("{bad} of {} need mending", findings.len());
    }
    Ok(())
}

async fn database(config: &Config) -> Result<String, String> {
    let kind = if config.database.url.expose_secret().starts_with("sqlite:") {
        "SQLite"
    } else {
        "PostgreSQL"
    };
    match assembly::database_beside(config).await {
        Ok(beside) => {
            let ahead = store_clock::measured_ms(&beside.db).await;
            let listens = beside.db.listen("postrider_doctor").await;
            beside.db.close().await;
            let ahead_ms = ahead.map_err(|error| format!("its clock cannot be read: {error}"))?;
            if ahead_ms.abs() > store_clock::APART_MS_MAX {
                let ahead_s = ahead_ms as f64 / 1_000.0;
                return Err(format!(
                    "its clock is {ahead_s:.1} s ahead of this machine's: turn time synchronisation on at both"
                ));
            }
            listens.map_err(|error| format!("LISTEN does not work ({error}): set database.direct_url to PostgreSQL's own address"))?;
            let served = if beside.served { ", in use by a running server" } else { "" };
            Ok(format!("{kind}, up to date{served}"))
        }
        Err(error) => Err(format!("{error:#}")),
    }
}

/// How late something may be, milliseconds: what is due in one second is taken up within a few.
const LATE_MS: i64 = 60_000;

/// Whether a database that was brought back or a clock holds it, the witness cannot be written, or anything that is due lies about. Without
/// a server that is so, and worth a word.
async fn publishing(config: &Config) -> Result<String, String> {
    // A database that does not open is a finding of its own.
    let Ok(beside) = assembly::database_beside(config).await else {
        return Ok("not looked at, since the database does not open".to_owned());
    };
    let now_ms = now_ms();
    let stands = pulse::read(&beside.db).await;
    let found = hot::overdue(&beside.db, now_ms).await;
    beside.db.close().await;
    let stands = stands.map_err(|error| error.to_string())?;
    let held = stands.held.map(Why::Database);
    if let Some(why) = held.or(stands.clock_off_ms.map(|off_ms| Why::Clock { off_ms })) {
        return Err(format!("is held. {} {}", why.text(), why.remedy()));
    }
    if stands.unwitnessed_since().is_some() {
        return Err(format!("{} {}", UNWITNESSED.0, UNWITNESSED.1));
    }
    let (overdue, oldest) = found.map_err(|error| error.to_string())?;
    match oldest.map(|oldest| now_ms - oldest) {
        Some(late_ms) if late_ms > LATE_MS => {
            let remedy = if config.publishing.timer {
                "see that a server runs, and what its /readyz says"
            } else {
                "publishing.timer is off: see that POST /api/v1/internal/tick is called every minute"
            };
            Err(format!(
                "{overdue} due and not taken up, the oldest for {} s: {remedy}",
                late_ms / 1_000
            ))
        }
        _ => Ok("nothing due lies about".to_owned()),
    }
}

/// UTC milliseconds.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

async fn vault(config: &Config) -> Result<String, String> {
    if !keys::any(config) {
        return Ok("no key yet; the first start makes one".to_owned());
    }
    let vault = keys::vault(config).map_err(|error| format!("{error:#}"))?;
    // A database that does not open is a finding of its own.
    if let Ok(beside) = assembly::database_beside(config).await {
        let sealed_under = known::newest(&beside.db).await;
        beside.db.close().await;
        if let Ok(Some(name)) = sealed_under
            && !vault.holds(&name)
        {
            return Err(format!(
                "tokens are sealed under the key {name}, which is not among these keys: add it, or run this with the settings of the servers"
            ));
        }
    }
    Ok(format!("newest key {}", vault.newest()))
}

/// Writes, reads and removes a file where media are kept.
async fn media(config: &Config) -> Result<String, String> {
    let addresses = Addresses::new("http://localhost", Zeroizing::new([0; 32]));
    let blobs = assembly::media(config, addresses).map_err(|error| format!("{error:#}"))?.blobs;
    let tried = async {
        blobs.put_bytes("doctor.probe", "ok".into()).await?;
        blobs.read("doctor.probe").await?;
        blobs.delete("doctor.probe").await
    };
    match tried.await {
        Ok(()) => Ok(format!("{blobs} can be written and read")),
        Err(error) => Err(format!("{blobs} cannot be written and read ({error})")),
    }
}

/// A clock that is wrong publishes at the wrong second. Networks say theirs in every answer.
async fn clock(config: &Config) -> Result<String, String> {
    let url = if config.sandbox.url.is_empty() {
        "https://graph.facebook.com/"
    } else {
        &config.sandbox.url
    };
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .build()
        .map_err(|error| error.to_string())?;
    let Ok(answer) = client.head(url).send().await else {
        return Ok("no network answered, so nothing to compare with".to_owned());
    };
    let Some(theirs) = answer
        .headers()
        .get("date")
        .and_then(|date| date.to_str().ok())
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
    else {
        return Ok("the answer named no time, so nothing to compare with".to_owned());
    };
    let apart_ms = now_ms() - theirs.timestamp().as_millisecond();
    if apart_ms.abs() <= 2_500 {
        Ok("agrees with a network's to the second".to_owned())
    } else {
        Err(format!(
            "is {:.1} s apart from a network's: turn time synchronisation on",
            apart_ms as f64 / 1000.0
        ))
    }
}

fn tool(name: &str) -> Result<String, String> {
    match std::process::Command::new(name).arg("-version").output() {
        Ok(output) if output.status.success() => Ok("installed: posters, and GIFs as video".to_owned()),
        _ => Err("not installed: videos have no poster, and GIFs cannot go where a video is needed. Install ffmpeg.".to_owned()),
    }
}

/// Who this installation is to servers that read it at an address of its own.
fn own_client(config: &Config, adapter: &dyn Adapter) -> Result<String, String> {
    let base = config.public_base().map_err(|error| error.to_string())?;
    let back = connect::redirect_uri(base.as_str(), adapter.network());
    match adapter.own_client(base.as_str(), &back) {
        Some(own) if own.document.is_some() => Ok(format!("needs no keys: servers read {}", own.client_id)),
        Some(_) => Ok("needs no keys: known as a program on this machine".to_owned()),
        None => Ok("not offered: servers must reach server.public_base by https".to_owned()),
    }
}

fn networks(config: &Config) -> Vec<Finding> {
    let registry = postrider_networks::registry();
    let apps = assembly::apps(config, &registry);
    let mut findings = Vec::new();
    for adapter in registry.all() {
        let network: Network = adapter.network();
        for way in adapter.capability().variants {
            let subject = format!("{} ({})", network.name(), way.label);
            let result = match apps.of(network, way.key) {
                _ if adapter.proof_key(way.key).is_some() => own_client(config, adapter.as_ref()),
                _ if !way.needs_app => Ok("needs no keys".to_owned()),
                Some(app) if app.secrets.contains_key("client_secret") => Ok(format!("keys of app {}", app.app.client_id)),
                Some(_) => Err(format!(
                    "has a client_id but no client_secret: set networks.{network}.client_secret"
                )),
                // Not set up is a choice, not a fault.
                None => Ok(format!("not set up (networks.{network}.client_id)")),
            };
            findings.push(finding(subject, result));
        }
    }
    findings
}
