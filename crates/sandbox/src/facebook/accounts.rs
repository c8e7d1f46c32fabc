//! Who signed in, what was allowed, and the Pages.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{NETWORK, Own, token_of};
use crate::meta::{Answer, Asked, FieldSet, Refusal, choose, person_id, person_of_id};
use crate::world::{Account, State, Token};

const ME: FieldSet = FieldSet {
    node: "User",
    default: &["id", "name"],
    known: &["email", "first_name", "last_name"],
};

pub const PAGE: FieldSet = FieldSet {
    node: "Page",
    default: &["id", "name", "access_token", "category", "tasks"],
    known: &[
        "access_token",
        "tasks",
        "instagram_business_account",
        "connected_instagram_account",
        "category_list",
    ],
};

/// `GET /me`: the person, or the Page if the token is a Page's.
pub fn me(asked: &Asked) -> Answer {
    asked.world.with(|state| {
        let token = token_of(asked, state)?;
        if let Some(page) = token.account.as_deref().and_then(|id| state.account(NETWORK, id)).cloned() {
            return choose(asked.params.text("fields"), &PAGE, page_node(state, &page, None));
        }
        let name = state
            .people
            .get(&token.person)
            .map_or_else(String::new, |person| person.name.clone());
        let id = person_id(&token.person);
        let whole = json!({"id": id, "name": name, "picture": picture(&state.avatar_url(NETWORK, id))});
        choose(asked.params.text("fields"), &ME, into_map(whole))
    })
}

fn picture(url: &str) -> Value {
    json!({"data": {"url": url, "height": 200, "width": 200, "is_silhouette": false}})
}

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// A Page's fields; token and tasks only with the user token that asks.
pub fn page_node(state: &mut State, page: &Account, asker: Option<(&Token, i64)>) -> Map<String, Value> {
    let mut whole = json!({
        "id": page.id,
        "name": page.name,
        "username": page.handle,
        "category": page.details["category"],
        "link": format!("https://www.facebook.com/{}", page.handle),
        "picture": picture(&page.avatar_url),
        "followers_count": page.followers,
        "fan_count": page.followers,
        "is_published": true,
    });
    if let Some((token, now_us)) = asker {
        whole["tasks"] = json!(page.roles.get(&token.person));
        if token.scopes.contains("pages_show_list")
            && token
                .scopes
                .iter()
                .any(|scope| scope.starts_with("pages_") && scope != "pages_show_list")
        {
            whole["access_token"] = json!(page_token(state, page, token, now_us));
        }
    }
    let sees_instagram = asker.is_none_or(|(token, _)| token.scopes.contains("instagram_basic"));
    let linked = page.linked.as_deref().filter(|_| sees_instagram);
    if let Some(account) = linked.and_then(|id| state.account(postrider_core::network::Network::Instagram, id)) {
        whole["instagram_business_account"] = json!({
            "id": account.id,
            "username": account.handle,
            "name": account.name,
            "profile_picture_url": account.avatar_url,
            "followers_count": account.followers,
        });
    }
    into_map(whole)
}

/// One token per Page, person and app: the same again as long as it lives.
fn page_token(state: &mut State, page: &Account, user: &Token, now_us: i64) -> String {
    let long = user.details["long"] == true || user.expires_us.is_none();
    let key = (page.id.clone(), user.person.clone(), user.app.clone(), long);
    if let Some(value) = state.own::<Own>().page_tokens.get(&key).cloned()
        && let Some(token) = state.token_mut(&value)
        && token.revoked.is_none()
        && token.expires_us.is_none_or(|end_us| end_us > now_us)
    {
        token.scopes.clone_from(&user.scopes);
        return value;
    }
    let value = format!("EAAP{}", state.secret(60));
    state.put_token(Token {
        value: value.clone(),
        kind: "page".to_owned(),
        account: Some(page.id.clone()),
        issued_us: now_us,
        // A Page token that comes of a long user token has no end (§2).
        expires_us: if long { None } else { user.expires_us },
        details: Value::Null,
        targets: BTreeSet::new(),
        ..user.clone()
    });
    state.own::<Own>().page_tokens.insert(key, value.clone());
    value
}

/// `GET /me/accounts`: the Pages on which the person has a role and which were ticked.
pub fn pages(asked: &Asked) -> Answer {
    let now_us = asked.world.clock.now_us();
    let items = asked.world.with(|state| {
        let token = token_of(asked, state)?;
        if token.kind != "user" {
            return Err(Refusal::parameter(
                "Tried accessing nonexisting field (accounts) on node type (Page)",
            ));
        }
        if !token.scopes.contains("pages_show_list") {
            return Ok(Vec::new());
        }
        let mine =
            |page: &&Account| page.roles.contains_key(&token.person) && (token.targets.is_empty() || token.targets.contains(&page.id));
        let pages: Vec<Account> = state.accounts_of(NETWORK).filter(mine).cloned().collect();
        let node = |page: Account| {
            let whole = page_node(state, &page, Some((&token, now_us)));
            Ok((page.id, choose(asked.params.text("fields"), &PAGE, whole)?))
        };
        pages.into_iter().map(node).collect::<Result<Vec<_>, Refusal>>()
    })?;
    asked.page_of(items)
}

/// `GET /me/businesses`: none of the seeded Pages is held by a business only.
pub fn businesses(asked: &Asked) -> Answer {
    asked.world.with(|state| {
        let token = token_of(asked, state)?;
        match token.scopes.contains("business_management") {
            true => Ok(json!({"data": []})),
            false => Err(Refusal::parameter("Missing Permission")),
        }
    })
}

/// `GET /me/permissions`.
pub fn permissions(asked: &Asked) -> Answer {
    asked.world.with(|state| {
        let token = token_of(asked, state)?;
        let grant = state.own::<Own>().grants.get(&(token.person.clone(), token.app.clone())).cloned();
        let (granted, declined) = grant.map_or_else(|| (token.scopes.clone(), BTreeSet::new()), |grant| (grant.granted, grant.declined));
        let granted = granted.iter().map(|name| json!({"permission": name, "status": "granted"}));
        let declined = declined.iter().map(|name| json!({"permission": name, "status": "declined"}));
        Ok(json!({"data": granted.chain(declined).collect::<Vec<_>>()}))
    })
}

/// `DELETE /{user}/permissions` and `/permissions/{name}`.
pub fn revoke(asked: &Asked) -> Answer {
    asked.world.with(|state| {
        let token = token_of(asked, state)?;
        let whose = asked.segment(0);
        if whose != "me" && person_of_id(whose) != Some(token.person.as_str()) {
            return Err(Refusal::missing(&asked.method, whose));
        }
        let name = asked.segment(2).to_owned();
        let key = (token.person.clone(), token.app.clone());
        if name.is_empty() {
            state.own::<Own>().grants.remove(&key);
        } else if let Some(grant) = state.own::<Own>().grants.get_mut(&key)
            && grant.granted.remove(&name)
        {
            grant.declined.insert(name.clone());
        }
        let of_grant = |other: &&mut Token| other.network == NETWORK && other.person == token.person && other.app == token.app;
        for other in state.tokens_mut().filter(of_grant) {
            if name.is_empty() {
                other.revoked = Some("app_removed".to_owned());
            } else {
                other.scopes.remove(&name);
            }
        }
        Ok(json!({"success": true}))
    })
}
