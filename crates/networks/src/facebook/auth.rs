//! Pages behind a person's sign-in, each with a token of its own.

use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Account, Answer, App, ConnectBy, Fault, Flow, FoundAccount, GrantView, Health, Permission, Request, Secrets, Variant, Verdict,
};
use secrecy::SecretString;
use serde_json::json;

use crate::meta::login::{GRAPH, flow, given, pages, permissions_call, read};
use crate::meta::wire::Page;
use crate::meta::{address, wire};

const fn permission(scope: &'static str, purpose: &'static str, feature: &'static str) -> Permission {
    Permission { scope, purpose, feature }
}

/// What is asked for, and why.
pub const PERMISSIONS: &[Permission] = &[
    permission("pages_show_list", "list the Pages you look after", "accounts"),
    permission("pages_manage_posts", "publish on the Pages", "publishing"),
    permission(
        "pages_read_engagement",
        "see whether a post stands, so that none is made twice",
        "publishing",
    ),
    permission("pages_manage_engagement", "add the first comment", "comments"),
    permission("read_insights", "read the Pages' numbers", "numbers"),
    permission("business_management", "find Pages that belong to a business portfolio", "accounts"),
];

/// The one way to connect.
pub const VARIANTS: &[Variant] = &[Variant {
    key: "facebook_login",
    label: "Facebook Page",
    by: ConnectBy::OAuth,
    fields: &[],
    needs_app: true,
    permissions: PERMISSIONS,
}];

/// The task that posting needs.
const TASK: &str = "CREATE_CONTENT";

/// Every Page, those that cannot be posted to with what is missing.
pub fn accounts(app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
    flow(pages("facebook", app, grant, answers).map(|step| match step {
        Flow::Call(request) => Flow::Call(request),
        Flow::Fail(fault) => Flow::Fail(fault),
        Flow::Done(pages) => Flow::Done(pages.into_iter().map(|page| account(page, grant)).collect()),
    }))
}

fn account(page: Page, grant: &GrantView) -> FoundAccount {
    let unusable = if !page.tasks.iter().any(|task| task == TASK) {
        Some("Posting needs the task “Content” on this Page. Ask its admin to give it.".to_owned())
    } else if page.access_token.is_none() {
        Some("Facebook gave no access to this Page. Connect again and leave every Page and permission ticked.".to_owned())
    } else {
        None
    };
    FoundAccount {
        avatar_url: page.picture_url(),
        account: Account {
            external_id: page.id,
            handle: page.username,
            kind: "page".to_owned(),
            variant: grant.variant.clone(),
            meta: json!({"tasks": page.tasks}),
        },
        name: page.name,
        detail: page.category,
        unusable,
        secrets: page
            .access_token
            .map(|token| Secrets::from([("page".to_owned(), SecretString::from(token))]))
            .unwrap_or_default(),
    }
}

/// Whether the Page's token works, and what the person has granted.
pub fn verify(app: &App, grant: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health> {
    flow(verified(app, grant, account, answers))
}

fn verified(app: &App, grant: &GrantView, account: &Account, answers: &[Answer]) -> Result<Flow<Health>, Fault> {
    let mut answers = answers.iter();
    let Some(answer) = answers.next() else {
        return Ok(Flow::Call(
            Request::get("read the Page", address(app, GRAPH, &account.external_id))
                .query("fields", "id,name,picture.type(large){url}")
                .bearer("page"),
        ));
    };
    let page: Page = read("facebook", answer, "read the Page")?;
    let Some(answer) = answers.next() else {
        return Ok(Flow::Call(permissions_call(app)));
    };
    let scopes = given(read::<wire::List<wire::GivenPermission>>(
        "facebook",
        answer,
        "read what is granted",
    )?);
    if !scopes.iter().any(|scope| scope == "pages_manage_posts") {
        return Err(Fault::stop(
            FailureKind::Permission,
            "facebook.permission_missing",
            "The permission to publish on Pages is missing.",
            "Reconnect the account and leave every permission ticked.",
        )
        .verdict(Verdict::MissingPermission));
    }
    Ok(Flow::Done(Health {
        scopes: Some(scopes),
        avatar_url: page.picture_url(),
        name: Some(page.name).filter(|name| !name.is_empty()),
        data_access_ends_at_ms: grant.meta["data_access_ends_at_ms"].as_i64(),
    }))
}
