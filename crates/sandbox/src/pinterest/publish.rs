//! Pins: made, saved, listed, read, changed and deleted. There is no key and no filter for repeats: the same call twice makes two.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::Response;
use axum::{Json, Router, routing};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::boards::{board, time};
use super::content::{self, Picture, Source, Wanted, Words};
use super::error::{Answer, Refusal};
use super::limits::IMAGE_BYTES_MAX;
use super::rest::{Category, body, paced, page, params, scopes};
use super::{NETWORK, at, is_trial, media, seed};
use crate::world::{Account, FetchFailure, Media, Post, PostState, State, Stored, Token, World};

const READ: &[&str] = &["boards:read", "pins:read"];
const WRITE: &[&str] = &["boards:read", "boards:write", "pins:read", "pins:write"];
/// What Pinterest takes as a picture from an address; sent along, only the first two.
const PICTURES: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp", "image/tiff"];

/// The routes of Pins.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&at("pins"), routing::post(create).get(list))
        .route(&at("pins/{id}"), routing::get(read).patch(update).delete(delete))
        .route(&at("pins/{id}/save"), routing::post(save))
}

/// A board that the person may pin on, and its section.
fn pinnable(state: &State, token: &Token, id: &str, section: Option<&str>) -> Answer<Account> {
    let board = board(state, token, id)?;
    if board.suspended {
        return Err(Refusal::forbidden());
    }
    if board.details["privacy"] == "SECRET" {
        scopes(token, &["pins:write_secret"])?;
    }
    if board.details["ads_only"] == true {
        return Err(Refusal::invalid("'board_id' is an ad-only board"));
    }
    let mut sections = board.details["sections"].as_array().into_iter().flatten();
    match section {
        Some(section) if !sections.any(|known| known["id"] == section) => Err(Refusal::new(404, 2030, "Board section not found.")),
        _ => Ok(board),
    }
}

async fn create(Shared(world): Shared<Arc<World>>, headers: HeaderMap, bytes: Bytes) -> Response {
    paced(&world, &headers, Category::Write, WRITE, async |token| {
        let wanted = content::read(&body(&headers, &bytes)?)?;
        world.with(|state| pinnable(state, &token, &wanted.board, wanted.section.as_deref()))?;
        let (kind, media, cover) = shown(&world, &token, &wanted).await?;
        let now_us = world.clock.now_us();
        let made = world.with(|state| {
            // Somebody may have taken the board away while its pictures were fetched.
            pinnable(state, &token, &wanted.board, wanted.section.as_deref())?;
            if let Source::Video(id, _) = &wanted.source {
                media::video(state, &token.person, id, now_us, true)?;
            }
            let id = state.number("8137442", 18);
            let mut pin = pin(&id, &wanted.board, kind, media, &token, now_us);
            say(&mut pin, wanted.words.clone());
            pin.details["section"] = wanted.section.clone().into();
            pin.details["cover"] = cover.map(|cover| cover.sha256).into();
            let told = pin_json(&pin, &token.person);
            state.put_post(pin);
            Ok::<_, Refusal>(told)
        })?;
        Ok((StatusCode::CREATED, Json(made)))
    })
    .await
}

/// What a Pin shows: its kind, its files, and a video's own cover.
async fn shown(world: &World, token: &Token, wanted: &Wanted) -> Answer<(&'static str, Vec<Media>, Option<Stored>)> {
    let alt = wanted.words.alt.clone();
    match &wanted.source {
        Source::Image(one) => Ok(("image", vec![picture(world, one).await?.media(alt)], None)),
        Source::Images(several) => {
            let mut files = Vec::new();
            for one in several {
                files.push(picture(world, one).await?);
            }
            if !of_one_shape(&files) {
                return Err(Refusal::invalid("the images of a carousel must have the same aspect ratio"));
            }
            // The description for who cannot see it is the Pin's, not a picture's.
            let media = files.iter().map(|file| file.media(None)).collect();
            Ok(("multiple_images", media, None))
        }
        Source::Video(id, cover) => {
            let now_us = world.clock.now_us();
            let file = world.with(|state| media::video(state, &token.person, id, now_us, false))?;
            let cover = match cover {
                Some(cover) => Some(picture(world, cover).await?),
                None => None,
            };
            Ok(("video", vec![file.media(alt)], cover))
        }
    }
}

fn of_one_shape(files: &[Stored]) -> bool {
    let aspect = |file: &Stored| file.pixels.map(|(width, height)| f64::from(width) / f64::from(height));
    let first = files.first().and_then(aspect);
    files.iter().all(|file| match (aspect(file), first) {
        (Some(one), Some(first)) => (one - first).abs() < 0.01,
        _ => true,
    })
}

async fn picture(world: &World, picture: &Picture) -> Answer<Stored> {
    let stored = match picture {
        Picture::Sent(kind, bytes) => {
            let stored = world.media.put(bytes, kind);
            if stored.sniffed != kind.as_str() {
                return Err(Refusal::invalid(format!("'data' is no {kind}")));
            }
            stored
        }
        Picture::At(url) => match world.fetch_media(url, IMAGE_BYTES_MAX).await {
            Ok(stored) => stored,
            Err(FetchFailure::TooLarge(_)) => return Err(Refusal::invalid("the image is too large")),
            Err(FetchFailure::Address | FetchFailure::Unreachable(_) | FetchFailure::Status(_)) => return Err(Refusal::unreachable()),
        },
    };
    if stored.bytes > IMAGE_BYTES_MAX {
        return Err(Refusal::invalid("the image is too large"));
    }
    if !PICTURES.contains(&stored.sniffed) {
        return Err(Refusal::invalid("the file is no image of a supported type"));
    }
    Ok(stored)
}

fn pin(id: &str, board: &str, kind: &str, media: Vec<Media>, token: &Token, now_us: i64) -> Post {
    Post {
        network: NETWORK,
        id: id.to_owned(),
        account: board.to_owned(),
        kind: kind.to_owned(),
        text: String::new(),
        media,
        link: None,
        parent: None,
        // What an app with trial access makes is seen by its creator alone.
        state: if is_trial(&token.app) {
            PostState::Draft
        } else {
            PostState::Published
        },
        created_us: now_us,
        permalink: format!("https://www.pinterest.com/pin/{id}/"),
        app: Some(token.app.clone()),
        comments: Vec::new(),
        details: json!({"creator": token.person, "title": null, "alt": null, "section": null, "cover": null}),
    }
}

/// Makes a Pin say what was said; the rest stays.
fn say(pin: &mut Post, words: Words) {
    if let Some(description) = words.description {
        pin.text = description;
    }
    if let Some(title) = words.title {
        pin.details["title"] = title.into();
    }
    if let Some(alt) = words.alt {
        pin.details["alt"] = alt.as_str().into();
        if let [only] = pin.media.as_mut_slice() {
            only.alt = Some(alt);
        }
    }
    pin.link = words.link.or(pin.link.take());
}

fn pin_json(pin: &Post, person: &str) -> Value {
    let image = |media: &Media| {
        let url = format!("https://i.pinimg.com/originals/{}.jpg", &media.sha256[..32]);
        json!({"150x150": {"width": 150, "height": 150, "url": url}, "1200x": {"width": 1_200, "height": 1_800, "url": url}})
    };
    let media = match pin.kind.as_str() {
        "video" => json!({"media_type": "video", "duration": null, "width": null, "height": null, "video_url": null}),
        "multiple_images" => {
            let items: Vec<Value> = pin
                .media
                .iter()
                .map(|media| json!({"item_type": "image", "images": image(media)}))
                .collect();
            json!({"media_type": "multiple_images", "items": items})
        }
        _ => json!({"media_type": "image", "images": pin.media.first().map(image)}),
    };
    let creator = pin.details["creator"].as_str().unwrap_or_default();
    json!({
        "id": pin.id,
        "created_at": time(pin.created_us),
        "link": pin.link,
        "title": pin.details["title"],
        "description": if pin.text.is_empty() { Value::Null } else { pin.text.as_str().into() },
        "alt_text": pin.details["alt"],
        "dominant_color": "#6E7874",
        "board_id": pin.account,
        "board_section_id": pin.details["section"],
        "board_owner": {"username": seed::user(creator).map(|user| user.username)},
        "is_owner": creator == person,
        "is_standard": true,
        "creative_type": if pin.kind == "video" { "VIDEO" } else { "REGULAR" },
        "has_been_promoted": false,
        "parent_pin_id": pin.parent,
        "media": media,
        "pin_metrics": null,
    })
}

fn visible(pin: &Post, person: &str) -> bool {
    pin.state == PostState::Published || pin.details["creator"] == person
}

/// The Pins of a board that a person may see, newest first, as they are listed by now.
pub fn listed(state: &State, token: &Token, board: &str, until_us: i64) -> Vec<Value> {
    let pins = state.posts_of(NETWORK, board).rev();
    pins.filter(|pin| pin.created_us <= until_us && visible(pin, &token.person))
        .map(|pin| pin_json(pin, &token.person))
        .collect()
}

/// A Pin that the person may see.
///
/// # Errors
/// 404.
pub fn known<'a>(state: &'a State, token: &Token, id: &str) -> Answer<&'a Post> {
    let pin = state.post(NETWORK, id).filter(|pin| visible(pin, &token.person));
    pin.ok_or_else(Refusal::no_pin)
}

fn owned(state: &State, token: &Token, id: &str) -> Answer<Post> {
    let pin = known(state, token, id)?;
    if pin.details["creator"] != token.person.as_str() {
        return Err(Refusal::forbidden());
    }
    Ok(pin.clone())
}

async fn list(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = params(query.as_deref());
    paced(&world, &headers, Category::Read, READ, async |token| {
        let until_us = world.listed_until_us();
        let pins = world.with(|state| {
            let boards: Vec<String> = state.accounts_of(NETWORK).map(|board| board.id.clone()).collect();
            let mut pins: Vec<&Post> = boards
                .iter()
                .flat_map(|board| state.posts_of(NETWORK, board))
                .filter(|pin| pin.details["creator"] == token.person.as_str() && pin.created_us <= until_us)
                .collect();
            pins.sort_by_key(|pin| std::cmp::Reverse(pin.created_us));
            pins.into_iter().map(|pin| pin_json(pin, &token.person)).collect()
        });
        page(&query, pins).map(Json)
    })
    .await
}

async fn read(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    paced(&world, &headers, Category::Read, READ, async |token| {
        world.with(|state| known(state, &token, &id).map(|pin| Json(pin_json(pin, &token.person))))
    })
    .await
}

async fn update(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, headers: HeaderMap, bytes: Bytes) -> Response {
    paced(&world, &headers, Category::Write, WRITE, async |token| {
        let words = content::words(&body(&headers, &bytes)?)?;
        world.with(|state| {
            let mut pin = owned(state, &token, &id)?;
            say(&mut pin, words);
            let told = pin_json(&pin, &token.person);
            state.put_post(pin);
            Ok(Json(told))
        })
    })
    .await
}

async fn delete(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    paced(&world, &headers, Category::Write, WRITE, async |token| {
        world.with(|state| {
            owned(state, &token, &id)?;
            state.remove_post(NETWORK, &id);
            Ok(StatusCode::NO_CONTENT)
        })
    })
    .await
}

/// Saves a Pin to a board of one's own: a Pin that names the first as its source.
async fn save(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, headers: HeaderMap, bytes: Bytes) -> Response {
    paced(&world, &headers, Category::Write, WRITE, async |token| {
        let body = body(&headers, &bytes)?;
        let wanted = body["board_id"].as_str().unwrap_or_default();
        let now_us = world.clock.now_us();
        let told = world.with(|state| {
            let source = known(state, &token, &id)?.clone();
            pinnable(state, &token, wanted, None)?;
            let new = state.number("8137442", 18);
            let mut saved = Post {
                text: source.text.clone(),
                link: source.link.clone(),
                parent: Some(source.id.clone()),
                ..pin(&new, wanted, &source.kind, source.media.clone(), &token, now_us)
            };
            saved.details["title"] = source.details["title"].clone();
            let told = pin_json(&saved, &token.person);
            state.put_post(saved);
            Ok::<_, Refusal>(told)
        })?;
        Ok((StatusCode::CREATED, Json(told)))
    })
    .await
}
