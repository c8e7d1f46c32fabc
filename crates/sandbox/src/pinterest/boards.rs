//! The account, its boards and their sections.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::Response;
use axum::{Json, Router, routing};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::limits::{BOARD_NAME_CHARS_MAX, SECTION_NAME_CHARS_MAX};
use super::rest::{Category, body, paced, page, params, scopes};
use super::{NETWORK, at, publish, seed};
use crate::world::{Account, PostState, State, Token, World};

const PRIVACIES: &[&str] = &["PUBLIC", "PROTECTED", "SECRET"];
const FILTERS: &[&str] = &["ALL", "PUBLIC", "PROTECTED", "SECRET", "PUBLIC_AND_SECRET"];

/// The routes of boards.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&at("user_account"), routing::get(user_account))
        .route(&at("boards"), routing::get(list).post(create))
        .route(&at("boards/{id}"), routing::get(read))
        .route(&at("boards/{id}/pins"), routing::get(pins))
        .route(&at("boards/{id}/sections"), routing::get(sections).post(create_section))
}

/// Whether an id is a number as all of Pinterest's are.
pub fn numeric(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// `2026-11-22T00:00:00`: UTC, without a zone.
pub fn time(at_us: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(at_us).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// A board that the person behind a token may see.
///
/// # Errors
/// 400 for what is no id, 404 for a board of somebody else's, 403 for a secret one without the scope.
pub fn board(state: &State, token: &Token, id: &str) -> Answer<Account> {
    if !numeric(id) {
        return Err(Refusal::invalid(format!("'board_id': '{id}' does not match '^\\d+$'")));
    }
    let board = state.account(NETWORK, id).filter(|board| board.roles.contains_key(&token.person));
    let board = board.ok_or_else(Refusal::no_board)?;
    if board.details["privacy"] == "SECRET" {
        scopes(token, &["boards:read_secret"])?;
    }
    Ok(board.clone())
}

fn username(person: &Value) -> Value {
    let user = person.as_str().and_then(seed::user);
    user.map(|user| user.username).into()
}

fn board_json(state: &State, board: &Account) -> Value {
    let pins = state
        .posts_of(NETWORK, &board.id)
        .filter(|pin| pin.state == PostState::Published)
        .count();
    json!({
        "id": board.id,
        "name": board.name,
        "description": board.details["description"],
        "privacy": board.details["privacy"],
        "is_ads_only": board.details["ads_only"],
        "owner": {"username": username(&board.details["owner"])},
        "pin_count": pins,
        "follower_count": board.followers,
        "collaborator_count": board.roles.len() - 1,
        "created_at": time(board.details["created_us"].as_i64().unwrap_or_default()),
        "media": {"image_cover_url": board.avatar_url, "pin_thumbnail_urls": []},
    })
}

async fn user_account(Shared(world): Shared<Arc<World>>, headers: HeaderMap) -> Response {
    paced(&world, &headers, Category::Read, &["user_accounts:read"], async |token| {
        let user = seed::user(&token.person).ok_or_else(Refusal::unknown)?;
        let boards = world.with(|state| {
            let own = state
                .accounts_of(NETWORK)
                .filter(|board| board.details["owner"] == user.person)
                .count();
            (own, state.avatar_url(NETWORK, user.id))
        });
        let kind = if user.business.is_some() { "BUSINESS" } else { "PINNER" };
        Ok(Json(json!({
            "id": user.id,
            "username": user.username,
            "account_type": kind,
            "business_name": user.business,
            "profile_image": boards.1,
            "website_url": format!("https://{}.example", user.username),
            "board_count": boards.0,
            "pin_count": 90,
            "follower_count": 12,
            "following_count": 3,
            "monthly_views": 163,
        })))
    })
    .await
}

async fn list(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = params(query.as_deref());
    paced(&world, &headers, Category::Read, &["boards:read"], async |token| {
        let wanted = query.get("privacy").map_or("ALL", String::as_str);
        if !FILTERS.contains(&wanted) {
            return Err(Refusal::invalid(format!("'privacy': '{wanted}' is not one of {FILTERS:?}")));
        }
        let boards = world.with(|state| {
            let shown = |board: &&Account| {
                let privacy = board.details["privacy"].as_str().unwrap_or_default();
                let secret = privacy == "SECRET";
                let asked = match wanted {
                    "ALL" => true,
                    "PUBLIC_AND_SECRET" => privacy != "PROTECTED",
                    one => one == privacy,
                };
                asked && board.roles.contains_key(&token.person) && (!secret || token.scopes.contains("boards:read_secret"))
            };
            let boards = state.accounts_of(NETWORK).filter(shown);
            boards.map(|board| board_json(state, board)).collect()
        });
        page(&query, boards).map(Json)
    })
    .await
}

async fn create(Shared(world): Shared<Arc<World>>, headers: HeaderMap, bytes: Bytes) -> Response {
    paced(&world, &headers, Category::Write, &["boards:read", "boards:write"], async |token| {
        let body = body(&headers, &bytes)?;
        let name = body["name"].as_str().map(str::trim).unwrap_or_default();
        let privacy = body["privacy"].as_str().unwrap_or("PUBLIC");
        if name.is_empty() {
            return Err(Refusal::invalid("'name' is a required property"));
        }
        if name.chars().count() > BOARD_NAME_CHARS_MAX {
            return Err(Refusal::too_long("name", name.chars().count(), BOARD_NAME_CHARS_MAX));
        }
        if !PRIVACIES.contains(&privacy) {
            return Err(Refusal::invalid(format!("'privacy': '{privacy}' is not one of {PRIVACIES:?}")));
        }
        if privacy == "SECRET" {
            scopes(&token, &["boards:write_secret"])?;
        }
        let now_us = world.clock.now_us();
        world.with(|state| {
            let own = |board: &Account| board.details["owner"] == token.person.as_str();
            let same = |board: &Account| own(board) && board.name.eq_ignore_ascii_case(name);
            if state.accounts_of(NETWORK).any(same) {
                return Err(Refusal::new(400, 58, "You already have a board with this name."));
            }
            let id = state.number("5497558", 12);
            let mut board = seed::board(state, &id, name, &token.person, privacy);
            board.details["description"] = body["description"].clone();
            board.details["created_us"] = now_us.into();
            let made = board_json(state, &board);
            state.put_account(board);
            Ok((StatusCode::CREATED, Json(made)))
        })
    })
    .await
}

async fn read(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    paced(&world, &headers, Category::Read, &["boards:read"], async |token| {
        world.with(|state| board(state, &token, &id).map(|board| Json(board_json(state, &board))))
    })
    .await
}

async fn pins(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = params(query.as_deref());
    paced(&world, &headers, Category::Read, &["boards:read", "pins:read"], async |token| {
        let until_us = world.listed_until_us();
        let pins = world.with(|state| {
            board(state, &token, &id)?;
            Ok::<_, Refusal>(publish::listed(state, &token, &id, until_us))
        })?;
        page(&query, pins).map(Json)
    })
    .await
}

async fn sections(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = params(query.as_deref());
    paced(&world, &headers, Category::Read, &["boards:read"], async |token| {
        let board = world.with(|state| board(state, &token, &id))?;
        page(&query, board.details["sections"].as_array().cloned().unwrap_or_default()).map(Json)
    })
    .await
}

async fn create_section(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, headers: HeaderMap, bytes: Bytes) -> Response {
    paced(&world, &headers, Category::Write, &["boards:read", "boards:write"], async |token| {
        let body = body(&headers, &bytes)?;
        let name = body["name"].as_str().map(str::trim).unwrap_or_default();
        let chars = name.chars().count();
        if chars == 0 {
            return Err(Refusal::invalid("'name' is a required property"));
        }
        if chars > SECTION_NAME_CHARS_MAX {
            return Err(Refusal::too_long("name", chars, SECTION_NAME_CHARS_MAX));
        }
        world.with(|state| {
            board(state, &token, &id)?;
            let section = json!({"id": state.number("51", 13), "name": name});
            let held = state
                .account_mut(NETWORK, &id)
                .and_then(|board| board.details["sections"].as_array_mut());
            if let Some(held) = held {
                held.push(section.clone());
            }
            Ok((StatusCode::CREATED, Json(section)))
        })
    })
    .await
}
