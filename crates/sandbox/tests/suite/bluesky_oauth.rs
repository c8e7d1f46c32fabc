//! The twin's OAuth: what the profile of the AT Protocol asks for is taken, and everything else refused in the words of the reference server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::{FutureExt, StreamExt};
use postrider_sandbox::{Fetch, Fetched};
use reqwest::Method;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::twin::{Got, START_US, Twin};

const ADA: &str = "did:plc:adabrandt2bsky3sandbox44";
const ISSUER: &str = "https://bsky.social";
const BACK: &str = "http://127.0.0.1:9999/back";
const HERE: &str = "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%2Fback&scope=atproto%20transition%3Ageneric";
const DOCUMENT: &str = "https://planner.example/client";
const VERIFIER: &str = "a-verifier-of-more-than-forty-three-characters-1";
const SCOPE: &str = "atproto transition:generic";

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn hashed(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

/// A key of the test's own.
struct Key {
    pair: EcdsaKeyPair,
    drawn: AtomicU64,
}

impl Key {
    fn new() -> Key {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random).unwrap();
        Key {
            pair,
            drawn: AtomicU64::new(0),
        }
    }

    fn public(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..])})
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        let text = format!("{}.{}", encoded(header), encoded(claims));
        let signature = self.pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The claims of a fresh proof.
    fn claims(&self, method: &str, address: &str) -> Value {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed);
        let jti = format!("{}-{number}", self.public()["x"]);
        json!({"jti": jti, "htm": method, "htu": address, "iat": START_US / 1_000_000})
    }

    fn proof(&self, claims: &Value) -> String {
        self.signed(&json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.public()}), claims)
    }
}

type Change<'a> = &'a dyn Fn(&mut Value);
const AS_IT_IS: Change<'static> = &|_| {};

struct Place {
    twin: Twin,
    key: Key,
    client_key: Arc<Key>,
}

/// Gives the client's document, as `change` makes it.
fn documents(client_key: &Arc<Key>, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Fetch {
    let client_key = Arc::clone(client_key);
    Arc::new(move |address| {
        let mut document = json!({
            "client_id": DOCUMENT, "client_name": "Planner", "application_type": "web", "redirect_uris": [BACK], "scope": SCOPE,
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "dpop_bound_access_tokens": true,
            "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES256",
            "jwks": {"keys": [client_key.public()]},
        });
        change(&mut document);
        let found = address == DOCUMENT;
        async move {
            Ok(Fetched {
                status: if found { 200 } else { 404 },
                content_type: "application/json".to_owned(),
                body: futures::stream::iter([Ok(bytes::Bytes::from(document.to_string()))]).boxed(),
            })
        }
        .boxed()
    })
}

impl Place {
    async fn new() -> Place {
        Place::with(|_| {}).await
    }

    async fn with(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Place {
        let client_key = Arc::new(Key::new());
        Place {
            twin: Twin::fetching(documents(&client_key, change)).await,
            key: Key::new(),
            client_key,
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}/bsky.social{path}", self.twin.base)
    }

    async fn nonce(&self) -> String {
        let got = self.twin.send(self.twin.http.post(self.at("/oauth/par")).body("client_id=x")).await;
        got.header("dpop-nonce").to_owned()
    }

    /// Posts a form with a proof, whose claims `change` changes.
    async fn post(&self, path: &str, form: &[(&str, &str)], key: &Key, change: Change<'_>) -> Got {
        let mut claims = key.claims("POST", &format!("{ISSUER}{path}"));
        claims["nonce"] = self.nonce().await.into();
        change(&mut claims);
        let request = self.twin.http.post(self.at(path)).form(form).header("dpop", key.proof(&claims));
        self.twin.send(request).await
    }

    fn asked<'a>(&self, client_id: &'a str, challenge: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("client_id", client_id),
            ("response_type", "code"),
            ("redirect_uri", BACK),
            ("scope", SCOPE),
            ("state", "s1"),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
            ("login_hint", "ada.bsky.social"),
        ]
    }

    async fn pushed(&self) -> String {
        let challenge = hashed(VERIFIER);
        let got = self.post("/oauth/par", &self.asked(HERE, &challenge), &self.key, AS_IT_IS).await;
        assert_eq!(got.status, 201, "{}", got.text);
        assert_eq!(got.body["expires_in"], 299);
        got.body["request_uri"].as_str().unwrap().to_owned()
    }

    fn page(&self, client_id: &str, request_uri: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", client_id)
            .append_pair("request_uri", request_uri)
            .finish();
        self.at(&format!("/oauth/authorize?{query}"))
    }

    async fn decided(&self, page: &str, decision: &str, did: &str) -> Got {
        let form = [("person", did), ("decision", decision)];
        self.twin.send(self.twin.http.post(page).form(&form)).await
    }

    async fn code(&self) -> String {
        let page = self.page(HERE, &self.pushed().await);
        let got = self.decided(&page, "allow", ADA).await;
        assert_eq!(got.status, 303, "{}", got.text);
        named(got.header("location"), "code")
    }

    async fn exchange(&self, code: &str, key: &Key, other: &[(&str, &str)]) -> Got {
        let mut form = vec![
            ("client_id", HERE),
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        for (name, value) in other {
            form.retain(|(known, _)| known != name);
            form.push((name, value));
        }
        self.post("/oauth/token", &form, key, AS_IT_IS).await
    }

    async fn tokens(&self) -> Value {
        let got = self.exchange(&self.code().await, &self.key, &[]).await;
        assert_eq!(got.status, 200, "{}", got.text);
        got.body
    }

    async fn renew(&self, refresh: &str, key: &Key) -> Got {
        let form = [("client_id", HERE), ("grant_type", "refresh_token"), ("refresh_token", refresh)];
        self.post("/oauth/token", &form, key, AS_IT_IS).await
    }

    /// A call to the account's server with an access and its proof.
    async fn call(&self, method: Method, nsid: &str, access: &str, key: &Key, change: Change<'_>) -> Got {
        let path = format!("/morel.us-east.host.bsky.network/xrpc/{nsid}");
        let address = format!("{}{path}", self.twin.base);
        let mut claims = key.claims(method.as_str(), &address);
        claims["ath"] = hashed(access).into();
        let asking = self
            .twin
            .http
            .get(&address)
            .header("authorization", format!("DPoP {access}"))
            .header("dpop", "x");
        claims["nonce"] = self.twin.send(asking).await.header("dpop-nonce").into();
        change(&mut claims);
        let request = self
            .twin
            .http
            .request(method, &address)
            .header("authorization", format!("DPoP {access}"));
        self.twin.send(request.header("dpop", key.proof(&claims))).await
    }

    async fn session(&self, access: &str) -> Got {
        self.call(Method::GET, "com.atproto.server.getSession", access, &self.key, AS_IT_IS)
            .await
    }
}

fn named(address: &str, name: &str) -> String {
    let address = url::Url::parse(address).unwrap();
    let found = address.query_pairs().find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn word(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_default().to_owned()
}

#[track_caller]
fn refused(got: &Got, status: u16, error: &str, part: &str) {
    assert_eq!((got.status, word(&got.body, "error").as_str()), (status, error), "{}", got.text);
    assert!(got.text.contains(part), "`{}` lacks `{part}`", got.text);
}

#[tokio::test]
async fn a_server_says_who_signs_in_and_that_one_what_it_takes() {
    let place = Place::new().await;
    let address = format!("{}/morel.us-east.host.bsky.network", place.twin.base);
    let got = place
        .twin
        .send(place.twin.http.get(format!("{address}/.well-known/oauth-protected-resource")))
        .await;
    assert_eq!(
        (&got.body["resource"], &got.body["authorization_servers"]),
        (&json!(address), &json!([ISSUER]))
    );
    let got = place
        .twin
        .send(place.twin.http.get(place.at("/.well-known/oauth-authorization-server")))
        .await;
    assert_eq!(got.body["issuer"], ISSUER);
    for name in [
        "require_pushed_authorization_requests",
        "authorization_response_iss_parameter_supported",
        "client_id_metadata_document_supported",
    ] {
        assert_eq!(got.body[name], true, "{name}");
    }
    let got = place
        .twin
        .send(place.twin.http.get(place.at("/.well-known/oauth-protected-resource")))
        .await;
    assert_eq!(got.status, 404, "who signs in holds no accounts");
}

#[tokio::test]
async fn a_consent_becomes_access_that_renews_and_can_be_given_back() {
    let place = Place::new().await;
    let page = place.page(HERE, &place.pushed().await);
    let shown = place.twin.send(place.twin.http.get(&page)).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert!(shown.text.contains(&format!("value=\"{ADA}\" checked")), "{}", shown.text);
    let back = place.decided(&page, "allow", ADA).await;
    let back = back.header("location");
    assert_eq!((named(back, "iss").as_str(), named(back, "state").as_str()), (ISSUER, "s1"));
    let got = place.exchange(&named(back, "code"), &place.key, &[]).await;
    assert_eq!(
        (got.status, &got.body["token_type"], &got.body["sub"]),
        (200, &json!("DPoP"), &json!(ADA))
    );
    assert_eq!((&got.body["expires_in"], &got.body["scope"]), (&json!(3_600), &json!(SCOPE)));
    let (access, refresh) = (word(&got.body, "access_token"), word(&got.body, "refresh_token"));
    assert_eq!(place.session(&access).await.body["did"], ADA);

    let renewed = place.renew(&refresh, &place.key).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text);
    let next = word(&renewed.body, "access_token");
    assert_eq!(place.session(&next).await.status, 200);
    refused(&place.session(&access).await, 401, "invalid_token", "");
    place.twin.advance_s(3_601).await;
    let over = place.session(&next).await;
    refused(&over, 401, "invalid_token", "exp");
    assert!(over.header("www-authenticate").starts_with("DPoP "), "{:?}", over.headers);

    let refresh = word(&renewed.body, "refresh_token");
    let renewed = place.renew(&refresh, &place.key).await;
    let form = [("client_id", HERE), ("token", renewed.body["refresh_token"].as_str().unwrap())];
    let given_back = place.post("/oauth/revoke", &form, &place.key, AS_IT_IS).await;
    assert_eq!((given_back.status, &given_back.body), (200, &json!({})));
    refused(&place.session(&word(&renewed.body, "access_token")).await, 401, "invalid_token", "");
    refused(
        &place.renew(&word(&renewed.body, "refresh_token"), &place.key).await,
        400,
        "invalid_grant",
        "",
    );
}

#[tokio::test]
async fn a_refusal_is_told_to_the_client_and_ends_the_request() {
    let place = Place::new().await;
    let page = place.page(HERE, &place.pushed().await);
    let back = place.decided(&page, "deny", ADA).await;
    let back = back.header("location");
    assert_eq!(
        (named(back, "error").as_str(), named(back, "iss").as_str()),
        ("access_denied", ISSUER)
    );
    assert_eq!(place.decided(&page, "allow", ADA).await.status, 400);
}

#[tokio::test]
async fn a_renewing_token_that_comes_twice_ends_the_session() {
    let place = Place::new().await;
    let refresh = word(&place.tokens().await, "refresh_token");
    let renewed = place.renew(&refresh, &place.key).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text);
    refused(&place.renew(&refresh, &place.key).await, 400, "invalid_grant", "replayed");
    refused(
        &place.renew(&word(&renewed.body, "refresh_token"), &place.key).await,
        400,
        "invalid_grant",
        "",
    );
    refused(&place.session(&word(&renewed.body, "access_token")).await, 401, "invalid_token", "");
}

#[tokio::test]
async fn a_session_without_a_clients_key_is_over_after_two_weeks() {
    let place = Place::new().await;
    let mut refresh = word(&place.tokens().await, "refresh_token");
    for _ in 0..2 {
        place.twin.advance_s(6 * 86_400).await;
        let renewed = place.renew(&refresh, &place.key).await;
        assert_eq!(renewed.status, 200, "{}", renewed.text);
        refresh = word(&renewed.body, "refresh_token");
    }
    place.twin.advance_s(2 * 86_400 + 1).await;
    refused(&place.renew(&refresh, &place.key).await, 400, "invalid_grant", "expired");
}

#[tokio::test]
async fn a_nonce_changes_and_the_one_before_is_taken_for_a_while() {
    let place = Place::new().await;
    let challenge = hashed(VERIFIER);
    let asked = place.asked(HERE, &challenge);
    let old = place.nonce().await;
    let by_old: Change<'_> = &|claims| claims["nonce"] = old.as_str().into();
    for _ in 0..2 {
        place.twin.advance_s(60).await;
        assert_eq!(place.post("/oauth/par", &asked, &place.key, by_old).await.status, 201);
    }
    place.twin.advance_s(60).await;
    let got = place.post("/oauth/par", &asked, &place.key, by_old).await;
    refused(&got, 400, "use_dpop_nonce", "mismatch");
    assert_ne!(got.header("dpop-nonce"), old);
}

#[tokio::test]
async fn wrong_proofs_are_refused() {
    let place = Place::new().await;
    let challenge = hashed(VERIFIER);
    let asked = place.asked(HERE, &challenge);
    let claims: [(Change<'_>, &str, &str); 8] = [
        (&|claims| claims["nonce"] = Value::Null, "use_dpop_nonce", "requires nonce"),
        (&|claims| claims["nonce"] = "made up".into(), "use_dpop_nonce", "mismatch"),
        (&|claims| claims["htm"] = "GET".into(), "invalid_dpop_proof", "htm"),
        (
            &|claims| claims["htu"] = format!("{ISSUER}/oauth/token").into(),
            "invalid_dpop_proof",
            "htu",
        ),
        (&|claims| claims["jti"] = Value::Null, "invalid_dpop_proof", "jti"),
        (
            &|claims| claims["iat"] = (START_US / 1_000_000 - 300).into(),
            "invalid_dpop_proof",
            "iat",
        ),
        (&|claims| claims["iat"] = Value::Null, "invalid_dpop_proof", "iat"),
        (&|claims| claims["ath"] = hashed("x").into(), "invalid_dpop_proof", "ath"),
    ];
    for (change, error, part) in claims {
        refused(&place.post("/oauth/par", &asked, &place.key, change).await, 400, error, part);
    }
    let with = |proof: String| place.twin.http.post(place.at("/oauth/par")).form(&asked).header("dpop", proof);
    let mut claims = place.key.claims("POST", &format!("{ISSUER}/oauth/par"));
    claims["nonce"] = place.nonce().await.into();
    let good = place.key.proof(&claims);
    assert_eq!(place.twin.send(with(good.clone())).await.status, 201);
    refused(&place.twin.send(with(good.clone())).await, 400, "invalid_dpop_proof", "replayed");
    let header = |name: &str, value: Value| {
        let mut header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": place.key.public()});
        header[name] = value;
        place.key.signed(&header, &claims)
    };
    for proof in [
        header("typ", json!("JWT")),
        header("alg", json!("none")),
        header("jwk", Key::new().public()),
        format!("{}AAAA", &good[..good.len() - 4]),
        "nonsense".to_owned(),
    ] {
        refused(&place.twin.send(with(proof)).await, 400, "invalid_dpop_proof", "Failed to verify");
    }
    let unproven = place.twin.http.post(place.at("/oauth/par")).form(&asked);
    refused(&place.twin.send(unproven).await, 400, "invalid_dpop_proof", "required");
    refused(
        &place.twin.send(with(good.clone()).header("dpop", good)).await,
        400,
        "invalid_dpop_proof",
        "single",
    );
}

#[tokio::test]
async fn wrong_calls_with_an_access_are_refused() {
    let place = Place::new().await;
    let tokens = place.tokens().await;
    let access = word(&tokens, "access_token");
    let nsid = "com.atproto.server.getSession";
    let changes: [(Change<'_>, &str, &str); 4] = [
        (&|claims| claims["nonce"] = Value::Null, "use_dpop_nonce", "requires nonce"),
        (&|claims| claims["ath"] = hashed("another").into(), "invalid_token", "ath"),
        (&|claims| claims["ath"] = Value::Null, "invalid_token", "ath"),
        (&|claims| claims["htm"] = "POST".into(), "invalid_token", "htm"),
    ];
    for (change, error, part) in changes {
        let got = place.call(Method::GET, nsid, &access, &place.key, change).await;
        refused(&got, 401, error, part);
        assert!(
            got.header("www-authenticate").contains(&format!("error=\"{error}\"")),
            "{:?}",
            got.headers
        );
        assert!(!got.header("dpop-nonce").is_empty());
    }
    let stolen = place.call(Method::GET, nsid, &access, &Key::new(), AS_IT_IS).await;
    refused(&stolen, 401, "invalid_token", "key binding");
    let address = format!("{}/morel.us-east.host.bsky.network/xrpc/{nsid}", place.twin.base);
    let bare = place.twin.send(place.twin.http.get(address).bearer_auth(&access)).await;
    refused(&bare, 401, "invalid_token", "bound to a DPoP proof");
    let renewing = word(&tokens, "refresh_token");
    refused(&place.session(&renewing).await, 401, "invalid_token", "");
    place
        .twin
        .control(&format!("accounts/bluesky/{ADA}"), json!({"suspended": true}))
        .await;
    refused(&place.session(&access).await, 401, "AccountTakedown", "");
}

#[tokio::test]
async fn wrong_requests_are_refused_before_anybody_is_asked() {
    let place = Place::new().await;
    let challenge = hashed(VERIFIER);
    let cases: [(&str, Option<&str>, u16, &str, &str); 13] = [
        ("client_id", None, 401, "invalid_client", "missing"),
        (
            "client_id",
            Some("http://localhost:8080?scope=atproto"),
            400,
            "invalid_client_metadata",
            "loopback",
        ),
        (
            "client_id",
            Some("http://localhost?redirect_uri=http%3A%2F%2Flocalhost%2Fback"),
            400,
            "invalid_client_metadata",
            "127.0.0.1",
        ),
        (
            "client_id",
            Some("https://nowhere.example/client"),
            400,
            "invalid_client_metadata",
            "404",
        ),
        ("client_id", Some("oauth-app"), 400, "invalid_client_metadata", "Invalid client ID"),
        ("response_type", Some("token"), 400, "unsupported_response_type", ""),
        (
            "redirect_uri",
            Some("https://evil.example/back"),
            400,
            "invalid_request",
            "redirect_uri",
        ),
        ("code_challenge", None, 400, "invalid_request", "code_challenge"),
        ("code_challenge_method", Some("plain"), 400, "invalid_request", "S256"),
        ("code_challenge_method", None, 400, "invalid_request", "S256"),
        ("state", None, 400, "invalid_request", "state"),
        ("scope", Some("transition:generic"), 400, "invalid_scope", "atproto"),
        ("scope", Some("atproto transition:chat.bsky"), 400, "invalid_scope", "not declared"),
    ];
    for (name, value, status, error, part) in cases {
        let mut asked = place.asked(HERE, &challenge);
        asked.retain(|(known, _)| *known != name);
        asked.extend(value.map(|value| (name, value)));
        refused(&place.post("/oauth/par", &asked, &place.key, AS_IT_IS).await, status, error, part);
    }
    // What was not pushed is not asked; what was is asked once, by who pushed it, for five minutes.
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(place.asked(HERE, &challenge))
        .finish();
    let plain = place
        .twin
        .send(place.twin.http.get(place.at(&format!("/oauth/authorize?{query}"))))
        .await;
    assert!(
        plain.status == 400 && plain.text.contains("request_uri is missing"),
        "{}",
        plain.text
    );
    let request_uri = place.pushed().await;
    for page in [
        place.page("https://other.example/client", &request_uri),
        place.page(HERE, "urn:made-up"),
    ] {
        assert_eq!(place.twin.send(place.twin.http.get(page)).await.status, 400);
    }
    let page = place.page(HERE, &request_uri);
    assert_eq!(place.decided(&page, "allow", "did:plc:nobody").await.status, 400);
    assert_eq!(place.decided(&page, "allow", ADA).await.status, 303);
    assert_eq!(place.decided(&page, "allow", ADA).await.status, 400, "used already");
    let late = place.page(HERE, &place.pushed().await);
    place.twin.advance_s(300).await;
    let late = place.twin.send(place.twin.http.get(late)).await;
    assert!(late.status == 400 && late.text.contains("expired"), "{}", late.text);
}

#[tokio::test]
async fn wrong_exchanges_are_refused() {
    let place = Place::new().await;
    let code = place.code().await;
    let other_verifier = "another-verifier-of-more-than-forty-three-characters";
    for (other, part) in [
        (("code_verifier", other_verifier), "code_verifier"),
        (("redirect_uri", "http://127.0.0.1:1/back"), "redirect_uri"),
        (("code", "cod-made-up"), "Invalid code"),
        (
            ("client_id", "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%2Fback"),
            "another client",
        ),
    ] {
        refused(&place.exchange(&code, &place.key, &[other]).await, 400, "invalid_grant", part);
    }
    refused(
        &place.exchange(&code, &Key::new(), &[]).await,
        400,
        "invalid_grant",
        "pushed request",
    );
    refused(
        &place.exchange(&code, &place.key, &[("grant_type", "password")]).await,
        400,
        "unsupported_grant_type",
        "",
    );
    let got = place.exchange(&code, &place.key, &[]).await;
    assert_eq!(got.status, 200, "{}", got.text);
    refused(&place.exchange(&code, &place.key, &[]).await, 400, "invalid_grant", "used");
    let refresh = word(&got.body, "refresh_token");
    refused(&place.renew(&refresh, &Key::new()).await, 400, "invalid_grant", "does not match");
    refused(
        &place.renew("ref-made-up", &place.key).await,
        400,
        "invalid_grant",
        "Invalid refresh token",
    );
    assert_eq!(place.renew(&refresh, &place.key).await.status, 200, "a wrong try does not cost it");
    let late = place.code().await;
    place.twin.advance_s(300).await;
    refused(&place.exchange(&late, &place.key, &[]).await, 400, "invalid_grant", "expired");
}

impl Place {
    fn assertion(&self, change: Change<'_>) -> String {
        let number = self.client_key.drawn.fetch_add(1, Ordering::Relaxed);
        let now_s = START_US / 1_000_000;
        let mut claims =
            json!({"iss": DOCUMENT, "sub": DOCUMENT, "aud": ISSUER, "jti": format!("w{number}"), "iat": now_s, "exp": now_s + 60});
        change(&mut claims);
        self.client_key.signed(&json!({"alg": "ES256", "typ": "JWT"}), &claims)
    }

    async fn push_by(&self, word: &str, key: &Key) -> Got {
        let challenge = hashed(VERIFIER);
        let mut asked = self.asked(DOCUMENT, &challenge);
        asked.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
        asked.push(("client_assertion", word));
        self.post("/oauth/par", &asked, key, AS_IT_IS).await
    }
}

#[tokio::test]
async fn a_client_with_a_key_is_believed_by_its_word_alone() {
    let place = Place::new().await;
    let good = place.assertion(AS_IT_IS);
    let got = place.push_by(&good, &place.key).await;
    assert_eq!(got.status, 201, "{}", got.text);
    refused(&place.push_by(&good, &place.key).await, 400, "invalid_grant", "jti reused");
    let changes: [Change<'_>; 5] = [
        &|claims| claims["aud"] = "https://other.example".into(),
        &|claims| claims["iss"] = "https://other.example/client".into(),
        &|claims| claims["iat"] = (START_US / 1_000_000 - 120).into(),
        &|claims| claims["exp"] = (START_US / 1_000_000 - 60).into(),
        &|claims| claims["jti"] = Value::Null,
    ];
    for change in changes {
        refused(
            &place.push_by(&place.assertion(change), &place.key).await,
            401,
            "invalid_client",
            "client_assertion",
        );
    }
    let forged = Key::new().signed(
        &json!({"alg": "ES256"}),
        &json!({"iss": DOCUMENT, "sub": DOCUMENT, "aud": ISSUER, "jti": "f"}),
    );
    refused(&place.push_by(&forged, &place.key).await, 401, "invalid_client", "failed");
    refused(&place.push_by("", &place.key).await, 401, "invalid_client", "");
    let same = place.push_by(&place.assertion(AS_IT_IS), &place.client_key).await;
    refused(&same, 400, "invalid_request", "different key");
}

#[tokio::test]
async fn a_document_that_does_not_fit_is_refused() {
    type Wrong = fn(&mut Value);
    let cases: [(Wrong, &str); 6] = [
        (
            |document| document["client_id"] = "https://other.example/client".into(),
            "client_id",
        ),
        (
            |document| document["dpop_bound_access_tokens"] = false.into(),
            "dpop_bound_access_tokens",
        ),
        (|document| document["jwks"] = Value::Null, "jwks"),
        (|document| document["scope"] = "transition:generic".into(), "atproto"),
        (
            |document| document["token_endpoint_auth_method"] = "client_secret_basic".into(),
            "authentication method",
        ),
        (|document| document["response_types"] = json!(["token"]), "response_types"),
    ];
    for (change, part) in cases {
        let place = Place::with(change).await;
        let got = place.push_by(&place.assertion(AS_IT_IS), &place.key).await;
        refused(&got, 400, "invalid_client_metadata", part);
    }
    let place = Place::with(|document| document["redirect_uris"] = json!(["https://planner.example/back"])).await;
    refused(
        &place.push_by(&place.assertion(AS_IT_IS), &place.key).await,
        400,
        "invalid_request",
        "redirect_uri",
    );
}
