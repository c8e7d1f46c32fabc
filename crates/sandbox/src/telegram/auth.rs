//! Bots and their tokens, and @BotFather, who gives them out.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State as Shared;
use axum::response::{Html, IntoResponse, Response};
use axum::{Form, Router, routing};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::{NETWORK, PAGES};
use crate::world::{State, Token, World};

/// Letters of a token behind the bot's number.
const SECRET_CHARS: usize = 33;

/// Who calls.
#[derive(Debug, Clone)]
pub struct Bot {
    /// Its number.
    pub id: String,
    /// Its name without `@`.
    pub username: String,
    first_name: String,
}

impl Bot {
    /// The bot as the API tells it.
    pub fn json(&self) -> Value {
        json!({
            "id": self.id.parse::<i64>().unwrap_or_default(),
            "is_bot": true,
            "first_name": self.first_name,
            "username": self.username,
            "can_join_groups": true,
            "can_read_all_group_messages": false,
            "supports_inline_queries": false,
        })
    }
}

fn looks_like_one(token: &str) -> bool {
    token.split_once(':').is_some_and(|(id, secret)| {
        !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_digit())
            && secret.bytes().all(|byte| byte.is_ascii_graphic())
            && !secret.is_empty()
    })
}

/// The bot of a token.
pub fn bot(state: &State, token: &str) -> Answer<Bot> {
    if !looks_like_one(token) {
        return Err(Refusal::not_found());
    }
    let known = state
        .token(token)
        .filter(|known| known.network == NETWORK && known.revoked.is_none());
    known.map(of).ok_or_else(Refusal::unauthorized)
}

fn of(token: &Token) -> Bot {
    let text = |name: &str| token.details[name].as_str().unwrap_or_default().to_owned();
    Bot {
        id: token.app.clone(),
        username: text("username"),
        first_name: text("first_name"),
    }
}

/// A token for a bot of a person; `secret` is drawn where none is given.
pub fn issue(state: &mut State, person: &str, bot: (&str, &str, &str), secret: Option<&str>, now_us: i64) -> String {
    let (id, username, first_name) = bot;
    let secret = secret.map_or_else(|| format!("AA{}", state.secret(SECRET_CHARS)), str::to_owned);
    let value = format!("{id}:{secret}");
    state.put_token(Token {
        value: value.clone(),
        network: NETWORK,
        kind: "bot".to_owned(),
        person: person.to_owned(),
        account: None,
        app: id.to_owned(),
        scopes: BTreeSet::new(),
        targets: BTreeSet::new(),
        issued_us: now_us,
        expires_us: None,
        revoked: None,
        details: json!({"username": username, "first_name": first_name}),
    });
    value
}

/// @BotFather's page.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route(&format!("/{PAGES}/BotFather"), routing::get(shown).post(revoked))
}

async fn shown(Shared(world): Shared<Arc<World>>) -> Html<String> {
    let tokens: Vec<Token> = world.with(|state| {
        let living = |token: &&Token| token.network == NETWORK && token.revoked.is_none();
        state.tokens().filter(living).cloned().collect()
    });
    let mut page = String::from("<!doctype html><title>BotFather</title><h1>BotFather</h1><table>");
    for token in tokens {
        let bot = of(&token);
        let _ = write!(
            page,
            "<tr><td>@{}<td>{}<td><code>{}</code><td><form method=post><button name=bot value=\"{}\">/revoke</button></form>",
            bot.username, token.person, token.value, bot.id
        );
    }
    Html(page)
}

/// A bot by its number.
#[derive(Deserialize)]
struct Revoke {
    bot: String,
}

/// `/revoke`: the old tokens end, and a new one is given.
async fn revoked(Shared(world): Shared<Arc<World>>, Form(wanted): Form<Revoke>) -> Response {
    let now_us = world.clock.now_us();
    let given = world.with(|state| {
        let of_bot = |token: &&mut Token| token.network == NETWORK && token.app == wanted.bot;
        let mut last = None;
        for token in state.tokens_mut().filter(of_bot) {
            token.revoked = Some("revoked".to_owned());
            last = Some((token.person.clone(), of(token)));
        }
        let (person, bot) = last?;
        Some(issue(state, &person, (&bot.id, &bot.username, &bot.first_name), None, now_us))
    });
    match given {
        Some(token) => {
            format!("Your token was replaced with a new one. You can use this token to access HTTP API:\n{token}").into_response()
        }
        None => (StatusCode::NOT_FOUND, "You have no such bot.").into_response(),
    }
}
