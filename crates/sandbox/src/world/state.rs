//! The state behind the lock, with its indexes.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};

use postrider_core::network::Network;

use super::model::{Account, Code, Person, Post, Quota, Token};

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The people who exist in every sandbox: key, name.
const PEOPLE: &[(&str, &str)] = &[
    ("ada", "Ada Brandt"),
    ("ben", "Ben Okafor"),
    ("chiara", "Chiara Rossi"),
    ("dmitri", "Dmitri Novak"),
];

/// What the networks know. Reached only through [`super::World::with`].
pub struct State {
    /// Who can sign in, by key.
    pub people: BTreeMap<String, Person>,
    /// Authorisation codes, by value.
    pub codes: HashMap<String, Code>,
    /// Bounds set by tests, by network and account.
    pub quotas: BTreeMap<(Network, String), Quota>,
    accounts: BTreeMap<Network, BTreeMap<String, Account>>,
    tokens: BTreeMap<String, Token>,
    posts: HashMap<Network, HashMap<String, Post>>,
    /// Post ids of an account in the order in which they were made.
    order: HashMap<(Network, String), Vec<String>>,
    own: HashMap<TypeId, Box<dyn Any + Send>>,
    public_base: String,
    random: u64,
    numbers: u64,
}

impl State {
    /// A world with the seeded people and nothing else.
    pub fn new(seed: u64, public_base: &str) -> Self {
        let person = |(key, name): &(&str, &str)| {
            let person = Person {
                key: (*key).to_owned(),
                name: (*name).to_owned(),
                email: format!("{key}@example.com"),
            };
            ((*key).to_owned(), person)
        };
        Self {
            people: PEOPLE.iter().map(person).collect(),
            codes: HashMap::new(),
            quotas: BTreeMap::new(),
            accounts: BTreeMap::new(),
            tokens: BTreeMap::new(),
            posts: HashMap::new(),
            order: HashMap::new(),
            own: HashMap::new(),
            public_base: public_base.to_owned(),
            random: seed ^ 0x9e37_79b9_7f4a_7c15,
            numbers: 0,
        }
    }

    /// What a network keeps for itself (uploads, containers), made at its first use.
    pub fn own<T: Default + Send + 'static>(&mut self) -> &mut T {
        let slot = self.own.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(T::default()));
        if !slot.is::<T>() {
            *slot = Box::new(T::default());
        }
        match slot.downcast_mut::<T>() {
            Some(own) => own,
            None => unreachable!("the slot was just filled with this type"),
        }
    }

    /// The next id: the prefix, then digits to `width` characters in all. Unique in the world.
    pub fn number(&mut self, prefix: &str, width: usize) -> String {
        self.numbers += 1;
        let digits = width.saturating_sub(prefix.len());
        // An odd step that grows with every id, so that neighbours do not look like a plain count.
        format!("{prefix}{:0digits$}", self.numbers * 7_919)
    }

    /// 64 bits that depend on the seed and on how many were drawn before.
    pub fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Letters and digits that look like a secret.
    pub fn secret(&mut self, chars: usize) -> String {
        (0..chars).map(|_| LETTERS[(self.random() % 62) as usize] as char).collect()
    }

    /// The address of a picture for an account, drawn by the sandbox.
    pub fn avatar_url(&self, network: Network, id: &str) -> String {
        format!("{}/_sandbox/avatar/{network}/{id}.png", self.public_base)
    }

    /// Adds or replaces an account.
    pub fn put_account(&mut self, account: Account) {
        self.accounts
            .entry(account.network)
            .or_default()
            .insert(account.id.clone(), account);
    }

    /// An account by its id.
    pub fn account(&self, network: Network, id: &str) -> Option<&Account> {
        self.accounts.get(&network)?.get(id)
    }

    /// An account by its id, to be changed.
    pub fn account_mut(&mut self, network: Network, id: &str) -> Option<&mut Account> {
        self.accounts.get_mut(&network)?.get_mut(id)
    }

    /// The accounts of a network, by id.
    pub fn accounts_of(&self, network: Network) -> impl Iterator<Item = &Account> {
        self.accounts.get(&network).into_iter().flat_map(BTreeMap::values)
    }

    /// Every account, by network and id.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values().flat_map(BTreeMap::values)
    }

    /// Keeps a token.
    pub fn put_token(&mut self, token: Token) {
        self.tokens.insert(token.value.clone(), token);
    }

    /// A token by its secret, dead or alive.
    pub fn token(&self, value: &str) -> Option<&Token> {
        self.tokens.get(value)
    }

    /// A token by its secret, to be changed.
    pub fn token_mut(&mut self, value: &str) -> Option<&mut Token> {
        self.tokens.get_mut(value)
    }

    /// Every token, to be changed.
    pub fn tokens_mut(&mut self) -> impl Iterator<Item = &mut Token> {
        self.tokens.values_mut()
    }

    /// Every token.
    pub fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.tokens.values()
    }

    /// Keeps a post, or replaces one of the same id.
    pub fn put_post(&mut self, post: Post) {
        let posts = self.posts.entry(post.network).or_default();
        if !posts.contains_key(&post.id) {
            self.order
                .entry((post.network, post.account.clone()))
                .or_default()
                .push(post.id.clone());
        }
        posts.insert(post.id.clone(), post);
    }

    /// A post by its id.
    pub fn post(&self, network: Network, id: &str) -> Option<&Post> {
        self.posts.get(&network)?.get(id)
    }

    /// A post by its id, to be changed.
    pub fn post_mut(&mut self, network: Network, id: &str) -> Option<&mut Post> {
        self.posts.get_mut(&network)?.get_mut(id)
    }

    /// Removes a post for good.
    pub fn remove_post(&mut self, network: Network, id: &str) -> Option<Post> {
        let post = self.posts.get_mut(&network)?.remove(id)?;
        if let Some(order) = self.order.get_mut(&(network, post.account.clone())) {
            order.retain(|other| other != id);
        }
        Some(post)
    }

    /// The posts of an account, oldest first; reverse it for a feed.
    pub fn posts_of(&self, network: Network, account: &str) -> impl DoubleEndedIterator<Item = &Post> {
        let posts = self.posts.get(&network);
        let order = self.order.get(&(network, account.to_owned()));
        order.into_iter().flatten().filter_map(move |id| posts?.get(id))
    }

    /// The bound that a test set for an account.
    pub fn quota(&self, network: Network, account: &str) -> Quota {
        self.quotas.get(&(network, account.to_owned())).copied().unwrap_or_default()
    }
}
