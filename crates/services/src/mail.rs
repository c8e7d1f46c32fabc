//! Mail by SMTP, from the outbox. Each is sent at least once, and under one Message-ID however often; while the server is away it is tried
//! again for a day.

use std::time::Duration;

use anyhow::Context;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use postrider_store::mails::{self, DueMail};
use postrider_store::{Db, StoreError};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// How long a mail may take to be handed over.
const SEND_MAX: Duration = Duration::from_secs(60);
/// How long nobody else sends a mail that was taken, milliseconds: longer than it may take.
const TAKEN_MS: i64 = 120_000;
/// How long a mail waits after each try that failed, milliseconds: a day and a half altogether.
const PAUSES_MS: [i64; 8] = [60_000, 300_000, 900_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000, 43_200_000];

/// Sends what lies in the outbox.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    base: Url,
}

/// Why a mail was not taken.
enum Refused {
    /// The server does not take this mail: no other try helps.
    ForGood(String),
    /// It did not work out this time.
    NotNow(String),
}

impl Mailer {
    /// Sends by the server at `smtp_url` (`smtps://USER:PASSWORD@HOST`, or `smtp://HOST:587?tls=required`) as `from`; links lead to pages
    /// below `base`. Nothing is connected yet.
    ///
    /// # Errors
    /// If address or sender cannot be read.
    pub fn new(smtp_url: &SecretString, from: &str, base: Url) -> anyhow::Result<Self> {
        let from = from
            .parse()
            .with_context(|| format!("`{from}` is no sender such as \"Postrider <post@example.com>\""))?;
        // Its words could repeat the password.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp_url.expose_secret())
            .map_err(|_| anyhow::anyhow!("the address of the SMTP server is none such as smtps://USER:PASSWORD@HOST"))?
            .timeout(Some(SEND_MAX / 2))
            .build();
        Ok(Mailer { transport, from, base })
    }

    /// Whether the server answers and takes the password.
    ///
    /// # Errors
    /// What it said instead.
    pub async fn test(&self) -> Result<(), String> {
        match tokio::time::timeout(SEND_MAX, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("the server does not answer as one of mail".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the server did not answer in time".to_owned()),
        }
    }

    /// Sends the next mail that is due; `false` if there is none.
    ///
    /// # Errors
    /// If the outbox cannot be read or written: what was sent meanwhile is then sent again under the same Message-ID.
    pub async fn send_next(&self, db: &Db, now_ms: impl Fn() -> i64) -> Result<bool, StoreError> {
        let taken_at = now_ms();
        let Some(mail) = mails::take(db, taken_at, taken_at + TAKEN_MS).await? else {
            return Ok(false);
        };
        match self.send(&mail).await {
            Ok(()) => mails::sent(db, mail.id, now_ms()).await?,
            Err(Refused::ForGood(why)) => self.give_up(db, &mail, &why).await?,
            Err(Refused::NotNow(why)) => {
                let tries = usize::try_from(mail.tries - 1).unwrap_or(usize::MAX);
                match PAUSES_MS.get(tries) {
                    Some(pause_ms) => {
                        tracing::info!(mail = %mail.id, tries = mail.tries, why, "a mail was not taken; it is tried again");
                        mails::later(db, mail.id, now_ms() + pause_ms, &why).await?;
                    }
                    None => self.give_up(db, &mail, &why).await?,
                }
            }
        }
        Ok(true)
    }

    async fn give_up(&self, db: &Db, mail: &DueMail, why: &str) -> Result<(), StoreError> {
        tracing::warn!(mail = %mail.id, tries = mail.tries, why, "a mail is not sent");
        mails::give_up(db, mail.id, why).await
    }

    async fn send(&self, mail: &DueMail) -> Result<(), Refused> {
        let message = self.message(mail).map_err(|error| Refused::ForGood(format!("{error:#}")))?;
        match tokio::time::timeout(SEND_MAX, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            // 550 to 559 are about this mail or its reader; everything else, a wrong password too, can be put right.
            Ok(Err(error)) if error.status().is_some_and(|code| code.to_string().starts_with("55")) => {
                Err(Refused::ForGood(error.to_string()))
            }
            Ok(Err(error)) => Err(Refused::NotNow(error.to_string())),
            Err(_) => Err(Refused::NotNow("the server did not answer in time".to_owned())),
        }
    }

    fn message(&self, mail: &DueMail) -> anyhow::Result<Message> {
        let address = mail.email.parse().with_context(|| format!("`{}` is no address", mail.email))?;
        let link = self.base.join(&mail.path).context("the page it leads to")?;
        let mut message = Message::builder()
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .from(self.from.clone())
            .to(Mailbox::new(Some(mail.name.clone()), address))
            .subject(&mail.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(format!("{}\n\n{link}\n", mail.text))?;
        // Nobody's absence notice comes back (RFC 3834).
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        message
            .headers_mut()
            .insert_raw(HeaderValue::new(automatic, "auto-generated".to_owned()));
        Ok(message)
    }
}
