//! A lost answer: nothing can be read, and a person goes on from there.

use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_networks::telegram::Telegram;
use postrider_provider::{Adapter, Finding, PartReceipt, Probe, Progress, Step};

use super::{moved, on};
use crate::driver::{intent, play, probe, resume};

#[test]
fn no_look_tells_whether_it_stands() {
    let job = on(ContentType::Text, "Hi");
    let played = play(&Telegram, &job, &[]);
    let remembered = intent(played.last.as_ref());
    for (remembered_here, unseen) in [(true, false), (true, true), (false, true)] {
        let mut intent = remembered.clone();
        intent.remembered = remembered_here;
        intent.unseen = unseen;
        let (script, end) = probe(&Telegram, &job, &played.progress, &intent, &[]);
        assert_eq!(script, "", "there is nothing to read");
        assert!(matches!(end, Probe::Finding(Finding::Unreadable(why)) if why.contains("look at the channel")));
    }
    assert!(!(Telegram.capability().reads_back)("channel"));
}

#[test]
fn what_a_person_found_ends_it() {
    let job = on(ContentType::Text, "Hi");
    let group_moved = play(&Telegram, &job, &[moved(-100_777)]);
    for (progress, found) in [
        (
            Progress::default(),
            PartReceipt {
                external_id: Some("42".into()),
                permalink: Some("https://t.me/acme/42".into()),
            },
        ),
        (
            group_moved.progress,
            PartReceipt {
                external_id: None,
                permalink: None,
            },
        ),
    ] {
        let adopted = Telegram.adopt(&job, &progress, Part::Root, &found);
        let played = resume(&Telegram, &job, adopted, &[]);
        let Some(Step::Done(receipt)) = played.last else {
            panic!("{}", played.script)
        };
        assert_eq!((receipt.external_id, receipt.permalink), (found.external_id, found.permalink));
        assert!(played.requests.is_empty(), "nothing is sent again");
    }
}
