//! The people's accounts and the boards that exist from the start. A board is what is posted to, so it is the account of the sandbox's world.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::NETWORK;
use crate::world::{Account, State};

/// A person's account at Pinterest.
#[derive(Debug)]
pub struct User {
    /// The person.
    pub person: &'static str,
    /// Its id.
    pub id: &'static str,
    /// Its name in addresses.
    pub username: &'static str,
    /// The name of the business; a `PINNER` has none.
    pub business: Option<&'static str>,
}

/// Everybody's account.
pub const USERS: &[User] = &[
    User {
        person: "ada",
        id: "783626466240001",
        username: "harbourbakery",
        business: Some("Harbour Bakery"),
    },
    User {
        person: "ben",
        id: "783626466240002",
        username: "benruns",
        business: None,
    },
    User {
        person: "chiara",
        id: "783626466240003",
        username: "alpinefilms",
        business: Some("Alpine Films"),
    },
    User {
        person: "dmitri",
        id: "783626466240004",
        username: "dmitrinovak",
        business: None,
    },
];

/// Id, name, owner, who was invited to it, privacy, and whether it holds advertisements only.
type Row = (&'static str, &'static str, &'static str, Option<&'static str>, &'static str, bool);

const BOARDS: &[Row] = &[
    ("549755885175", "Breads", "ada", None, "PUBLIC", false),
    ("549755885176", "Behind the counter", "ada", None, "PUBLIC", false),
    ("549755885177", "Autumn ideas", "ada", None, "SECRET", false),
    ("549755885178", "Coffee corners", "ben", Some("ada"), "PUBLIC", false),
    ("549755885179", "Ad-only Pins", "ada", None, "PROTECTED", true),
    ("549755885180", "Trail food", "ben", None, "PUBLIC", false),
    ("549755885181", "Mountain light", "chiara", None, "PROTECTED", false),
    ("549755885182", "Night trains", "dmitri", None, "PUBLIC", false),
];

/// A person's account.
pub fn user(person: &str) -> Option<&'static User> {
    USERS.iter().find(|user| user.person == person)
}

/// A board of a person.
pub fn board(state: &State, id: &str, name: &str, owner: &str, privacy: &str) -> Account {
    let slug: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    Account {
        network: NETWORK,
        id: id.to_owned(),
        kind: "board".to_owned(),
        name: name.to_owned(),
        handle: slug,
        avatar_url: state.avatar_url(NETWORK, id),
        roles: BTreeMap::from([(owner.to_owned(), BTreeSet::from(["OWNER".to_owned()]))]),
        linked: None,
        followers: 13,
        suspended: false,
        details: json!({"owner": owner, "privacy": privacy, "ads_only": false, "description": null, "created_us": 0, "sections": []}),
    }
}

/// Lays the seeded boards into a world.
pub fn seed(state: &mut State) {
    for (id, name, owner, invited, privacy, ads_only) in BOARDS {
        let mut board = board(state, id, name, owner, privacy);
        board.details["ads_only"] = (*ads_only).into();
        if let Some(invited) = invited {
            board
                .roles
                .insert((*invited).to_owned(), BTreeSet::from(["COLLABORATOR".to_owned()]));
        }
        state.put_account(board);
    }
}

/// One more public board of a person.
pub fn make_account(state: &mut State, person: &str) -> Account {
    let id = state.number("5497559", 12);
    board(state, &id, &format!("Board {id}"), person, "PUBLIC")
}
