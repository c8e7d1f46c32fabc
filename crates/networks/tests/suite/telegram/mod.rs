//! Telegram: the exact request per content type, its refusals, what becomes of a lost answer, and connecting by a bot's token.

mod connecting;
mod finding;
mod publishing;
mod refusals;

use crate::driver::{answer, job, ok};
use postrider_core::post::ContentType;
use postrider_provider::{Account, Answer, Job};
use serde_json::{Value, json};

const CHAT: i64 = -1_001_234_567_890;

fn account() -> Account {
    Account {
        external_id: CHAT.to_string(),
        handle: "acme".into(),
        kind: "channel".into(),
        variant: "bot".into(),
        meta: Value::Null,
    }
}

fn on(content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(content_type, account())
    }
}

fn channel() -> Value {
    json!({"id": CHAT, "title": "Acme", "username": "acme", "type": "channel"})
}

fn message(id: i64, chat: Value) -> Value {
    json!({"message_id": id, "sender_chat": chat, "chat": chat, "date": 1_795_305_660, "text": "Hi"})
}

fn result(result: Value) -> Answer {
    ok(json!({"ok": true, "result": result}))
}

fn sent() -> Answer {
    result(message(42, channel()))
}

fn refused(status: u16, description: &str) -> Answer {
    answer(status, json!({"ok": false, "error_code": status, "description": description}))
}

fn with(status: u16, description: &str, parameters: Value) -> Answer {
    answer(
        status,
        json!({"ok": false, "error_code": status, "description": description, "parameters": parameters}),
    )
}

fn moved(to: i64) -> Answer {
    with(
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        json!({"migrate_to_chat_id": to}),
    )
}
