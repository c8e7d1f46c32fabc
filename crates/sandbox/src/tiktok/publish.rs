//! Posts begun: videos that are sent or fetched, pictures that are fetched, at once or by way of the inbox; and what became of them.

use std::sync::Arc;

use axum::extract::{Extension, State as Shared};
use axum::{Json, Router, routing};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::content::{self, Source, Words};
use super::error::{Answer, Refusal};
use super::limits::{
    DRAFTS_PENDING_MAX, INITS_PER_MINUTE, PHOTO_BYTES_MAX, POSTS_PER_DAY, STATUSES_PER_MINUTE, UNAUDITED_ACCOUNTS_MAX, UPLOAD_S,
    VIDEO_BYTES_MAX,
};
use super::people::privacy_levels;
use super::rest::{body, enter, ok};
use super::tasks::{Task, Tasks, Upload, accounts_within_a_day, finish, flaw_of_photo, flaw_of_video, within_a_day};
use super::{NETWORK, UPLOADS, at, is_unaudited};
use crate::passage::Call;
use crate::world::{Account, State, Stored, Token, World};

/// The routes of posts.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&at("post/publish/video/init"), routing::post(video))
        .route(&at("post/publish/inbox/video/init"), routing::post(inbox_video))
        .route(&at("post/publish/content/init"), routing::post(photos))
        .route(&at("post/publish/status/fetch"), routing::post(status))
}

/// Whether an account may post at all.
///
/// # Errors
/// 403 for one that is banned.
pub fn may_post(account: &Account) -> Answer<()> {
    if account.suspended { Err(Refusal::banned()) } else { Ok(()) }
}

/// Whether an account has posts left, of those that all apps together may make in 24 hours.
///
/// # Errors
/// 403.
pub fn of_day(state: &mut State, account: &Account, now_us: i64) -> Answer<()> {
    let quota = state.quota(NETWORK, &account.id);
    let total = quota
        .total
        .map_or(POSTS_PER_DAY, |total| usize::try_from(total).unwrap_or(usize::MAX));
    let used = usize::try_from(quota.used).unwrap_or(usize::MAX);
    if within_a_day(state, &account.id, false, now_us).saturating_add(used) >= total {
        return Err(Refusal::too_many_posts());
    }
    Ok(())
}

/// Whether a draft or a post for these people may be begun.
fn permitted(state: &mut State, token: &Token, account: &Account, words: Option<&Words>, now_us: i64) -> Answer<()> {
    may_post(account)?;
    let Some(words) = words else {
        if within_a_day(state, &account.id, true, now_us) >= DRAFTS_PENDING_MAX {
            return Err(Refusal::new(
                403,
                "spam_risk_too_many_pending_share",
                "There may be at most 5 pending shares within any 24-hour period.",
            ));
        }
        return Ok(());
    };
    of_day(state, account, now_us)?;
    if is_unaudited(&token.app) {
        if words.privacy != "SELF_ONLY" || account.details["private"] != true {
            return Err(Refusal::new(
                403,
                "unaudited_client_can_only_post_to_private_accounts",
                "Unaudited clients can only post to a private account.",
            ));
        }
        if accounts_within_a_day(state, &token.app, &account.id, now_us) >= UNAUDITED_ACCOUNTS_MAX {
            return Err(Refusal::new(
                403,
                "reached_active_user_cap",
                "The daily quota for active publishing users from the client is reached.",
            ));
        }
    }
    if !privacy_levels(account).contains(&words.privacy.as_str()) {
        return Err(Refusal::new(
            403,
            "privacy_level_option_mismatch",
            "The privacy level is not among the user's options.",
        ));
    }
    Ok(())
}

fn task(token: &Token, account: &Account, words: Words, inbox: bool, photo: bool, now_us: i64) -> Task {
    Task {
        account: account.id.clone(),
        app: token.app.clone(),
        inbox,
        photo,
        made_us: now_us,
        words,
        upload: None,
        done: None,
    }
}

async fn video(
    Shared(world): Shared<Arc<World>>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer<Json<Value>> {
    begin_video(&world, call, &headers, &bytes, false)
}

async fn inbox_video(
    Shared(world): Shared<Arc<World>>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer<Json<Value>> {
    begin_video(&world, call, &headers, &bytes, true)
}

fn begin_video(world: &Arc<World>, call: Call, headers: &HeaderMap, bytes: &[u8], inbox: bool) -> Answer<Json<Value>> {
    let now_us = world.clock.now_us();
    let (scope, endpoint) = if inbox {
        ("video.upload", "inbox_video_init")
    } else {
        ("video.publish", "video_init")
    };
    let (id, url, pulled) = world.with(|state| {
        let (token, account) = enter(world, state, headers, &[scope], (endpoint, INITS_PER_MINUTE))?;
        let body = body(headers, bytes)?;
        let words = content::words(&body["post_info"], false, !inbox)?;
        let source = content::video(&body["source_info"])?;
        permitted(state, &token, &account, (!inbox).then_some(&words), now_us)?;
        // In the inbox there is nothing but the file.
        let words = if inbox { Words::default() } else { words };
        let mut task = task(&token, &account, words, inbox, false, now_us);
        let kind = if inbox { "v_inbox" } else { "v_pub" };
        match source {
            Source::Upload(parts) => {
                let id = format!("{kind}_file~v2-1.{}", state.number("7", 19));
                let secret = state.secret(32);
                let upload_id = state.number("6", 12);
                let path = format!("/video/?upload_id={upload_id}&upload_token={secret}");
                task.upload = Some(Upload {
                    token: format!("{upload_id}:{secret}"),
                    ends_us: now_us + UPLOAD_S * 1_000_000,
                    parts,
                    intake: Some(world.media.intake()),
                    came: 0,
                });
                state.own::<Tasks>().0.insert(id.clone(), task);
                Ok((id, Some(world.url(UPLOADS, &path)), Vec::new()))
            }
            Source::Pull(urls) => {
                let id = format!("{kind}_url~v2.{}", state.number("7", 19));
                state.own::<Tasks>().0.insert(id.clone(), task);
                Ok::<_, Refusal>((id, None, urls))
            }
        }
    })?;
    if !pulled.is_empty() {
        pull(world, call, id.clone(), pulled);
    }
    Ok(ok(&match url {
        Some(url) => json!({"publish_id": id, "upload_url": url}),
        None => json!({"publish_id": id}),
    }))
}

async fn photos(
    Shared(world): Shared<Arc<World>>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer<Json<Value>> {
    let now_us = world.clock.now_us();
    let (id, urls) = world.with(|state| {
        let scopes = ["video.publish", "video.upload"];
        let (token, account) = enter(&world, state, &headers, &scopes, ("content_init", INITS_PER_MINUTE))?;
        let body = body(&headers, &bytes)?;
        if body["media_type"] != "PHOTO" {
            return Err(Refusal::invalid("The media_type must be PHOTO"));
        }
        let inbox = match body["post_mode"].as_str() {
            Some("DIRECT_POST") => false,
            Some("MEDIA_UPLOAD") => true,
            _ => return Err(Refusal::invalid("The post_mode must be DIRECT_POST or MEDIA_UPLOAD")),
        };
        let needed = if inbox { "video.upload" } else { "video.publish" };
        if !token.scopes.contains(needed) {
            return Err(Refusal::scope());
        }
        let words = content::words(&body["post_info"], true, !inbox)?;
        let urls = content::photos(&body["source_info"])?;
        permitted(state, &token, &account, (!inbox).then_some(&words), now_us)?;
        let id = format!("p_{}_url~v2.{}", if inbox { "inbox" } else { "pub" }, state.number("7", 19));
        let task = task(&token, &account, words, inbox, true, now_us);
        state.own::<Tasks>().0.insert(id.clone(), task);
        Ok((id, urls))
    })?;
    pull(&world, call, id.clone(), urls);
    Ok(ok(&json!({"publish_id": id})))
}

/// Fetches the files after the call was answered.
fn pull(world: &Arc<World>, call: Call, id: String, urls: Vec<String>) {
    let world = Arc::clone(world);
    tokio::spawn(async move {
        let photo = world.with(|state| state.own::<Tasks>().0.get(&id).is_some_and(|task| task.photo));
        let (bytes_max, unreachable) = if photo {
            (PHOTO_BYTES_MAX, "photo_pull_failed")
        } else {
            (VIDEO_BYTES_MAX, "video_pull_failed")
        };
        let mut files = Vec::new();
        let mut failure = None;
        for url in urls {
            match world.fetch_media(&url, bytes_max).await {
                Ok(file) => files.push(file),
                Err(_) => failure = failure.or_else(|| Some(unreachable.to_owned())),
            }
        }
        arrived(&world, &call, &id, &files, failure);
    });
}

/// Everything has come, or never will.
pub fn arrived(world: &World, call: &Call, id: &str, files: &[Stored], failure: Option<String>) {
    let now_us = world.clock.now_us();
    let done_us = now_us + world.processing_us(call);
    let asked_for = call
        .processing_failure
        .as_ref()
        .map(|code| code.clone().unwrap_or_else(|| "internal".to_owned()));
    world.with(|state| {
        let flaw = flaw(state, id, files);
        let failure = failure.or(asked_for).or_else(|| flaw.map(str::to_owned));
        finish(state, id, files, failure, done_us, now_us);
    });
}

fn flaw(state: &mut State, id: &str, files: &[Stored]) -> Option<&'static str> {
    let task = state.own::<Tasks>().0.get(id)?;
    let (photo, account) = (task.photo, task.account.clone());
    let account = state.account(NETWORK, &account)?;
    files
        .iter()
        .find_map(|file| if photo { flaw_of_photo(file) } else { flaw_of_video(file, account) })
}

async fn status(Shared(world): Shared<Arc<World>>, headers: HeaderMap, bytes: Bytes) -> Answer<Json<Value>> {
    let (now_us, listed_until_us) = (world.clock.now_us(), world.listed_until_us());
    world.with(|state| {
        let scopes = ["video.publish", "video.upload"];
        let (token, account) = enter(&world, state, &headers, &scopes, ("status", STATUSES_PER_MINUTE))?;
        let body = body(&headers, &bytes)?;
        let id = body["publish_id"].as_str().unwrap_or_default();
        let Some(task) = state.own::<Tasks>().0.get(id) else {
            return Err(Refusal::new(400, "invalid_publish_id", "The publish_id does not exist."));
        };
        if task.account != account.id || task.app != token.app {
            return Err(Refusal::new(
                400,
                "token_not_authorized_for_specified_publish_id",
                "The token is not authorized for the publish_id.",
            ));
        }
        Ok(ok(&task.status(now_us, listed_until_us)))
    })
}
