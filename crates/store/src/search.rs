//! Finding posts by words.
//!
//! A phrase is found anywhere in the words. Each database keeps every three letters that follow one another (SQLite in a table of FTS5,
//! PostgreSQL in an index of `pg_trgm`); what they point at is then compared with the whole phrase. They differ too much for a
//! migration that both take, so they are made here.

use std::collections::BTreeSet;

use postrider_core::post::Content;

use crate::args;
use crate::db::{Db, Kind};
use crate::error::Result;

/// The most candidates that are looked at one by one. What has more is found sooner by reading from the newest on.
const CANDIDATES_MAX: usize = 2_000;
/// How many letters the index knows together.
const GRAM: usize = 3;

const HAS_TABLE: &str = "SELECT name FROM sqlite_master WHERE name = 'posts_search'";
/// Rows are only added: a text that was changed stays a candidate, and the comparison with the post drops it.
const ON_SQLITE: &[&str] = &[
    "CREATE VIRTUAL TABLE posts_search USING fts5 (post_id UNINDEXED, search_text, content = '', contentless_unindexed = 1,
        tokenize = 'trigram', detail = 'none')",
    "INSERT INTO posts_search (post_id, search_text) SELECT id, search_text FROM posts ORDER BY id",
    "CREATE TRIGGER posts_search_new AFTER INSERT ON posts BEGIN
        INSERT INTO posts_search (post_id, search_text) VALUES (NEW.id, NEW.search_text);
    END",
    "CREATE TRIGGER posts_search_changed AFTER UPDATE OF search_text ON posts WHEN NEW.search_text <> OLD.search_text BEGIN
        INSERT INTO posts_search (post_id, search_text) VALUES (NEW.id, NEW.search_text);
    END",
];
const ON_POSTGRES: &[&str] = &[
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX IF NOT EXISTS posts_search ON posts USING gin (search_text gin_trgm_ops)",
];
const CANDIDATES: &str = "SELECT post_id FROM posts_search WHERE posts_search MATCH $1 ORDER BY rowid DESC LIMIT $2";

/// What of a post's content is searched: title, words of all parts and hashtags, in lower case.
pub fn text_of(content: &Content) -> String {
    let parts = content.thread.iter().map(|part| part.text.as_str());
    let mut words: Vec<&str> = vec![&content.title, &content.text];
    words.extend(parts);
    words.extend(content.hashtags.iter().map(String::as_str));
    words.extend(content.poll.iter().map(|poll| poll.question.as_str()));
    words.retain(|word| !word.is_empty());
    words.join("\n").to_lowercase()
}

/// The pattern for `LIKE … ESCAPE '\'` that finds a phrase anywhere.
pub fn pattern(phrase: &str) -> String {
    let mut out = String::from("%");
    for symbol in phrase.trim().to_lowercase().chars() {
        if matches!(symbol, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(symbol);
    }
    out.push('%');
    out
}

/// Makes what a phrase is found by, if it is not there yet.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub(crate) async fn index(db: &Db) -> Result<()> {
    if db.kind() == Kind::Postgres {
        // Whoever runs the database may forbid extensions: posts are found all the same, only slower.
        for sql in ON_POSTGRES {
            if let Err(error) = db.run(*sql, args![]).await {
                tracing::warn!(%error, "searching posts will be slow: pg_trgm or its index cannot be set up");
                break;
            }
        }
        return Ok(());
    }
    let mut tx = db.begin().await?;
    if tx.optional(HAS_TABLE, args![]).await?.is_none() {
        for sql in ON_SQLITE {
            tx.run(*sql, args![]).await?;
        }
    }
    tx.commit().await
}

/// The ids of all posts that a phrase can be in, if they are few and the database does not find them by itself.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub(crate) async fn candidates(db: &Db, phrase: &str) -> Result<Option<Vec<String>>> {
    let (Kind::Sqlite, Some(grams)) = (db.kind(), grams(phrase)) else {
        return Ok(None);
    };
    let limit = i64::try_from(CANDIDATES_MAX + 1).unwrap_or(i64::MAX);
    let rows = db.read(CANDIDATES, args![grams, limit]).await?;
    if rows.len() > CANDIDATES_MAX {
        return Ok(None);
    }
    // A post that was edited is there once for each text it had.
    let ids: BTreeSet<String> = rows.iter().map(|row| row.text("post_id")).collect::<Result<_>>()?;
    Ok(Some(ids.into_iter().collect()))
}

/// What FTS5 is asked for a phrase; `None` if it is shorter than what the index knows.
fn grams(phrase: &str) -> Option<String> {
    let letters: Vec<char> = phrase.trim().to_lowercase().chars().collect();
    let quoted = |gram: &[char]| format!("\"{}\"", gram.iter().collect::<String>().replace('"', "\"\""));
    let all: Vec<String> = letters.windows(GRAM).map(quoted).collect();
    (!all.is_empty()).then(|| all.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_mean_something_to_the_database_are_only_signs() {
        assert_eq!(pattern(" 100%_Ä\\ "), "%100\\%\\_ä\\\\%");
        assert_eq!(grams(" a\"bC "), Some("\"a\"\"b\" AND \"\"\"bc\"".to_owned()));
        assert_eq!(grams("ab"), None);
    }
}
