//! The people's bots, and the channels and groups that they are in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{NETWORK, auth};
use crate::world::{Account, State};

/// Whose, its number, its name, its first name, and its secret.
const BOTS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "ada",
        "7000000001",
        "harbour_planner_bot",
        "Harbour Planner",
        "AAadaSandboxSandboxSandboxSandboxSa",
    ),
    (
        "ben",
        "7000000002",
        "ben_planner_bot",
        "Ben Planner",
        "AAbenSandboxSandboxSandboxSandboxSa",
    ),
    (
        "chiara",
        "7000000003",
        "alpine_planner_bot",
        "Alpine Planner",
        "AAchiaraSandboxSandboxSandboxSandbo",
    ),
];

/// Every right of a group's members.
const ALL: &[&str] = &[
    "can_send_messages",
    "can_send_photos",
    "can_send_videos",
    "can_send_documents",
    "can_send_other_messages",
    "can_send_polls",
    "can_send_audios",
    "can_add_web_page_previews",
];

struct Chat {
    id: &'static str,
    kind: &'static str,
    username: &'static str,
    title: &'static str,
    owner: &'static str,
    bot: &'static str,
    /// The bot's status there, then its rights.
    standing: &'static [&'static str],
    /// What its members may not do.
    forbidden: &'static [&'static str],
    /// What else is known of it.
    more: fn() -> Value,
}

const NOTHING: fn() -> Value = || json!({});
const ADMINISTRATOR: &[&str] = &["administrator", "can_post_messages", "can_delete_messages"];
const CHANNEL: Chat = Chat {
    id: "-1001000000001",
    kind: "channel",
    username: "harbourbakery",
    title: "Harbour Bakery",
    owner: "ada",
    bot: "7000000001",
    standing: ADMINISTRATOR,
    forbidden: &[],
    more: NOTHING,
};

const CHATS: &[Chat] = &[
    CHANNEL,
    Chat {
        id: "-1001000000002",
        username: "",
        title: "Harbour Bakery",
        ..CHANNEL
    },
    Chat {
        id: "-1001000000003",
        username: "old_oven",
        title: "Old Oven",
        standing: &["kicked"],
        ..CHANNEL
    },
    Chat {
        id: "-1001000000004",
        kind: "supergroup",
        username: "breadlovers",
        title: "Bread Lovers",
        standing: &["member"],
        forbidden: &["can_send_polls"],
        more: || json!({"topics": {"11": "open", "12": "closed"}}),
        ..CHANNEL
    },
    Chat {
        id: "-4000000005",
        kind: "group",
        username: "",
        title: "Baking Club",
        standing: &["member"],
        more: || json!({"moved_to": -1_001_000_000_006_i64}),
        ..CHANNEL
    },
    Chat {
        id: "-1001000000006",
        kind: "supergroup",
        username: "",
        title: "Baking Club",
        standing: &["member"],
        ..CHANNEL
    },
    Chat {
        id: "-4000000007",
        kind: "group",
        username: "",
        title: "Night Shift",
        standing: &["restricted", "is_member", "can_send_photos"],
        ..CHANNEL
    },
    Chat {
        id: "555000111",
        kind: "private",
        username: "ada_brandt",
        title: "Ada Brandt",
        standing: &["member"],
        ..CHANNEL
    },
    Chat {
        id: "-1001000000008",
        username: "benruns",
        title: "Ben Runs",
        owner: "ben",
        bot: "7000000002",
        standing: &["left"],
        ..CHANNEL
    },
    Chat {
        id: "-1001000000009",
        username: "alpinefilms",
        title: "Alpine Films",
        owner: "chiara",
        bot: "7000000003",
        standing: &["administrator", "can_delete_messages"],
        ..CHANNEL
    },
];

/// Under which name a bot's standing is listed among the roles of a chat.
pub fn role(bot: &str) -> String {
    format!("bot:{bot}")
}

fn account(state: &State, chat: &Chat) -> Account {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    let permissions: BTreeMap<&str, bool> = ALL.iter().map(|right| (*right, !chat.forbidden.contains(right))).collect();
    let mut details = (chat.more)();
    details["permissions"] = json!(permissions);
    Account {
        network: NETWORK,
        id: chat.id.to_owned(),
        kind: chat.kind.to_owned(),
        name: chat.title.to_owned(),
        handle: chat.username.to_owned(),
        avatar_url: state.avatar_url(NETWORK, chat.id),
        roles: BTreeMap::from([(chat.owner.to_owned(), words(&["owner"])), (role(chat.bot), words(chat.standing))]),
        linked: None,
        followers: 230,
        suspended: false,
        details,
    }
}

/// Lays the seeded bots and chats into a world.
pub fn seed(state: &mut State) {
    for (person, id, username, first_name, secret) in BOTS {
        auth::issue(state, person, (id, username, first_name), Some(secret), 0);
    }
    for chat in CHATS {
        let account = account(state, chat);
        state.put_account(account);
    }
}

/// One more channel of a person, with a bot of its own.
pub fn make_account(state: &mut State, person: &str) -> Account {
    let bot = state.number("71", 10);
    let id = format!("-1001{}", &bot[1..]);
    let username = format!("channel{}", &bot[4..]);
    let token = auth::issue(state, person, (&bot, &format!("bot{}_bot", &bot[4..]), "Planner"), None, 0);
    let mut made = account(state, &CHANNEL);
    made.avatar_url = state.avatar_url(NETWORK, &id);
    made.name = format!("Channel {}", &bot[4..]);
    made.roles = BTreeMap::from([
        (person.to_owned(), BTreeSet::from(["owner".to_owned()])),
        (role(&bot), ADMINISTRATOR.iter().map(|word| (*word).to_owned()).collect()),
    ]);
    made.id = id;
    made.handle = username;
    made.details["bot_token"] = token.into();
    made
}
