//! The Instagram accounts that exist in every sandbox.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::NETWORK;
use crate::world::{Account, State};

/// Id, user name, name, account type, followers, owners. The first two belong to Pages of the Facebook seed.
type Row = (&'static str, &'static str, &'static str, &'static str, u64, &'static [&'static str]);

const ACCOUNTS: &[Row] = &[
    ("17841400000000001", "blue.cafe", "Blue Café", "BUSINESS", 812, &["ada", "ben"]),
    (
        "17841400000000002",
        "nordlicht.studio",
        "Nordlicht Studio",
        "BUSINESS",
        30_114,
        &["ada", "chiara"],
    ),
    ("17841400000000003", "ben.runs", "Ben runs", "MEDIA_CREATOR", 5_402, &["ben"]),
    ("17841400000000004", "chiara.at.home", "Chiara", "PERSONAL", 143, &["chiara"]),
];

fn account(state: &State, id: &str, handle: &str, name: &str, kind: &str, followers: u64) -> Account {
    Account {
        network: NETWORK,
        id: id.to_owned(),
        kind: kind.to_ascii_lowercase(),
        name: name.to_owned(),
        handle: handle.to_owned(),
        avatar_url: state.avatar_url(NETWORK, id),
        roles: BTreeMap::new(),
        linked: None,
        followers,
        suspended: false,
        details: json!({"account_type": kind}),
    }
}

fn owner() -> BTreeSet<String> {
    BTreeSet::from(["OWNER".to_owned()])
}

/// Lays the accounts into the world.
pub fn seed(state: &mut State) {
    for (id, handle, name, kind, followers, owners) in ACCOUNTS {
        let mut account = account(state, id, handle, name, kind, *followers);
        account.roles = owners.iter().map(|person| ((*person).to_owned(), owner())).collect();
        state.put_account(account);
    }
}

/// One more business account of the person, for the login of Instagram itself.
pub fn make_account(state: &mut State, person: &str) -> Account {
    let id = state.number("17842", 17);
    let tail = id[9..].to_owned();
    let mut account = account(state, &id, &format!("shop.{tail}"), &format!("Shop {tail}"), "BUSINESS", 100);
    account.roles.insert(person.to_owned(), owner());
    account
}

/// The app-scoped id that `/me` calls `id`: never the one to publish with.
pub fn scoped_id(account: &str) -> u64 {
    const SCOPED: u64 = 24_000_000_000_000_000;
    SCOPED + account.parse::<u64>().unwrap_or(0) % 1_000_000_000_000
}
