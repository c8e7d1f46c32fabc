//! The accounts that exist from the start.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::NETWORK;
use crate::world::{Account, State};

struct Seed {
    person: &'static str,
    did: &'static str,
    handle: &'static str,
    name: &'static str,
    email: &'static str,
    email_confirmed: bool,
    app_password: &'static str,
    followers: u64,
}

/// Each account has one app password, and `main-password-of-{person}` as its main one, which asks for a code by e-mail.
const ACCOUNTS: &[Seed] = &[
    Seed {
        person: "ada",
        did: "did:plc:adabrandt2bsky3sandbox44",
        handle: "ada.bsky.social",
        name: "Ada Brandt",
        email: "ada@example.com",
        email_confirmed: true,
        app_password: "adaa-sand-boxx-pass",
        followers: 1_204,
    },
    Seed {
        person: "ada",
        did: "did:plc:harbourbakery2sandbox444",
        handle: "harbour-bakery.bsky.social",
        name: "Harbour Bakery",
        email: "bakery@example.com",
        email_confirmed: true,
        app_password: "bake-sand-boxx-pass",
        followers: 5_310,
    },
    Seed {
        person: "ben",
        did: "did:plc:benokafor2bsky3sandbox44",
        handle: "ben.bsky.social",
        name: "Ben Okafor",
        email: "ben@example.com",
        email_confirmed: true,
        app_password: "benn-sand-boxx-pass",
        followers: 318,
    },
    Seed {
        person: "chiara",
        did: "did:plc:chiararossi2bsky3sandbox",
        handle: "chiara.bsky.social",
        name: "Chiara Rossi",
        email: "chiara@example.com",
        email_confirmed: true,
        app_password: "chia-sand-boxx-pass",
        followers: 77,
    },
    Seed {
        person: "dmitri",
        did: "did:plc:dmitrinovak2bsky3sandbox",
        handle: "dmitri.bsky.social",
        name: "Dmitri Novak",
        email: "dmitri@example.com",
        email_confirmed: false,
        app_password: "dmit-sand-boxx-pass",
        followers: 9,
    },
];

/// Lays the seeded accounts into a world.
pub fn seed(state: &mut State) {
    for seed in ACCOUNTS {
        let account = account(
            state,
            seed.person,
            seed.did,
            seed.handle,
            seed.name,
            seed.email,
            seed.email_confirmed,
            seed.app_password,
        );
        state.put_account(Account {
            followers: seed.followers,
            ..account
        });
    }
}

#[expect(clippy::too_many_arguments, reason = "each is one column of the table above")]
fn account(
    state: &State,
    person: &str,
    did: &str,
    handle: &str,
    name: &str,
    email: &str,
    email_confirmed: bool,
    app_password: &str,
) -> Account {
    Account {
        network: NETWORK,
        id: did.to_owned(),
        kind: "account".to_owned(),
        name: name.to_owned(),
        handle: handle.to_owned(),
        avatar_url: state.avatar_url(NETWORK, did),
        roles: BTreeMap::from([(person.to_owned(), BTreeSet::from(["owner".to_owned()]))]),
        linked: None,
        followers: 0,
        suspended: false,
        details: json!({
            "email": email,
            "email_confirmed": email_confirmed,
            "app_passwords": [app_password],
            "main_password": format!("main-password-of-{person}"),
        }),
    }
}

fn sortable(state: &mut State, count: usize) -> String {
    (0..count)
        .map(|_| char::from(super::cid::SORTABLE[(state.random() % 32) as usize]))
        .collect()
}

/// One more account with an app password of its own.
pub fn make_account(state: &mut State, person: &str) -> Account {
    let did = format!("did:plc:{}", sortable(state, 24));
    let number = state.number("", 6);
    let password = (0..4).map(|_| sortable(state, 4)).collect::<Vec<_>>().join("-");
    let handle = format!("account{number}.bsky.social");
    let email = format!("account{number}@example.com");
    account(state, person, &did, &handle, &format!("Account {number}"), &email, true, &password)
}
