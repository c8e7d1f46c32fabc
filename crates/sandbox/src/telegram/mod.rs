//! Telegram: its Bot API, and @BotFather as a page that shows tokens and replaces one.
//!
//! A bot learns of chats that it is in by being told their name, and reads nothing that was posted. Not modelled: a server of one's own, paid
//! broadcasts, business connections, editing, pinning, stickers, audio, payments, and links and hashtags as entities of an answer.

mod auth;
mod chats;
mod error;
mod figures;
mod files;
mod input;
mod limits;
mod pace;
mod polls;
mod publish;
mod seed;
mod updates;
mod words;

use std::sync::Arc;

use axum::extract::{Path, Request, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use postrider_core::network::Network;
use serde_json::json;

use self::error::{Answer, Refusal};
use self::input::Input;
use crate::registry::{Head, Module, Operation};
use crate::world::World;

const NETWORK: Network = Network::Telegram;
const API: &str = "api.telegram.org";
const PAGES: &str = "t.me";

const fn safe(name: &'static str) -> Operation {
    Operation::safe(NETWORK, name)
}

const fn commit(name: &'static str) -> Operation {
    Operation::commit(NETWORK, name)
}

/// Every method of the API, in small letters since the server does not mind capitals, and its operation.
const METHODS: &[(&str, Operation)] = &[
    ("getme", safe("get_me")),
    ("getchat", safe("get_chat")),
    ("getchatmember", safe("get_chat_member")),
    ("getchatmembercount", safe("get_chat_member_count")),
    ("getupdates", safe("get_updates")),
    ("setwebhook", safe("set_webhook")),
    ("deletewebhook", safe("delete_webhook")),
    ("deletemessage", safe("delete_message")),
    ("sendmessage", commit("send_message")),
    ("sendphoto", commit("send_photo")),
    ("sendvideo", commit("send_video")),
    ("sendanimation", commit("send_animation")),
    ("senddocument", commit("send_document")),
    ("sendmediagroup", commit("send_media_group")),
    ("sendpoll", commit("send_poll")),
];
const BOT_FATHER: Operation = safe("bot_father");

const OPERATIONS: &[Operation] = &{
    let mut list = [BOT_FATHER; METHODS.len() + 1];
    let mut index = 0;
    while index < METHODS.len() {
        list[index] = METHODS[index].1;
        index += 1;
    }
    list
};

/// Telegram in the registry.
pub const MODULE: Module = Module {
    network: NETWORK,
    hosts: &[API, PAGES],
    routes,
    seed: seed::seed,
    operation,
    operations: OPERATIONS,
    error: error::named,
    errors: error::NAMES,
    figures: figures::figures,
    make_account: seed::make_account,
};

fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&format!("/{API}/{{bot}}/{{method}}"), routing::get(call).post(call))
        .merge(auth::routes())
}

fn operation(head: &Head<'_>) -> Option<Operation> {
    if head.host == PAGES {
        return (head.path == "/BotFather").then_some(BOT_FATHER);
    }
    let method = head.path.rsplit('/').next()?.to_ascii_lowercase();
    METHODS.iter().find(|(known, _)| *known == method).map(|(_, operation)| *operation)
}

async fn call(Shared(world): Shared<Arc<World>>, Path((bot, method)): Path<(String, String)>, request: Request) -> Response {
    match answered(&world, &bot, &method.to_ascii_lowercase(), request).await {
        Ok(result) => Json(json!({"ok": true, "result": result})).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn answered(world: &World, bot: &str, method: &str, request: Request) -> Answer<serde_json::Value> {
    let token = bot.strip_prefix("bot").ok_or_else(Refusal::not_found)?;
    let bot = world.with(|state| auth::bot(state, token))?;
    if !METHODS.iter().any(|(known, _)| *known == method) {
        return Err(Refusal::new(404, "Not Found: method not found"));
    }
    let input = Input::read(world, request).await?;
    match method {
        "getme" => Ok(bot.json()),
        "getchat" | "getchatmember" | "getchatmembercount" => world.with(|state| chats::read(state, &bot, method, &input)),
        "getupdates" | "setwebhook" | "deletewebhook" => updates::answer(world, &bot, method, &input),
        "deletemessage" => world.with(|state| publish::delete(state, &bot, &input)),
        _ => publish::send(world, &bot, method, &input).await,
    }
}
