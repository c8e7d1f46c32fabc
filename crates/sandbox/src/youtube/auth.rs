//! YouTube within Google's sign-in: the person chooses the channel, and a token is for one.

use super::{NETWORK, OPERATIONS};
use crate::google::Product;

/// YouTube as Google's sign-in knows it: a token is for one channel.
pub const PRODUCT: Product = Product {
    network: NETWORK,
    scopes: &[
        "youtube",
        "youtube.force-ssl",
        "youtube.readonly",
        "youtube.upload",
        "yt-analytics.readonly",
    ],
    of_account: true,
    operations: OPERATIONS,
    code: "4/0A",
    access: "ya29.a",
    refresh: "1//0",
};
