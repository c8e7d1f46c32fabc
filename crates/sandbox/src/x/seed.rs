//! The X accounts that exist in every sandbox.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::NETWORK;
use crate::world::{Account, State};

/// Id, user name, name, whether only followers see its posts, whether X has stopped it, followers, owners.
type Row = (&'static str, &'static str, &'static str, bool, bool, u64, &'static [&'static str]);

const ACCOUNTS: &[Row] = &[
    ("1700000000000000001", "bluecafe", "Blue Café", false, false, 1_204, &["ada", "ben"]),
    ("1700000000000000002", "adabrandt", "Ada Brandt", true, false, 88, &["ada"]),
    ("1700000000000000003", "benruns", "Ben runs", false, false, 431, &["ben"]),
    (
        "1700000000000000004",
        "alpinefilms",
        "Alpine Films",
        false,
        false,
        9_050,
        &["chiara"],
    ),
    ("1700000000000000005", "dmitrinovak", "Dmitri Novak", false, true, 3, &["dmitri"]),
];

fn account(state: &State, id: &str, handle: &str, name: &str, followers: u64) -> Account {
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
        details: json!({"protected": false, "verified": false}),
    }
}

fn owner() -> BTreeSet<String> {
    BTreeSet::from(["OWNER".to_owned()])
}

/// Lays the accounts into the world.
pub fn seed(state: &mut State) {
    for (id, handle, name, protected, suspended, followers, owners) in ACCOUNTS {
        let mut account = account(state, id, handle, name, *followers);
        account.suspended = *suspended;
        account.details["protected"] = (*protected).into();
        account.roles = owners.iter().map(|person| ((*person).to_owned(), owner())).collect();
        state.put_account(account);
    }
}

/// One more account of the person.
pub fn make_account(state: &mut State, person: &str) -> Account {
    let id = state.number("17001", 19);
    let tail = id[11..].to_owned();
    let mut account = account(state, &id, &format!("shop{tail}"), &format!("Shop {tail}"), 100);
    account.roles.insert(person.to_owned(), owner());
    account
}
