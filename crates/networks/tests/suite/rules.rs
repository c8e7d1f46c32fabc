//! What the rules promise, and what the adapters do: two tables that must not part.

use postrider_core::post::{ContentType, Mode};
use postrider_core::rules;
use postrider_provider::goes_to_network;

/// The composer promises a draft at the network by the rules; whether the engine sends one is the adapter's word.
#[test]
fn drafts_are_promised_where_the_adapters_make_them_and_nowhere_else() {
    let registry = postrider_networks::registry();
    let (mut cells, mut kept) = (0, 0);
    for adapter in registry.all() {
        let network = adapter.network();
        for content_type in ContentType::ALL {
            let Some(offer) = rules::offer(network, content_type) else {
                continue;
            };
            let made = goes_to_network(adapter.capability(), content_type, Mode::Draft);
            assert_eq!(offer.draft_api, made, "{network} {content_type}");
            cells += 1;
            kept += usize::from(made);
        }
    }
    assert!(cells > 25 && kept > 0, "{cells} cells, {kept} with drafts");
}
