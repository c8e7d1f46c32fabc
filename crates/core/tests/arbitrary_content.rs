//! Whatever a person or a program sends: a check answers, a count counts, nothing panics.

use std::collections::BTreeMap;

use postrider_core::Network;
use postrider_core::ids::AssetId;
use postrider_core::post::{AssetFacts, AssetKind, AssetUse, Content, ContentType, Link, Mode, Overrides, Poll, ThreadPart};
use postrider_core::rules::check::{CheckChannel, CheckInput, check};
use postrider_core::text::count::{Counter, count};
use postrider_core::text::entities;
use postrider_core::text::split::split;
use proptest::prelude::*;

fn id(n: u8) -> AssetId {
    AssetId::new(i64::from(n), [n; 10])
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z#@$. :/\u{200d}\u{fe0f}🙂👨é国\n]{0,80}",
        Just("https://example.com/(a)#b @me $ABC #x".to_owned()),
    ]
}

fn uses() -> impl Strategy<Value = Vec<AssetUse>> {
    prop::collection::vec((0_u8..8, words()), 0..13).prop_map(|list| {
        list.into_iter()
            .map(|(n, alt_text)| AssetUse { asset_id: id(n), alt_text })
            .collect()
    })
}

fn facts() -> impl Strategy<Value = AssetFacts> {
    let kind = prop::sample::select(vec![AssetKind::Image, AssetKind::Gif, AssetKind::Video, AssetKind::Document]);
    let sides = (any::<Option<u32>>(), any::<Option<u32>>());
    let film = (
        any::<Option<u64>>(),
        any::<Option<f64>>(),
        any::<Option<u32>>(),
        any::<Option<u32>>(),
    );
    (kind, words(), any::<u64>(), sides, film).prop_map(|(kind, mime, bytes, (width, height), (duration_ms, frame_rate, pages, frames))| {
        AssetFacts {
            kind,
            mime,
            bytes,
            width,
            height,
            duration_ms,
            frame_rate,
            video_codec: Some("h264".to_owned()),
            audio_codec: None,
            pages,
            frames,
        }
    })
}

fn content() -> impl Strategy<Value = Content> {
    let kind = prop::sample::select(ContentType::ALL.to_vec());
    let link = prop::option::of((words(), words(), words()).prop_map(|(url, title, description)| Link {
        url,
        title,
        description,
        image_asset_id: None,
    }));
    let poll = prop::option::of((words(), prop::collection::vec(words(), 0..14), any::<u32>()).prop_map(
        |(question, options, duration_minutes)| Poll {
            question,
            options,
            duration_minutes,
        },
    ));
    let part = (words(), uses()).prop_map(|(text, assets)| ThreadPart { text, assets });
    let thread = prop::collection::vec(part, 0..4);
    (
        kind,
        (words(), words(), words()),
        prop::collection::vec(words(), 0..40),
        uses(),
        link,
        poll,
        thread,
    )
        .prop_map(
            |(content_type, (title, text, first_comment), hashtags, assets, link, poll, thread)| Content {
                content_type,
                title,
                text,
                hashtags,
                assets,
                link,
                poll,
                thread,
                first_comment,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_check_never_panics_and_names_only_fields_of_the_post(
        content in content(),
        text in prop::option::of(words()),
        known in prop::collection::btree_map(0_u8..8, facts(), 0..8),
        text_max in any::<Option<i64>>(),
    ) {
        let channels = Network::ALL.map(|network| CheckChannel {
            network,
            channel_id: None,
            overrides: Overrides { text: text.clone(), ..Overrides::default() },
            mode: Mode::Draft,
            text_max,
        });
        let assets: BTreeMap<_, _> = known.into_iter().map(|(n, facts)| (id(n), facts)).collect();
        let roots = ["text", "title", "assets", "link", "poll", "thread", "first_comment", "content_type", "mode"];
        for problem in check(&CheckInput { content, channels: channels.to_vec(), assets }) {
            let root = problem.field.split('.').next().unwrap_or_default();
            prop_assert!(roots.contains(&root), "{}", problem.field);
            prop_assert_eq!(problem.limit.is_some(), problem.actual.is_some());
        }
    }

    #[test]
    fn every_way_of_counting_takes_every_text(text in words()) {
        use Counter::*;
        for counter in [Chars, Graphemes, Utf16, Bytes, Weighted, Mastodon, Threads] {
            let counted = count(counter, &text);
            prop_assert!(counted >= 0);
            prop_assert!(!text.is_empty() || counted == 0);
        }
        prop_assert!(count(Graphemes, &text) <= count(Chars, &text));
        prop_assert!(count(Chars, &text) <= count(Utf16, &text));
        prop_assert!(count(Utf16, &text) <= count(Bytes, &text));
    }

    #[test]
    fn entities_lie_in_the_text_in_order_without_overlap(text in words()) {
        let mut end = 0;
        for found in entities::find(&text) {
            prop_assert!(found.start >= end && found.end > found.start);
            prop_assert!(text.get(found.start..found.end).is_some_and(|piece| piece.ends_with(&found.value)));
            end = found.end;
        }
    }

    #[test]
    fn splitting_loses_nothing_but_white_space(text in words(), max in 24_i64..120) {
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(bare(&split(&text, Counter::Graphemes, max).concat()), bare(&text));
        for part in split(&text, Counter::Graphemes, max) {
            prop_assert!(count(Counter::Graphemes, &part) <= max);
        }
    }
}
