//! What to post in each cell of the product's table, read from the rules: a network that joins them joins the tests.

use futures::future::join_all;
use postrider_core::Network;
use postrider_core::post::{AssetKind, ContentType};
use postrider_core::rules::schema::SettingKind;
use postrider_core::rules::{self, Offer};
use serde_json::{Value, json};

use crate::client::Client;
use crate::connect::Channel;
use crate::media;

/// Hashtags of every post; the second already has its mark.
pub const HASHTAGS: [&str; 2] = ["freshbread", "#monday"];
/// Where link posts lead.
pub const LINK: &str = "https://example.com/bread?from=postrider";

/// Files that were uploaded once and are used by many posts.
#[derive(Debug, Clone)]
pub struct Library {
    pictures: Vec<Value>,
    video: Value,
    gif: Value,
    document: Value,
}

impl Library {
    /// Uploads one of each kind, and several pictures.
    pub async fn upload(client: &Client) -> Library {
        let pictures = (0..4u32).map(|seed| async move {
            let name = format!("picture-{seed}.jpg");
            client.upload(&name, "image/jpeg", media::jpeg(1_080, 1_080, seed)).await
        });
        Library {
            pictures: join_all(pictures).await,
            video: client.upload("film.mp4", "video/mp4", media::UPRIGHT_MP4.to_vec()).await,
            gif: client.upload("dance.gif", "image/gif", media::gif(5)).await,
            document: client.upload("menu.pdf", "application/pdf", media::PAGES_PDF.to_vec()).await,
        }
    }

    /// A picture.
    pub fn picture(&self, number: usize) -> &Value {
        &self.pictures[number % self.pictures.len()]
    }

    /// The video.
    pub fn video(&self) -> &Value {
        &self.video
    }

    fn of_kind(&self, kind: AssetKind, number: usize) -> &Value {
        match kind {
            AssetKind::Image => self.picture(number),
            AssetKind::Video => &self.video,
            AssetKind::Gif => &self.gif,
            AssetKind::Document => &self.document,
        }
    }
}

/// The alt text of a file in a post.
pub fn alt(number: usize) -> String {
    format!("Bread number {number} on a table")
}

/// A file as a post names it.
pub fn used(asset: &Value, number: usize) -> Value {
    json!({"asset_id": asset["id"], "alt_text": alt(number)})
}

/// A cell to post in, with what is posted.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The network.
    pub network: Network,
    /// The type.
    pub content_type: ContentType,
    /// What the network does with it.
    pub offer: &'static Offer,
    /// The kind of file that carries it, where several can (a story's picture or video).
    pub carrier: Option<AssetKind>,
}

/// The cells that a network offers, once per kind of file that can carry them.
pub fn offered(network: Network) -> Vec<Cell> {
    let mut cells = Vec::new();
    for content_type in ContentType::ALL {
        let Some(offer) = rules::offer(network, content_type) else {
            continue;
        };
        let cell = |carrier| Cell {
            network,
            content_type,
            offer,
            carrier,
        };
        if offer.media.max.value == 0 {
            cells.push(cell(None));
        } else {
            cells.extend(offer.media.files.iter().map(|file| cell(Some(file.kind))));
        }
    }
    cells
}

/// The cell of a picture, or what the network takes first in its stead.
///
/// # Panics
/// If the network takes nothing.
pub fn simplest(network: Network) -> Cell {
    let offered = offered(network);
    let picture = offered.iter().find(|cell| cell.content_type == ContentType::Image);
    match picture.or(offered.first()) {
        Some(cell) => cell.clone(),
        None => panic!("{network} takes nothing"),
    }
}

/// The cells that it does not, with the reason.
pub fn not_offered(network: Network) -> Vec<(ContentType, &'static str)> {
    let row = ContentType::ALL
        .into_iter()
        .map(|content_type| (content_type, rules::cell(network, content_type)));
    row.filter_map(|(content_type, cell)| match cell {
        rules::Cell::NotOffered { reason } => Some((content_type, *reason)),
        rules::Cell::Offered(_) => None,
    })
    .collect()
}

impl Cell {
    /// Network, type and carrier in words.
    pub fn label(&self) -> String {
        let carrier = self.carrier.map_or("words", AssetKind::key);
        format!("{} {} ({carrier})", self.network, self.content_type)
    }

    /// The files of the post, in order.
    pub fn files<'a>(&self, library: &'a Library) -> Vec<&'a Value> {
        let Some(kind) = self.carrier else { return Vec::new() };
        let many = self.content_type == ContentType::Carousel;
        let count = if many { self.offer.media.max.value.clamp(2, 4) } else { 1 };
        (0..usize::try_from(count).unwrap_or(1))
            .map(|number| library.of_kind(kind, number))
            .collect()
    }

    /// The post's body, without channels. `words` tells this post from every other.
    pub fn body(&self, library: &Library, words: &str) -> Value {
        let files = self.files(library);
        let assets: Vec<Value> = files.iter().enumerate().map(|(number, asset)| used(asset, number)).collect();
        body(self.content_type, words, &assets, library)
    }

    /// The texts that followers are to see, one per part.
    pub fn texts(&self, words: &str) -> Vec<String> {
        let tags = "\n\n#freshbread #monday";
        if !self.offer.text.sent {
            return vec![String::new()];
        }
        match self.content_type {
            ContentType::Thread => vec![format!("{words} first"), format!("{words} second"), format!("{words} third{tags}")],
            ContentType::Link if self.offer.link.is_some_and(|link| link.place == rules::schema::LinkPlace::Text) => {
                vec![format!("{words}\n\n{LINK}{tags}")]
            }
            ContentType::Poll if self.offer.poll.is_some_and(|poll| poll.question.is_none()) => {
                vec![format!("{words}\n\nWhich bread?{tags}")]
            }
            _ => vec![format!("{words}{tags}")],
        }
    }

    /// Whether a file is sent as another kind (a GIF as a video), so that its bytes differ.
    pub fn converted(&self) -> bool {
        let of_kind = self.offer.media.files.iter().find(|file| Some(file.kind) == self.carrier);
        of_kind.is_some_and(|file| file.becomes.is_some())
    }

    /// Whether the network takes alt text for the carrier.
    pub fn takes_alt(&self) -> bool {
        let of_kind = self.offer.media.files.iter().find(|file| Some(file.kind) == self.carrier);
        of_kind.is_some_and(|file| file.alt_text.is_some())
    }
}

/// A post's body of any type, offered or not.
pub fn body(content_type: ContentType, words: &str, assets: &[Value], library: &Library) -> Value {
    let mut post = json!({
        "content_type": content_type,
        "title": format!("About {words}"),
        "text": words,
        "hashtags": HASHTAGS,
        "assets": assets,
    });
    match content_type {
        ContentType::Link => post["link"] = json!({"url": LINK, "title": "Our bread", "description": "How it is made"}),
        ContentType::Poll => {
            post["poll"] = json!({"question": "Which bread?", "options": ["Rye", "Wheat", "Spelt"], "duration_minutes": 1_440});
        }
        ContentType::Thread => {
            post["text"] = json!("");
            post["thread"] = json!([
                {"text": format!("{words} first")},
                {"text": format!("{words} second"), "assets": [used(library.picture(1), 1)]},
                {"text": format!("{words} third")},
            ]);
        }
        _ => {}
    }
    post
}

/// A post's body for channels, with the first option of whatever a network asks a person to choose.
pub fn on(mut body: Value, channels: &[&Channel]) -> Value {
    let delivery = |channel: &&Channel| {
        let mut delivery = json!({"channel_id": channel.id});
        for setting in rules::of(channel.network).settings.iter().filter(|setting| setting.required) {
            if let SettingKind::Choice { options } = setting.kind {
                delivery["overrides"]["settings"][setting.key] = options[0].value.into();
            }
        }
        delivery
    };
    body["deliveries"] = channels.iter().map(delivery).collect();
    body
}
