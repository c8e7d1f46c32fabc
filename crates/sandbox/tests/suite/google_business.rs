//! Business Profile's twin: many stores of one name over several accounts, fields that have to be asked for, posts that Google looks over, photos
//! that it fetches, and an app that it has not approved.

use std::collections::BTreeSet;

use crate::stage::{PROCESSING_MS, Stage, query_value};
use serde_json::{Value, json};

const AUTH: &str = "accounts.google.com/o/oauth2/v2/auth";
const TOKEN: &str = "oauth2.googleapis.com/token";
const REVOKE: &str = "oauth2.googleapis.com/revoke";
const USERINFO: &str = "openidconnect.googleapis.com/v1/userinfo";
const ACCOUNTS: &str = "mybusinessaccountmanagement.googleapis.com/v1/accounts";
const INFORMATION: &str = "mybusinessbusinessinformation.googleapis.com/v1";
const VERIFICATIONS: &str = "mybusinessverifications.googleapis.com/v1";
const POSTS: &str = "mybusiness.googleapis.com/v4";
const WEB: &str = "https://planner.example/connect";
const MANAGE: &str = "https://www.googleapis.com/auth/business.manage";
const SCOPES: &str = "https://www.googleapis.com/auth/business.manage openid profile email";
const SLOW_MS: u64 = 600_000;
/// Ada's own location, which is in the group as well.
const BAKERY: &str = "accounts/111/locations/9870001";
const FIELDS: &str = "name,title,storeCode,storefrontAddress,serviceArea,openInfo,metadata";

struct App {
    stage: Stage,
    token: String,
}

fn asked<'a>(app: &'a str, scopes: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("client_id", app),
        ("redirect_uri", WEB),
        ("response_type", "code"),
        ("scope", scopes),
        ("access_type", "offline"),
        ("prompt", "consent"),
        ("state", "s1"),
    ]
}

/// Where the page sends the browser back to; its status if it does not.
async fn decided(stage: &Stage, asked: &[(&str, &str)], form: &[(&str, &str)]) -> Result<String, u16> {
    let answer = stage.request("POST", AUTH).query(asked).form(form).send().await.unwrap();
    match answer.headers().get("location") {
        Some(back) => Ok(back.to_str().unwrap().to_owned()),
        None => Err(answer.status().as_u16()),
    }
}

async fn tokens(stage: &Stage, app: &str, person: &str, scopes: &str) -> Value {
    let mut form = vec![("person", person), ("decision", "allow")];
    form.extend(scopes.split_whitespace().map(|scope| ("permission", scope)));
    let back = decided(stage, &asked(app, scopes), &form).await.unwrap();
    let code = query_value(&back, "code");
    let fields = [
        ("client_id", app),
        ("client_secret", "secret"),
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", WEB),
    ];
    let (status, given) = stage.form(TOKEN, &fields).await;
    assert_eq!(status, 200, "{given}");
    given
}

fn said() -> Value {
    json!({"topicType": "STANDARD", "languageCode": "en", "summary": "Fresh bread"})
}

fn event() -> Value {
    json!({
        "topicType": "EVENT", "summary": "Come and see",
        "event": {"title": "Open day", "schedule": {
            "startDate": {"year": 2026, "month": 11, "day": 23}, "startTime": {"hours": 0, "minutes": 0, "seconds": 0, "nanos": 0},
            "endDate": {"year": 2026, "month": 11, "day": 30}, "endTime": {"hours": 23, "minutes": 59, "seconds": 0, "nanos": 0},
        }},
    })
}

fn status(body: &Value) -> &str {
    body["error"]["status"].as_str().unwrap_or_default()
}

fn reason(body: &Value) -> &str {
    body["error"]["details"][0]["reason"].as_str().unwrap_or_default()
}

fn field(body: &Value) -> &str {
    body["error"]["details"][0]["errorDetails"][0]["field"].as_str().unwrap_or_default()
}

impl App {
    async fn start(app: &str, person: &str) -> App {
        App::on(Stage::start().await, app, person).await
    }

    async fn on(stage: Stage, app: &str, person: &str) -> App {
        let given = tokens(&stage, app, person, SCOPES).await;
        let token = given["access_token"].as_str().unwrap().to_owned();
        App { stage, token }
    }

    async fn call(&self, method: &str, address: &str, query: &[(&str, &str)], body: Option<&Value>) -> (u16, Value) {
        let request = self.stage.request(method, address).query(query).bearer_auth(&self.token);
        let request = request.header("x-goog-api-format-version", "2");
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        self.stage.send(request).await
    }

    async fn get(&self, address: &str, query: &[(&str, &str)]) -> (u16, Value) {
        self.call("GET", address, query, None).await
    }

    async fn post(&self, place: &str, body: &Value) -> (u16, Value) {
        self.call("POST", &format!("{POSTS}/{place}/localPosts"), &[], Some(body)).await
    }

    /// Makes a post; the post.
    async fn made(&self, body: &Value) -> Value {
        let (status, post) = self.post(BAKERY, body).await;
        assert_eq!(status, 200, "{post}");
        post
    }

    async fn look(&self, post: &Value) -> Value {
        let name = post["name"].as_str().unwrap();
        let (status, post) = self.get(&format!("{POSTS}/{name}"), &[]).await;
        assert_eq!(status, 200, "{post}");
        post
    }

    async fn ready(&self) {
        self.stage.advance_ms(PROCESSING_MS + 1).await;
    }

    /// Has Google look the next post over for so long that a slow machine sees it at work.
    async fn slow(&self) {
        let made = json!({"network": "google_business", "operation": "create_post"});
        self.stage.fault(made, json!({"do": "slow_processing", "ms": SLOW_MS})).await;
    }

    fn with_photo(&self, file: &str) -> Value {
        let mut body = said();
        body["media"] = json!([{"mediaFormat": "PHOTO", "sourceUrl": format!("{}/{file}", self.stage.media)}]);
        body
    }
}

#[tokio::test]
async fn the_page_offers_people_and_one_box_and_a_token_is_for_all_of_a_persons_locations() {
    let stage = Stage::start().await;
    let (status, page) = stage.get(AUTH, &asked("app", SCOPES)).await;
    let page = page.as_str().unwrap();
    assert!(
        status == 200 && page.contains("Ada Brandt") && page.contains("ben@example.com"),
        "{page}"
    );
    assert!(
        page.contains("business.manage") && !page.contains("value=\"openid\""),
        "who it is has no box"
    );
    let form = [("person", "ada"), ("decision", "allow")];
    let back = decided(&stage, &asked("app", SCOPES), &form).await.unwrap();
    assert_eq!(query_value(&back, "scope"), "email openid profile", "the box was not ticked");
    let refused = decided(&stage, &asked("app", SCOPES), &[("decision", "cancel")]).await.unwrap();
    assert_eq!(query_value(&refused, "error"), "access_denied");
    let given = tokens(&stage, "app", "ada", SCOPES).await;
    assert!(
        given["scope"]
            .as_str()
            .is_some_and(|scope| scope.contains(MANAGE) && scope.contains("userinfo.email"))
    );
}

#[tokio::test]
async fn scopes_of_two_networks_are_not_asked_for_at_once() {
    let stage = Stage::start().await;
    let youtube = "https://www.googleapis.com/auth/youtube";
    for scopes in [format!("{MANAGE} {youtube}"), "openid email".to_owned(), format!("{MANAGE}.all")] {
        let form = [("person", "ada"), ("decision", "allow")];
        assert_eq!(decided(&stage, &asked("app", &scopes), &form).await, Err(400), "{scopes}");
    }
    assert_eq!(
        decided(&stage, &asked("app", SCOPES), &[("person", "nobody"), ("decision", "allow")]).await,
        Err(400)
    );
}

#[tokio::test]
async fn a_token_is_renewed_and_taken_back_and_tells_who_it_is() {
    let stage = Stage::start().await;
    let given = tokens(&stage, "app", "ada", SCOPES).await;
    let refresh = given["refresh_token"].as_str().unwrap();
    let fields = [
        ("client_id", "app"),
        ("client_secret", "secret"),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh),
    ];
    let (status, renewed) = stage.form(TOKEN, &fields).await;
    assert!(status == 200 && renewed["refresh_token"].is_null(), "{renewed}");
    let app = App {
        token: renewed["access_token"].as_str().unwrap().to_owned(),
        stage,
    };
    let (_, who) = app.get(USERINFO, &[]).await;
    assert_eq!((&who["name"], &who["email"]), (&json!("Ada Brandt"), &json!("ada@example.com")));
    assert_eq!(app.stage.form(REVOKE, &[("token", refresh)]).await.0, 200);
    assert_eq!(app.get(USERINFO, &[]).await.0, 401);
    assert_eq!(app.stage.form(TOKEN, &fields).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn accounts_and_their_stores_come_page_by_page() {
    let app = App::start("app", "ada").await;
    let (_, listed) = app.get(ACCOUNTS, &[("pageSize", "1")]).await;
    assert_eq!(
        (&listed["accounts"][0]["name"], &listed["accounts"][0]["type"]),
        (&json!("accounts/111"), &json!("PERSONAL"))
    );
    let next = listed["nextPageToken"].as_str().unwrap();
    let (_, listed) = app.get(ACCOUNTS, &[("pageSize", "1"), ("pageToken", next)]).await;
    assert_eq!(listed["accounts"][0]["type"], "LOCATION_GROUP");
    assert!(listed["nextPageToken"].is_null());
    let mut names = BTreeSet::new();
    let mut token = String::new();
    loop {
        let query = [
            ("readMask", FIELDS),
            ("pageSize", "100"),
            ("orderBy", "title"),
            ("pageToken", token.as_str()),
        ];
        let (status, page) = app.get(&format!("{INFORMATION}/accounts/222/locations"), &query).await;
        assert_eq!(status, 200, "{page}");
        assert!(page["totalSize"].is_null(), "it is told only of a filtered list");
        names.extend(
            page["locations"]
                .as_array()
                .unwrap()
                .iter()
                .map(|place| place["name"].clone().to_string()),
        );
        token = page["nextPageToken"].as_str().unwrap_or_default().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(names.len(), 121, "a hundred and twenty stores, and Ada's own");
    let (_, few) = app
        .get(&format!("{INFORMATION}/accounts/222/locations"), &[("readMask", "name")])
        .await;
    assert_eq!(few["locations"].as_array().unwrap().len(), 10, "unless more are asked for");
    assert!(few["locations"][0]["title"].is_null(), "only what was asked for");
}

#[tokio::test]
async fn locations_differ_in_address_hours_and_say() {
    let app = App::start("app", "ada").await;
    let read = async |id: &str| {
        let address = format!("{INFORMATION}/locations/{id}");
        app.get(&address, &[("readMask", FIELDS)]).await.1
    };
    let bakery = read("9870001").await;
    assert_eq!(bakery["metadata"]["hasVoiceOfMerchant"], true);
    assert_eq!(bakery["storefrontAddress"]["addressLines"][0], "Wijnhaven 12");
    let mobile = read("9870002").await;
    assert!(mobile["storefrontAddress"].is_null());
    assert_eq!(mobile["serviceArea"]["places"]["placeInfos"][0]["placeName"], "Rotterdam");
    assert_eq!(read("9870003").await["openInfo"]["status"], "CLOSED_TEMPORARILY");
    assert_eq!(read("9870006").await["openInfo"]["status"], "CLOSED_PERMANENTLY");
    let annex = read("9870004").await;
    assert!(
        annex["metadata"]["hasVoiceOfMerchant"].is_null(),
        "what is false is not there: {annex}"
    );
    let why = async |id: &str| {
        app.get(&format!("{VERIFICATIONS}/locations/{id}/VoiceOfMerchantState"), &[])
            .await
            .1
    };
    assert_eq!(why("9870004").await["verify"]["hasPendingVerification"], true);
    assert_eq!(
        why("9870005").await["complyWithGuidelines"]["recommendationReason"],
        "BUSINESS_LOCATION_SUSPENDED"
    );
    assert_eq!(why("9870001").await["hasVoiceOfMerchant"], true);
    let (status, _) = app.post("accounts/111/locations/9870004", &said()).await;
    assert_eq!(status, 403, "who has no say cannot post");
}

#[tokio::test]
async fn a_post_is_looked_over_by_the_clock_and_then_has_its_address() {
    let app = App::start("app", "ada").await;
    app.slow().await;
    let post = app.made(&said()).await;
    assert_eq!((&post["state"], &post["searchUrl"]), (&json!("PROCESSING"), &Value::Null));
    assert!(
        post["name"]
            .as_str()
            .is_some_and(|name| name.starts_with(&format!("{BAKERY}/localPosts/")))
    );
    assert_eq!(app.look(&post).await["state"], "PROCESSING");
    app.stage.advance_ms(SLOW_MS).await;
    let shown = app.look(&post).await;
    assert_eq!(shown["state"], "LIVE");
    assert!(
        shown["searchUrl"]
            .as_str()
            .is_some_and(|url| url.starts_with("https://local.google.com/"))
    );
    assert_eq!(app.stage.posts("google_business", "9870001").await[0]["text"], "Fresh bread");
}

#[tokio::test]
async fn what_google_rejects_nobody_sees() {
    let app = App::start("app", "ada").await;
    let mut ringing = said();
    ringing["summary"] = "Ring +31 10 123 45 67".into();
    let post = app.made(&ringing).await;
    assert_eq!(post["state"], "PROCESSING");
    app.stage
        .fault(
            json!({"network": "google_business", "operation": "create_post"}),
            json!({"do": "fail_processing"}),
        )
        .await;
    let failing = app.made(&said()).await;
    app.ready().await;
    for post in [post, failing] {
        let seen = app.look(&post).await;
        assert_eq!((&seen["state"], &seen["searchUrl"]), (&json!("REJECTED"), &Value::Null));
    }
    let posts = app.stage.posts("google_business", "9870001").await;
    assert!(posts.len() == 2 && posts.iter().all(|post| post["state"] == "hidden"), "{posts:#?}");
    // One location has words said before rejected.
    let canteen = "accounts/111/locations/9870007";
    let (_, first) = app.post(canteen, &said()).await;
    let (_, again) = app.post(canteen, &said()).await;
    app.ready().await;
    assert_eq!(app.look(&first).await["state"], "LIVE");
    assert_eq!(app.look(&again).await["state"], "REJECTED");
}

#[tokio::test]
async fn a_photo_is_fetched_and_looked_at() {
    let app = App::start("app", "ada").await;
    let post = app.made(&app.with_photo("store.jpg")).await;
    assert!(
        post["media"][0]["googleUrl"]
            .as_str()
            .is_some_and(|url| url.starts_with("https://lh3.googleusercontent.com/"))
    );
    assert_eq!(
        app.stage.posts("google_business", "9870001").await[0]["media"][0]["mime"],
        "image/jpeg"
    );
    for (file, field_of) in [
        ("nothing.jpg", ""),
        ("heavy.jpg", "media"),
        ("light.jpg", "media"),
        ("narrow.jpg", "media"),
        ("page.html", "media"),
    ] {
        let (status, refused) = app.post(BAKERY, &app.with_photo(file)).await;
        assert_eq!((status, field(&refused)), (400, field_of), "{file}: {refused}");
    }
    let (_, refused) = app.post(BAKERY, &app.with_photo("nothing.jpg")).await;
    assert!(
        refused["error"]["message"].as_str().is_some_and(|said| said.contains("fetch")),
        "{refused}"
    );
    assert_eq!(app.stage.posts("google_business", "9870001").await.len(), 1);
}

#[tokio::test]
async fn zeros_are_left_out_of_what_google_tells() {
    let app = App::start("app", "ada").await;
    let post = app.made(&event()).await;
    let schedule = &post["event"]["schedule"];
    assert_eq!(schedule["startTime"], json!({}), "midnight");
    assert_eq!(schedule["endTime"], json!({"hours": 23, "minutes": 59}));
    assert_eq!(schedule["startDate"], json!({"year": 2026, "month": 11, "day": 23}));
    assert!(post.get("media").is_none() && post.get("callToAction").is_none());
    let (_, listed) = app.get(&format!("{POSTS}/accounts/111/locations/9870003/localPosts"), &[]).await;
    assert_eq!(listed, json!({}), "an empty list is not there");
}

#[tokio::test]
async fn an_offer_has_a_period_and_no_button_of_another_kind() {
    let app = App::start("app", "ada").await;
    let mut offer = event();
    offer["topicType"] = "OFFER".into();
    offer["offer"] = json!({"couponCode": "BW10", "redeemOnlineUrl": "https://bakery.example/bw", "termsConditions": "One per person"});
    offer["callToAction"] = json!({"actionType": "SHOP", "url": "https://bakery.example"});
    let post = app.made(&offer).await;
    assert_eq!(post["offer"]["couponCode"], "BW10");
    assert!(post["callToAction"].is_null(), "it is passed over");
}

#[tokio::test]
async fn a_post_for_later_is_shown_at_its_time() {
    let app = App::start("app", "ada").await;
    let mut later = said();
    later["scheduledTime"] = "2026-11-22T12:30:00Z".into();
    app.slow().await;
    let post = app.made(&later).await;
    assert_eq!(post["state"], "SCHEDULED");
    assert_eq!(app.stage.posts("google_business", "9870001").await[0]["state"], "scheduled");
    app.stage.advance_ms(1_800_000).await;
    assert_eq!(app.look(&post).await["state"], "PROCESSING");
    app.stage.advance_ms(SLOW_MS).await;
    assert_eq!(app.look(&post).await["state"], "LIVE");
    assert_eq!(app.stage.posts("google_business", "9870001").await[0]["state"], "published");
}

#[tokio::test]
async fn posts_are_listed_newest_first_changed_and_removed() {
    let app = App::start("app", "ada").await;
    let first = app.made(&said()).await;
    app.stage.advance_ms(1_000).await;
    let second = app.made(&event()).await;
    let list = format!("{POSTS}/{BAKERY}/localPosts");
    let (_, page) = app.get(&list, &[("pageSize", "1")]).await;
    assert_eq!(page["localPosts"][0]["name"], second["name"]);
    let next = page["nextPageToken"].as_str().unwrap();
    let (_, page) = app.get(&list, &[("pageSize", "1"), ("pageToken", next)]).await;
    assert_eq!(page["localPosts"][0]["name"], first["name"]);
    let address = format!("{POSTS}/{}", first["name"].as_str().unwrap());
    let change = json!({"summary": "Stale bread"});
    let (_, changed) = app.call("PATCH", &address, &[("updateMask", "summary")], Some(&change)).await;
    assert_eq!(
        (&changed["summary"], &changed["topicType"]),
        (&json!("Stale bread"), &json!("STANDARD"))
    );
    assert_eq!(
        app.call("PATCH", &address, &[], Some(&change)).await.0,
        400,
        "which fields has to be said"
    );
    assert_eq!(app.call("DELETE", &address, &[], None).await, (200, json!({})));
    assert_eq!(app.get(&address, &[]).await.0, 404);
}

#[tokio::test]
async fn two_calls_alike_make_two_posts_and_lists_may_lag() {
    let app = App::start("app", "ada").await;
    app.stage.control("settings", json!({"list_lag_ms": 5_000})).await;
    app.made(&said()).await;
    app.made(&said()).await;
    let list = format!("{POSTS}/{BAKERY}/localPosts");
    assert_eq!(app.get(&list, &[]).await.1, json!({}));
    app.stage.advance_ms(5_001).await;
    assert_eq!(app.get(&list, &[]).await.1["localPosts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn wrong_requests_are_refused_as_google_does() {
    let app = App::start("app", "ada").await;
    let with = |key: &str, value: Value| {
        let mut body = said();
        body[key] = value;
        body
    };
    let of_event = |path: &str, value: Value| {
        let mut body = event();
        *body.pointer_mut(path).unwrap() = value;
        body
    };
    let photo = |item: Value| with("media", json!([item]));
    let button = |button: Value| with("callToAction", button);
    for (what, body, named) in [
        ("no topic", json!({"summary": "Bread"}), "topic_type"),
        ("a topic that there is not", with("topicType", json!("PRODUCT")), "topic_type"),
        ("nothing to say", json!({"topicType": "STANDARD"}), "summary"),
        ("a text that is too long", with("summary", json!("x".repeat(1_501))), "summary"),
        (
            "a language in words",
            with("languageCode", json!("English please")),
            "language_code",
        ),
        (
            "a dead action",
            button(json!({"actionType": "GET_OFFER", "url": "https://a.example"})),
            "call_to_action.action_type",
        ),
        (
            "an action without a page",
            button(json!({"actionType": "SHOP"})),
            "call_to_action.url",
        ),
        (
            "a page that is no https",
            button(json!({"actionType": "SHOP", "url": "http://a.example"})),
            "call_to_action.url",
        ),
        (
            "a call with a page",
            button(json!({"actionType": "CALL", "url": "https://a.example"})),
            "call_to_action.url",
        ),
        ("an event of an update", with("event", event()["event"].clone()), "event"),
        ("an event without a title", of_event("/event/title", json!("")), "event.title"),
        (
            "a title that is too long",
            of_event("/event/title", json!("x".repeat(59))),
            "event.title",
        ),
        (
            "a schedule without its end",
            of_event("/event/schedule/endTime", Value::Null),
            "event.schedule",
        ),
        (
            "a day that there is not",
            of_event("/event/schedule/startDate/day", json!(32)),
            "event.schedule",
        ),
        (
            "an end before the start",
            of_event("/event/schedule/endDate", json!({"year": 2026, "month": 11, "day": 22})),
            "event.schedule",
        ),
        ("an offer of an update", with("offer", json!({"couponCode": "x"})), "offer"),
        (
            "a video",
            photo(json!({"mediaFormat": "VIDEO", "sourceUrl": "https://a.example/v.mp4"})),
            "media.media_format",
        ),
        (
            "a photo without an address",
            photo(json!({"mediaFormat": "PHOTO", "dataRef": {}})),
            "media.source_url",
        ),
        (
            "a time that is over",
            with("scheduledTime", json!("2026-11-22T11:59:59Z")),
            "scheduled_time",
        ),
        ("a field that there is not", with("caption", json!("x")), ""),
    ] {
        let (code, refused) = app.post(BAKERY, &body).await;
        assert_eq!(
            (code, status(&refused), field(&refused)),
            (400, "INVALID_ARGUMENT", named),
            "{what}: {refused}"
        );
    }
    let mut offer = event();
    offer["topicType"] = "OFFER".into();
    offer["event"] = Value::Null;
    assert_eq!(field(&app.post(BAKERY, &offer).await.1), "event.title", "an offer needs its period");
    assert!(app.stage.posts("google_business", "9870001").await.is_empty());
}

#[tokio::test]
async fn wrong_lists_and_addresses_are_refused() {
    let app = App::start("app", "ada").await;
    let list = format!("{INFORMATION}/accounts/222/locations");
    for query in [
        vec![],
        vec![("readMask", "name,fax")],
        vec![("readMask", "name"), ("pageSize", "101")],
        vec![("readMask", "name"), ("pageToken", "nonsense")],
        vec![("readMask", "name"), ("orderBy", "fax")],
    ] {
        assert_eq!(app.get(&list, &query).await.0, 400, "{query:?}");
    }
    assert_eq!(app.get(ACCOUNTS, &[("pageSize", "21")]).await.0, 400);
    for (place, expected) in [
        ("accounts/112/locations/9870001", 403),
        ("accounts/222/locations/9870003", 404),
        ("accounts/111/locations/1", 404),
        ("accounts/111/locations/9880001", 403),
    ] {
        assert_eq!(app.post(place, &said()).await.0, expected, "{place}");
    }
    let form = app.stage.request("POST", &format!("{POSTS}/{BAKERY}/localPosts"));
    let form = form.bearer_auth(&app.token).form(&[("summary", "x")]);
    assert_eq!(app.stage.send(form).await.0, 400, "no JSON");
}

#[tokio::test]
async fn fields_are_named_to_whom_asks_for_it_only() {
    let app = App::start("app", "ada").await;
    let request = app.stage.request("POST", &format!("{POSTS}/{BAKERY}/localPosts"));
    let (_, refused) = app.stage.send(request.bearer_auth(&app.token).json(&json!({"summary": "x"}))).await;
    assert_eq!((status(&refused), field(&refused)), ("INVALID_ARGUMENT", ""));
}

#[tokio::test]
async fn a_token_without_the_permission_is_refused_everywhere() {
    let stage = Stage::start().await;
    let form = [("person", "ada"), ("decision", "allow")];
    let back = decided(&stage, &asked("app", SCOPES), &form).await.unwrap();
    let code = query_value(&back, "code");
    let fields = [
        ("client_id", "app"),
        ("client_secret", "secret"),
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", WEB),
    ];
    let (_, given) = stage.form(TOKEN, &fields).await;
    let token = given["access_token"].as_str().unwrap().to_owned();
    let app = App { stage, token };
    for (what, (code, refused)) in [
        ("accounts", app.get(ACCOUNTS, &[]).await),
        (
            "locations",
            app.get(&format!("{INFORMATION}/accounts/111/locations"), &[("readMask", "name")])
                .await,
        ),
        ("posts", app.post(BAKERY, &said()).await),
    ] {
        assert_eq!((code, reason(&refused)), (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), "{what}");
    }
    assert_eq!(app.get(USERINFO, &[]).await.0, 200);
    let app = App {
        token: "ya29.bwrong".to_owned(),
        ..app
    };
    assert_eq!(status(&app.get(ACCOUNTS, &[]).await.1), "UNAUTHENTICATED");
}

#[tokio::test]
async fn an_app_that_is_not_approved_has_no_calls_and_others_three_hundred_a_minute() {
    let app = App::start("unapproved-shop", "ada").await;
    let (code, refused) = app.get(ACCOUNTS, &[]).await;
    assert_eq!((code, status(&refused)), (429, "RESOURCE_EXHAUSTED"));
    assert_eq!(refused["error"]["details"][0]["metadata"]["quota_limit_value"], "0");
    let app = App::on(app.stage, "disabled-shop", "ada").await;
    assert_eq!(app.get(ACCOUNTS, &[]).await.0, 200);
    assert_eq!(reason(&app.post(BAKERY, &said()).await.1), "SERVICE_DISABLED");
    let app = App::on(app.stage, "app", "ada").await;
    for _ in 0..300 {
        assert_eq!(app.get(ACCOUNTS, &[]).await.0, 200);
    }
    let (code, refused) = app.get(ACCOUNTS, &[]).await;
    assert_eq!((code, reason(&refused)), (429, "RATE_LIMIT_EXCEEDED"));
    assert_eq!(app.post(BAKERY, &said()).await.0, 200, "each API has a minute of its own");
    app.stage.advance_ms(60_000).await;
    assert_eq!(app.get(ACCOUNTS, &[]).await.0, 200);
}

#[tokio::test]
async fn faults_know_the_networks_own_errors_and_only_posts_are_commits() {
    let app = App::start("app", "ada").await;
    for (name, code) in [
        ("aborted", 409),
        ("forbidden", 403),
        ("unfetched", 400),
        ("deadline", 504),
        ("not_approved", 429),
    ] {
        app.stage
            .fault(
                json!({"network": "google_business", "commit": true}),
                json!({"do": "error", "name": name}),
            )
            .await;
        assert_eq!(app.post(BAKERY, &said()).await.0, code, "{name}");
    }
    let post = app.made(&said()).await;
    app.look(&post).await;
    app.get(ACCOUNTS, &[]).await;
    let (_, log) = app.stage.get("_sandbox/log", &[("commits", "true")]).await;
    let entries = log["entries"].as_array().unwrap();
    assert!(
        entries
            .iter()
            .all(|entry| entry["operation"] == "create_post" && entry["network"] == "google_business")
    );
    let (_, log) = app.stage.get("_sandbox/log", &[("network", "google_business")]).await;
    let names: BTreeSet<&str> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["operation"].as_str())
        .collect();
    assert!(
        names.is_superset(&BTreeSet::from(["authorize", "token", "list_accounts", "read_post"])),
        "{names:?}"
    );
}
