//! A person who is asked where no program can read what stands: looks at the channel as followers see it, and says so.

use serde_json::{Value, json};

use crate::client::Client;
use crate::connect::Channel;
use crate::twin::Twin;

/// How often a delivery may ask before a test gives up on it.
const QUESTIONS_MAX: usize = 4;

/// Waits until a delivery has ended, and answers what it asks on the way: `words` tell its post from every other.
///
/// # Panics
/// If more than one post stands, or it asks without end.
pub async fn settled(client: &Client, twin: &Twin, channel: &Channel, delivery: &str, words: &str) -> Value {
    for _ in 0..QUESTIONS_MAX {
        let now = client.settled(delivery).await;
        // Where the network can be read, nobody is to be asked.
        if now["waits_for_person"] != true || channel.is_readable() {
            return now;
        }
        let standing = twin.saying(channel.network, &channel.external_id, words).await;
        assert!(standing.len() <= 1, "{words}: {standing:#?}");
        let said = match standing.first() {
            Some(post) => json!({"there": true, "permalink": post["permalink"]}),
            None => json!({"there": false}),
        };
        client.post(&format!("deliveries/{delivery}/resolve"), &said).await.expect(200);
        let asked = |now: &Value| now["waits_for_person"] != true;
        client.until(&format!("deliveries/{delivery}"), delivery, asked).await;
    }
    panic!("{words}: asked {QUESTIONS_MAX} times\n{}", client.history(delivery).await)
}
