//! Connecting accounts as a person does: through the networks' own pages, over plain HTTP.

use futures::future::join_all;
use postrider_core::Network;
use postrider_sandbox::visitor::filled;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{self, Answer, Client};
use crate::twin::Twin;

/// Pages a network may put between its first one and the way back.
const PAGES_MAX: usize = 6;

/// A connected channel.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Our id.
    pub id: String,
    /// The network.
    pub network: Network,
    /// Which way it was connected.
    pub variant: String,
    /// The network's id.
    pub external_id: String,
    /// Its kind in the network's words.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// Whether a channel can be posted to, by its card. To a program on the person's own machine Bluesky's servers give two weeks, which counts
/// as soon over.
pub fn works(card: &Value) -> bool {
    card["status"] == "active" || (card["variant"] == "oauth" && card["status"] == "expiring")
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Channel {
    /// Reads the API's view.
    ///
    /// # Panics
    /// If it is of no network.
    pub fn read(view: &Value) -> Channel {
        let Ok(network) = text_of(&view["network"]).parse() else {
            panic!("no network: {view}")
        };
        Channel {
            id: text_of(&view["id"]),
            network,
            variant: text_of(&view["variant"]),
            external_id: text_of(&view["external_id"]),
            kind: text_of(&view["kind"]),
            name: text_of(&view["name"]),
        }
    }

    /// Whether what stands there can be read through the network's API, by some means; LinkedIn's profiles name a repeat. Where it cannot, a
    /// person is asked.
    pub fn is_readable(&self) -> bool {
        self.network != Network::Telegram
    }

    /// Network, way and kind, to tell a channel in words.
    pub fn label(&self) -> String {
        format!("{}/{}/{}", self.network, self.variant, self.kind)
    }
}

/// Goes through a network's pages; gives the address to which it sends the browser back.
///
/// # Panics
/// If the network shows an error.
pub async fn through_pages(url: &str, person: &str, refused: &[&str]) -> String {
    let http = client::bare();
    let mut page = client::send(http.get(url)).await;
    for _ in 0..PAGES_MAX {
        if let Some(back) = page.headers.get("location").and_then(|at| at.to_str().ok()) {
            return back.to_owned();
        }
        assert_eq!(page.status, 200, "{}", page.text);
        let fields = filled(&page.text, person, refused);
        page = client::send(http.post(url).form(&fields)).await;
    }
    panic!("the network never sends the browser back: {}", page.text)
}

impl Client {
    /// Begins a connection and goes through the network's pages; gives the return page's answer and the connection's id.
    ///
    /// # Panics
    /// If it cannot be begun.
    pub async fn authorize(&self, network: Network, variant: &str, person: &str, refused: &[&str]) -> (Answer, String) {
        let path = format!("projects/{}/connections/{network}", self.project());
        let mut asked = json!({"variant": variant});
        // Where a network is many servers, an account's id says which is its own.
        if let Some((_, server)) = person.split_once('@') {
            asked["instance"] = server.into();
        }
        // Where each account's own server signs in, the account is named first.
        if network == Network::Bluesky {
            asked["handle"] = person.into();
        }
        let begun = self.post(&path, &asked).await.expect(201);
        let answer = self.come_back(&begun, person, refused).await;
        (answer, text_of(&begun["connection_id"]))
    }

    /// Goes through the pages of a connection that was begun, and back.
    pub async fn come_back(&self, begun: &Value, person: &str, refused: &[&str]) -> Answer {
        let back = through_pages(&text_of(&begun["authorize_url"]), person, refused).await;
        let back = back.split('#').next().unwrap_or_default().to_owned();
        self.send(self.request(Method::GET, &back)).await
    }

    /// Connects by OAuth and adds every account that can be used and `wanted` takes.
    ///
    /// # Panics
    /// If any step is refused.
    pub async fn connect(&self, network: Network, variant: &str, person: &str, wanted: impl Fn(&Value) -> bool) -> Vec<Channel> {
        let (answer, connection) = self.authorize(network, variant, person, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        self.add(&connection, wanted).await
    }

    /// Connects by handle and app password.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn connect_by_password(&self, network: Network, handle: &str, password: &str, service: &str) -> Vec<Channel> {
        let path = format!("projects/{}/connections/{network}", self.project());
        let typed = json!({"handle": handle, "app_password": password, "service": service});
        let begun = self.post(&path, &typed).await.expect(201);
        self.add(&text_of(&begun["connection_id"]), |_| true).await
    }

    /// Connects a chat by a bot's token.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn connect_by_bot(&self, token: &str, chat: &str) -> Vec<Channel> {
        let path = format!("projects/{}/connections/telegram", self.project());
        let begun = self.post(&path, &json!({"bot_token": token, "chat": chat})).await.expect(201);
        self.add(&text_of(&begun["connection_id"]), |_| true).await
    }

    /// Adds accounts of a finished connection.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn add(&self, connection: &str, wanted: impl Fn(&Value) -> bool) -> Vec<Channel> {
        let found = self.get(&format!("connections/{connection}")).await.expect(200);
        let accounts = found["accounts"].as_array().cloned().unwrap_or_default();
        let ids: Vec<&Value> = accounts
            .iter()
            .filter(|account| account["unusable"].is_null() && account["channel_id"].is_null() && wanted(account))
            .map(|account| &account["external_id"])
            .collect();
        assert!(!ids.is_empty(), "nothing to add: {found}");
        let path = format!("connections/{connection}/channels");
        let added = self.post(&path, &json!({"external_ids": ids})).await.expect(201);
        for channel in added["items"].as_array().into_iter().flatten() {
            assert!(works(channel), "{channel}");
        }
        added["items"].as_array().into_iter().flatten().map(Channel::read).collect()
    }
}

/// Channels of every network that the twin speaks, by every way of connecting.
#[derive(Debug, Clone)]
pub struct Fleet {
    /// All of them.
    pub channels: Vec<Channel>,
}

/// One way of connecting, as it is walked: who signs in, and how many accounts are made for that person first.
struct Way {
    network: Network,
    variant: &'static str,
    person: String,
}

impl Fleet {
    /// Connects every network. `each` says how many accounts to have of each kind, where the twin can make more.
    ///
    /// # Panics
    /// If any connection is refused.
    pub async fn connect(client: &Client, twin: &Twin, each: usize) -> Fleet {
        let mut ways = Vec::new();
        let ada = || "ada".to_owned();
        twin.make_accounts(Network::Facebook, "ada", each.saturating_sub(2)).await;
        ways.push(Way {
            network: Network::Facebook,
            variant: "facebook_login",
            person: ada(),
        });
        ways.push(Way {
            network: Network::Instagram,
            variant: "facebook_login",
            person: ada(),
        });
        for account in twin.make_accounts(Network::Instagram, "ada", each).await {
            ways.push(Way {
                network: Network::Instagram,
                variant: "instagram_login",
                person: text_of(&account["id"]),
            });
        }
        for account in twin.make_accounts(Network::Threads, "ada", each).await {
            ways.push(Way {
                network: Network::Threads,
                variant: "threads_login",
                person: text_of(&account["id"]),
            });
        }
        for person in ["ada", "ben", "chiara", "dmitri"].iter().take(each) {
            ways.push(Way {
                network: Network::Linkedin,
                variant: "member",
                person: (*person).to_owned(),
            });
        }
        twin.make_accounts(Network::Linkedin, "ada", each.saturating_sub(1)).await;
        ways.push(Way {
            network: Network::Linkedin,
            variant: "pages",
            person: ada(),
        });
        // An account takes six posts a minute, of each kind.
        for account in twin.make_accounts(Network::Youtube, "ada", each + 5).await {
            ways.push(Way {
                network: Network::Youtube,
                variant: "channel",
                person: text_of(&account["id"]),
            });
        }
        for account in twin.make_accounts(Network::Tiktok, "ada", each + 5).await {
            ways.push(Way {
                network: Network::Tiktok,
                variant: "account",
                person: text_of(&account["id"]),
            });
        }
        // Ada has three boards of her own and of a friend's to pin on.
        twin.make_accounts(Network::Pinterest, "ada", each.saturating_sub(3)).await;
        ways.push(Way {
            network: Network::Pinterest,
            variant: "account",
            person: ada(),
        });
        // Dmitri has none of his own; Ada has a hundred and twenty stores.
        twin.make_accounts(Network::GoogleBusiness, "dmitri", each).await;
        ways.push(Way {
            network: Network::GoogleBusiness,
            variant: "google",
            person: "dmitri".to_owned(),
        });
        for (network, variant) in [(Network::Mastodon, "server"), (Network::X, "account")] {
            for account in twin.make_accounts(network, "ada", each).await {
                ways.push(Way {
                    network,
                    variant,
                    person: text_of(&account["id"]),
                });
            }
        }
        for account in twin.make_accounts(Network::Bluesky, "ada", each).await {
            ways.push(Way {
                network: Network::Bluesky,
                variant: "oauth",
                person: text_of(&account["id"]),
            });
        }
        let pages_only = |account: &Value| account["kind"] != "profile" && account["kind"] != "person";
        let by_pages = join_all(ways.iter().map(|way| async move {
            let whole = way.variant != "pages";
            client
                .connect(way.network, way.variant, &way.person, |account| whole || pages_only(account))
                .await
        }));
        let mut channels: Vec<Channel> = by_pages.await.into_iter().flatten().collect();
        for account in twin.make_accounts(Network::Bluesky, "ada", each).await {
            let (handle, password) = (text_of(&account["handle"]), text_of(&account["details"]["app_passwords"][0]));
            channels.extend(client.connect_by_password(Network::Bluesky, &handle, &password, "").await);
        }
        for account in twin.make_accounts(Network::Telegram, "ada", each).await {
            let token = text_of(&account["details"]["bot_token"]);
            channels.extend(client.connect_by_bot(&token, &text_of(&account["id"])).await);
        }
        Fleet { channels }
    }

    /// Those whose posts can be read back without asking anybody.
    #[must_use]
    pub fn readable(mut self) -> Fleet {
        self.channels.retain(Channel::is_readable);
        self
    }

    /// One channel of each network, way and kind.
    pub fn one_of_each(&self) -> Vec<Channel> {
        let mut found: Vec<Channel> = Vec::new();
        for channel in &self.channels {
            if found.iter().all(|known| known.label() != channel.label()) {
                found.push(channel.clone());
            }
        }
        found
    }

    /// The channels of a network.
    pub fn of(&self, network: Network) -> Vec<&Channel> {
        self.channels.iter().filter(|channel| channel.network == network).collect()
    }

    /// Hands channels out so that each carries at most `most` posts, in turns among those of equal label.
    pub fn pick(&self, label: &str, number: usize) -> &Channel {
        let alike: Vec<&Channel> = self.channels.iter().filter(|channel| channel.label() == label).collect();
        match alike.get(number % alike.len().max(1)) {
            Some(channel) => channel,
            None => panic!("no channel is {label}"),
        }
    }
}
