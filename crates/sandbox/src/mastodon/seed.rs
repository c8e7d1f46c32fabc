//! The people's accounts on the servers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::NETWORK;
use super::servers::{ALL, Server};
use crate::world::{Account, State};

/// Which server, the account's id there, its handle, its name, whose it is, and who sees its posts if nothing is said.
type Row = (usize, &'static str, &'static str, &'static str, &'static str, &'static str);

const ACCOUNTS: &[Row] = &[
    (0, "109302436954721001", "ada", "Ada Brandt", "ada", "public"),
    (0, "109302436954721002", "harbourbakery", "Harbour Bakery", "ada", "public"),
    (0, "109302436954721003", "benruns", "Ben Okafor", "ben", "public"),
    (0, "109302436954721004", "alpinefilms", "Alpine Films", "chiara", "unlisted"),
    (1, "108104", "ada", "Ada Brandt", "ada", "public"),
    (1, "108105", "dmitri", "Dmitri Novak", "dmitri", "private"),
];

fn account(state: &State, server: &Server, id: &str, handle: &str, name: &str, owner: &str, privacy: &str) -> Account {
    let world_id = server.world_id(id);
    Account {
        network: NETWORK,
        avatar_url: state.avatar_url(NETWORK, &world_id),
        id: world_id,
        kind: "account".to_owned(),
        name: name.to_owned(),
        handle: handle.to_owned(),
        roles: BTreeMap::from([(owner.to_owned(), BTreeSet::from(["owner".to_owned()]))]),
        linked: None,
        followers: 17,
        suspended: false,
        details: json!({"server": server.host, "privacy": privacy, "sensitive": false, "language": "en"}),
    }
}

/// Lays the seeded accounts into a world.
pub fn seed(state: &mut State) {
    for (server, id, handle, name, owner, privacy) in ACCOUNTS {
        let account = account(state, &ALL[*server], id, handle, name, owner, privacy);
        state.put_account(account);
    }
}

/// One more account of a person, on the first server.
pub fn make_account(state: &mut State, person: &str) -> Account {
    let id = state.number("1093", 18);
    let handle = format!("account{}", &id[id.len() - 8..]);
    account(state, &ALL[0], &id, &handle, &format!("Account {id}"), person, "public")
}
