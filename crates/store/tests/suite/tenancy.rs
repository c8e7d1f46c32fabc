use postrider_core::Network;
use postrider_core::delivery::Event;
use postrider_core::ids::*;
use postrider_core::permission::{PostsScope, PublishScope, Role};
use postrider_core::post::{AssetFacts, AssetKind, Mode, Overrides};
use postrider_store::assets::{self, NewAsset};
use postrider_store::connections::{self, NewConnection};
use postrider_store::deliveries::{self, Ask};
use postrider_store::posts::{self, Change, Filter};
use postrider_store::server_apps::{self, ServerApp};
use postrider_store::uploads::{self, NewUpload};
use postrider_store::{
    Db, Object, Page, Projects, Result, Scope, StoreError, attempts, audit, channels, grants, members, organizations, projects, quota_use,
    scope,
};

use crate::support::*;

/// One of everything in a house.
struct Things {
    post: PostId,
    delivery: DeliveryId,
    asset: AssetId,
    upload: UploadId,
    connection: ConnectionId,
}

fn facts() -> AssetFacts {
    AssetFacts {
        kind: AssetKind::Image,
        mime: "image/png".to_owned(),
        bytes: 100,
        width: Some(10),
        height: Some(10),
        duration_ms: None,
        frame_rate: None,
        video_codec: None,
        audio_codec: None,
        pages: None,
        frames: None,
    }
}

fn new_asset(project: ProjectId) -> NewAsset {
    NewAsset {
        id: id!(AssetId),
        project_id: project,
        name: "a.png".to_owned(),
        sha256: "00".to_owned(),
        facts: facts(),
        blob: "blob".to_owned(),
        thumbnail_blob: None,
        alt_text: String::new(),
        created_at: NOW,
    }
}

fn new_upload(project: ProjectId) -> NewUpload {
    NewUpload {
        id: id!(UploadId),
        project_id: project,
        name: "a.png".to_owned(),
        declared_mime: "image/png".to_owned(),
        total_bytes: 10,
        created_at: NOW,
        expires_at: NOW + 1000,
    }
}

fn new_connection(project: ProjectId) -> NewConnection {
    let id = id!(ConnectionId);
    NewConnection {
        id,
        project_id: project,
        network: postrider_core::Network::Mastodon,
        variant: "oauth".to_owned(),
        state_hash: id.to_string(),
        code_verifier: vec![1],
        server: None,
        reconnect_channel_id: None,
        created_at: NOW,
        expires_at: NOW + 1000,
    }
}

async fn things(db: &Db, house: &House) -> Things {
    let delivery = scheduled(db, house, NOW + 60 * MINUTE).await;
    let mut tx = db.begin().await.unwrap();
    let asset = assets::create(&mut tx, &house.owner, &new_asset(house.project)).await.unwrap().id;
    let upload = uploads::create(&mut tx, &house.owner, &new_upload(house.project)).await.unwrap().id;
    let connection = new_connection(house.project);
    connections::begin(&mut tx, &house.owner, &connection).await.unwrap();
    tx.commit().await.unwrap();
    Things {
        post: delivery.post_id,
        delivery: delivery.id,
        asset,
        upload,
        connection: connection.id,
    }
}

/// Every read and write of something by its id, as one who must not: name and outcome of each.
async fn everything(
    db: &Db,
    who: &Scope,
    house: &House,
    own_project: Option<ProjectId>,
    things: &Things,
) -> Vec<(&'static str, Result<()>)> {
    let page = Page::default();
    let (ask, acting) = (Ask::default(), at(NOW));
    let mut tried: Vec<(&'static str, Result<()>)> = Vec::new();
    macro_rules! read {
        ($($name:literal: $call:expr;)*) => { $(tried.push(($name, $call.await.map(drop)));)* };
    }
    macro_rules! write {
        ($($name:literal: |$tx:ident| $call:expr;)*) => {$(
            let mut transaction = db.begin().await.unwrap();
            let $tx = &mut transaction;
            let outcome = $call.await.map(drop);
            if outcome.is_ok() { transaction.commit().await.unwrap() } else { drop(transaction) }
            tried.push(($name, outcome));
        )*};
    }
    read! {
        "projects::get": projects::get(db, who, house.project);
        "grants::get": grants::get(db, who, house.grant);
        "channels::get": channels::get(db, who, house.channel);
        "channels::list": channels::list(db, who, house.project, true, &page);
        "channels::blocking": channels::blocking(db, who, house.channel);
        "quota_use::of_channel": quota_use::of_channel(db, who, house.channel);
        "quota_use::standing": quota_use::standing(db, who, house.channel, Network::Mastodon, NOW);
        "quota_use::room": quota_use::room(db, who, &one_more(house.channel), NOW);
        "posts::get": posts::get(db, who, things.post);
        "posts::with_deliveries": posts::with_deliveries(db, who, things.post);
        "posts::versions": posts::versions(db, who, things.post, &page);
        "posts::version": posts::version(db, who, things.post, 1);
        "deliveries::get": deliveries::get(db, who, things.delivery);
        "attempts::history": attempts::history(db, who, things.delivery, &page);
        "assets::get": assets::get(db, who, things.asset);
        "assets::list": assets::list(db, who, house.project, None, &page);
        "assets::used_by": assets::used_by(db, who, things.asset);
        "uploads::get": uploads::get(db, who, things.upload);
        "connections::get": connections::get(db, who, things.connection);
        "members::get": members::get(db, who, house.owner.member_id);
    }
    write! {
        "projects::update": |tx| projects::update(tx, who, house.project, 1, projects::Change::default(), NOW);
        "projects::delete": |tx| projects::delete(tx, who, house.project, NOW);
        "connections::begin": |tx| connections::begin(tx, who, &new_connection(house.project));
        "channels::add": |tx| channels::add(tx, who, &account(house.project, house.grant, "foreign"));
        "channels::disconnect": |tx| channels::disconnect(tx, who, house.channel, NOW);
        "channels::lift_halt": |tx| channels::lift_halt(tx, who, house.channel, NOW);
        "posts::edit": |tx| posts::edit(tx, who, things.post, 1, Change { content: Some(text("Mine")), ..Change::default() }, &acting);
        "posts::assign": |tx| posts::assign(tx, who, things.post, 1, house.project, NOW);
        "posts::delete": |tx| posts::delete(tx, who, things.post, None, &acting);
        "deliveries::create": |tx| deliveries::create(tx, who, things.post, &for_channel(house.channel), NOW);
        "deliveries::act": |tx| deliveries::act(tx, who, things.delivery, Event::Cancel, &ask, &acting);
        "deliveries::revise": |tx| deliveries::revise(tx, who, things.delivery, Mode::Draft, &Overrides::default(), &ask, &acting);
        "deliveries::remove": |tx| deliveries::remove(tx, who, things.delivery, &ask, &acting);
        "assets::create": |tx| assets::create(tx, who, &new_asset(house.project));
        "assets::describe": |tx| assets::describe(tx, who, things.asset, "mine");
        "assets::delete": |tx| assets::delete(tx, who, things.asset, NOW);
        "uploads::create": |tx| uploads::create(tx, who, &new_upload(house.project));
        "members::update": |tx| members::update(tx, who, house.owner.member_id, Role::Owner, &Role::Owner.permissions(), &Projects::All);
        "members::remove": |tx| members::remove(tx, who, house.owner.member_id);
    }
    // Where the asking side owns one of the two ends, the other end is still out of reach.
    if let Some(own) = own_project {
        let own_post = post(db, who, Some(own), "Own").await;
        write! {
            "channels::add through a foreign grant": |tx| channels::add(tx, who, &account(own, house.grant, "x"));
            "deliveries::create on a foreign channel": |tx| deliveries::create(tx, who, own_post.id, &for_channel(house.channel), NOW);
            "posts::assign to a foreign project": |tx| posts::assign(tx, who, own_post.id, 1, house.project, NOW);
        }
    }
    tried
}

on_both_databases! {
    async fn the_app_at_a_server_is_replaced_by_a_newer_one_and_forgotten_only_while_it_is_kept(db: &Db) {
        let id = server_apps::id(Network::Mastodon, "https://social.example", "https://post.example/back");
        let app = |client_id: &str| ServerApp {
            id: id.clone(),
            client_id: client_id.to_owned(),
            secrets: client_id.as_bytes().to_vec(),
            created_at: NOW,
        };
        assert!(server_apps::get(db, &id).await.unwrap().is_none());
        server_apps::keep(db, &app("first")).await.unwrap();
        server_apps::keep(db, &app("second")).await.unwrap();
        server_apps::forget(db, &id, "first").await.unwrap();
        let kept = server_apps::get(db, &id).await.unwrap().unwrap();
        assert_eq!((kept.client_id.as_str(), kept.secrets.as_slice()), ("second", b"second".as_slice()));
        let elsewhere = server_apps::id(Network::Mastodon, "https://other.example", "https://post.example/back");
        assert!(server_apps::get(db, &elsewhere).await.unwrap().is_none());
        server_apps::forget(db, &id, "second").await.unwrap();
        assert!(server_apps::get(db, &id).await.unwrap().is_none());
    }

    async fn a_foreign_tenant_finds_nothing_and_changes_nothing(db: &Db) {
        let house = house(db, "a").await;
        let stranger = house_with(db, "b", |_| {}).await;
        let things = things(db, &house).await;
        let before = posts::with_deliveries(db, &house.owner, things.post).await.unwrap();
        for (name, outcome) in everything(db, &stranger.owner, &house, Some(stranger.project), &things).await {
            assert!(matches!(outcome, Err(StoreError::NotFound)), "{name}: {outcome:?}");
        }
        let after = posts::with_deliveries(db, &house.owner, things.post).await.unwrap();
        assert_eq!(before.post.version, after.post.version);
        assert_eq!(before.deliveries[0].version, after.deliveries[0].version);
        assert_eq!(assets::get(db, &house.owner, things.asset).await.unwrap().alt_text, "");
    }

    async fn who_owns_it_reaches_every_one_of_the_same_functions(db: &Db) {
        let house = house(db, "a").await;
        let things = things(db, &house).await;
        for (name, outcome) in everything(db, &house.owner, &house, None, &things).await {
            // Some end in a conflict with what was done just before; the point is that they found their object.
            let gone_by_now = ["deliveries::create", "deliveries::act", "deliveries::revise", "deliveries::remove"];
            if !gone_by_now.contains(&name) {
                assert!(!matches!(outcome, Err(StoreError::NotFound)), "{name}: {outcome:?}");
            }
        }
    }

    async fn a_foreign_tenants_lists_are_empty(db: &Db) {
        let house = house(db, "a").await;
        let stranger = house_with(db, "b", |_| {}).await;
        let things = things(db, &house).await;
        let (who, page) = (&stranger.owner, Page::default());
        assert!(posts::list(db, who, &Filter::default(), &page).await.unwrap().items.is_empty());
        assert!(posts::list(db, who, &Filter { project: Some(house.project), ..Filter::default() }, &page).await.unwrap().items.is_empty());
        assert!(posts::wished(db, who, house.project, 0, i64::MAX, &page).await.unwrap().items.is_empty());
        assert!(deliveries::of_post(db, who, things.post).await.unwrap().is_empty());
        assert!(deliveries::line(db, who, house.channel, 0, i64::MAX).await.is_err(), "the channel itself is not there");
        assert!(deliveries::calendar(db, who, house.project, &[], 0, i64::MAX, &page).await.unwrap().items.is_empty());
        assert!(assets::by_ids(db, who, &[things.asset]).await.unwrap().is_empty());
        assert!(assets::for_delivery(db, who.organization_id, &[things.asset]).await.unwrap().is_empty());
        assert!(audit::list(db, who, &audit::Filter::default(), &page).await.unwrap().items.is_empty());
        assert_eq!(projects::list(db, who, &page).await.unwrap().items.len(), 1);
        assert_eq!(members::list(db, who, &page).await.unwrap().items.len(), 1);
        assert_ne!(organizations::get(db, who).await.unwrap().id, house.owner.organization_id);
    }

    async fn a_member_of_another_project_finds_nothing_either(db: &Db) {
        let house = house(db, "a").await;
        let things = things(db, &house).await;
        let mut tx = db.begin().await.unwrap();
        let other = new_project(&mut tx, &house.owner, projects::ApprovalPolicy::None).await;
        tx.commit().await.unwrap();
        let narrow = member(db, &house, Role::Manager, Projects::Only(vec![other])).await;
        // Members belong to the organization, not to a project: the web guards them by permission.
        for (name, outcome) in everything(db, &narrow, &house, Some(other), &things).await {
            if !name.starts_with("members::") {
                assert!(matches!(outcome, Err(StoreError::NotFound)), "{name}: {outcome:?}");
            }
        }
        let narrow_list = posts::list(db, &narrow, &Filter::default(), &Page::default()).await.unwrap();
        assert!(narrow_list.items.iter().all(|post| post.post.project_id == Some(other)));
    }

    async fn a_client_sees_what_is_to_go_out_what_awaits_it_and_its_own(db: &Db) {
        let house = house(db, "a").await;
        let client = member(db, &house, Role::Client, Projects::Only(vec![house.project])).await;
        let idea = post(db, &house.owner, None, "Idea").await.id;
        let bare = post(db, &house.owner, Some(house.project), "Bare draft").await.id;
        let draft = drafted(db, &house).await;
        let waiting = scheduled(db, &house, NOW + 60 * MINUTE).await;
        let asked = drafted(db, &house).await;
        db.run("UPDATE deliveries SET gate = 'pending' WHERE id = $1", postrider_store::args![asked.id]).await.unwrap();
        let own = post(db, &client, Some(house.project), "Own").await.id;

        let mut seen: Vec<_> = posts::list(db, &client, &Filter::default(), &Page::default()).await.unwrap().items.iter().map(|p| p.post.id).collect();
        let mut expected = vec![waiting.post_id, asked.post_id, own];
        seen.sort();
        expected.sort();
        assert_eq!(seen, expected);
        for hidden in [idea, bare, draft.post_id] {
            assert!(is_not_found(&posts::get(db, &client, hidden).await));
        }
        assert!(is_not_found(&deliveries::get(db, &client, draft.id).await));
        assert!(is_not_found(&act(db, &client, draft.id, Event::Cancel, &Ask::default(), &at(NOW)).await));
    }

    async fn who_writes_own_posts_only_sees_own_posts_only_and_who_reads_sees_all(db: &Db) {
        let house = house(db, "a").await;
        let others = post(db, &house.owner, Some(house.project), "Others").await.id;
        let author = member(db, &house, Role::Author, Projects::All).await;
        let viewer = member(db, &house, Role::Viewer, Projects::All).await;
        let wide = postrider_core::permission::Permissions { posts_scope: PostsScope::All, social_publish: PublishScope::Own, ..Role::Author.permissions() };
        let wide = member_with(db, &house, Role::Author, wide, Projects::All).await;
        let own = post(db, &author, Some(house.project), "Own").await.id;
        let sees = |scope: Scope| async move {
            let mut ids: Vec<_> = posts::list(db, &scope, &Filter::default(), &Page::default()).await.unwrap().items.iter().map(|p| p.post.id).collect();
            ids.sort();
            ids
        };
        let mut both = vec![others, own];
        both.sort();
        assert_eq!(sees(author).await, [own]);
        assert_eq!(sees(viewer).await, both);
        assert_eq!(sees(wide).await, both);
    }

    async fn an_object_names_its_organization(db: &Db) {
        let house = house(db, "a").await;
        let things = things(db, &house).await;
        let all = [
            Object::Project(house.project),
            Object::Channel(house.channel),
            Object::Grant(house.grant),
            Object::Post(things.post),
            Object::Delivery(things.delivery),
            Object::Asset(things.asset),
            Object::Upload(things.upload),
            Object::Connection(things.connection),
        ];
        for object in all {
            assert_eq!(scope::organization_of(db, object).await.unwrap(), house.owner.organization_id, "{object:?}");
        }
        assert!(is_not_found(&scope::organization_of(db, Object::Post(id!(PostId))).await));
    }

    async fn an_upload_and_a_connection_are_their_makers_alone(db: &Db) {
        let house = house(db, "a").await;
        let things = things(db, &house).await;
        let colleague = member(db, &house, Role::Manager, Projects::All).await;
        assert!(is_not_found(&uploads::get(db, &colleague, things.upload).await));
        assert!(is_not_found(&connections::get(db, &colleague, things.connection).await));
    }

    async fn an_asset_in_use_is_not_deleted(db: &Db) {
        let house = house(db, "a").await;
        let things = things(db, &house).await;
        let mut tx = db.begin().await.unwrap();
        let mut content = text("With a picture");
        content.assets.push(postrider_core::post::AssetUse { asset_id: things.asset, alt_text: String::new() });
        let change = Change { content: Some(content), ..Change::default() };
        posts::edit(&mut tx, &house.owner, things.post, 1, change, &at(NOW)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(assets::used_by(db, &house.owner, things.asset).await.unwrap(), [things.post]);
        let mut tx = db.begin().await.unwrap();
        assert!(matches!(assets::delete(&mut tx, &house.owner, things.asset, NOW).await, Err(StoreError::Conflict)));
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        posts::delete(&mut tx, &house.owner, things.post, None, &at(NOW)).await.unwrap();
        assets::delete(&mut tx, &house.owner, things.asset, NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert!(is_not_found(&assets::get(db, &house.owner, things.asset).await));
    }

    async fn an_upload_grows_from_where_it_stands_and_ends_once(db: &Db) {
        let house = house(db, "a").await;
        let things = things(db, &house).await;
        let mut tx = db.begin().await.unwrap();
        uploads::received(&mut tx, things.upload, 0, 5, NOW + 5000).await.unwrap();
        assert!(matches!(uploads::received(&mut tx, things.upload, 0, 7, NOW + 5000).await, Err(StoreError::Conflict)));
        uploads::finished(&mut tx, things.upload, things.asset).await.unwrap();
        assert!(matches!(uploads::refused(&mut tx, things.upload, &serde_json::json!({})).await, Err(StoreError::Conflict)));
        tx.commit().await.unwrap();
        let upload = uploads::get(db, &house.owner, things.upload).await.unwrap();
        assert_eq!((upload.received_bytes, upload.asset_id), (5, Some(things.asset)));
    }

    async fn an_authorisation_is_answered_once(db: &Db) {
        let house = house(db, "a").await;
        let things = things(db, &house).await;
        let state = things.connection.to_string();
        assert!(is_not_found(&connections::by_state(db, &state, NOW + 1000).await), "its time is over");
        let pending = connections::by_state(db, &state, NOW).await.unwrap();
        assert_eq!(pending.user_id, house.owner.user_id);
        let mut tx = db.begin().await.unwrap();
        let accounts = serde_json::json!([{"external_id": "1"}]);
        connections::authorized(&mut tx, pending.id, house.grant, &accounts, Some(vec![7])).await.unwrap();
        let again = connections::authorized(&mut tx, pending.id, house.grant, &accounts, None).await;
        assert!(matches!(again, Err(StoreError::Conflict)));
        tx.commit().await.unwrap();
        assert!(is_not_found(&connections::by_state(db, &state, NOW).await), "a state is good for one answer");
        let mut tx = db.begin().await.unwrap();
        connections::done(&mut tx, pending.id).await.unwrap();
        tx.commit().await.unwrap();
        let done = connections::get(db, &house.owner, pending.id).await.unwrap();
        assert_eq!((done.status.as_str(), done.account_secrets), ("done", None), "tokens that were not chosen are erased");
    }
}
