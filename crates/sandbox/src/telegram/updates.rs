//! What a bot is told by itself: reactions to what was posted, some minutes late. Nothing of its own messages.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};

use super::auth::Bot;
use super::error::{Answer, Refusal};
use super::input::Input;
use super::limits::REACTIONS_US;
use super::{NETWORK, chats};
use crate::world::{Post, State, World};

/// What is kept of a bot's updates.
#[derive(Default)]
struct OfBot {
    last_id: i64,
    waiting: BTreeMap<i64, Value>,
    /// Posts whose reactions were told.
    told: HashSet<String>,
    webhook: Option<String>,
}

#[derive(Default)]
struct Updates(HashMap<String, OfBot>);

/// The methods about updates.
///
/// # Errors
/// As the server tells it.
pub fn answer(world: &World, bot: &Bot, method: &str, input: &Input) -> Answer<Value> {
    let now_us = world.clock.now_us();
    world.with(|state| match method {
        "setwebhook" => set_webhook(state, bot, input),
        "deletewebhook" => {
            of(state, bot).webhook = None;
            Ok(true.into())
        }
        _ => get(state, bot, input, now_us),
    })
}

fn of<'a>(state: &'a mut State, bot: &Bot) -> &'a mut OfBot {
    state.own::<Updates>().0.entry(bot.id.clone()).or_default()
}

fn set_webhook(state: &mut State, bot: &Bot, input: &Input) -> Answer<Value> {
    let url = input.text("url").filter(|url| url.starts_with("https://"));
    let url = url.ok_or_else(|| Refusal::bad("bad webhook: An HTTPS URL must be provided for webhook"))?;
    of(state, bot).webhook = Some(url);
    Ok(true.into())
}

fn get(state: &mut State, bot: &Bot, input: &Input, now_us: i64) -> Answer<Value> {
    if of(state, bot).webhook.is_some() {
        return Err(Refusal::new(
            409,
            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        ));
    }
    let wanted = input.tree("allowed_updates")?;
    let listed = |name: &str| {
        wanted
            .as_ref()
            .and_then(Value::as_array)
            .is_some_and(|names| names.iter().any(|one| one == name))
    };
    // They are told only to who asks for them by name.
    if listed("message_reaction_count") {
        gather(state, bot, now_us);
    }
    let own = of(state, bot);
    let offset = input.number("offset").unwrap_or(0);
    own.waiting = own.waiting.split_off(&offset);
    let limit = input.number("limit").unwrap_or(100).clamp(1, 100);
    let told = own.waiting.values().take(usize::try_from(limit).unwrap_or(100)).cloned();
    Ok(told.collect::<Vec<_>>().into())
}

/// One reaction by everybody who follows the tenth part of a chat.
fn gather(state: &mut State, bot: &Bot, now_us: i64) {
    let heard: Vec<_> = state
        .accounts_of(NETWORK)
        .filter(|chat| chats::hears_reactions(chat, bot))
        .cloned()
        .collect();
    for chat in heard {
        let old_enough = |post: &&Post| post.created_us + REACTIONS_US <= now_us;
        let posts: Vec<(String, Value)> = state
            .posts_of(NETWORK, &chat.id)
            .filter(old_enough)
            .map(|post| (post.id.clone(), post.details["message_id"].clone()))
            .collect();
        let own = of(state, bot);
        for (id, message) in posts {
            if !own.told.insert(id) {
                continue;
            }
            own.last_id += 1;
            let update = json!({
                "update_id": own.last_id,
                "message_reaction_count": {
                    "chat": chats::json(&chat),
                    "message_id": message,
                    "date": now_us / 1_000_000,
                    "reactions": [{"type": {"type": "emoji", "emoji": "👍"}, "total_count": chat.followers / 10}],
                },
            });
            own.waiting.insert(own.last_id, update);
        }
    }
}
