//! The locations behind a grant, through every account that holds some, and whether Google lets them speak.

use postrider_core::delivery::FailureKind;
use postrider_provider::{Account, Answer, Fault, Flow, FoundAccount, GrantView, Health, Request, Secrets, Verdict};
use serde_json::json;

use super::wire::{Accounts, Address, Location, Locations, Voice};
use super::{error, read};

/// What is posted to.
pub const LOCATION: &str = "location";

const ACCOUNTS: &str = "https://mybusinessaccountmanagement.googleapis.com/v1/accounts";
const INFORMATION: &str = "https://mybusinessbusinessinformation.googleapis.com/v1";
const VERIFICATIONS: &str = "https://mybusinessverifications.googleapis.com/v1";
const ACCOUNTS_PAGE: &str = "20";
const LOCATIONS_PAGE: &str = "100";
/// Without it Google refuses the call.
const FIELDS: &str = "name,title,storeCode,languageCode,storefrontAddress,serviceArea,openInfo,metadata";
/// Of so many locations without a say Google is asked why.
const ASKED_MAX: usize = 10;

type Answers<'a> = std::slice::Iter<'a, Answer>;

/// A location and the account through which it is posted to.
struct Held {
    parent: String,
    location: Location,
}

/// Every location, those that cannot be posted to with what is missing.
pub fn accounts(grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
    gathered(grant, answers.iter()).unwrap_or_else(Flow::Fail)
}

fn gathered(grant: &GrantView, mut answers: Answers<'_>) -> Result<Flow<Vec<FoundAccount>>, Fault> {
    let mut owners = Vec::new();
    let list = || Request::get("list the accounts", ACCOUNTS).query("pageSize", ACCOUNTS_PAGE);
    let call = pages(&mut answers, list, |answer| {
        let page: Accounts = listed(answer, "list the accounts")?;
        owners.extend(page.accounts.into_iter().map(|owner| owner.name));
        Ok(page.next_page_token)
    })?;
    if let Some(call) = call {
        return Ok(Flow::Call(call));
    }
    let mut held: Vec<Held> = Vec::new();
    for parent in owners {
        let list = || {
            Request::get("list the locations", format!("{INFORMATION}/{parent}/locations"))
                .query("readMask", FIELDS)
                .query("pageSize", LOCATIONS_PAGE)
                .query("orderBy", "title")
        };
        let call = pages(&mut answers, list, |answer| {
            let page: Locations = listed(answer, "list the locations")?;
            for location in page.locations {
                // A location can be reached through more than one account.
                if !held.iter().any(|known| known.location.name == location.name) {
                    let parent = parent.clone();
                    held.push(Held { parent, location });
                }
            }
            Ok(page.next_page_token)
        })?;
        if let Some(call) = call {
            return Ok(Flow::Call(call));
        }
    }
    let mut found = Vec::new();
    let mut asked = 0;
    for held in held {
        let mut why = None;
        if !held.location.metadata.has_voice_of_merchant && asked < ASKED_MAX {
            asked += 1;
            let Some(answer) = answers.next() else {
                return Ok(Flow::Call(voice_call(&held.location.name)));
            };
            // Not every app has this API: without it no reason is told.
            why = read::<Voice>(answer, "ask why the location has no say").ok();
        }
        found.push(account(held, why, grant));
    }
    Ok(Flow::Done(found))
}

/// One list to its end; the call that is still to be made, if one is.
fn pages(
    answers: &mut Answers<'_>,
    list: impl Fn() -> Request,
    mut take: impl FnMut(&Answer) -> Result<String, Fault>,
) -> Result<Option<Request>, Fault> {
    let mut token = String::new();
    loop {
        let Some(answer) = answers.next() else {
            let list = list().bearer("access");
            return Ok(Some(if token.is_empty() { list } else { list.query("pageToken", token) }));
        };
        token = take(answer)?;
        if token.is_empty() {
            return Ok(None);
        }
    }
}

fn listed<T: serde::de::DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    if !answer.ok() {
        return Err(error::of_connecting(answer));
    }
    read(answer, what)
}

fn voice_call(name: &str) -> Request {
    let address = format!("{VERIFICATIONS}/{name}/VoiceOfMerchantState");
    Request::get("ask why the location has no say", address).bearer("access")
}

fn account(held: Held, voice: Option<Voice>, grant: &GrantView) -> FoundAccount {
    let Held { parent, location } = held;
    let unusable = if !location.metadata.has_voice_of_merchant {
        Some(silence(voice.as_ref()).to_owned())
    } else if location.open_info.status == "CLOSED_PERMANENTLY" {
        Some("Google shows the location as permanently closed. Reopen it in its Business Profile.".to_owned())
    } else {
        None
    };
    let id = location.name.rsplit('/').next().unwrap_or_default().to_owned();
    let name = [location.title.trim(), location.store_code.trim(), &id]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_default()
        .to_owned();
    let mut meta = json!({"parent": format!("{parent}/{}", location.name)});
    for (key, value) in [("maps_uri", &location.metadata.maps_uri), ("language", &location.language_code)] {
        if !value.is_empty() {
            meta[key] = value.as_str().into();
        }
    }
    FoundAccount {
        name,
        avatar_url: None,
        detail: detail(&location),
        unusable,
        secrets: Secrets::new(),
        account: Account {
            external_id: id,
            handle: String::new(),
            kind: LOCATION.to_owned(),
            variant: grant.variant.clone(),
            meta,
        },
    }
}

/// What tells it from another store of the same name.
fn detail(location: &Location) -> String {
    let place = match &location.storefront_address {
        Some(address) => street(address),
        None => {
            let places = &location.service_area.places.place_infos;
            places.iter().map(|place| place.place_name.as_str()).collect::<Vec<_>>().join(", ")
        }
    };
    let closed = match location.open_info.status.as_str() {
        "CLOSED_TEMPORARILY" => "temporarily closed",
        _ => "",
    };
    joined(&[location.store_code.as_str(), &place, closed], " · ")
}

fn street(address: &Address) -> String {
    let lines = address.address_lines.join(", ");
    let town = joined(&[&address.postal_code, &address.locality], " ");
    // A town that names its region says it once.
    let region = match address.administrative_area.as_str() {
        area if area == address.locality => "",
        area => area,
    };
    joined(&[&lines, &town, region, &address.region_code], ", ")
}

fn joined(parts: &[&str], between: &str) -> String {
    let said = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    said.collect::<Vec<_>>().join(between)
}

/// Why a location cannot post, and what to do.
fn silence(voice: Option<&Voice>) -> &'static str {
    let Some(voice) = voice else {
        return "Google has not verified the location, or has suspended it. Open its Business Profile and do what it asks.";
    };
    match voice {
        Voice {
            verify: Some(verification),
            ..
        } if verification.has_pending_verification => {
            "The location is being verified. Enter the code that Google sent, in its Business Profile."
        }
        Voice { verify: Some(_), .. } => "The location is not verified. Verify it in its Business Profile.",
        Voice {
            wait_for_voice_of_merchant: Some(_),
            ..
        } => "Google is still looking the location over. Try again in some days.",
        Voice {
            resolve_ownership_conflict: Some(_),
            ..
        } => "The location is the same as another one. Use the other, or ask its owner for access to it.",
        Voice {
            comply_with_guidelines: Some(comply),
            ..
        } => match comply.recommendation_reason.as_str() {
            "BUSINESS_LOCATION_SUSPENDED" => "Google has suspended the location. Ask for it back in its Business Profile.",
            _ => "Google has disabled the location. Open its Business Profile and do what it asks.",
        },
        _ => silence(None),
    }
}

/// Whether the location is there, and has a say.
pub fn verify(account: &Account, answers: &[Answer]) -> Flow<Health> {
    verified(account, answers.iter()).unwrap_or_else(Flow::Fail)
}

fn verified(account: &Account, mut answers: Answers<'_>) -> Result<Flow<Health>, Fault> {
    let name = format!("locations/{}", account.external_id);
    let Some(answer) = answers.next() else {
        let call = Request::get("read the location", format!("{INFORMATION}/{name}")).query("readMask", "name,title,metadata");
        return Ok(Flow::Call(call.bearer("access")));
    };
    let location: Location = read(answer, "read the location")?;
    if !location.metadata.has_voice_of_merchant {
        let Some(answer) = answers.next() else {
            return Ok(Flow::Call(voice_call(&name)));
        };
        let voice = read::<Voice>(answer, "ask why the location has no say").ok();
        return Err(Fault::stop(
            FailureKind::Permission,
            "google_business.no_voice",
            silence(voice.as_ref()),
            "Then verify the channel here.",
        )
        .verdict(Verdict::MissingPermission));
    }
    Ok(Flow::Done(Health {
        // Which permissions a token holds is told only as it is given out.
        scopes: None,
        avatar_url: None,
        name: Some(location.title).filter(|name| !name.is_empty()),
        data_access_ends_at_ms: None,
    }))
}
