//! Which rendition a network needs of a file, by the rules, and how it is made.

use std::fmt;
use std::path::Path;

use postrider_core::Network;
use postrider_core::ids::RenditionId;
use postrider_core::post::{AssetFacts, AssetKind, ContentType};
use postrider_core::rules;
use postrider_core::rules::schema::{Beyond, FileRule, Measure};

use super::image::{self, Fit};
use super::ingest::{hex, sha256};
use super::sniff::{self, MP4};
use super::{Media, MediaError, boxes, video};
use sha2::{Digest, Sha256};

/// Where in a post a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Among the post's media.
    Post,
    /// Among the media of a part of a thread.
    ThreadPart,
    /// The picture of the link's card.
    LinkImage,
}

/// How a file is made to suit a network. Its text is its name in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipe {
    /// A JPEG within bounds.
    Jpeg(Fit),
    /// An MP4 of an animated GIF.
    Mp4,
}

impl Recipe {
    /// The media type of what it makes.
    pub const fn mime(self) -> &'static str {
        match self {
            Recipe::Jpeg(_) => sniff::JPEG.mime,
            Recipe::Mp4 => MP4.mime,
        }
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Recipe::Mp4 => f.write_str("mp4"),
            Recipe::Jpeg(fit) => {
                f.write_str("jpeg")?;
                let bounds = [
                    ("max", fit.bytes_max),
                    ("w", fit.width_max.map(u64::from)),
                    ("h", fit.height_max.map(u64::from)),
                    ("sum", fit.sides_sum_max.map(u64::from)),
                    ("area", fit.area_max),
                ];
                for (name, bound) in bounds {
                    if let Some(bound) = bound {
                        write!(f, ":{name}{bound}")?;
                    }
                }
                Ok(())
            }
        }
    }
}

/// What must be made of a file so that the network takes it; `None` if it is sent as it is. A file that no conversion helps
/// is sent as it is too: the validator has said so.
pub fn suit(network: Network, content_type: ContentType, place: Place, facts: &AssetFacts) -> Option<Recipe> {
    let offer = rules::offer(network, content_type)?;
    let media = match place {
        Place::Post => &offer.media,
        Place::ThreadPart => &offer.thread.as_ref()?.media,
        Place::LinkImage => return card_image(offer.link.as_ref()?.image_bytes_max.as_ref().map(|limit| limit.value), facts),
    };
    let rule = media.files.iter().find(|rule| rule.kind == facts.kind)?;
    match facts.kind {
        AssetKind::Image => still(rule, facts),
        AssetKind::Gif => rule.becomes.filter(|mime| *mime == MP4.mime).map(|_| Recipe::Mp4),
        AssetKind::Video | AssetKind::Document => None,
    }
}

fn still(rule: &FileRule, facts: &AssetFacts) -> Option<Recipe> {
    let mime = facts.mime.as_str();
    let taken = rule.mimes.contains(&mime);
    if !taken && !rule.converted_mimes.contains(&mime) {
        return None;
    }
    let mut fit = Fit::default();
    let mut beyond = false;
    for bound in rule.bounds {
        let most = u64::try_from(bound.limit.value).ok();
        let side = most.and_then(|most| u32::try_from(most).ok());
        let (width, height) = (facts.width.map(u64::from), facts.height.map(u64::from));
        // A bound beyond which a file is refused holds for what we make of it as well.
        let (slot_set, measured) = match bound.measure {
            Measure::BytesMax => (set(&mut fit.bytes_max, most), Some(facts.bytes)),
            Measure::WidthMax => (set(&mut fit.width_max, side), width),
            Measure::HeightMax => (set(&mut fit.height_max, side), height),
            Measure::SidesSumMax => (
                set(&mut fit.sides_sum_max, side),
                width.zip(height).map(|(width, height)| width + height),
            ),
            Measure::AreaMax => (
                set(&mut fit.area_max, most),
                width.zip(height).map(|(width, height)| width * height),
            ),
            _ => (false, None),
        };
        let passed = measured.zip(most).is_some_and(|(measured, most)| measured > most);
        beyond |= slot_set && passed && bound.beyond == Beyond::Converted;
    }
    (!taken || beyond).then_some(Recipe::Jpeg(fit))
}

fn set<T: Ord + Copy>(slot: &mut Option<T>, bound: Option<T>) -> bool {
    if let Some(bound) = bound {
        *slot = Some(slot.map_or(bound, |known| known.min(bound)));
    }
    bound.is_some()
}

/// The card's picture is a JPEG everywhere; only its length is bound.
fn card_image(bytes_max: Option<i64>, facts: &AssetFacts) -> Option<Recipe> {
    let bytes_max = bytes_max.and_then(|most| u64::try_from(most).ok());
    let long = bytes_max.is_some_and(|most| facts.bytes > most);
    (facts.kind == AssetKind::Image && (long || facts.mime != sniff::JPEG.mime && facts.mime != sniff::PNG.mime)).then_some(Recipe::Jpeg(
        Fit {
            bytes_max,
            ..Fit::default()
        },
    ))
}

/// A rendition that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// Where it is.
    pub blob: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// What it measures.
    pub facts: AssetFacts,
}

impl Media {
    /// Makes a rendition of a stored file.
    ///
    /// # Errors
    /// If the file is damaged, a tool is missing, or the disk fails.
    pub async fn render(&self, rendition_id: RenditionId, blob: &str, facts: &AssetFacts, recipe: Recipe) -> Result<Made, MediaError> {
        let source = self.blobs.local(blob, &self.scratch).await?;
        let bench = self.workshop.enter().await?;
        match recipe {
            Recipe::Jpeg(fit) => {
                let format = sniff::FORMATS.into_iter().find(|format| format.mime == facts.mime);
                let format = format.ok_or_else(|| MediaError::Broken(format!("{} is no picture", facts.mime)))?;
                let (bytes, facts) = bench.run(move || image::to_jpeg(&source, format, &fit)).await?;
                drop(bench);
                let sha256 = hex(&Sha256::digest(&bytes));
                let blob = format!("renditions/{rendition_id}.jpg");
                self.blobs.put_bytes(&blob, bytes.into()).await?;
                Ok(Made { blob, sha256, facts })
            }
            Recipe::Mp4 => {
                let target = self.scratch.join(format!("{rendition_id}.mp4"));
                let made = async {
                    video::from_gif(&self.tools, &source, &target).await?;
                    self.measured_mp4(&bench, &target).await
                };
                let (facts, sha256) = match made.await {
                    Ok(made) => made,
                    Err(error) => {
                        drop(tokio::fs::remove_file(&target).await);
                        return Err(error);
                    }
                };
                drop(bench);
                let blob = format!("renditions/{rendition_id}.mp4");
                self.blobs.put_file(&blob, &target).await?;
                Ok(Made { blob, sha256, facts })
            }
        }
    }

    async fn measured_mp4(&self, bench: &super::workshop::Bench<'_>, path: &Path) -> Result<(AssetFacts, String), MediaError> {
        let file = path.to_owned();
        let (bytes, sha256) = bench
            .run(move || {
                boxes::check(&file)?;
                Ok((std::fs::metadata(&file)?.len(), sha256(&file)?))
            })
            .await?;
        Ok((video::measure(bench, &self.tools, path, MP4, bytes).await?, sha256))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(mime: &str, bytes: u64, width: u32, height: u32) -> AssetFacts {
        AssetFacts {
            kind: if mime == "image/gif" { AssetKind::Gif } else { AssetKind::Image },
            mime: mime.to_owned(),
            bytes,
            width: Some(width),
            height: Some(height),
            duration_ms: None,
            frame_rate: None,
            video_codec: None,
            audio_codec: None,
            pages: None,
            frames: None,
        }
    }

    fn made(network: Network, content_type: ContentType, place: Place, facts: &AssetFacts) -> Option<String> {
        suit(network, content_type, place, facts).map(|recipe| recipe.to_string())
    }

    #[test]
    fn a_file_that_a_network_takes_is_sent_as_it_is() {
        let small = picture("image/jpeg", 100_000, 1080, 1080);
        for network in Network::ALL {
            for content_type in [ContentType::Image, ContentType::Carousel] {
                assert_eq!(made(network, content_type, Place::Post, &small), None, "{network} {content_type}");
            }
        }
    }

    #[test]
    fn what_a_network_does_not_take_is_made_to_fit_every_bound_of_the_rules() {
        let png = picture("image/png", 100_000, 1080, 1080);
        let instagram = made(Network::Instagram, ContentType::Image, Place::Post, &png).expect("Instagram takes JPEG only");
        assert!(
            instagram.starts_with("jpeg:max8388608") || instagram.starts_with("jpeg:max8000000"),
            "{instagram}"
        );
        assert_eq!(made(Network::Facebook, ContentType::Image, Place::Post, &png), None);
        let large = picture("image/jpeg", 40_000_000, 8000, 6000);
        for network in Network::ALL {
            let Some(offer) = rules::offer(network, ContentType::Image) else {
                continue;
            };
            let Some(Recipe::Jpeg(fit)) = suit(network, ContentType::Image, Place::Post, &large) else {
                continue;
            };
            for bound in offer
                .media
                .files
                .iter()
                .filter(|rule| rule.kind == AssetKind::Image)
                .flat_map(|rule| rule.bounds)
            {
                let most = u64::try_from(bound.limit.value).expect("a length");
                let kept = match bound.measure {
                    Measure::BytesMax => fit.bytes_max.is_some_and(|bytes| bytes <= most),
                    Measure::WidthMax => fit.width_max.is_some_and(|side| u64::from(side) <= most),
                    Measure::HeightMax => fit.height_max.is_some_and(|side| u64::from(side) <= most),
                    Measure::SidesSumMax => fit.sides_sum_max.is_some_and(|side| u64::from(side) <= most),
                    Measure::AreaMax => fit.area_max.is_some_and(|area| area <= most),
                    _ => true,
                };
                assert!(kept, "{network} {:?}", bound.measure);
            }
        }
        assert!(made(Network::Bluesky, ContentType::Image, Place::Post, &large).is_some());
        assert!(made(Network::Bluesky, ContentType::Thread, Place::ThreadPart, &large).is_some());
    }

    #[test]
    fn an_animation_becomes_a_video_only_where_the_rules_say_so() {
        let gif = picture("image/gif", 100_000, 300, 300);
        for network in Network::ALL {
            let Some(offer) = rules::offer(network, ContentType::Gif) else {
                continue;
            };
            let becomes = offer
                .media
                .files
                .iter()
                .any(|rule| rule.kind == AssetKind::Gif && rule.becomes.is_some());
            let recipe = made(network, ContentType::Gif, Place::Post, &gif);
            assert_eq!(recipe.as_deref(), becomes.then_some("mp4"), "{network}");
        }
    }

    #[test]
    fn the_picture_of_a_card_is_shortened_to_the_card() {
        let long = picture("image/png", 3_000_000, 1200, 630);
        assert_eq!(
            made(Network::Bluesky, ContentType::Link, Place::LinkImage, &long).as_deref(),
            Some("jpeg:max1000000")
        );
        let short = picture("image/png", 300_000, 1200, 630);
        assert_eq!(made(Network::Bluesky, ContentType::Link, Place::LinkImage, &short), None);
    }
}
