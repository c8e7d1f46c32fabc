//! The Threads profiles that exist in every sandbox.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::NETWORK;
use crate::world::{Account, State};

/// Id, user name, name, whether it is a tester of every app, followers, owners.
type Row = (&'static str, &'static str, &'static str, bool, u64, &'static [&'static str]);

const PROFILES: &[Row] = &[
    ("25000000000000001", "blue.cafe", "Blue Café", true, 640, &["ada", "ben"]),
    (
        "25000000000000002",
        "nordlicht.studio",
        "Nordlicht Studio",
        false,
        8_020,
        &["ada", "chiara"],
    ),
    ("25000000000000003", "ben.runs", "Ben runs", false, 1_207, &["ben"]),
    ("25000000000000004", "dmitri.writes", "", false, 12, &["dmitri"]),
];

fn account(state: &State, id: &str, handle: &str, name: &str, tester: bool, followers: u64) -> Account {
    Account {
        network: NETWORK,
        id: id.to_owned(),
        kind: "profile".to_owned(),
        name: name.to_owned(),
        handle: handle.to_owned(),
        avatar_url: state.avatar_url(NETWORK, id),
        roles: BTreeMap::new(),
        linked: None,
        followers,
        suspended: false,
        details: json!({"tester": tester}),
    }
}

fn owner() -> BTreeSet<String> {
    BTreeSet::from(["OWNER".to_owned()])
}

/// Lays the profiles into the world.
pub fn seed(state: &mut State) {
    for (id, handle, name, tester, followers, owners) in PROFILES {
        let mut account = account(state, id, handle, name, *tester, *followers);
        account.roles = owners.iter().map(|person| ((*person).to_owned(), owner())).collect();
        state.put_account(account);
    }
}

/// One more profile of the person.
pub fn make_account(state: &mut State, person: &str) -> Account {
    let id = state.number("2501", 17);
    let tail = id[9..].to_owned();
    let mut account = account(state, &id, &format!("shop.{tail}"), &format!("Shop {tail}"), false, 100);
    account.roles.insert(person.to_owned(), owner());
    account
}
