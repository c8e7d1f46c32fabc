//! Posts that say the same: nobody can tell which of them stands, so they are judged together, by how many.

use std::collections::BTreeMap;

use postrider_core::Network;
use postrider_core::delivery::State;
use postrider_sandbox::Post;

use crate::judge::{Judge, Violation};
use crate::known::Known;
use crate::weather::Trouble;

impl Judge<'_> {
    /// Of posts that say the same, as many stand as ended published.
    pub(crate) async fn equal_posts(&self, known: &[Known], posts: &[Post], broken: &mut Vec<Violation>) -> anyhow::Result<()> {
        let mut groups: BTreeMap<(&str, &str), Vec<&Known>> = BTreeMap::new();
        for known in known.iter().filter(|known| self.shared_words(known)) {
            let planned = &known.planned;
            let key = (planned.berth.external_id.as_str(), planned.words.as_str());
            groups.entry(key).or_default().push(known);
        }
        // Of equal ones an older database may take one for another; sent again is none.
        let older = known.iter().any(|known| known.older.is_some());
        for ((account, words), equal) in groups {
            let by_guess = equal.iter().any(|known| known.said_there);
            let before = broken.len();
            let standing = posts
                .iter()
                .filter(|post| post.account == account && post.text.contains(&format!("{words} ")))
                .count();
            let (mut published, mut open, mut unseen) = (0, 0, false);
            for known in &equal {
                let seen = self.people.look(known.id).await?;
                unseen |= seen.as_ref().is_some_and(|seen| seen.unseen);
                match seen.map(|seen| seen.state) {
                    Some(State::Published | State::Drafted) => published += 1,
                    Some(State::InDoubt | State::Publishing | State::Confirming | State::Processing) => open += 1,
                    _ => {}
                }
            }
            // Nor is a call that arrives when nobody looks any more.
            let much_later = self.weather.saw(Trouble::ArrivesMuchLater);
            if standing > if older || much_later { equal.len() } else { published + open } {
                broken.push(Violation {
                    invariant: "nothing twice",
                    seen: format!("{standing} equal posts stand, {published} ended published"),
                    history: Vec::new(),
                });
            }
            let by_hand = self.plan.by_hand_at.is_some();
            // One is known by its container or key, another by the words of the same post.
            let by_both = (older || unseen) && matches!(self.plan.cell.network, Network::Mastodon | Network::Threads);
            if standing < published && !by_guess && !by_hand && !by_both {
                broken.push(Violation {
                    invariant: "nothing lost",
                    seen: format!("{standing} equal posts stand, {published} ended published"),
                    history: Vec::new(),
                });
            }
            if broken.len() > before {
                let mut history = Vec::new();
                for known in equal {
                    history.push(known.id.to_string());
                    history.extend(self.history(known.id).await?);
                    history.extend(Self::acknowledged(known));
                }
                broken
                    .iter_mut()
                    .skip(before)
                    .for_each(|violation| violation.history.clone_from(&history));
            }
        }
        Ok(())
    }
}
