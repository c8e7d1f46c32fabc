//! The accounts that hold locations, and the locations: a group of a hundred and twenty stores of one name, a business without an address,
//! one that is closed for now, one for good, and some that Google does not let speak. A location is what is posted to, so it is the account
//! of the sandbox's world.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::NETWORK;
use crate::world::{Account, State};

/// An account at Google that holds locations.
#[derive(Debug)]
pub struct Holder {
    /// Its number.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// `PERSONAL` or `LOCATION_GROUP`.
    pub kind: &'static str,
    /// Who may use it, and as what.
    pub people: &'static [(&'static str, &'static str)],
}

/// Everybody has one of their own; one group is run by two.
pub const HOLDERS: &[Holder] = &[
    Holder {
        id: "111",
        name: "Ada Brandt",
        kind: "PERSONAL",
        people: &[("ada", "PRIMARY_OWNER")],
    },
    Holder {
        id: "112",
        name: "Ben Okafor",
        kind: "PERSONAL",
        people: &[("ben", "PRIMARY_OWNER")],
    },
    Holder {
        id: "113",
        name: "Chiara Rossi",
        kind: "PERSONAL",
        people: &[("chiara", "PRIMARY_OWNER")],
    },
    Holder {
        id: "114",
        name: "Dmitri Novak",
        kind: "PERSONAL",
        people: &[("dmitri", "PRIMARY_OWNER")],
    },
    Holder {
        id: "222",
        name: "Harbour Bakery stores",
        kind: "LOCATION_GROUP",
        people: &[("ada", "OWNER"), ("ben", "MANAGER")],
    },
];

const STORES: usize = 120;

/// What the group's stores are called, all of them alike.
const STORE_TITLE: &str = "Harbour Bakery";

/// The person's own account.
fn own(person: &str) -> &'static Holder {
    let own = |holder: &&Holder| holder.kind == "PERSONAL" && holder.people.iter().any(|(key, _)| *key == person);
    HOLDERS.iter().find(own).unwrap_or(&HOLDERS[0])
}

/// A location that is open and may speak, with an address.
pub fn location(state: &State, id: &str, title: &str, street: &str, holders: &[&Holder]) -> Account {
    let people = holders.iter().flat_map(|holder| holder.people);
    let roles: BTreeMap<String, BTreeSet<String>> = people
        .map(|(person, role)| ((*person).to_owned(), BTreeSet::from([(*role).to_owned()])))
        .collect();
    Account {
        network: NETWORK,
        id: id.to_owned(),
        kind: "location".to_owned(),
        name: title.to_owned(),
        handle: String::new(),
        avatar_url: state.avatar_url(NETWORK, id),
        roles,
        linked: None,
        followers: 0,
        suspended: false,
        details: json!({
            "holders": holders.iter().map(|holder| holder.id).collect::<Vec<_>>(),
            "language": "en", "open": "OPEN", "voice": Value::Null, "duplicates_rejected": false,
            "address": {
                "regionCode": "NL", "languageCode": "nl", "postalCode": "3011 AB", "administrativeArea": "Zuid-Holland",
                "locality": "Rotterdam", "addressLines": [street],
            },
        }),
    }
}

/// What sets a location apart from an ordinary one: a field of its details and its value.
type Trait = (&'static str, Value);

fn special() -> Vec<(&'static str, &'static str, &'static str, Vec<Trait>)> {
    let area = json!({
        "businessType": "CUSTOMER_LOCATION_ONLY",
        "places": {"placeInfos": [{"placeName": "Rotterdam", "placeId": "ChIJrot"}, {"placeName": "Schiedam", "placeId": "ChIJsch"}]},
    });
    vec![
        ("9870001", "Harbour Bakery", "Wijnhaven 12", vec![("store_code", json!("HB-000"))]),
        ("9870002", "Harbour Deliveries", "", vec![("address", Value::Null), ("area", area)]),
        (
            "9870003",
            "Harbour Kiosk",
            "Leuvehaven 3",
            vec![("open", json!("CLOSED_TEMPORARILY"))],
        ),
        (
            "9870004",
            "Harbour Bakery Annex",
            "Wijnhaven 14",
            vec![("voice", json!({"verify": {"hasPendingVerification": true}}))],
        ),
        (
            "9870005",
            "Harbour Night Bar",
            "Zalmhaven 1",
            vec![(
                "voice",
                json!({"complyWithGuidelines": {"recommendationReason": "BUSINESS_LOCATION_SUSPENDED"}}),
            )],
        ),
        (
            "9870006",
            "Harbour Museum Shop",
            "Museumpark 2",
            vec![("open", json!("CLOSED_PERMANENTLY"))],
        ),
        (
            "9870007",
            "Harbour Canteen",
            "Boompjes 40",
            vec![("duplicates_rejected", json!(true))],
        ),
    ]
}

/// Lays the locations into a world.
pub fn seed(state: &mut State) {
    let (ada, group) = (own("ada"), &HOLDERS[4]);
    for (id, title, street, traits) in special() {
        // The first is in the group as well.
        let both: &[&Holder] = if id == "9870001" { &[ada, group] } else { &[ada] };
        let mut account = location(state, id, title, street, both);
        for (key, value) in traits {
            account.details[key] = value;
        }
        state.put_account(account);
    }
    for number in 1..=STORES {
        let id = format!("2220{number:03}");
        let mut store = location(state, &id, STORE_TITLE, &format!("Havenstraat {number}"), &[group]);
        store.details["store_code"] = format!("HB-{number:03}").into();
        state.put_account(store);
    }
    for (id, title, street, person) in [
        ("9880001", "Ben runs", "Kralingse Plas 1", "ben"),
        ("9890001", "Alpine Films", "Via Roma 7", "chiara"),
    ] {
        let account = location(state, id, title, street, &[own(person)]);
        state.put_account(account);
    }
}

/// One more location of a person.
pub fn make_account(state: &mut State, person: &str) -> Account {
    let id = state.number("995", 12);
    let mut shop = location(state, &id, &format!("Shop {id}"), &format!("Market {}", &id[6..]), &[own(person)]);
    shop.details["store_code"] = format!("S-{}", &id[6..]).into();
    shop
}
