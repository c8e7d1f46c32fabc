//! The posts that are foretold, and what is wrong with them and their channels.

use postrider_core::Network;
use postrider_core::channel::ChannelStatus;
use postrider_core::delivery::{Event, Gate};
use postrider_core::ids::{DeliveryId, PostId, StepId};
use postrider_core::post::{AssetKind, AssetUse, Content, ContentType, Mode, Overrides, ThreadPart};
use postrider_core::rules::{self, Offer};
use postrider_engine::entropy::Entropy;
use postrider_store::assets::{self, NewAsset};
use postrider_store::deliveries::{self, Acting, Moment, NewDelivery};
use postrider_store::{StoreError, args, posts};

use super::{Compared, Made, SPAN_MS, World};
use crate::cell;
use crate::dice::Dice;
use crate::media;
use crate::template::BEGIN_MS;

/// How many files of each kind posts carry between them.
const FILES: u8 = 2;

/// When the accesses of LinkedIn end, which gives some apps no way to renew them; the other networks' are renewed by themselves.
pub(super) fn end_of_accesses(dice: &mut Dice) -> Option<i64> {
    let end_ms = BEGIN_MS + dice.between(10 * 60_000, SPAN_MS);
    dice.in_thousand(500).then_some(end_ms)
}

impl World {
    /// Writes down the files that the shelf has, as an upload would.
    pub(super) async fn shelve(&self) -> anyhow::Result<()> {
        let mut tx = self.db.begin().await?;
        for kind in [AssetKind::Image, AssetKind::Video, AssetKind::Document] {
            for number in 0..FILES {
                let id = media::asset(kind, number);
                let new = NewAsset {
                    id,
                    project_id: self.template.project,
                    name: format!("{}-{number}", kind.key()),
                    sha256: String::new(),
                    facts: media::measured(id),
                    blob: format!("{}-{number}", kind.key()),
                    thumbnail_blob: None,
                    alt_text: String::new(),
                    created_at: BEGIN_MS,
                };
                assets::create(&mut tx, &self.template.scope, &new).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Ends accesses, revokes and halts, here and there.
    pub(super) async fn spoil_channels(&self, dice: &mut Dice, ends: Option<i64>) -> anyhow::Result<()> {
        for berth in &self.template.berths {
            if let Some(end_ms) = ends.filter(|_| berth.network == Network::Linkedin) {
                let sql = "UPDATE channels SET access_ends_at = $2 WHERE id = $1";
                self.db.run(sql, args![berth.id, end_ms]).await?;
                let sql = "UPDATE grants SET expires_at = $2, meta = $3 WHERE id = (SELECT grant_id FROM channels WHERE id = $1)";
                self.db.run(sql, args![berth.id, end_ms, r#"{"renews":false}"#]).await?;
            }
            if dice.in_thousand(80) {
                let status = *dice.pick(&[ChannelStatus::Expired, ChannelStatus::Revoked, ChannelStatus::MissingPermission]);
                self.db
                    .run("UPDATE channels SET status = $2 WHERE id = $1", args![berth.id, status])
                    .await?;
            } else if dice.in_thousand(80) {
                let sql = "UPDATE channels SET halted_at = $2, halt_reason = 'Four alike.' WHERE id = $1";
                self.db.run(sql, args![berth.id, BEGIN_MS]).await?;
            }
        }
        Ok(())
    }

    /// Writes a post and schedules it, rules or no rules. What was said of scheduling it is compared with what came of that.
    pub(super) async fn write(&self, dice: &mut Dice, number: usize, before: &[Made]) -> anyhow::Result<(Made, Option<Compared>)> {
        let now_ms = self.truth.now_ms();
        // Some channels are crowded.
        let crowded = dice.in_thousand(600);
        let berth = if crowded {
            self.template.berths[usize::try_from(self.seed).unwrap_or(0) % self.template.berths.len()].clone()
        } else {
            dice.pick(&self.template.berths).clone()
        };
        let offered: Vec<(ContentType, &'static Offer)> = ContentType::ALL
            .into_iter()
            .filter_map(|kind| Some((kind, rules::offer(berth.network, kind)?)))
            // Files of the kinds that the shelf has.
            .filter(|(_, offer)| offer.media.max.value == 0 || !carriers(offer).is_empty())
            .collect();
        let (kind, offer) = *dice.pick(&offered);
        let fresh = format!("crumb{number:03}");
        // Now and then somebody says what was said before.
        let again = before.iter().rfind(|made| made.berth.id == berth.id);
        let again = again.filter(|_| dice.in_thousand(350));
        let words = again.map_or(fresh, |made| made.words.clone());
        let content = match again {
            Some(made) => made.content.clone(),
            None => content(dice, kind, offer, &words, u8::try_from(number).unwrap_or(0)),
        };
        let mode = if dice.in_thousand(80) { Mode::Draft } else { Mode::Publish };
        let crowded_ms = dice.between(20, 80) * 60_000;
        let anywhere_ms = dice.between(0, SPAN_MS) / 1_000 * 1_000;
        let due_at = match again {
            // Soon after, or long after.
            Some(made) if dice.in_thousand(500) => made.due_at + dice.between(60, 1_200) * 1_000,
            _ => {
                BEGIN_MS
                    + 60_000
                    + if dice.in_thousand(if crowded { 850 } else { 500 }) {
                        crowded_ms
                    } else {
                        anywhere_ms
                    }
            }
        };
        let scope = &self.template.scope;
        let mut tx = self.db.begin().await?;
        let new = posts::NewPost {
            id: PostId::new(now_ms, self.entropy.ten()),
            project_id: Some(self.template.project),
            content: content.clone(),
            labels: Vec::new(),
            wished_at: None,
            created_at: now_ms,
        };
        let post = posts::create(&mut tx, scope, &new).await?;
        let new = NewDelivery {
            id: DeliveryId::new(now_ms, self.entropy.ten()),
            channel_id: berth.id,
            mode,
            overrides: Overrides::default(),
        };
        let delivery = deliveries::create(&mut tx, scope, post.id, &new, now_ms).await?;
        let moment = Moment {
            due_at,
            local_time: None,
            zone: None,
        };
        let ask = deliveries::Ask {
            at: Some(moment),
            ..deliveries::Ask::default()
        };
        let acting = Acting {
            now_ms,
            new_step: &|| StepId::new(now_ms, self.entropy.ten()),
            lead_ms: &|_, _| 10 * 60_000,
            // Some came there otherwise, and the guard holds them when they are due.
            within_quotas: !dice.in_thousand(300),
        };
        tx.commit().await?;
        let made = Made {
            id: delivery.id,
            content,
            berth,
            mode,
            words,
            due_at,
        };
        let mut compared = None;
        if dice.in_thousand(940) {
            let said = self.ask_of(&made, &delivery, false, Some(due_at)).await?;
            let mut tx = self.db.begin().await?;
            let full = match deliveries::act(&mut tx, scope, delivery.id, Event::Schedule, &ask, &acting).await {
                Ok(_) => false,
                // What does not fit stays a draft.
                Err(StoreError::WindowFull { .. }) => true,
                Err(error) => return Err(error.into()),
            };
            tx.commit().await?;
            compared = acting.within_quotas.then(|| self.refusal(&made, &said, full));
        }
        if dice.in_thousand(120) {
            let gate = *dice.pick(&[Gate::Pending, Gate::Held, Gate::Rejected, Gate::Accepted]);
            self.db
                .run("UPDATE deliveries SET gate = $2 WHERE id = $1", args![delivery.id, gate])
                .await?;
        }
        Ok((made, compared))
    }
}

/// What kinds of files carry it that the shelf has: a GIF is no file of its own there.
fn carriers(offer: &Offer) -> Vec<AssetKind> {
    let kinds = offer.media.files.iter().map(|file| file.kind);
    kinds.filter(|carrier| *carrier != AssetKind::Gif).collect()
}

/// Content of a kind, now and then against a rule that the network itself holds to: what Postrider alone would refuse is never scheduled.
fn content(dice: &mut Dice, kind: ContentType, offer: &Offer, words: &str, number: u8) -> Content {
    let wrong = dice.in_thousand(100);
    let text = if wrong {
        format!("{words} {}", "is out of the oven ".repeat(5_000))
    } else {
        format!("{words} is out of the oven")
    };
    let carriers = carriers(offer);
    let files = match (offer.media.max.value, kind) {
        (0, _) => 0,
        (_, ContentType::Carousel) => 2,
        _ => 1,
    };
    let used = |at: u8| {
        let carrier = carriers.get(usize::from(number) % carriers.len().max(1))?;
        Some(AssetUse {
            asset_id: media::asset(*carrier, at),
            alt_text: String::new(),
        })
    };
    let mut content = Content {
        title: format!("About {words}"),
        text,
        hashtags: if dice.in_thousand(300) {
            vec!["bread".to_owned()]
        } else {
            Vec::new()
        },
        assets: (0..files).filter_map(used).collect(),
        ..Content::empty(kind)
    };
    match kind {
        ContentType::Link => {
            content.link = Some(cell::link());
        }
        ContentType::Poll => {
            let mut poll = cell::poll();
            if wrong {
                poll.options.truncate(1);
            }
            content.poll = Some(poll);
        }
        ContentType::Thread => {
            content.thread = (0..3)
                .map(|part| ThreadPart {
                    text: format!("{words}p{part} is out of the oven"),
                    assets: Vec::new(),
                })
                .collect();
        }
        _ => {}
    }
    content
}
