//! Telegram's figures (core.telegram.org/bots/api: Available methods, Sending files; bots/faq: Broadcasting limits).

use std::ops::RangeInclusive;

/// Units of UTF-16 of a message, after its markup was taken out.
pub const TEXT_MAX: usize = 4_096;
/// The same of a caption and of a poll's description.
pub const CAPTION_MAX: usize = 1_024;
/// Bytes of a picture that is sent along.
pub const PHOTO_BYTES_MAX: u64 = 10_000_000;
/// Bytes of any other file that is sent along.
pub const FILE_BYTES_MAX: u64 = 50_000_000;
/// Bytes of a picture that the server fetches.
pub const PHOTO_FETCHED_MAX: u64 = 5_000_000;
/// Bytes of any other file that the server fetches.
pub const FILE_FETCHED_MAX: u64 = 20_000_000;
/// A picture's width and height together, pixels.
pub const SIDES_MAX: u32 = 10_000;
/// How many times longer one side of a picture may be than the other.
pub const RATIO_MAX: u32 = 20;
/// Files of an album.
pub const ALBUM: RangeInclusive<usize> = 2..=10;
/// Units of UTF-16 of a poll's question.
pub const QUESTION_MAX: usize = 300;
/// Answers of a poll.
pub const OPTIONS: RangeInclusive<usize> = 1..=12;
/// Units of UTF-16 of an answer.
pub const OPTION_MAX: usize = 100;
/// Units of UTF-16 of a quiz's explanation.
pub const EXPLANATION_MAX: usize = 200;
/// How long a poll is open, seconds.
pub const OPEN_S: RangeInclusive<i64> = 5..=2_628_000;
/// Messages in a chat in a minute.
pub const CHAT_PER_MINUTE: usize = 20;
/// Messages of a bot in a second.
pub const BOT_PER_SECOND: usize = 30;
/// How late reactions are told, microseconds.
pub const REACTIONS_US: i64 = 3 * 60 * 1_000_000;
