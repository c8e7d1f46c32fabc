//! The profiles and Pages that exist from the start.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::NETWORK;
use crate::world::{Account, State};

/// Person, id for self-serve apps, id for apps of the Community Management API: LinkedIn's person ids differ by app.
const PEOPLE: &[(&str, &str, &str)] = &[
    ("ada", "Ada5bR4ndt", "pgADa7bQ2x"),
    ("ben", "BenOk4f0rX", "pgBEn3kO9w"),
    ("chiara", "Ch1araR0ss", "pgCHi8rR4v"),
    ("dmitri", "Dm1triN0va", "pgDMi2tN6u"),
];

/// A Page: id, name, vanity name, followers, roles by person, and people whose role waits for approval.
struct Page {
    id: &'static str,
    name: &'static str,
    vanity: &'static str,
    followers: u64,
    roles: &'static [(&'static str, &'static str)],
    requested: &'static [&'static str],
    /// Whether the list of roles still names the Page by the older field.
    older_field: bool,
}

const PAGES: &[Page] = &[
    Page {
        id: "5551",
        name: "Harbour Bakery",
        vanity: "harbour-bakery",
        followers: 2_480,
        roles: &[("ada", "ADMINISTRATOR"), ("ben", "CONTENT_ADMINISTRATOR")],
        requested: &["chiara"],
        older_field: false,
    },
    Page {
        id: "5552",
        name: "Nordlicht Coworking",
        vanity: "nordlicht-coworking",
        followers: 913,
        roles: &[("ada", "CONTENT_ADMINISTRATOR")],
        requested: &[],
        older_field: true,
    },
    Page {
        id: "5553",
        name: "Alpine Films",
        vanity: "alpine-films",
        followers: 40_112,
        roles: &[("ada", "DIRECT_SPONSORED_CONTENT_POSTER"), ("chiara", "ADMINISTRATOR")],
        requested: &[],
        older_field: false,
    },
];

/// Whether an app is one of the self-serve products, by its client id.
pub fn is_self_serve(app: &str) -> bool {
    app.starts_with("member")
}

/// A person's URN as one app sees it.
pub fn person_urn(app: &str, person: &str) -> Option<String> {
    let (_, member, pages) = PEOPLE.iter().find(|(known, ..)| *known == person)?;
    Some(format!("urn:li:person:{}", if app.starts_with("pages") { pages } else { member }))
}

/// The account id in the sandbox's world of an author, whichever app's id of a person it is.
pub fn account_of(urn: &str) -> String {
    let id = urn.strip_prefix("urn:li:person:");
    let person = PEOPLE.iter().find(|(_, member, pages)| id == Some(*member) || id == Some(*pages));
    person.map_or_else(|| urn.to_owned(), |(_, member, _)| format!("urn:li:person:{member}"))
}

/// Lays the seeded accounts into a world.
pub fn seed(state: &mut State) {
    for (person, member, pages) in PEOPLE {
        let id = format!("urn:li:person:{member}");
        let name = state.people.get(*person).map_or_else(String::new, |person| person.name.clone());
        let vanity = name.to_lowercase().replace(' ', "-");
        state.put_account(Account {
            network: NETWORK,
            avatar_url: state.avatar_url(NETWORK, &id),
            kind: "person".to_owned(),
            handle: vanity,
            name,
            roles: BTreeMap::from([((*person).to_owned(), BTreeSet::from(["SELF".to_owned()]))]),
            linked: None,
            followers: 500,
            suspended: false,
            details: json!({"also": [format!("urn:li:person:{pages}")]}),
            id,
        });
    }
    for page in PAGES {
        let roles = page
            .roles
            .iter()
            .map(|(person, role)| ((*person).to_owned(), BTreeSet::from([(*role).to_owned()])));
        let roles = roles.collect();
        let account = organization(state, page.id, page.name, page.vanity, roles);
        state.put_account(Account {
            followers: page.followers,
            details: json!({"requested": page.requested, "older_field": page.older_field}),
            ..account
        });
    }
}

fn organization(state: &State, id: &str, name: &str, vanity: &str, roles: BTreeMap<String, BTreeSet<String>>) -> Account {
    let urn = format!("urn:li:organization:{id}");
    Account {
        network: NETWORK,
        avatar_url: state.avatar_url(NETWORK, &urn),
        kind: "organization".to_owned(),
        name: name.to_owned(),
        handle: vanity.to_owned(),
        roles,
        linked: None,
        followers: 0,
        suspended: false,
        details: json!({}),
        id: urn,
    }
}

/// One more Page that the person administers.
pub fn make_account(state: &mut State, person: &str) -> Account {
    let id = state.number("7", 9);
    let roles = BTreeMap::from([(person.to_owned(), BTreeSet::from(["ADMINISTRATOR".to_owned()]))]);
    organization(state, &id, &format!("Page {id}"), &format!("page-{id}"), roles)
}
