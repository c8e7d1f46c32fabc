//! A bot's token, the chat that is named, and what the bot may do there.

use insta::assert_snapshot;
use postrider_core::delivery::FailureKind;
use postrider_networks::telegram::Telegram;
use postrider_provider::{Adapter, Answer, App, Fault, FoundAccount, GrantView, Granted, Health, SignInAsk, Typed, Verdict};
use serde_json::{Value, json};

use super::{CHAT, account, channel, moved, refused, result};
use crate::driver::{self, DUE_MS};

const TOKEN: &str = "123456789:AAExampleExampleExampleExampleExamp";

fn field(key: &str) -> fn(&str) -> Option<&'static str> {
    let fields = Telegram.capability().variants[0].fields;
    fields.iter().find(|field| field.key == key).expect("a field").refuses
}

#[test]
fn only_a_bots_token_is_sent_and_it_stays_with_the_grant() {
    let refuses = field("bot_token");
    assert_eq!(refuses(TOKEN), None);
    for typed in [
        "hunter2",
        "correct horse battery staple",
        "123456789",
        "123456789:short",
        "12345:AAExampleExampleExampleExampleExamp",
        "123456789:AAExampleExampleExampleExampleExam/",
        "x23456789:AAExampleExampleExampleExampleExamp",
        "123456789:AAExampleExampleExampleExampleExample",
    ] {
        let why = refuses(typed).unwrap_or_else(|| panic!("`{typed}` would be sent"));
        assert!(why.contains("was not sent"), "{why}");
    }
    let fields = Telegram.capability().variants[0].fields;
    let kept: Vec<_> = fields
        .iter()
        .filter(|field| field.kept && field.secret)
        .map(|field| field.key)
        .collect();
    assert_eq!(kept, ["bot_token"]);
}

#[test]
fn a_chat_is_named_as_people_name_it() {
    let refuses = field("chat");
    for typed in [
        "@acme",
        "acme",
        "https://t.me/acme",
        "t.me/acme/42",
        "https://t.me/c/1234567890/5",
        "-1001234567890",
    ] {
        assert_eq!(refuses(typed), None, "{typed}");
    }
    for typed in [
        "",
        "@",
        "a b",
        "https://example.com/acme",
        "https://t.me/+AbCdEf",
        "t.me/joinchat/AbCdEf",
        "0",
        "@9lives",
        "t.me/",
    ] {
        assert!(refuses(typed).is_some(), "{typed}");
    }
}

fn bot() -> Answer {
    result(json!({"id": 123_456_789, "is_bot": true, "first_name": "Planner", "username": "planner_bot", "can_join_groups": true}))
}

fn signed_in(chat: &str, answers: &[Answer]) -> (String, Result<Granted, Fault>) {
    let typed = Typed::from([("chat".to_owned(), chat.to_owned())]);
    let ask = SignInAsk {
        typed: &typed,
        now_ms: DUE_MS,
    };
    let (script, end) = driver::flow(|answers| Telegram.sign_in(&App::default(), &ask, answers), answers);
    (script, end.expect("an end"))
}

#[test]
fn a_token_is_read_and_the_chat_is_found_by_its_name() {
    let (script, granted) = signed_in("https://t.me/acme", &[bot(), result(channel())]);
    assert_snapshot!("signing_in", script);
    let granted = granted.expect("a grant");
    assert_eq!(
        (granted.subject.as_str(), granted.subject_name.as_str()),
        ("123456789", "@planner_bot")
    );
    assert_eq!((granted.expires_at_ms, granted.refresh_expires_at_ms), (None, None));
    assert_eq!(granted.meta, json!({"bot": "planner_bot", "chat": CHAT.to_string()}));
    assert!(granted.secrets.is_empty(), "the token was typed, not given");
    assert_eq!(granted.scopes, ["Post messages"]);

    let (script, granted) = signed_in("https://t.me/c/1234567890/5", &[bot(), result(channel())]);
    assert!(script.contains("? chat_id = -1001234567890"), "{script}");
    granted.expect("a grant");
}

#[test]
fn a_group_that_moved_is_found_where_it_is() {
    let group = json!({"id": -100_777, "title": "Bakers", "type": "supergroup", "permissions": {"can_send_messages": true}});
    let (script, granted) = signed_in("-4000000005", &[bot(), moved(-100_777), result(group)]);
    assert!(
        script.contains("? chat_id = -4000000005") && script.contains("? chat_id = -100777"),
        "{script}"
    );
    assert_eq!(granted.expect("a grant").meta["chat"], "-100777");
    let (_, twice) = signed_in("-4000000005", &[bot(), moved(-100_777), moved(-100_778)]);
    assert_eq!(twice.expect_err("it goes in circles").code, "telegram.chat_moved");
}

#[test]
fn what_cannot_be_connected_is_said_at_once() {
    let refusals = [
        (
            vec![refused(401, "Unauthorized")],
            FailureKind::Connection,
            "telegram.token_revoked",
        ),
        (vec![refused(404, "Not Found")], FailureKind::Connection, "telegram.token_revoked"),
        (
            vec![bot(), refused(400, "Bad Request: chat not found")],
            FailureKind::Connection,
            "telegram.chat_gone",
        ),
        (vec![result(json!({"id": "x"}))], FailureKind::Outage, "telegram.unreadable"),
        (
            vec![result(json!({"id": 1, "is_bot": false, "first_name": "Ada"}))],
            FailureKind::Outage,
            "telegram.unreadable",
        ),
    ];
    for (answers, kind, code) in refusals {
        let (_, end) = signed_in("@acme", &answers);
        let fault = end.expect_err(code);
        assert_eq!((fault.kind, fault.code.as_str()), (kind, code));
        assert!(!fault.remedy.is_empty(), "{fault:?}");
    }
    let (script, end) = signed_in("a b", &[]);
    assert_eq!(
        (script.as_str(), end.expect_err("no name").code.as_str()),
        ("", "telegram.chat_name")
    );
}

fn grant() -> GrantView {
    GrantView {
        variant: "bot".into(),
        scopes: vec!["Post messages".into()],
        subject: "123456789".into(),
        meta: json!({"bot": "planner_bot", "chat": CHAT.to_string()}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

fn found(chat: Value, member: Answer) -> (String, FoundAccount) {
    let answers = [result(chat), member];
    let (script, end) = driver::flow(|answers| Telegram.accounts(&App::default(), &grant(), answers), &answers);
    (script, end.expect("an end").expect("accounts").remove(0))
}

fn standing(status: &str, rights: Value) -> Answer {
    let mut member = rights;
    member["status"] = status.into();
    member["user"] = json!({"id": 123_456_789, "is_bot": true, "first_name": "Planner"});
    result(member)
}

#[test]
fn the_chat_is_offered_with_what_tells_it_from_others() {
    let (script, found_channel) = found(channel(), standing("administrator", json!({"can_post_messages": true})));
    assert_snapshot!("accounts", script);
    assert_eq!(found_channel.account, account());
    assert_eq!((found_channel.name.as_str(), found_channel.detail.as_str()), ("Acme", "t.me/acme"));
    assert_eq!((found_channel.unusable, found_channel.avatar_url), (None, None));
    let private = json!({"id": CHAT, "title": "Acme", "type": "channel"});
    let (_, private) = found(private, standing("creator", json!({})));
    assert_eq!(private.detail, "Private channel, -1001234567890");
    assert_eq!(private.account.handle, "");
}

fn group(permissions: Value) -> Value {
    json!({"id": CHAT, "title": "Bakers", "username": "bakers", "type": "supergroup", "permissions": permissions})
}

#[test]
fn what_the_bot_may_not_is_named_when_it_is_added() {
    let nothing = || json!({});
    let all = || json!({"can_send_messages": true, "can_send_photos": true, "can_send_videos": true, "can_send_polls": true});
    let some = json!({"can_send_messages": true, "can_send_polls": false});
    let none = json!({"can_send_messages": false, "can_send_photos": true});
    let cases = [
        (
            channel(),
            standing("administrator", nothing()),
            Some("lacks the right “Post messages”"),
        ),
        (
            channel(),
            standing("administrator", json!({"can_post_messages": false, "can_edit_messages": true})),
            Some("lacks the right “Post messages”"),
        ),
        (channel(), standing("member", nothing()), Some("not an administrator")),
        (
            channel(),
            refused(403, "Forbidden: bot is not a member of the channel chat"),
            Some("not an administrator"),
        ),
        (
            channel(),
            refused(400, "Bad Request: member list is inaccessible"),
            Some("not an administrator"),
        ),
        (group(all()), standing("administrator", nothing()), None),
        (group(all()), standing("member", nothing()), None),
        (group(none), standing("member", nothing()), Some("lacks the right “Send messages”")),
        (group(all()), standing("left", nothing()), Some("is not in the group")),
        (group(all()), standing("kicked", nothing()), Some("was removed")),
        (
            group(all()),
            standing("restricted", json!({"is_member": true, "can_send_messages": false})),
            Some("lacks the right “Send messages”"),
        ),
        (
            group(all()),
            standing("restricted", json!({"is_member": false, "can_send_messages": true})),
            Some("is not in the group"),
        ),
        (
            json!({"id": 5, "first_name": "Ada", "type": "private"}),
            standing("member", nothing()),
            Some("one person"),
        ),
    ];
    for (chat, member, why) in cases {
        let (_, account) = found(chat, member);
        match why {
            None => assert_eq!(account.unusable, None),
            Some(why) => assert!(
                account.unusable.as_deref().is_some_and(|told| told.contains(why)),
                "{why}: {account:?}"
            ),
        }
    }
    let (_, partly) = found(group(some), standing("member", nothing()));
    assert_eq!(
        (partly.unusable, partly.detail.as_str()),
        (None, "t.me/bakers; the bot lacks: Send polls")
    );
    let limited = standing(
        "restricted",
        json!({"is_member": true, "can_send_messages": true, "can_send_photos": true}),
    );
    let (_, limited) = found(group(all()), limited);
    assert_eq!(
        limited.detail,
        "t.me/bakers; the bot lacks: Send videos, Send files, Send GIFs, Send polls"
    );
}

fn verified(answers: &[Answer]) -> Result<Health, Fault> {
    let step = |answers: &[Answer]| Telegram.verify(&App::default(), &grant(), &account(), answers);
    driver::flow(step, answers).1.expect("an end")
}

#[test]
fn a_channel_is_verified_by_its_rights() {
    let sound = [result(channel()), standing("administrator", json!({"can_post_messages": true}))];
    assert_eq!(verified(&sound).expect("sound").name.as_deref(), Some("Acme"));
    let fault = verified(&[result(channel()), standing("administrator", json!({}))]).expect_err("rights were taken");
    assert_eq!(
        (fault.kind, fault.verdict, fault.code.as_str()),
        (FailureKind::Permission, Verdict::MissingPermission, "telegram.rights_missing")
    );
    assert!(fault.message.contains("@planner_bot"), "{}", fault.message);
    for (answer, verdict) in [
        (refused(401, "Unauthorized"), Verdict::Revoked),
        (refused(400, "Bad Request: chat not found"), Verdict::Revoked),
        (refused(502, "Bad Gateway"), Verdict::None),
    ] {
        assert_eq!(verified(&[answer]).expect_err("refused").verdict, verdict);
    }
}

#[test]
fn there_is_nothing_to_renew_and_nothing_to_take_back() {
    let (script, end) = driver::flow(|answers| Telegram.refresh(&App::default(), &grant(), answers), &[]);
    assert_eq!(
        (script.as_str(), end.expect("an end").expect_err("nothing").verdict),
        ("", Verdict::Revoked)
    );
    assert_eq!(Telegram.revoke(&App::default(), &grant()), None);
    assert!(!Telegram.capability().renews);
}
