//! The accounts that exist from the start. One grant is for one of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::NETWORK;
use crate::world::{Account, State};

/// Id, user name, name, owner, whether it is private, whether comments are off for all of its posts, and how long its videos may be, seconds.
type Row = (&'static str, &'static str, &'static str, &'static str, bool, bool, u64);

const ACCOUNTS: &[Row] = &[
    (
        "-000Ada0HarbourBakery01",
        "harbour.bakery",
        "Harbour Bakery",
        "ada",
        false,
        false,
        600,
    ),
    ("-000Ada0BrandtAtHome0002", "ada.at.home", "Ada at home", "ada", true, false, 180),
    ("-000Ben0RunsEverywhere03", "ben.runs", "Ben runs", "ben", false, true, 60),
    (
        "-000Chiara0AlpineFilms04",
        "alpine.films",
        "Alpine Films",
        "chiara",
        false,
        false,
        600,
    ),
];

fn account(state: &State, id: &str, handle: &str, name: &str, owner: &str) -> Account {
    Account {
        network: NETWORK,
        id: id.to_owned(),
        kind: "account".to_owned(),
        name: name.to_owned(),
        handle: handle.to_owned(),
        avatar_url: state.avatar_url(NETWORK, id),
        roles: BTreeMap::from([(owner.to_owned(), BTreeSet::from(["OWNER".to_owned()]))]),
        linked: None,
        followers: 512,
        suspended: false,
        details: json!({"private": false, "comments_off": false, "duets_off": false, "stitches_off": false, "video_s_max": 600}),
    }
}

/// Lays the accounts into a world.
pub fn seed(state: &mut State) {
    for (id, handle, name, owner, private, comments_off, video_s_max) in ACCOUNTS {
        let mut account = account(state, id, handle, name, owner);
        account.details["private"] = (*private).into();
        account.details["comments_off"] = (*comments_off).into();
        account.details["video_s_max"] = (*video_s_max).into();
        // Nobody takes parts of what not everybody sees.
        account.details["duets_off"] = (*private).into();
        account.details["stitches_off"] = (*private).into();
        state.put_account(account);
    }
}

/// One more public account of a person.
pub fn make_account(state: &mut State, person: &str) -> Account {
    let id = state.number("-000Shop", 24);
    let tail = id[18..].to_owned();
    account(state, &id, &format!("shop.{tail}"), &format!("Shop {tail}"), person)
}
