//! What is told by mail arrives once, later if the server is away, or its failure is noted.

use std::sync::{Arc, Mutex};

use postrider_engine::at_risk;
use postrider_services::mail::Mailer;
use postrider_store::args;
use postrider_web::mailing;
use secrecy::SecretString;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::app::{TestApp, now_ms};

const DAY_MS: i64 = 86_400_000;

/// A server that takes mail, or refuses every reader.
#[derive(Clone, Default)]
struct Postbox {
    taken: Arc<Mutex<Vec<String>>>,
    refuses: Arc<Mutex<Option<&'static str>>>,
}

impl Postbox {
    async fn open() -> (Postbox, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let postbox = Postbox::default();
        let serving = postbox.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().talk(stream));
            }
        });
        (postbox, port)
    }

    async fn talk(self, stream: TcpStream) -> std::io::Result<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 postbox\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let refusal = *self.refuses.lock().unwrap();
            let answer = match (line.get(..4).unwrap_or_default(), refusal) {
                ("RCPT", Some(refusal)) => refusal,
                ("DATA", _) => {
                    writer.write_all(b"354 go on\r\n").await?;
                    let mut letter = String::new();
                    while let Some(line) = lines.next_line().await? {
                        if line == "." {
                            break;
                        }
                        letter.push_str(&line);
                        letter.push('\n');
                    }
                    self.taken.lock().unwrap().push(letter);
                    "250 taken"
                }
                ("QUIT", _) => "221 goodbye",
                _ => "250 postbox",
            };
            writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
        Ok(())
    }

    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

fn mailer(port: u16) -> Mailer {
    let url = SecretString::from(format!("smtp://127.0.0.1:{port}"));
    let base = Url::parse("https://post.example.com").unwrap();
    Mailer::new(&url, "Postrider <post@example.com>", base).unwrap()
}

/// An installation in which the owner was just told, by mail as well, that an access ends.
async fn told() -> TestApp {
    let app = TestApp::still().await;
    let channel = app.channel().await;
    let sql = "UPDATE channels SET access_ends_at = $2 WHERE id = $1";
    app.db.run(sql, args![channel, now_ms() + 6 * DAY_MS]).await.unwrap();
    assert_eq!(at_risk::tell(app.engine.shared(), true).await.unwrap(), 1);
    app
}

/// What the outbox knows of its only mail: whether it is to be sent, and its failure.
async fn noted(app: &TestApp) -> (bool, Option<String>) {
    let row = app.db.one("SELECT send_at, failure FROM mails", args![]).await.unwrap();
    (row.opt_int("send_at").unwrap().is_some(), row.opt_text("failure").unwrap())
}

async fn due_now(app: &TestApp) {
    app.db.run("UPDATE mails SET send_at = $1", args![now_ms()]).await.unwrap();
}

fn message_id(letter: &str) -> &str {
    letter.lines().find(|line| line.starts_with("Message-ID: ")).unwrap()
}

#[tokio::test]
async fn a_notice_arrives_once_with_the_way_to_the_page_and_again_only_under_the_same_id() {
    let app = told().await;
    let (postbox, port) = Postbox::open().await;
    let mailer = mailer(port);
    assert!(mailing::once(&app.state, &mailer).await);
    assert!(!mailing::once(&app.state, &mailer).await, "there is no other");
    let letters = postbox.taken();
    assert_eq!(letters.len(), 1);
    for words in [
        "To: ",
        "Subject: ",
        "has to be connected again soon",
        "Auto-Submitted: auto-generated",
        &format!("https://post.example.com/p/{}/connections#chan_", app.project),
    ] {
        // Long lines are folded on the way.
        assert!(letters[0].replace("=\n", "").contains(words), "{words} in {}", letters[0]);
    }
    assert_eq!(noted(&app).await, (false, None));

    // As after a stop between handing over and noting it.
    due_now(&app).await;
    assert!(mailing::once(&app.state, &mailer).await);
    let letters = postbox.taken();
    assert_eq!(letters.len(), 2);
    assert_eq!(message_id(&letters[0]), message_id(&letters[1]));
}

#[tokio::test]
async fn mail_waits_while_the_server_is_away_and_is_given_up_where_the_reader_is_refused() {
    let app = told().await;
    let (postbox, port) = Postbox::open().await;
    let mailer = mailer(port);
    *postbox.refuses.lock().unwrap() = Some("451 try again later");
    assert!(mailing::once(&app.state, &mailer).await);
    let (waits, failure) = noted(&app).await;
    assert!(waits && failure.is_some_and(|why| why.contains("try again later")));
    assert!(!mailing::once(&app.state, &mailer).await, "not at once again");
    *postbox.refuses.lock().unwrap() = None;
    due_now(&app).await;
    assert!(mailing::once(&app.state, &mailer).await);
    assert_eq!((postbox.taken().len(), noted(&app).await), (1, (false, None)));

    let app = told().await;
    *postbox.refuses.lock().unwrap() = Some("550 no such reader");
    assert!(mailing::once(&app.state, &mailer).await);
    let (waits, failure) = noted(&app).await;
    assert!(!waits && failure.is_some_and(|why| why.contains("no such reader")));
    assert_eq!(postbox.taken().len(), 1);
}

#[tokio::test]
async fn who_has_left_or_may_not_sign_in_any_more_gets_no_mail_of_it() {
    for gone in ["DELETE FROM members", "UPDATE users SET disabled_at = 1"] {
        let app = told().await;
        let (postbox, port) = Postbox::open().await;
        app.db.run("DELETE FROM member_projects", args![]).await.unwrap();
        app.db.run(gone, args![]).await.unwrap();
        assert!(!mailing::once(&app.state, &mailer(port)).await);
        let (waits, failure) = noted(&app).await;
        assert!(!waits && failure.is_some_and(|why| why.contains("no member any more")), "{gone}");
        assert!(postbox.taken().is_empty(), "{gone}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_keeps_nothing_else_from_being_tried_and_the_last_try_is_noted() {
    let app = told().await;
    let nobody = mailer(9);
    for _ in 0..9 {
        due_now(&app).await;
        assert!(mailing::once(&app.state, &nobody).await);
    }
    let (waits, failure) = noted(&app).await;
    assert!(!waits, "after a day and a half it is given up");
    assert!(failure.is_some());
}
