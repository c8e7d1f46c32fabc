//! By what is typed alone: a handle and an app password, a bot's token.

use std::collections::BTreeMap;
use std::sync::Arc;

use postrider_core::ids::ConnectionId;
use postrider_provider::{Field, Secrets, SignInAsk, Typed};
use postrider_store::audit;
use postrider_store::connections::{self, NewConnection};
use postrider_store::scope::Scope;
use postrider_store::{Bound, plans};
use secrecy::SecretString;

use super::{CONNECTION_MS, ConnectError, Finished, Way, Wish, flow, sha256_hex, token, verifier_aad};
use crate::shared::Shared;

/// Sorts what was typed into what may be seen and what may not.
///
/// # Errors
/// [`ConnectError::Field`] for what is missing, not known, or must not be sent.
pub fn sorted(fields: &[Field], typed: &BTreeMap<String, String>) -> Result<(Typed, Secrets), ConnectError> {
    let wrong = |key: &str, why: String| ConnectError::Field { key: key.to_owned(), why };
    if let Some(key) = typed.keys().find(|key| !fields.iter().any(|field| field.key == **key)) {
        return Err(wrong(key, "This way of connecting does not take it.".to_owned()));
    }
    let (mut seen, mut secrets) = (Typed::new(), Secrets::new());
    for field in fields {
        let text = typed.get(field.key).map_or("", |text| text.trim());
        if text.is_empty() {
            if field.optional {
                continue;
            }
            return Err(wrong(field.key, format!("{} is needed.", field.label)));
        }
        if let Some(why) = (field.refuses)(text) {
            return Err(wrong(field.key, why.to_owned()));
        }
        if field.secret {
            secrets.insert(field.key.to_owned(), SecretString::from(text));
        } else {
            seen.insert(field.key.to_owned(), text.to_owned());
        }
    }
    Ok((seen, secrets))
}

/// What of it is the access itself, and stays with the grant.
fn kept(fields: &[Field], typed: &Secrets) -> Secrets {
    let stays = |key: &String| fields.iter().any(|field| field.kept && field.key == *key);
    let stay = typed.iter().filter(|(key, _)| stays(key));
    stay.map(|(key, secret)| (key.clone(), secret.clone())).collect()
}

/// Signs in by what was typed, reads the accounts, stores both.
///
/// # Errors
/// [`ConnectError`].
pub async fn sign_in(
    shared: &Arc<Shared>,
    scope: &Scope,
    wish: Wish<'_>,
    way: &Way,
    (typed, typed_secrets): (Typed, Secrets),
) -> Result<Finished, ConnectError> {
    let mut tx = shared.db.begin().await?;
    plans::make_room(&mut tx, scope.organization_id, Bound::Publishing, 1).await?;
    tx.commit().await?;

    let now_ms = shared.now_ms();
    let ask = SignInAsk { typed: &typed, now_ms };
    let kept = kept(way.variant.fields, &typed_secrets);
    let mut secrets = way.secrets.clone();
    secrets.extend(typed_secrets);
    let mut granted = flow::run(shared, wish.network, &secrets, |answers| {
        way.adapter.sign_in(&way.app, &ask, answers)
    })
    .await?;
    granted.secrets.extend(kept);

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
            server: None,
            reconnect_channel_id: wish.reconnect,
            created_at: now_ms,
            expires_at: now_ms + CONNECTION_MS,
        },
    )
    .await?;
    audit::record(&mut tx, &wish.line(id)).await?;
    tx.commit().await?;
    let connection = connections::get(&shared.db, scope, id).await?;
    flow::store_granted(shared, scope, &connection, way, granted).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn field(key: &'static str, secret: bool, optional: bool) -> Field {
        Field {
            key,
            label: "What",
            placeholder: "",
            help: "",
            help_url: "",
            secret,
            optional,
            kept: false,
            refuses: |text| if text == "main" { Some("Not that one.") } else { None },
        }
    }

    #[test]
    fn only_what_is_the_access_itself_stays() {
        let token = Field {
            kept: true,
            ..field("token", true, false)
        };
        let typed = ["token", "word"].map(|key| (key.to_owned(), SecretString::from("abc")));
        let stays = kept(&[token, field("word", true, false)], &Secrets::from(typed));
        assert_eq!(stays.keys().collect::<Vec<_>>(), ["token"]);
    }

    #[test]
    fn what_is_typed_is_sorted_and_what_must_not_be_sent_is_refused() {
        let fields = [
            field("handle", false, false),
            field("word", true, false),
            field("server", false, true),
        ];
        let typed = |pairs: &[(&str, &str)]| {
            let typed = pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
            sorted(&fields, &typed)
        };
        let (seen, secrets) = typed(&[("handle", " ada "), ("word", "abc")]).expect("all that is needed");
        assert_eq!(seen, Typed::from([("handle".to_owned(), "ada".to_owned())]));
        assert_eq!(secrets.keys().collect::<Vec<_>>(), ["word"]);
        let cases: [(&[(&str, &str)], &str); 4] = [
            (&[("handle", "ada"), ("word", "main")], "word"),
            (&[("handle", "  "), ("word", "abc")], "handle"),
            (&[("handle", "ada")], "word"),
            (&[("handle", "ada"), ("word", "abc"), ("token", "x")], "token"),
        ];
        for (pairs, named) in cases {
            let refused = typed(pairs).expect_err("it does not fit");
            assert!(matches!(&refused, ConnectError::Field { key, .. } if key == named), "{refused:?}");
        }
    }
}
