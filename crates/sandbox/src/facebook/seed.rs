//! The Pages that exist in every sandbox, and who may do what there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::NETWORK;
use crate::world::{Account, State};

const ALL: &[&str] = &["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"];
const EDITOR: &[&str] = &["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE"];
const ANALYST: &[&str] = &["ANALYZE"];

/// A person's key and the tasks.
type Role = (&'static str, &'static [&'static str]);
/// Id, name, user name, category, linked Instagram account, followers, roles.
type Page = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
    u64,
    &'static [Role],
);

const PAGES: &[Page] = &[
    (
        "104233000000001",
        "Blue Café",
        "bluecafe",
        "Cafe",
        Some("17841400000000001"),
        2_841,
        &[("ada", ALL), ("ben", EDITOR)],
    ),
    (
        "104233000000002",
        "Nordlicht Studio",
        "nordlichtstudio",
        "Design & Fashion",
        Some("17841400000000002"),
        12_407,
        &[("ada", ALL), ("chiara", ALL)],
    ),
    (
        "104233000000003",
        "Riverside Market",
        "riversidemarket",
        "Farmers market",
        None,
        964,
        &[("ben", ALL), ("ada", ANALYST)],
    ),
    (
        "104233000000004",
        "Harbour Books",
        "harbourbooks",
        "Bookshop",
        None,
        5_310,
        &[("chiara", ALL)],
    ),
];

fn page(state: &State, id: &str, name: &str, handle: &str, category: &str, followers: u64) -> Account {
    Account {
        network: NETWORK,
        id: id.to_owned(),
        kind: "page".to_owned(),
        name: name.to_owned(),
        handle: handle.to_owned(),
        avatar_url: state.avatar_url(NETWORK, id),
        roles: BTreeMap::new(),
        linked: None,
        followers,
        suspended: false,
        details: json!({"category": category}),
    }
}

fn tasks(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Lays the Pages into the world.
pub fn seed(state: &mut State) {
    for (id, name, handle, category, linked, followers, roles) in PAGES {
        let mut account = page(state, id, name, handle, category, *followers);
        account.linked = linked.map(str::to_owned);
        account.roles = roles.iter().map(|(person, names)| ((*person).to_owned(), tasks(names))).collect();
        state.put_account(account);
    }
}

/// One more Page, of which the person is the admin.
pub fn make_account(state: &mut State, person: &str) -> Account {
    let id = state.number("1055", 15);
    let mut account = page(
        state,
        &id,
        &format!("Page {}", &id[8..]),
        &format!("page{}", &id[8..]),
        "Company",
        100,
    );
    account.roles.insert(person.to_owned(), tasks(ALL));
    account
}
