//! By a handle and an app password.

use std::sync::Arc;

use postrider_core::ids::ConnectionId;
use postrider_provider::{ConnectBy, PasswordAsk, Secrets};
use postrider_store::audit;
use postrider_store::connections::{self, NewConnection};
use postrider_store::scope::Scope;
use postrider_store::{Bound, plans};
use secrecy::{ExposeSecret, SecretString};

use super::oauth::Wish;
use super::{CONNECTION_MS, ConnectError, Finished, flow, sha256_hex, token, verifier_aad, way};
use crate::shared::Shared;

/// What a person typed.
pub struct Typed<'a> {
    /// Handle, e-mail or DID.
    pub identifier: &'a str,
    /// The app password.
    pub password: SecretString,
    /// The server; empty for the network's own.
    pub service: &'a str,
}

/// Whether a text has the form that the AT Protocol's servers give app passwords: four groups of four small letters and digits. A
/// person's main password hardly ever has it, and what does not have it is never sent (product C10).
pub fn looks_like_app_password(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let fits = |group: &&str| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    groups.len() == 4 && groups.iter().all(fits)
}

/// Signs in with an app password, reads the account, stores both.
///
/// # Errors
/// [`ConnectError`].
pub async fn sign_in(shared: &Arc<Shared>, scope: &Scope, wish: Wish<'_>, typed: Typed<'_>) -> Result<Finished, ConnectError> {
    let way = way(shared, wish.network, wish.variant)?;
    if way.variant.by != ConnectBy::AppPassword {
        return Err(ConnectError::OtherWay);
    }
    if !looks_like_app_password(typed.password.expose_secret()) {
        return Err(ConnectError::NotAppPassword);
    }
    let mut tx = shared.db.begin().await?;
    plans::make_room(&mut tx, scope.organization_id, Bound::Publishing, 1).await?;
    tx.commit().await?;

    let now_ms = shared.now_ms();
    let ask = PasswordAsk {
        identifier: typed.identifier,
        service: typed.service,
        now_ms,
    };
    let mut secrets = way.secrets.clone();
    secrets.insert("password".to_owned(), typed.password);
    let granted = flow::run(shared, wish.network, &secrets, |answers| {
        way.adapter.sign_in(&way.app, &ask, answers)
    })
    .await?;

    let id = ConnectionId::new(now_ms, shared.entropy.ten());
    let mut tx = shared.db.begin().await?;
    connections::begin(
        &mut tx,
        scope,
        &NewConnection {
            id,
            project_id: wish.project_id,
            network: wish.network,
            variant: way.variant.key.to_owned(),
            state_hash: sha256_hex(&token(shared)),
            code_verifier: shared.keyring.seal(&verifier_aad(id), &Secrets::new())?,
            reconnect_channel_id: wish.reconnect,
            created_at: now_ms,
            expires_at: now_ms + CONNECTION_MS,
        },
    )
    .await?;
    audit::record(&mut tx, &wish.line(id)).await?;
    tx.commit().await?;
    let connection = connections::get(&shared.db, scope, id).await?;
    flow::store_granted(shared, scope, &connection, &way, granted).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_an_app_passwords_form_is_sent() {
        let cases = [
            ("abcd-efgh-ijkl-mnop", true),
            ("a2c4-e6g7-ijkl-mnop", true),
            ("hunter2", false),
            ("correct horse battery staple", false),
            ("abcd-efgh-ijkl", false),
            ("abcd-efgh-ijkl-mnop-qrst", false),
            ("ABCD-efgh-ijkl-mnop", false),
            ("", false),
        ];
        for (text, expected) in cases {
            assert_eq!(looks_like_app_password(text), expected, "{text}");
        }
    }
}
