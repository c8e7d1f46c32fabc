//! Public addresses from which networks fetch files: expiring, and revocable at once. Who may fetch is decided by the
//! signature in the address and by this row, not by a scope.

use postrider_core::ids::{DeliveryId, IntentId};

use crate::args;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::record::{record, statements};

record! {
    /// A public address of one file.
    MediaAddress {
        /// What stands in the address.
        id: String = text,
        /// For which delivery.
        delivery_id: Option<DeliveryId> = opt_id,
        /// Where the file is.
        blob: String = text,
        /// Media type.
        mime: String = text,
        /// UTC milliseconds.
        expires_at: i64 = int,
        /// UTC milliseconds.
        created_at: i64 = int,
    }
}

statements! {
    CREATE = "INSERT INTO media_addresses (id, delivery_id, blob, mime, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    OPEN = "SELECT * FROM media_addresses WHERE id = $1 AND expires_at > $2 AND revoked_at IS NULL";
    OF_DELIVERY = "SELECT * FROM media_addresses WHERE delivery_id = $1 AND expires_at > $2 AND revoked_at IS NULL ORDER BY id";
    FETCHED = "UPDATE media_addresses SET fetched_for = (SELECT i.id FROM intents i
            WHERE i.delivery_id = media_addresses.delivery_id AND i.outcome IS NULL ORDER BY i.id DESC LIMIT 1)
        WHERE id = $1 AND revoked_at IS NULL";
    FETCHED_FOR = "SELECT id FROM media_addresses WHERE delivery_id = $1 AND fetched_for = $2 LIMIT 1";
    REVOKE = "UPDATE media_addresses SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    REVOKE_ALL = "UPDATE media_addresses SET revoked_at = $2 WHERE delivery_id = $1 AND revoked_at IS NULL";
    ERASE_OVER = "DELETE FROM media_addresses WHERE expires_at <= $1";
}

/// Opens an address.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn create(tx: &mut Tx, address: &MediaAddress) -> Result<()> {
    let values = args![
        &address.id,
        address.delivery_id,
        &address.blob,
        &address.mime,
        address.expires_at,
        address.created_at,
    ];
    tx.run(CREATE, values).await?;
    Ok(())
}

/// The address, if it is open.
///
/// # Errors
/// [`crate::StoreError::NotFound`] if it does not exist, is over or was revoked; [`crate::StoreError::Db`].
pub async fn open(db: &Db, id: &str, now_ms: i64) -> Result<MediaAddress> {
    MediaAddress::of(&db.one(OPEN, args![id, now_ms]).await?)
}

/// The addresses of a delivery that stay open beyond an instant.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn of_delivery(db: &Db, delivery: DeliveryId, beyond_ms: i64) -> Result<Vec<MediaAddress>> {
    MediaAddress::all(&db.read(OF_DELIVERY, args![delivery, beyond_ms]).await?)
}

/// Notes that somebody fetches from an address, for the promise that is open just now. Says whether the address is still open: it may have
/// been revoked since it was looked at.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn fetched(db: &Db, id: &str) -> Result<bool> {
    Ok(db.run(FETCHED, args![id]).await? > 0)
}

/// Whether anybody fetched from an address of a delivery while a promise was open.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn fetched_for(db: &Db, delivery: DeliveryId, intent: IntentId) -> Result<bool> {
    Ok(!db.read(FETCHED_FOR, args![delivery, intent]).await?.is_empty())
}

/// Revokes an address.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn revoke(tx: &mut Tx, id: &str, now_ms: i64) -> Result<()> {
    tx.run(REVOKE, args![id, now_ms]).await?;
    Ok(())
}

/// Revokes every address that was opened for a delivery.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn revoke_of_delivery(tx: &mut Tx, delivery: DeliveryId, now_ms: i64) -> Result<()> {
    tx.run(REVOKE_ALL, args![delivery, now_ms]).await?;
    Ok(())
}

/// Forgets addresses that are over; says how many.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn erase_over(db: &Db, now_ms: i64) -> Result<u64> {
    db.run(ERASE_OVER, args![now_ms]).await
}
