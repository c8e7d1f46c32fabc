//! Photos: uploaded or fetched, published by themselves or kept for a post or story.

use serde_json::json;

use super::limits::PHOTO_BYTES_MAX;
use super::publish::{Draft, message, place, visibility};
use super::{NETWORK, Own, publisher_of};
use crate::meta::{Answer, Asked, Refusal};
use crate::world::{FetchFailure, Media, PostState, State, Stored};

/// Formats that are taken (§4).
const FORMATS: [&str; 5] = ["image/jpeg", "image/bmp", "image/png", "image/gif", "image/tiff"];
/// How long a photo waits for its post (§3.3).
const WAITS_US: i64 = 24 * 3_600 * 1_000_000;

/// A photo on a Page.
pub struct Photo {
    pub page: String,
    pub stored: Stored,
    pub alt: Option<String>,
    /// The post or story that shows it.
    pub post_id: Option<String>,
    pub created_us: i64,
}

impl Photo {
    /// Whether it is still there: what nobody attached in time is not.
    fn is_kept(&self, now_us: i64) -> bool {
        self.post_id.is_some() || now_us - self.created_us < WAITS_US
    }

    pub fn media(&self) -> Media {
        self.stored.media(self.alt.clone())
    }
}

fn unreadable() -> Refusal {
    Refusal::new(400, 324, "(#324) Missing or invalid image file").sub(2_069_019)
}

async fn bytes_of(asked: &Asked) -> Result<Stored, Refusal> {
    let stored = match (asked.params.file("source"), asked.params.text("url")) {
        (Some(file), _) => asked.world.media.put(&file.data, &file.mime),
        (None, Some(address)) => match asked.world.fetch_media(address, PHOTO_BYTES_MAX).await {
            Ok(stored) => stored,
            Err(FetchFailure::TooLarge(_)) => return Err(Refusal::of("photo_refused")),
            Err(_) => return Err(unreadable()),
        },
        (None, None) => return Err(Refusal::new(400, 324, "(#324) Requires upload file")),
    };
    match (FORMATS.contains(&stored.sniffed), stored.bytes <= PHOTO_BYTES_MAX) {
        (true, true) => Ok(stored),
        (true, false) => Err(Refusal::of("photo_refused")),
        (false, _) => Err(unreadable()),
    }
}

/// `POST /{page}/photos`.
pub async fn photos(asked: &Asked) -> Answer {
    let page = asked.segment(0);
    let now_us = asked.world.clock.now_us();
    let text = asked.params.text("caption").map_or("message", |_| "caption");
    // Who may not publish here has nothing fetched.
    asked.world.with(|state| publisher_of(asked, state, page))?;
    let text = message(&asked.params, text)?;
    let visibility = visibility(&asked.params, now_us)?;
    let stored = bytes_of(asked).await?;
    asked.world.with(|state| {
        let (page, token) = publisher_of(asked, state, page)?;
        let id = state.number("1221", 15);
        let photo = Photo {
            page: page.id.clone(),
            stored,
            alt: asked.params.text("alt_text_custom").map(str::to_owned),
            post_id: None,
            created_us: now_us,
        };
        let media = photo.media();
        state.own::<Own>().photos.insert(id.clone(), photo);
        if visibility.state == PostState::Hidden {
            return Ok(json!({"id": id}));
        }
        let draft = Draft {
            kind: "photo",
            text: &text,
            media: vec![media],
            link: None,
            details: json!({"photo_ids": [id]}),
            visible_us: now_us,
            tail: None,
        };
        let post_id = place(state, &page, &token, visibility, draft);
        if let Some(photo) = state.own::<Own>().photos.get_mut(&id) {
            photo.post_id = Some(post_id.clone());
        }
        match visibility.state {
            PostState::Published => Ok(json!({"id": id, "post_id": post_id})),
            _ => Ok(json!({"id": id})),
        }
    })
}

/// The files of photos that wait for a post on this Page.
///
/// # Errors
/// If one is not there, not this Page's, or already shown.
pub fn take_photos(state: &mut State, page: &str, ids: &[String], now_us: i64) -> Result<Vec<Media>, Refusal> {
    let photos = &state.own::<Own>().photos;
    let take = |id: &String| match photos.get(id).filter(|photo| photo.page == page && photo.is_kept(now_us)) {
        None => Err(Refusal::parameter(format!("Invalid parameter: attached media {id} does not exist")).sub(33)),
        Some(photo) if photo.post_id.is_some() => Err(Refusal::parameter("Photos were already posted").sub(1_366_051)),
        Some(photo) => Ok(photo.media()),
    };
    ids.iter().map(take).collect()
}

/// The Page of a photo.
pub fn page_of_photo(state: &mut State, id: &str, now_us: i64) -> Option<String> {
    let photo = state.own::<Own>().photos.get(id).filter(|photo| photo.is_kept(now_us))?;
    let page = photo.page.clone();
    state.account(NETWORK, &page).map(|_| page)
}
