//! What the body of a new post must look like, and what it says.

use serde_json::Value;

use super::error::{Answer, Refusal};
use super::limits::{
    ALT_UNITS_MAX, ARTICLE_DESCRIPTION_UNITS_MAX, ARTICLE_TITLE_UNITS_MAX, COMMENTARY_UNITS_MAX, IMAGES, OPTION_UNITS_MAX, OPTIONS,
    QUESTION_UNITS_MAX,
};

const DURATIONS: &[&str] = &["ONE_DAY", "THREE_DAYS", "SEVEN_DAYS", "FOURTEEN_DAYS"];
const VISIBILITIES: &[&str] = &["PUBLIC", "CONNECTIONS", "LOGGED_IN", "CONTAINER"];
const FIELDS: &[&str] = &[
    "author",
    "commentary",
    "visibility",
    "distribution",
    "content",
    "lifecycleState",
    "isReshareDisabledByAuthor",
    "reshareContext",
    "contentLandingPage",
    "contentCallToActionLabel",
];

/// A file that a post shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its URN.
    pub urn: String,
    /// Description for people who do not see it.
    pub alt: Option<String>,
    /// The path of the field that names it.
    pub field: String,
}

/// The one kind of content of a post.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Content {
    /// Commentary only.
    #[default]
    Text,
    /// A link card; LinkedIn does not look at the page itself.
    Article {
        /// The address.
        source: String,
        /// The card's picture.
        thumbnail: Option<File>,
    },
    /// A picture, video or document.
    Media {
        /// The file.
        file: File,
        /// Its title.
        title: Option<String>,
    },
    /// Several pictures.
    MultiImage(Vec<File>),
    /// A question.
    Poll,
}

/// A new post as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Who speaks.
    pub author: String,
    /// The text as it was sent.
    pub commentary: String,
    /// What it shows.
    pub content: Content,
    /// The post it passes on.
    pub reshares: Option<String>,
}

impl Wanted {
    /// Every file that the post needs.
    pub fn files(&self) -> Vec<&File> {
        match &self.content {
            Content::Text | Content::Poll => Vec::new(),
            Content::Article { thumbnail, .. } => thumbnail.iter().collect(),
            Content::Media { file, .. } => vec![file],
            Content::MultiImage(files) => files.iter().collect(),
        }
    }
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn text<'a>(object: &'a Value, name: &str, at: &str) -> Answer<&'a str> {
    match &object[name] {
        Value::Null => Err(Refusal::missing(&format!("{at}/{name}"))),
        value => value
            .as_str()
            .ok_or_else(|| Refusal::field(&format!("{at}/{name}"), "must be a string")),
    }
}

fn bounded(text: &str, field: &str, units_max: usize) -> Answer<()> {
    let is = units(text);
    if is > units_max {
        Err(Refusal::too_long(field, is, units_max))
    } else {
        Ok(())
    }
}

fn one_of(value: &str, known: &[&str], field: &str) -> Answer<()> {
    if known.contains(&value) {
        Ok(())
    } else {
        Err(Refusal::field(field, format!("{value} is not one of {}", known.join(", "))))
    }
}

/// The length that counts against the limit: backslashes that only escape are left out.
fn commentary_units(commentary: &str) -> usize {
    let mut letters = commentary.chars();
    let mut count = 0;
    while let Some(letter) = letters.next() {
        count += if letter == '\\' {
            letters.next().map_or(1, char::len_utf16)
        } else {
            letter.len_utf16()
        };
    }
    count
}

/// Reads the body of `POST /rest/posts`.
///
/// # Errors
/// 400 with the field that is wrong.
pub fn read(body: &Value) -> Answer<Wanted> {
    let unknown = body
        .as_object()
        .and_then(|fields| fields.keys().find(|name| !FIELDS.contains(&name.as_str())));
    if let Some(name) = unknown {
        return Err(Refusal::field(
            &format!("/{name}"),
            format!("unrecognized field found but not allowed: {name}"),
        ));
    }
    let author = text(body, "author", "")?;
    if !author.starts_with("urn:li:") {
        return Err(Refusal::input(400, "INVALID_URN", "/author", format!("{author} is no URN")));
    }
    if !author.starts_with("urn:li:person:") && !author.starts_with("urn:li:organization:") {
        return Err(Refusal::input(
            400,
            "INVALID_URN_TYPE",
            "/author",
            "author must be a person or an organization",
        ));
    }
    let commentary = text(body, "commentary", "")?;
    let length = commentary_units(commentary);
    if length > COMMENTARY_UNITS_MAX {
        return Err(Refusal::too_long("/commentary", length, COMMENTARY_UNITS_MAX));
    }
    let visibility = text(body, "visibility", "")?;
    one_of(visibility, VISIBILITIES, "/visibility")?;
    if author.starts_with("urn:li:organization:") && visibility != "PUBLIC" {
        return Err(Refusal::field("/visibility", "posts of organizations must be PUBLIC"));
    }
    let lifecycle = text(body, "lifecycleState", "")?;
    if lifecycle != "PUBLISHED" {
        return Err(Refusal::field(
            "/lifecycleState",
            format!("{lifecycle} is not supported on create, use PUBLISHED"),
        ));
    }
    let feed = text(
        body.get("distribution").ok_or_else(|| Refusal::missing("/distribution"))?,
        "feedDistribution",
        "/distribution",
    )?;
    one_of(feed, &["MAIN_FEED", "NONE"], "/distribution/feedDistribution")?;
    let content = content(body.get("content"))?;
    let reshares = match body.get("reshareContext") {
        None => None,
        Some(context) => Some(text(context, "parent", "/reshareContext")?.to_owned()),
    };
    if commentary.is_empty() && content == Content::Text && reshares.is_none() {
        return Err(Refusal::field("/commentary", "a post needs commentary or content"));
    }
    Ok(Wanted {
        author: author.to_owned(),
        commentary: commentary.to_owned(),
        content,
        reshares,
    })
}

fn content(content: Option<&Value>) -> Answer<Content> {
    let Some(content) = content else { return Ok(Content::Text) };
    let kinds: Vec<&String> = content.as_object().map(|kinds| kinds.keys().collect()).unwrap_or_default();
    let [kind] = kinds.as_slice() else {
        return Err(Refusal::field(
            "/content",
            format!("exactly one kind of content is allowed, but there are {}", kinds.len()),
        ));
    };
    let value = &content[kind.as_str()];
    match kind.as_str() {
        "article" => article(value),
        "media" => {
            let title = value["title"].as_str().map(str::to_owned);
            Ok(Content::Media {
                file: file(value, "id", "/content/media")?,
                title,
            })
        }
        "multiImage" => multi_image(value),
        "poll" => poll(value),
        "carousel" => Err(Refusal::field("/content/carousel", "carousel is for sponsored content only")),
        other => Err(Refusal::field("/content", format!("unrecognized content {other}"))),
    }
}

fn file(value: &Value, name: &str, at: &str) -> Answer<File> {
    let urn = text(value, name, at)?;
    let field = format!("{at}/{name}");
    if !["image", "video", "document"]
        .iter()
        .any(|kind| urn.starts_with(&format!("urn:li:{kind}:")))
    {
        return Err(Refusal::input(
            400,
            "INVALID_URN_TYPE",
            &field,
            format!("{urn} is no image, video or document"),
        ));
    }
    let alt = value["altText"].as_str().map(str::to_owned);
    if let Some(alt) = &alt {
        bounded(alt, &format!("{at}/altText"), ALT_UNITS_MAX)?;
    }
    Ok(File {
        urn: urn.to_owned(),
        alt,
        field,
    })
}

fn article(value: &Value) -> Answer<Content> {
    let at = "/content/article";
    let source = text(value, "source", at)?;
    let usable = url::Url::parse(source).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !usable {
        return Err(Refusal::field("/content/article/source", format!("{source} is no valid URL")));
    }
    let title = text(value, "title", at)?;
    if title.is_empty() {
        return Err(Refusal::field("/content/article/title", "title must not be empty"));
    }
    bounded(title, "/content/article/title", ARTICLE_TITLE_UNITS_MAX)?;
    bounded(
        value["description"].as_str().unwrap_or_default(),
        "/content/article/description",
        ARTICLE_DESCRIPTION_UNITS_MAX,
    )?;
    let thumbnail = match &value["thumbnail"] {
        Value::Null => None,
        _ => Some(file(value, "thumbnail", at)?),
    };
    Ok(Content::Article {
        source: source.to_owned(),
        thumbnail,
    })
}

fn multi_image(value: &Value) -> Answer<Content> {
    let at = "/content/multiImage/images";
    let list = value["images"].as_array().ok_or_else(|| Refusal::missing(at))?;
    if !IMAGES.contains(&list.len()) {
        return Err(Refusal::field(
            at,
            format!("{} images, but {} to {} are allowed", list.len(), IMAGES.start(), IMAGES.end()),
        ));
    }
    let files = list
        .iter()
        .enumerate()
        .map(|(index, image)| file(image, "id", &format!("{at}/{index}")));
    let files = files.collect::<Answer<Vec<File>>>()?;
    match files.iter().find(|file| !file.urn.starts_with("urn:li:image:")) {
        Some(other) => Err(Refusal::input(
            400,
            "INVALID_URN_TYPE",
            &other.field,
            "only images may stand in multiImage",
        )),
        None => Ok(Content::MultiImage(files)),
    }
}

fn poll(value: &Value) -> Answer<Content> {
    let at = "/content/poll";
    bounded(text(value, "question", at)?, "/content/poll/question", QUESTION_UNITS_MAX)?;
    let options = value["options"]
        .as_array()
        .ok_or_else(|| Refusal::missing("/content/poll/options"))?;
    if !OPTIONS.contains(&options.len()) {
        let message = format!(
            "{} options, but {} to {} are allowed",
            options.len(),
            OPTIONS.start(),
            OPTIONS.end()
        );
        return Err(Refusal::field("/content/poll/options", message));
    }
    for (index, option) in options.iter().enumerate() {
        let at = format!("/content/poll/options/{index}");
        bounded(text(option, "text", &at)?, &format!("{at}/text"), OPTION_UNITS_MAX)?;
    }
    let settings = value.get("settings").ok_or_else(|| Refusal::missing("/content/poll/settings"))?;
    one_of(
        text(settings, "duration", "/content/poll/settings")?,
        DURATIONS,
        "/content/poll/settings/duration",
    )?;
    if settings["voteSelectionType"].as_str().is_some_and(|kind| kind != "SINGLE_VOTE") {
        return Err(Refusal::field(
            "/content/poll/settings/voteSelectionType",
            "only SINGLE_VOTE is supported",
        ));
    }
    Ok(Content::Poll)
}
