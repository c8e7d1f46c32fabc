//! A statement's text and values, handed to a driver.

use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::{Arg, Kind, Row};
use crate::error::Result;

const LIST: &str = "LIST($";

/// The statement as this database writes it: `LIST($n)` becomes the way it opens a list.
pub fn text_for(kind: Kind, sql: impl SqlSafeStr) -> SqlStr {
    let sql = sql.into_sql_str();
    if !sql.as_str().contains(LIST) {
        return sql;
    }
    let mut out = String::with_capacity(sql.as_str().len() + 64);
    let mut rest = sql.as_str();
    while let Some(at) = rest.find(LIST) {
        out.push_str(&rest[..at]);
        let number_and_rest = &rest[at + LIST.len()..];
        let end = number_and_rest.find(')').unwrap_or(number_and_rest.len());
        let number = &number_and_rest[..end];
        match kind {
            Kind::Sqlite => out.push_str(&format!("(SELECT value FROM json_each(${number}))")),
            Kind::Postgres => out.push_str(&format!("(SELECT unnest(CAST(${number} AS TEXT[])))")),
        }
        rest = number_and_rest.get(end + 1..).unwrap_or("");
    }
    out.push_str(rest);
    AssertSqlSafe(out).into_sql_str()
}

/// How many values a statement asks for: its highest `$n`, or how many `?` it has.
fn placeholders(sql: &str) -> usize {
    let (mut highest, mut unnumbered) = (0, 0);
    let mut bytes = sql.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'?' => unnumbered += 1,
            b'$' => {
                let mut number = 0;
                while let Some(digit) = bytes.next_if(u8::is_ascii_digit) {
                    number = number * 10 + usize::from(digit - b'0');
                }
                highest = highest.max(number);
            }
            _ => {}
        }
    }
    highest.max(unnumbered)
}

fn check_count(sql: &SqlStr, args: &[Arg]) -> Result<()> {
    // SQLite takes a missing value for NULL without a word.
    if placeholders(sql.as_str()) == args.len() {
        return Ok(());
    }
    Err(sqlx::Error::Protocol(format!("a statement was given {} values", args.len())).into())
}

fn for_sqlite(args: Vec<Arg>) -> Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for arg in args {
        arg.sqlite(&mut arguments).map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

fn for_postgres(args: Vec<Arg>) -> Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for arg in args {
        arg.postgres(&mut arguments).map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

pub async fn sqlite_all(connection: &mut SqliteConnection, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<Vec<Row>> {
    let text = text_for(Kind::Sqlite, sql);
    check_count(&text, &args)?;
    let rows = sqlx::query_with(text, for_sqlite(args)?).fetch_all(connection).await?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

pub async fn sqlite_run(connection: &mut SqliteConnection, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<u64> {
    let text = text_for(Kind::Sqlite, sql);
    check_count(&text, &args)?;
    let done = sqlx::query_with(text, for_sqlite(args)?).execute(connection).await?;
    Ok(done.rows_affected())
}

/// How a connection to PostgreSQL is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// It is ours alone: statements are prepared once.
    Own,
    /// A pooler may give it to another after each transaction: nothing is left on it.
    Shared,
}

type PgQuery = sqlx::query::Query<'static, sqlx::Postgres, PgArguments>;

/// On a shared line no statement is kept; what is kept gets a plan for any values after a few times.
fn postgres_query(line: Line, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<PgQuery> {
    let text = text_for(Kind::Postgres, sql);
    check_count(&text, &args)?;
    Ok(sqlx::query_with(text, for_postgres(args)?).persistent(line == Line::Own))
}

pub async fn postgres_all(connection: &mut PgConnection, line: Line, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<Vec<Row>> {
    let rows = postgres_query(line, sql, args)?.fetch_all(connection).await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

pub async fn postgres_run(connection: &mut PgConnection, line: Line, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<u64> {
    let done = postgres_query(line, sql, args)?.execute(connection).await?;
    Ok(done.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_opened_as_each_database_does() {
        let sql = "SELECT 1 WHERE a IN LIST($1) AND b = $2 AND c IN LIST($13)";
        let sqlite = text_for(Kind::Sqlite, sql);
        assert_eq!(
            sqlite.as_str(),
            "SELECT 1 WHERE a IN (SELECT value FROM json_each($1)) AND b = $2 AND c IN (SELECT value FROM json_each($13))"
        );
        let postgres = text_for(Kind::Postgres, sql);
        assert_eq!(
            postgres.as_str(),
            "SELECT 1 WHERE a IN (SELECT unnest(CAST($1 AS TEXT[]))) AND b = $2 AND c IN (SELECT unnest(CAST($13 AS TEXT[])))"
        );
    }

    #[test]
    fn the_highest_placeholder_says_how_many_values_are_asked() {
        for (sql, count) in [
            ("SELECT 1", 0),
            ("SELECT $1, $1", 1),
            ("SELECT $2, $10, $1", 10),
            ("VALUES (?,?),(?,?)", 4),
        ] {
            assert_eq!(placeholders(sql), count, "{sql}");
        }
    }
}
