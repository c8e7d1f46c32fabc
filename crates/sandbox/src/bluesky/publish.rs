//! Writing and reading records. A record written twice with the same key and content is written once.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::auth::author;
use super::error::{Answer, Refusal};
use super::identity::resolve;
use super::points::WRITES;
use super::record::{self, Meaning, POST, Role};
use super::repos::{Record, Repos, bent};
use super::xrpc::{Params, input, text};
use super::{NETWORK, blobs, cid};
use crate::world::{Post, PostState, State, Stored, World};

/// The record routes of one host.
pub fn routes(host: &str) -> Router<Arc<World>> {
    let at = |nsid: &str| format!("/{host}/xrpc/com.atproto.repo.{nsid}");
    Router::new()
        .route(&at("putRecord"), routing::post(put_record))
        .route(&at("createRecord"), routing::post(create_record))
        .route(&at("deleteRecord"), routing::post(delete_record))
        .route(&at("getRecord"), routing::get(get_record))
        .route(&at("listRecords"), routing::get(list_records))
}

/// Where a record stands or is to stand.
struct Place {
    did: String,
    collection: String,
    rkey: String,
}

impl Place {
    fn uri(&self) -> String {
        format!("at://{}/{}/{}", self.did, self.collection, self.rkey)
    }
}

/// A record that passed its schema.
struct Draft {
    value: Value,
    cid: String,
    meaning: Option<Meaning>,
}

fn is_nsid(text: &str) -> bool {
    let part_ok = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    text.split('.').count() >= 3 && text.len() <= 317 && text.split('.').all(part_ok)
}

fn is_record_key(key: &str) -> bool {
    let letters_ok = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_~.:-".contains(&byte));
    (1..=512).contains(&key.len()) && letters_ok && key != "." && key != ".."
}

fn draft(input: &Map<String, Value>, collection: &str) -> Answer<Draft> {
    let record = input
        .get("record")
        .ok_or_else(|| Refusal::invalid("Input must have the property \"record\""))?;
    let mut value = record.clone();
    let fields = value
        .as_object_mut()
        .ok_or_else(|| Refusal::invalid("Input/record must be an object"))?;
    let kind = fields.entry("$type").or_insert_with(|| collection.into());
    if kind != collection {
        return Err(Refusal::invalid(format!("Invalid $type: expected {collection}, got {kind}")));
    }
    let validate = input.get("validate").and_then(Value::as_bool);
    let meaning = match (collection == POST, validate) {
        (true, Some(false)) => record::read(&value).ok(),
        (true, _) => Some(record::read(&value).map_err(|flaw| Refusal::invalid(format!("Invalid {POST} record: {flaw}")))?),
        (false, Some(true)) => return Err(Refusal::invalid(format!("Lexicon not found: lex:{collection}"))),
        (false, _) => None,
    };
    let cid = cid::of_record(&value).map_err(|error| Refusal::invalid(format!("Could not encode record: {error}")))?;
    Ok(Draft { value, cid, meaning })
}

/// The author's place for a record.
fn place(state: &State, headers: &HeaderMap, input: &Map<String, Value>, rkey: Option<&str>, now_us: i64) -> Answer<Place> {
    let did = author(state, headers, now_us)?;
    let repo = text(input, "repo")?;
    let named = resolve(state, repo).map(|account| account.id.clone());
    let named = named.ok_or_else(|| Refusal::invalid(format!("Could not find repo: {repo}")))?;
    if named != did {
        return Err(Refusal::unauthorized("AuthenticationRequired", "Authentication Required"));
    }
    let collection = text(input, "collection")?;
    if !is_nsid(collection) {
        return Err(Refusal::invalid("Input/collection must be a valid nsid"));
    }
    let rkey = rkey.map_or_else(|| cid::tid(now_us as u64, 1), str::to_owned);
    if !is_record_key(&rkey) {
        return Err(Refusal::invalid("Input/rkey must be a valid Record Key"));
    }
    if collection == POST && !cid::is_tid(&rkey) {
        return Err(Refusal::invalid(format!("Invalid record key for {POST}: {rkey} is no TID")));
    }
    Ok(Place {
        did,
        collection: collection.to_owned(),
        rkey,
    })
}

fn commit_meta(state: &mut State, place: &Place, data: &str, now_us: i64) -> Value {
    let rev = cid::tid(now_us as u64, state.random());
    let commit = json!({"did": place.did, "rev": rev, "data": data, "version": 3});
    json!({"cid": cid::of_record(&commit).unwrap_or_default(), "rev": rev})
}

fn swap_ok(input: &Map<String, Value>, current: Option<&str>) -> Answer<()> {
    let held = match input.get("swapRecord") {
        None => return Ok(()),
        Some(Value::Null) => current.is_none(),
        Some(Value::String(expected)) => current == Some(expected.as_str()),
        Some(_) => return Err(Refusal::invalid("Input/swapRecord must be a string")),
    };
    if held {
        return Ok(());
    }
    let at = current.unwrap_or("null");
    Err(Refusal::bad("InvalidSwap", format!("Record was at {at}")))
}

fn written(state: &mut State, place: &Place, draft: Draft, now_us: i64) -> Answer<Value> {
    let uri = place.uri();
    let mut files: Vec<(Role, Option<String>, Stored)> = Vec::new();
    let repos = state.own::<Repos>();
    for used in draft.meaning.iter().flat_map(|meaning| &meaning.blobs) {
        files.push((used.role, used.alt.clone(), blobs::check(repos, &place.did, used, now_us)?));
    }
    for used in draft.meaning.iter().flat_map(|meaning| &meaning.blobs) {
        if let Some(blob) = repos.blobs.get_mut(&(place.did.clone(), used.cid.clone())) {
            blob.referenced = true;
        }
    }
    let status = if draft.meaning.is_some() { "valid" } else { "unknown" };
    if let Some(meaning) = draft.meaning {
        show(state, place, &draft.value, &draft.cid, meaning, &files, now_us);
    }
    let commit = commit_meta(state, place, &draft.cid, now_us);
    let answer = json!({"uri": uri, "cid": draft.cid, "commit": commit, "validationStatus": status});
    let records = state.own::<Repos>().records.entry(place.did.clone()).or_default();
    let record = Record {
        cid: draft.cid,
        value: draft.value,
    };
    records.insert((place.collection.clone(), place.rkey.clone()), record);
    Ok(answer)
}

/// Makes a post visible. A post that is there already stays as readers know it: they do not follow edits of a record.
fn show(
    state: &mut State,
    place: &Place,
    value: &Value,
    cid: &str,
    meaning: Meaning,
    files: &[(Role, Option<String>, Stored)],
    now_us: i64,
) {
    let uri = place.uri();
    if let Some(known) = state.post_mut(NETWORK, &uri) {
        known.details["changed_record"] = value.clone();
        return;
    }
    let media = files
        .iter()
        .filter(|(role, ..)| *role == Role::Medium)
        .map(|(_, alt, stored)| stored.media(alt.clone()))
        .collect();
    let thumb = files
        .iter()
        .find(|(role, ..)| *role == Role::Thumb)
        .map(|(.., stored)| stored.media(None));
    let details = json!({
        "cid": cid,
        "facets": value["facets"],
        "langs": value["langs"],
        "tags": value["tags"],
        "labels": value["labels"],
        "reply": value["reply"],
        "embed": value["embed"],
        "created_at": value["createdAt"],
        "quoted": meaning.quoted,
        "thumb": thumb,
    });
    state.put_post(Post {
        network: NETWORK,
        permalink: format!("https://bsky.app/profile/{}/post/{}", place.did, place.rkey),
        id: uri,
        account: place.did.clone(),
        kind: meaning.kind.to_owned(),
        text: meaning.text,
        media,
        link: meaning.link,
        parent: meaning.parent,
        state: PostState::Published,
        created_us: now_us,
        app: None,
        comments: Vec::new(),
        details,
    });
}

async fn put_record(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: Body) -> Answer<Response> {
    let now_us = world.clock.now_us();
    world.with(|state| author(state, &headers, now_us))?;
    let input = input(&headers, body).await?;
    let rkey = text(&input, "rkey")?;
    let draft = draft(&input, text(&input, "collection")?);
    world.with(|state| {
        let place = place(state, &headers, &input, Some(rkey), now_us)?;
        let bent = bent(state, &place.did);
        let gauge = state.own::<Repos>().buckets.take(WRITES, &place.did, 2, now_us, bent)?;
        let draft = draft?;
        let current = state
            .own::<Repos>()
            .record(&place.did, &place.collection, rkey)
            .map(|record| record.cid.clone());
        if current.as_deref() == Some(draft.cid.as_str()) {
            let status = if draft.meaning.is_some() { "valid" } else { "unknown" };
            let answer = json!({"uri": place.uri(), "cid": draft.cid, "validationStatus": status});
            return Ok((gauge, Json(answer)).into_response());
        }
        swap_ok(&input, current.as_deref())?;
        Ok((gauge, Json(written(state, &place, draft, now_us)?)).into_response())
    })
}

async fn create_record(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: Body) -> Answer<Response> {
    let now_us = world.clock.now_us();
    world.with(|state| author(state, &headers, now_us))?;
    let input = input(&headers, body).await?;
    let draft = draft(&input, text(&input, "collection")?);
    world.with(|state| {
        let rkey = input.get("rkey").and_then(Value::as_str);
        let place = place(state, &headers, &input, rkey, now_us)?;
        let bent = bent(state, &place.did);
        let gauge = state.own::<Repos>().buckets.take(WRITES, &place.did, 3, now_us, bent)?;
        let draft = draft?;
        if state.own::<Repos>().record(&place.did, &place.collection, &place.rkey).is_some() {
            let error = Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "Internal Server Error");
            return Err(error.with_headers(gauge));
        }
        Ok((gauge, Json(written(state, &place, draft, now_us)?)).into_response())
    })
}

async fn delete_record(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: Body) -> Answer<Response> {
    let now_us = world.clock.now_us();
    world.with(|state| author(state, &headers, now_us))?;
    let input = input(&headers, body).await?;
    let rkey = text(&input, "rkey")?;
    world.with(|state| {
        let place = place(state, &headers, &input, Some(rkey), now_us)?;
        let bent = bent(state, &place.did);
        let gauge = state.own::<Repos>().buckets.take(WRITES, &place.did, 1, now_us, bent)?;
        let current = state
            .own::<Repos>()
            .record(&place.did, &place.collection, rkey)
            .map(|record| record.cid.clone());
        let Some(current) = current else {
            return Ok((gauge, Json(json!({}))).into_response());
        };
        swap_ok(&input, Some(&current))?;
        if let Some(records) = state.own::<Repos>().records.get_mut(&place.did) {
            records.remove(&(place.collection.clone(), rkey.to_owned()));
        }
        state.remove_post(NETWORK, &place.uri());
        let commit = commit_meta(state, &place, &current, now_us);
        Ok((gauge, Json(json!({"commit": commit}))).into_response())
    })
}

fn repo(state: &State, params: &Params) -> Answer<String> {
    let repo = params.required("repo")?;
    let account = resolve(state, repo).ok_or_else(|| Refusal::invalid(format!("Could not find repo: {repo}")))?;
    if account.suspended {
        return Err(Refusal::bad("RepoTakendown", format!("Repo has been takendown: {}", account.id)));
    }
    Ok(account.id.clone())
}

async fn get_record(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery) -> Answer<Json<Value>> {
    let params = Params::read(query.as_deref());
    world.with(|state| {
        let did = repo(state, &params)?;
        let (collection, rkey) = (params.required("collection")?, params.required("rkey")?);
        let uri = format!("at://{did}/{collection}/{rkey}");
        let record = state.own::<Repos>().record(&did, collection, rkey);
        let wanted = params.optional("cid");
        let record = record.filter(|record| wanted.is_none_or(|cid| record.cid == cid));
        let record = record.ok_or_else(|| Refusal::bad("RecordNotFound", format!("Could not locate record: {uri}")))?;
        Ok(Json(json!({"uri": uri, "cid": record.cid, "value": record.value})))
    })
}

async fn list_records(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery) -> Answer<Json<Value>> {
    let params = Params::read(query.as_deref());
    let limit = params.number("limit", 50, 1, 100)?;
    let oldest_first = params.optional("reverse") == Some("true");
    let cursor = params.optional("cursor");
    world.with(|state| {
        let did = repo(state, &params)?;
        let collection = params.required("collection")?;
        let Some(records) = state.own::<Repos>().records.get(&did) else { return Ok(Json(json!({"records": []}))) };
        let mut found: Vec<_> = records.iter().filter(|((kind, _), _)| kind == collection).collect();
        if !oldest_first {
            found.reverse();
        }
        let after = |key: &str| cursor.is_none_or(|cursor| if oldest_first { key > cursor } else { key < cursor });
        let page: Vec<_> = found.into_iter().filter(|((_, key), _)| after(key)).take(limit).collect();
        let next = page.last().filter(|_| page.len() == limit).map(|((_, key), _)| key.clone());
        let shown = |((_, key), record): &(&(String, String), &Record)| {
            json!({"uri": format!("at://{did}/{collection}/{key}"), "cid": record.cid, "value": record.value})
        };
        let mut answer = json!({"records": page.iter().map(shown).collect::<Vec<_>>()});
        if let Some(next) = next {
            answer["cursor"] = next.into();
        }
        Ok(Json(answer))
    })
}
