//! Something overdue is told once to those who must know, and told again when it is over.

use std::time::Duration;

use crate::stage::{Stage, now_ms, quick, ten};
use postrider_core::ids::{MemberId, UserId};
use postrider_core::permission::Role;
use postrider_engine::{Timing, overdue};
use postrider_store::notifications::{self, Notification};
use postrider_store::page::Page;
use postrider_store::scope::Projects;
use postrider_store::{members, users};

/// Another member of the stage's organization.
async fn member(stage: &Stage, name: &str, role: Role, instance_admin: bool) -> UserId {
    let (user, now) = (UserId::new(now_ms(), ten()), now_ms());
    let person = users::User {
        id: user,
        email: format!("{name}@example.org"),
        name: name.to_owned(),
        instance_admin,
        created_at: now,
        disabled_at: None,
    };
    let new = members::NewMember {
        id: MemberId::new(now, ten()),
        user_id: user,
        role,
        permissions: role.permissions(),
        projects: Projects::All,
        created_at: now,
    };
    let mut tx = stage.db.begin().await.unwrap();
    users::create(&mut tx, &person, None).await.unwrap();
    members::add(&mut tx, &stage.scope, &new).await.unwrap();
    tx.commit().await.unwrap();
    user
}

async fn notices(stage: &Stage, user: UserId) -> Vec<Notification> {
    let all = notifications::list(&stage.db, user, false, &Page::first(50)).await.unwrap().items;
    all.into_iter().filter(|notice| notice.kind == "delivery.overdue").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_notice_for_a_spell_however_much_is_overdue() {
    let stage = Stage::bluesky(Timing { timer: false, ..quick() }).await;
    let publisher = stage.scope.user_id;
    let viewer = member(&stage, "viewer", Role::Viewer, false).await;
    let admin = member(&stage, "admin", Role::Viewer, true).await;
    let look = || overdue::look(stage.engine.shared());

    // Due just now is not overdue.
    stage.scheduled("in time", now_ms()).await;
    look().await.unwrap();
    assert!(notices(&stage, publisher).await.is_empty());

    for number in 0..3 {
        stage.scheduled(&format!("late {number}"), now_ms() - 120_000).await;
    }
    look().await.unwrap();
    stage.scheduled("late as well", now_ms() - 120_000).await;
    look().await.unwrap();
    let told = notices(&stage, publisher).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].text.starts_with("3 posts are overdue in Coffee:"), "{}", told[0].text);
    assert_eq!(told[0].read_at, None);
    assert!(notices(&stage, viewer).await.is_empty(), "who cannot publish is not asked to mind");
    let told = notices(&stage, admin).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].text.starts_with("3 posts are overdue on this installation:"),
        "{}",
        told[0].text
    );
    assert!(!told[0].subject.to_string().contains("project"), "{}", told[0].subject);

    stage.engine.tick(Duration::from_secs(30)).await.unwrap();
    look().await.unwrap();
    for user in [publisher, admin] {
        let told = notices(&stage, user).await;
        assert_eq!(told.len(), 1);
        assert!(told[0].text.contains("It is over"), "{}", told[0].text);
        assert!(told[0].read_at.is_some(), "it waits for nobody");
    }

    // What comes again soon is the same thing to know.
    stage.scheduled("late again", now_ms() - 120_000).await;
    look().await.unwrap();
    let told = notices(&stage, publisher).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].text.starts_with("1 post is overdue in Coffee:"), "{}", told[0].text);
    assert_eq!(told[0].read_at, None);
}
