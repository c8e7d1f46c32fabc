//! The channels that exist from the start, and a Google account that has none. One grant is for one of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::NETWORK;
use crate::world::{Account, State};

/// What the channel of an account is in the world's words.
pub const CHANNEL: &str = "channel";

/// Id, handle, name, owner, whether the phone number is confirmed, and whether a file that is there already is refused.
type Row = (&'static str, &'static str, &'static str, &'static str, bool, bool);

const CHANNELS: &[Row] = &[
    ("UCada0HarbourBakery00001", "harbourbakery", "Harbour Bakery", "ada", true, false),
    ("UCada0BrandtAtHome000002", "adaathome", "Ada at home", "ada", false, false),
    ("UCben0RunsEverywhere0003", "benruns", "Ben runs", "ben", true, true),
    ("UCchiara0AlpineFilms0004", "alpinefilms", "Alpine Films", "chiara", true, false),
];
/// A Google account without a channel.
const WITHOUT_CHANNEL: (&str, &str, &str) = ("google-dmitri", "Dmitri Novak", "dmitri");

fn account(state: &State, id: &str, handle: &str, name: &str, owner: &str) -> Account {
    Account {
        network: NETWORK,
        id: id.to_owned(),
        kind: CHANNEL.to_owned(),
        name: name.to_owned(),
        handle: handle.to_owned(),
        avatar_url: state.avatar_url(NETWORK, id),
        roles: BTreeMap::from([(owner.to_owned(), BTreeSet::from(["OWNER".to_owned()]))]),
        linked: None,
        followers: 512,
        suspended: false,
        details: json!({"phone_confirmed": true, "duplicates_refused": false, "comments_off": false}),
    }
}

/// Lays the accounts into a world.
pub fn seed(state: &mut State) {
    for (id, handle, name, owner, phone_confirmed, duplicates_refused) in CHANNELS {
        let mut account = account(state, id, handle, name, owner);
        account.details["phone_confirmed"] = (*phone_confirmed).into();
        account.details["duplicates_refused"] = (*duplicates_refused).into();
        state.put_account(account);
    }
    let (id, name, owner) = WITHOUT_CHANNEL;
    let mut bare = account(state, id, "", name, owner);
    bare.kind = "google_account".to_owned();
    state.put_account(bare);
}

/// One more channel of a person.
pub fn make_account(state: &mut State, person: &str) -> Account {
    let id = state.number("UCshop", 24);
    let tail = id[18..].to_owned();
    account(state, &id, &format!("shop{tail}"), &format!("Shop {tail}"), person)
}
