//! How many messages go out: of a bot in a second, and in a chat in a minute. Each file of an album is a message.

use std::collections::{HashMap, VecDeque};

use super::auth::Bot;
use super::error::{Answer, Refusal};
use super::limits::{BOT_PER_SECOND, CHAT_PER_MINUTE};
use crate::world::{Account, State};

const SECOND_US: i64 = 1_000_000;
const MINUTE_US: i64 = 60 * SECOND_US;

/// When messages went out, by bot and by chat.
#[derive(Default)]
struct Sent(HashMap<String, VecDeque<i64>>);

/// How long to wait until so many more fit, microseconds; `None` if they do now.
fn wait_us(sent: &mut VecDeque<i64>, count: usize, most: usize, window_us: i64, now_us: i64) -> Option<i64> {
    while sent.front().is_some_and(|at| *at <= now_us - window_us) {
        sent.pop_front();
    }
    let over = (sent.len() + count).checked_sub(most).filter(|over| *over > 0)?;
    let last = sent.get(over.min(sent.len()).checked_sub(1)?)?;
    Some(last + window_us - now_us)
}

/// Counts messages, if there is room for them.
///
/// # Errors
/// 429, with the seconds after which there is.
pub fn count(state: &mut State, bot: &Bot, chat: &Account, count: usize, now_us: i64) -> Answer<()> {
    let sent = &mut state.own::<Sent>().0;
    let windows = [
        (format!("bot {}", bot.id), BOT_PER_SECOND, SECOND_US),
        (format!("chat {}", chat.id), CHAT_PER_MINUTE, MINUTE_US),
    ];
    let waits = windows
        .iter()
        .filter_map(|(who, most, window_us)| wait_us(sent.entry(who.clone()).or_default(), count, *most, *window_us, now_us));
    if let Some(wait_us) = waits.max() {
        return Err(Refusal::too_many((wait_us + SECOND_US - 1) / SECOND_US));
    }
    for (who, ..) in windows {
        let of = sent.entry(who).or_default();
        of.extend(std::iter::repeat_n(now_us, count));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{NETWORK, auth, seed};
    use super::*;

    #[test]
    fn a_bot_sends_thirty_messages_a_second_whatever_the_chats() {
        let mut state = State::new(1, "http://sandbox");
        let made: Vec<Account> = (0..4).map(|_| seed::make_account(&mut state, "ada")).collect();
        let token = made[0].details["bot_token"].as_str().expect("a token").to_owned();
        let bot = auth::bot(&state, &token).expect("a bot");
        assert!(made.iter().all(|chat| chat.network == NETWORK));
        for chat in &made[..3] {
            assert_eq!(super::count(&mut state, &bot, chat, 10, 0), Ok(()));
        }
        assert_eq!(super::count(&mut state, &bot, &made[3], 1, 0), Err(Refusal::too_many(1)));
        assert_eq!(super::count(&mut state, &bot, &made[3], 10, SECOND_US), Ok(()));
        // A chat has its own window.
        assert_eq!(super::count(&mut state, &bot, &made[3], 10, 2 * SECOND_US), Ok(()));
        assert_eq!(
            super::count(&mut state, &bot, &made[3], 1, 3 * SECOND_US),
            Err(Refusal::too_many(58))
        );
        assert_eq!(super::count(&mut state, &bot, &made[3], 1, 61 * SECOND_US), Ok(()));
    }
}
