//! A bot's token and the chat that it posts to. The token has no end; its owner takes it back at @BotFather.

use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Account, Answer, ConnectBy, Fault, Field, Flow, FoundAccount, GrantView, Granted, Health, Permission, Request, Secrets, SignInAsk,
    Variant, Verdict,
};
use serde_json::{Value, json};

use super::chat::{self, Standing};
use super::wire::{Bot, Chat, Member};
use super::{TOKEN, api, error};

/// Chats are made into supergroups once: a second move is no answer.
const MOVES_MAX: usize = 1;

const PERMISSIONS: &[Permission] = &[Permission {
    scope: "Post messages",
    purpose: "the bot is an administrator of the channel with this right, or may write in the group",
    feature: "publishing",
}];

/// The way to connect.
pub const VARIANTS: &[Variant] = &[Variant {
    key: "bot",
    label: "By a bot of your own",
    by: ConnectBy::Form,
    fields: &[
        Field {
            key: TOKEN,
            label: "Bot token",
            placeholder: "123456789:AAExampleExampleExampleExampleExamp",
            help: "Write /newbot to @BotFather in Telegram; it answers with the token of your bot.",
            help_url: "https://t.me/BotFather",
            secret: true,
            optional: false,
            kept: true,
            refuses: no_token,
        },
        Field {
            key: "chat",
            label: "Channel or group",
            placeholder: "@acme",
            help: "Add the bot there first: to a channel as an administrator with the right “Post messages”.",
            help_url: "",
            secret: false,
            optional: false,
            kept: false,
            refuses: |text| chat::named(text).err(),
        },
    ],
    needs_app: false,
    permissions: PERMISSIONS,
}];

/// A token is the bot's number, a colon, and thirty-five letters, digits, `-` or `_`. Anything else may be a password and is not to be sent.
fn no_token(text: &str) -> Option<&'static str> {
    let fits = text.split_once(':').is_some_and(|(id, secret)| {
        (6..=12).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_digit())
            && secret.len() == 35
            && secret
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    });
    (!fits).then_some("A bot's token looks like 123456789:AA… What you typed was not sent anywhere.")
}

/// Asks who the bot is, and which chat is meant.
pub fn sign_in(ask: &SignInAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    let wanted = match chat::named(ask.typed.get("chat").map_or("", String::as_str)) {
        Ok(wanted) => wanted,
        Err(why) => {
            return Flow::Fail(Fault::stop(
                FailureKind::Content,
                "telegram.chat_name",
                why,
                "Check the name of the chat.",
            ));
        }
    };
    let Some(answer) = answers.first() else {
        return Flow::Call(Request::get("read the bot", api("getMe")).in_path(TOKEN));
    };
    let bot: Bot = match error::accepted(answer, "read the bot") {
        Ok(bot) => bot,
        Err(fault) => return Flow::Fail(fault),
    };
    if !bot.is_bot {
        return Flow::Fail(error::unreadable("read the bot"));
    }
    let (chat, _) = match found(&wanted, &answers[1..]) {
        Ok(found) => found,
        Err(flow) => return *flow,
    };
    Flow::Done(Granted {
        // The token itself is what was typed.
        secrets: Secrets::new(),
        scopes: PERMISSIONS.iter().map(|permission| permission.scope.to_owned()).collect(),
        expires_at_ms: None,
        refresh_expires_at_ms: None,
        subject: bot.id.to_string(),
        subject_name: format!("@{}", bot.username),
        meta: json!({"bot": bot.username, "chat": chat.id.to_string()}),
    })
}

fn read_chat(chat: &str) -> Request {
    Request::get("read the chat", api("getChat")).query("chat_id", chat).in_path(TOKEN)
}

/// The chat, wherever it went, and the answers that follow it.
///
/// # Errors
/// The next call, or why there is none.
fn found<'a, T>(wanted: &str, answers: &'a [Answer]) -> Result<(Chat, &'a [Answer]), Box<Flow<T>>> {
    let mut wanted = wanted.to_owned();
    for (index, answer) in answers.iter().enumerate() {
        match error::moved_to(answer).filter(|_| index < MOVES_MAX) {
            Some(chat) => wanted = chat.to_string(),
            None => {
                let chat = error::accepted(answer, "read the chat").map_err(|fault| Box::new(Flow::Fail(fault)))?;
                return Ok((chat, &answers[index + 1..]));
            }
        }
    }
    Err(Box::new(Flow::Call(read_chat(&wanted))))
}

/// What the bot may do in the chat, and the chat.
///
/// # Errors
/// The next call, or why there is none.
fn rights<T>(wanted: &str, grant: &GrantView, answers: &[Answer]) -> Result<(Chat, Standing), Box<Flow<T>>> {
    let (chat, rest) = found(wanted, answers)?;
    let Some(answer) = rest.first() else {
        let request = Request::get("read the bot's rights", api("getChatMember"))
            .query("chat_id", chat.id.to_string())
            .query("user_id", grant.subject.as_str())
            .in_path(TOKEN);
        return Err(Box::new(Flow::Call(request)));
    };
    let member = match error::accepted::<Member>(answer, "read the bot's rights") {
        Ok(member) => Some(member),
        Err(fault) if error::is_absence(&fault) => None,
        Err(fault) => return Err(Box::new(Flow::Fail(fault))),
    };
    let bot = format!("@{}", grant.meta["bot"].as_str().unwrap_or("the bot"));
    let standing = chat::standing(&chat, member.as_ref(), &bot);
    Ok((chat, standing))
}

/// The one chat that was named: a bot cannot list those that it is in.
pub fn accounts(grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
    let wanted = grant.meta["chat"].as_str().unwrap_or_default();
    let (chat, standing) = match rights(wanted, grant, answers) {
        Ok(read) => read,
        Err(flow) => return *flow,
    };
    let (detail, unusable) = match standing {
        Standing::May(lacks) if lacks.is_empty() => (chat::detail(&chat), None),
        Standing::May(lacks) => (format!("{}; the bot lacks: {}", chat::detail(&chat), lacks.join(", ")), None),
        Standing::MayNot(why) => (chat::detail(&chat), Some(why)),
    };
    Flow::Done(vec![FoundAccount {
        account: Account {
            external_id: chat.id.to_string(),
            handle: chat.username,
            kind: chat.kind,
            variant: grant.variant.clone(),
            meta: Value::Null,
        },
        name: chat.title,
        // A picture's address would hold the token.
        avatar_url: None,
        detail,
        unusable,
        secrets: Secrets::new(),
    }])
}

/// There is nothing to renew: a token that is refused was taken back.
pub fn refresh() -> Flow<Granted> {
    Flow::Fail(
        Fault::stop(
            FailureKind::Connection,
            "telegram.no_renewal",
            "A bot's token has no end and cannot be renewed.",
            "Reconnect with the token that @BotFather shows.",
        )
        .verdict(Verdict::Revoked),
    )
}

/// Whether the bot may still post in the chat.
pub fn verify(grant: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health> {
    let (chat, standing) = match rights(&account.external_id, grant, answers) {
        Ok(read) => read,
        Err(flow) => return *flow,
    };
    match standing {
        Standing::May(_) => Flow::Done(Health {
            scopes: None,
            name: Some(chat.title).filter(|title| !title.is_empty()),
            avatar_url: None,
            data_access_ends_at_ms: None,
        }),
        Standing::MayNot(why) => Flow::Fail(
            Fault::stop(
                FailureKind::Permission,
                "telegram.rights_missing",
                why,
                "Then verify the channel again.",
            )
            .verdict(Verdict::MissingPermission),
        ),
    }
}
