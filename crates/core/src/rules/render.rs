//! The text that is really sent on a network, which is also the text that is counted.

use super::schema::{LinkPlace, Offer};
use crate::post::{Content, ContentType};
use crate::text::render::with_hashtags;

/// A post's words as one network gets them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The text, hashtags appended; empty if the network gets none. Of a thread: empty.
    pub text: String,
    /// The texts of a thread's parts, hashtags on the last.
    pub parts: Vec<String>,
}

/// The words of content that already carries its channel's overrides. The address of a link post and the question of a poll
/// stand in the text where the network has no field for them; the hashtags come last.
pub fn rendered(content: &Content, offer: &Offer) -> Rendered {
    if !offer.text.sent {
        return Rendered::default();
    }
    if content.content_type == ContentType::Thread {
        let last = content.thread.len().saturating_sub(1);
        let part = |(index, part): (usize, &crate::post::ThreadPart)| {
            if index == last {
                with_hashtags(&part.text, &content.hashtags)
            } else {
                part.text.trim_end().to_owned()
            }
        };
        return Rendered {
            text: String::new(),
            parts: content.thread.iter().enumerate().map(part).collect(),
        };
    }
    let mut text = content.text.trim_end().to_owned();
    let mut append = |more: &str| {
        let more = more.trim();
        if !more.is_empty() && !text.contains(more) {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(more);
        }
    };
    if content.content_type == ContentType::Poll
        && offer.poll.is_some_and(|rule| rule.question.is_none())
        && let Some(poll) = &content.poll
    {
        append(&poll.question);
    }
    if content.content_type == ContentType::Link
        && offer.link.is_some_and(|rule| rule.place == LinkPlace::Text)
        && let Some(link) = &content.link
    {
        append(&link.url);
    }
    Rendered {
        text: with_hashtags(&text, &content.hashtags),
        parts: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;
    use crate::post::{Link, Poll, ThreadPart};
    use crate::rules::offer;

    fn text_on(network: Network, content: &Content) -> String {
        offer(network, content.content_type)
            .map(|offer| rendered(content, offer).text)
            .unwrap_or_default()
    }

    #[test]
    fn the_address_stands_in_the_text_only_where_there_is_no_field_for_it() {
        let content = Content {
            text: "Look".into(),
            hashtags: vec!["a".into()],
            link: Some(Link {
                url: "https://a.example".into(),
                ..Link::default()
            }),
            ..Content::empty(ContentType::Link)
        };
        assert_eq!(text_on(Network::Facebook, &content), "Look\n\n#a");
        assert_eq!(text_on(Network::X, &content), "Look\n\nhttps://a.example\n\n#a");
        let named = Content {
            text: "See https://a.example there".into(),
            ..content
        };
        assert_eq!(text_on(Network::X, &named), "See https://a.example there\n\n#a");
    }

    #[test]
    fn a_question_without_a_field_stands_in_the_text() {
        let content = Content {
            text: "Hello".into(),
            poll: Some(Poll {
                question: "Tea?".into(),
                ..Poll::default()
            }),
            ..Content::empty(ContentType::Poll)
        };
        assert_eq!(text_on(Network::X, &content), "Hello\n\nTea?");
        assert_eq!(text_on(Network::Linkedin, &content), "Hello");
    }

    #[test]
    fn a_story_sends_no_words_and_a_thread_its_hashtags_last() {
        let story = Content {
            text: "gone".into(),
            ..Content::empty(ContentType::Story)
        };
        assert_eq!(text_on(Network::Instagram, &story), "");
        let part = |text: &str| ThreadPart {
            text: text.into(),
            assets: Vec::new(),
        };
        let thread = Content {
            hashtags: vec!["z".into()],
            thread: vec![part("one"), part("two")],
            ..Content::empty(ContentType::Thread)
        };
        let parts = offer(Network::Bluesky, ContentType::Thread).map(|offer| rendered(&thread, offer).parts);
        assert_eq!(parts, Some(vec!["one".to_owned(), "two\n\n#z".to_owned()]));
    }
}
