//! The document in the repository is the one that the routes make.

use std::path::Path;

fn written() -> String {
    let document = serde_json::to_value(postrider_web::routes::api().document()).unwrap();
    format!("{}\n", serde_json::to_string_pretty(&document).unwrap())
}

/// `UPDATE=1 cargo test -p postrider-web --test openapi` rewrites it.
#[test]
fn openapi_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web-ui/openapi.json");
    let written = written();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == written,
        "web-ui/openapi.json is stale: run UPDATE=1 cargo test -p postrider-web --test openapi"
    );
}

#[test]
fn operation_ids_are_unique() {
    let api = postrider_web::routes::api();
    let mut ids: Vec<&str> = api.doors().iter().map(|door| door.id).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
