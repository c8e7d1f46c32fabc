//! Seals every stored secret anew under the newest key, so that an old key can be taken out of the configuration.

use postrider_store::{Db, StoreError, args};

use super::Vault;

/// How many rows are read at a time.
const BATCH_ROWS: i64 = 200;

/// A column that holds sealed values, and its statements.
struct Column {
    /// `table.column`: with the row's id the name that its values are bound to.
    name: &'static str,
    read: &'static str,
    write: &'static str,
}

macro_rules! column {
    ($table:literal, $column:literal) => {
        Column {
            name: concat!($table, ".", $column),
            read: concat!(
                "SELECT id, ",
                $column,
                " AS sealed FROM ",
                $table,
                " WHERE id > $1 AND ",
                $column,
                " IS NOT NULL ORDER BY id LIMIT $2"
            ),
            // Only if nobody stored a fresher secret meanwhile.
            write: concat!("UPDATE ", $table, " SET ", $column, " = $3 WHERE id = $1 AND ", $column, " = $2"),
        }
    };
}

const COLUMNS: [Column; 5] = [
    column!("connections", "code_verifier"),
    column!("connections", "account_secrets"),
    column!("grants", "secrets"),
    column!("channels", "secrets"),
    column!("server_apps", "secrets"),
];

/// What a rotation did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Values now under the newest key that were not before.
    pub resealed: u64,
    /// Values that were under it already.
    pub kept: u64,
    /// Values that changed while they were sealed anew: run it again.
    pub overtaken: u64,
    /// Rows whose value opens under no configured key, as `table.column.row`. They are left as they are.
    pub unreadable: Vec<String>,
}

/// Seals every value that is not under the newest key anew. It can be stopped at any time and run again: what is done
/// stays done.
///
/// # Errors
/// If the database fails. A value that cannot be opened is reported, not an error.
pub async fn rotate(vault: &Vault, db: &Db) -> Result<Rotated, StoreError> {
    let mut rotated = Rotated::default();
    for column in &COLUMNS {
        let mut after = String::new();
        loop {
            let rows = db.read(column.read, args![after.as_str(), BATCH_ROWS]).await?;
            let Some(last) = rows.last() else { break };
            after = last.text("id")?;
            for row in &rows {
                let id = row.text("id")?;
                let sealed = row.bytes("sealed")?;
                let aad = format!("{}.{id}", column.name);
                if Vault::key_of(&sealed).is_ok_and(|key| key == vault.newest()) {
                    rotated.kept += 1;
                    continue;
                }
                let fresh = vault.open_bytes(&aad, &sealed).and_then(|plain| vault.seal_bytes(&aad, &plain));
                let Ok(fresh) = fresh else {
                    rotated.unreadable.push(aad);
                    continue;
                };
                match db.run(column.write, args![id, sealed, fresh]).await? {
                    0 => rotated.overtaken += 1,
                    _ => rotated.resealed += 1,
                }
            }
        }
    }
    Ok(rotated)
}

/// Whether the database holds anything sealed.
///
/// # Errors
/// If the database fails.
pub async fn anything_sealed(db: &Db) -> Result<bool, StoreError> {
    for column in &COLUMNS {
        if !db.read(column.read, args!["", 1_i64]).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The rows, as `table.column.row`, whose values open under none of the vault's keys.
///
/// # Errors
/// If the database fails.
pub async fn unreadable(vault: &Vault, db: &Db) -> Result<Vec<String>, StoreError> {
    let mut closed = Vec::new();
    for column in &COLUMNS {
        let mut after = String::new();
        loop {
            let rows = db.read(column.read, args![after.as_str(), BATCH_ROWS]).await?;
            let Some(last) = rows.last() else { break };
            after = last.text("id")?;
            for row in &rows {
                let aad = format!("{}.{}", column.name, row.text("id")?);
                if vault.open_bytes(&aad, &row.bytes("sealed")?).is_err() {
                    closed.push(aad);
                }
            }
        }
    }
    Ok(closed)
}
