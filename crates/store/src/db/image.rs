//! A database in memory that is made again and again what it was when an image of it was taken.

use sqlx::sqlite::SqliteOwnedBuf;
use sqlx::{AssertSqlSafe, Executor as _};

use super::sqlite::{Sqlite, Writer};
use super::{Row, statement};
use crate::error::Result;

/// In the order in which they were made. What a full-text table keeps its rows in is its own matter. (`pragma_table_list` would say it
/// plainly, but a table-valued function keeps the schema that `deserialize` frees.)
const TABLES: &str = "SELECT name, CASE WHEN sql LIKE 'CREATE VIRTUAL %' THEN 'virtual' ELSE 'table' END AS type
    FROM main.sqlite_schema s WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND NOT EXISTS (
        SELECT 1 FROM main.sqlite_schema v WHERE v.sql LIKE 'CREATE VIRTUAL %' AND s.name LIKE v.name || '\\_%' ESCAPE '\\')
    ORDER BY rowid";

/// The image that stands beside the database as a schema of its own.
pub struct Image {
    bytes: Vec<u8>,
    /// Full-text tables.
    searched: Vec<String>,
    /// The other tables that hold rows in the image, none referring to a later one.
    filled: Vec<String>,
    /// Asks which tables hold rows now, each before those that it refers to.
    holding: String,
}

/// Asks which of some tables of a schema hold rows. Most hold none, and a statement for each of them would cost more than all rows.
fn holding<'a>(schema: &str, tables: impl Iterator<Item = &'a String>) -> String {
    let each: Vec<String> = tables
        .map(|table| format!("SELECT '{table}' AS name WHERE EXISTS (SELECT 1 FROM {schema}.{table})"))
        .collect();
    each.join(" UNION ALL ")
}

fn names(rows: &[Row]) -> Result<Vec<String>> {
    rows.iter().map(|row| row.text("name")).collect()
}

impl Sqlite {
    /// The whole database.
    pub async fn image(&self) -> Result<Vec<u8>> {
        let mut writer = self.writer().await?;
        let connection = writer.connection()?;
        Ok(self.drive(connection.serialize(None)).await?.to_vec())
    }

    /// The schema itself is set once only: table-valued functions such as `json_each` keep the address of the schema that they were first
    /// used with, and SQLite frees it when a schema is replaced. Later images go to a schema beside it, and their rows are copied.
    pub async fn restore_image(&self, bytes: &[u8]) -> Result<()> {
        let mut writer = self.writer().await?;
        if writer.image.as_ref().is_none_or(|image| image.bytes != bytes) {
            let image = self.put_beside(&mut writer, bytes).await?;
            writer.image = Some(image);
        }
        let Writer {
            image: Some(image),
            connection: Some(connection),
            ..
        } = &mut *writer
        else {
            return Err(sqlx::Error::PoolClosed.into());
        };
        let held = statement::sqlite_all(connection, AssertSqlSafe(image.holding.clone()), Vec::new());
        let held = names(&self.drive(held).await?)?;
        let mut script = "BEGIN IMMEDIATE;".to_owned();
        for table in &held {
            script.push_str(&format!("DELETE FROM main.{table};"));
        }
        // Filled anew by their triggers as the rows come.
        for table in &image.searched {
            script.push_str(&format!("INSERT INTO main.{table} ({table}) VALUES ('delete-all');"));
        }
        for table in &image.filled {
            script.push_str(&format!("INSERT INTO main.{table} SELECT * FROM image.{table};"));
        }
        script.push_str("COMMIT");
        self.drive(connection.execute(AssertSqlSafe(script))).await?;
        Ok(())
    }

    /// Puts an image beside the database, and makes it the database itself if that is empty.
    async fn put_beside(&self, writer: &mut Writer, bytes: &[u8]) -> Result<Image> {
        let stands = writer.image.take().is_some();
        let connection = writer.connection()?;
        if stands {
            self.drive(connection.execute("DETACH image")).await?;
        }
        self.drive(connection.execute("ATTACH ':memory:' AS image")).await?;
        self.drive(connection.deserialize(Some("image"), SqliteOwnedBuf::try_from(bytes)?, false))
            .await?;
        let mut tables = self.drive(statement::sqlite_all(connection, TABLES, Vec::new())).await?;
        if tables.is_empty() {
            self.drive(connection.deserialize(None, SqliteOwnedBuf::try_from(bytes)?, false))
                .await?;
            tables = self.drive(statement::sqlite_all(connection, TABLES, Vec::new())).await?;
        }
        let (mut searched, mut plain) = (Vec::new(), Vec::new());
        for row in &tables {
            let kind = if row.text("type")? == "virtual" {
                &mut searched
            } else {
                &mut plain
            };
            kind.push(row.text("name")?);
        }
        let filled = AssertSqlSafe(holding("image", plain.iter()));
        let filled = names(&self.drive(statement::sqlite_all(connection, filled, Vec::new())).await?)?;
        Ok(Image {
            bytes: bytes.to_vec(),
            searched,
            filled,
            holding: holding("main", plain.iter().rev()),
        })
    }
}
