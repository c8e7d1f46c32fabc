//! Posts: created, found, read, edited and deleted. A second equal post within ten minutes is refused with the URN of the first.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::assets::{Kind, Status, Uploads};
use super::content::{self, Content, File, Wanted};
use super::error::{Answer, Refusal, traced};
use super::little_text::{self, Commentary, Mark};
use super::members::{member, publishes};
use super::rest::{enter, header_text, param, params, scope};
use super::seed::account_of;
use super::{API, NETWORK};
use crate::world::{Media, Post, PostState, State, Token, World};

const DUPLICATE_US: i64 = 10 * 60 * 1_000_000;
/// Beyond this many fingerprints those that no longer count are forgotten.
const RECENT_MAX: usize = 50_000;
/// The newest id of a post before the sandbox's own, so that ids have the length of real ones.
const FIRST_ID: u64 = 7_295_000_000_000_000_000;

/// The fingerprints of what was posted: the URN, and when.
#[derive(Default)]
struct Recent(HashMap<[u8; 32], (String, i64)>);

/// The routes of posts.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&format!("/{API}/rest/posts"), routing::post(create).get(find))
        .route(
            &format!("/{API}/rest/posts/{{urn}}"),
            routing::get(read).post(update).delete(delete),
        )
}

/// Asks whether the member behind a token may speak for an author.
///
/// # Errors
/// 403: without the scope, for another member, for a Page without a publishing role.
pub fn may_speak_for(state: &State, token: &Token, author: &str) -> Answer<()> {
    let (own, _) = member(state, token)?;
    if author.starts_with("urn:li:organization:") {
        scope(token, &["w_organization_social"], "partnerApiPostsExternal.CREATE.20260701")?;
        let roles = state.account(NETWORK, author).and_then(|account| account.roles.get(&token.person));
        let may = roles.is_some_and(|roles| roles.iter().any(|role| publishes(role)));
        return if may { Ok(()) } else { Err(Refusal::not_author()) };
    }
    scope(token, &["w_member_social"], "partnerApiPostsExternal.CREATE.20260701")?;
    if author == own { Ok(()) } else { Err(Refusal::not_author()) }
}

fn display_name(state: &State, urn: &str) -> Option<(String, bool)> {
    let account = state.account(NETWORK, &account_of(urn))?;
    Some((account.name.clone(), account.kind == "organization"))
}

fn fingerprint(account: &str, body: &Value) -> [u8; 32] {
    let same = json!([account, body["commentary"], body["content"], body["reshareContext"]]);
    Sha256::digest(same.to_string()).into()
}

/// The files of a post, if each is its author's and ready to be shown; tells too whether one will fail later.
fn files(state: &mut State, account: &str, wanted: &Wanted, now_us: i64) -> Answer<(Vec<Media>, bool)> {
    let (mut media, mut doomed) = (Vec::new(), false);
    let uploads = state.own::<Uploads>();
    for file in wanted.files() {
        let upload = uploads.by_urn.get(&file.urn);
        let upload = upload.ok_or_else(|| Refusal::input(400, "INVALID_URN_ID", &file.field, format!("{} does not exist", file.urn)))?;
        if account_of(&upload.owner) != account {
            return Err(Refusal::no_permission(&format!("{} belongs to another owner", file.urn)));
        }
        match upload.status(now_us) {
            Status::Waiting => {
                return Err(Refusal::input(
                    400,
                    "MEDIA_ASSET_WAITING_UPLOAD",
                    &file.field,
                    "Media asset is waiting upload",
                ));
            }
            Status::Failed => {
                return Err(Refusal::input(
                    400,
                    "MEDIA_ASSET_PROCESSING_FAILED",
                    &file.field,
                    "Media asset processing failed",
                ));
            }
            Status::Processing if upload.kind != Kind::Image => {
                let text = "Media asset is waiting upload: processing is not finished";
                return Err(Refusal::input(400, "MEDIA_ASSET_WAITING_UPLOAD", &file.field, text));
            }
            Status::Processing | Status::Available => {}
        }
        doomed |= upload.is_doomed();
        media.extend(upload.stored.as_ref().map(|stored| stored.media(file.alt.clone())));
    }
    Ok((media, doomed))
}

fn kind_of(wanted: &Wanted) -> Answer<&'static str> {
    let file_kind = |file: &File| file.urn.split(':').nth(2).map(str::to_owned).unwrap_or_default();
    Ok(match &wanted.content {
        Content::Text if wanted.reshares.is_some() => "reshare",
        Content::Text => "text",
        Content::Article { .. } => "article",
        Content::MultiImage(_) => "multiImage",
        Content::Poll => "poll",
        Content::Media { file, title } => match file_kind(file).as_str() {
            "document" if title.as_deref().unwrap_or_default().is_empty() => return Err(Refusal::missing("/content/media/title")),
            "document" => "document",
            "video" => "video",
            _ => "image",
        },
    })
}

async fn create(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: Bytes) -> Answer<Response> {
    let now_us = world.clock.now_us();
    let urn = world.with(|state| {
        let token = enter(state, &headers, now_us)?;
        let body = super::body(&headers, &body)?;
        let wanted = content::read(&body)?;
        may_speak_for(state, &token, &wanted.author)?;
        let kind = kind_of(&wanted)?;
        let account = account_of(&wanted.author);
        let (media, doomed) = files(state, &account, &wanted, now_us)?;
        let print = fingerprint(&account, &body);
        let recent = state.own::<Recent>();
        if let Some((urn, at_us)) = recent.0.get(&print)
            && now_us - at_us < DUPLICATE_US
        {
            return Err(Refusal::duplicate(urn));
        }
        let number: u64 = state.number("", 1).parse().unwrap_or_default();
        // As a rule: a video or poll becomes a ugcPost, everything else a share.
        let space = if matches!(kind, "video" | "poll") { "ugcPost" } else { "share" };
        let urn = format!("urn:li:{space}:{}", FIRST_ID + number);
        let recent = state.own::<Recent>();
        if recent.0.len() >= RECENT_MAX {
            recent.0.retain(|_, (_, at_us)| now_us - *at_us < DUPLICATE_US);
        }
        recent.0.insert(print, (urn.clone(), now_us));
        let read = little_text::parse(&wanted.commentary, |urn| display_name(state, urn));
        let post = post(&urn, &account, kind, &wanted, &body, read, media, doomed, &token, now_us);
        state.put_post(post);
        Ok(urn)
    })?;
    let id = HeaderValue::from_str(&urn).map_err(|_| Refusal::coded(500, None, "INTERNAL_SERVER_ERROR", "Unable to obtain activity"))?;
    let headers = [
        (HeaderName::from_static("x-restli-id"), id.clone()),
        (HeaderName::from_static("x-linkedin-id"), id),
    ];
    Ok(traced((StatusCode::CREATED, headers).into_response()))
}

#[expect(clippy::too_many_arguments, reason = "each is a part of the one post that is put together here")]
fn post(
    urn: &str,
    account: &str,
    kind: &str,
    wanted: &Wanted,
    body: &Value,
    read: Commentary,
    mut media: Vec<Media>,
    doomed: bool,
    token: &Token,
    now_us: i64,
) -> Post {
    let (link, thumb) = match &wanted.content {
        Content::Article { source, .. } => (Some(source.clone()), media.pop()),
        _ => (None, None),
    };
    Post {
        network: NETWORK,
        id: urn.to_owned(),
        account: account.to_owned(),
        kind: kind.to_owned(),
        text: read.shown,
        media,
        link,
        parent: wanted.reshares.clone(),
        // A picture that fails after the post was taken leaves a post which nobody sees.
        state: if doomed { PostState::Hidden } else { PostState::Published },
        created_us: now_us,
        permalink: format!("https://www.linkedin.com/feed/update/{urn}/"),
        app: Some(token.app.clone()),
        comments: Vec::new(),
        details: json!({
            "author": wanted.author,
            "template": read.template,
            "cut_at": read.cut_at,
            "hashtags": read.marks.iter().filter_map(|mark| match mark { Mark::Hashtag(word) => Some(word.clone()), Mark::Mention { .. } => None }).collect::<Vec<_>>(),
            "mentions": read.marks.iter().filter_map(|mark| match mark { Mark::Mention { urn, .. } => Some(urn.clone()), Mark::Hashtag(_) => None }).collect::<Vec<_>>(),
            "content": body["content"],
            "visibility": body["visibility"],
            "feed": body["distribution"]["feedDistribution"],
            "thumb": thumb,
        }),
    }
}

fn post_json(post: &Post) -> Value {
    let at_ms = post.created_us / 1_000;
    let mut whole = json!({
        "id": post.id,
        "author": post.details["author"],
        "commentary": post.details["template"],
        "visibility": post.details["visibility"],
        "distribution": {"feedDistribution": post.details["feed"], "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "lifecycleStateInfo": {"isEditedByAuthor": post.details["edited"] == true},
        "isReshareDisabledByAuthor": false,
        "createdAt": at_ms,
        "publishedAt": at_ms,
        "lastModifiedAt": at_ms,
    });
    if post.details["content"].is_object() {
        whole["content"] = post.details["content"].clone();
    }
    if let Some(parent) = &post.parent {
        whole["reshareContext"] = json!({"parent": parent});
    }
    whole
}

fn may_read(token: &Token, author: &str) -> Answer<()> {
    let needed = if author.starts_with("urn:li:organization:") {
        "r_organization_social"
    } else {
        "r_member_social"
    };
    scope(token, &[needed], "partnerApiPostsExternal.GET.20260701")
}

async fn find(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer<Json<Value>> {
    let params = params(query.as_deref());
    let (now_us, until_us) = (world.clock.now_us(), world.listed_until_us());
    world.with(|state| {
        let token = enter(state, &headers, now_us)?;
        if param(&params, "q") != Some("author") || !header_text(&headers, "x-restli-method").eq_ignore_ascii_case("FINDER") {
            return Err(Refusal::coded(
                400,
                None,
                "ILLEGAL_ARGUMENT",
                "No such finder; X-RestLi-Method: FINDER and q=author are needed",
            ));
        }
        let author = param(&params, "author").ok_or_else(|| Refusal::missing("author"))?;
        may_read(&token, author)?;
        let holds_role = state
            .account(NETWORK, author)
            .is_some_and(|account| account.roles.contains_key(&token.person));
        if !holds_role {
            return Err(Refusal::no_permission("partnerApiPostsExternal.FINDER-author.20260701"));
        }
        let number = |name: &str, default: usize| param(&params, name).and_then(|text| text.parse().ok()).unwrap_or(default);
        let (start, count) = (number("start", 0), number("count", 10).min(100));
        let shown = |post: &&Post| post.created_us <= until_us && post.state == PostState::Published;
        let listed = state.posts_of(NETWORK, author).rev().filter(shown);
        let elements: Vec<_> = listed.skip(start).take(count).map(post_json).collect();
        Ok(Json(
            json!({"paging": {"start": start, "count": count, "links": []}, "elements": elements}),
        ))
    })
}

async fn read(Shared(world): Shared<Arc<World>>, Path(urn): Path<String>, headers: HeaderMap) -> Answer<Json<Value>> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = enter(state, &headers, now_us)?;
        let post = state.post(NETWORK, &urn).ok_or_else(|| Refusal::not_found(&urn))?;
        may_read(&token, &post.account)?;
        Ok(Json(post_json(post)))
    })
}

async fn update(Shared(world): Shared<Arc<World>>, Path(urn): Path<String>, headers: HeaderMap, body: Bytes) -> Answer<StatusCode> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = enter(state, &headers, now_us)?;
        if !header_text(&headers, "x-restli-method").eq_ignore_ascii_case("PARTIAL_UPDATE") {
            return Err(Refusal::coded(
                400,
                None,
                "ILLEGAL_ARGUMENT",
                "X-RestLi-Method: PARTIAL_UPDATE is needed",
            ));
        }
        let body = super::body(&headers, &body)?;
        let commentary = body["patch"]["$set"]["commentary"]
            .as_str()
            .ok_or_else(|| Refusal::missing("/patch/$set/commentary"))?;
        let author = state
            .post(NETWORK, &urn)
            .map(|post| post.details["author"].as_str().unwrap_or_default().to_owned());
        may_speak_for(state, &token, &author.ok_or_else(|| Refusal::not_found(&urn))?)?;
        let read = little_text::parse(commentary, |urn| display_name(state, urn));
        if let Some(post) = state.post_mut(NETWORK, &urn) {
            post.text = read.shown;
            post.details["template"] = read.template.into();
            post.details["edited"] = true.into();
        }
        Ok(StatusCode::NO_CONTENT)
    })
}

async fn delete(Shared(world): Shared<Arc<World>>, Path(urn): Path<String>, headers: HeaderMap) -> Answer<StatusCode> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = enter(state, &headers, now_us)?;
        let author = state
            .post(NETWORK, &urn)
            .map(|post| post.details["author"].as_str().unwrap_or_default().to_owned());
        // Deleting what is gone already is answered alike.
        let Some(author) = author else { return Ok(StatusCode::NO_CONTENT) };
        may_speak_for(state, &token, &author)?;
        state.remove_post(NETWORK, &urn);
        Ok(StatusCode::NO_CONTENT)
    })
}
