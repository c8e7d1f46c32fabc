//! Keys by which an account's repeats are known.

use std::collections::HashMap;

use super::limits::KEY_S;
use crate::world::State;

/// How long after its post a key is stored: the time that a real server takes to make the post, microseconds.
const STORED_AFTER_US: i64 = 250_000;

/// What a key stands for, and since when, by account and key.
#[derive(Default)]
struct Keys(HashMap<(String, String), (String, i64)>);

/// The post that was made under a key, as far as the server knows by now.
pub fn made(state: &mut State, account: &str, key: &str, now_us: i64) -> Option<String> {
    let (id, at_us) = state.own::<Keys>().0.get(&(account.to_owned(), key.to_owned()))?;
    let known = now_us >= at_us + STORED_AFTER_US && now_us < at_us + KEY_S * 1_000_000;
    known.then(|| id.clone())
}

/// Keeps the post that was made under a key.
pub fn keep(state: &mut State, account: &str, key: &str, id: &str, now_us: i64) {
    let keys = &mut state.own::<Keys>().0;
    keys.retain(|_, (_, at_us)| now_us < *at_us + KEY_S * 1_000_000);
    keys.insert((account.to_owned(), key.to_owned()), (id.to_owned(), now_us));
}
