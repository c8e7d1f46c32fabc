//! The exported table as a file, on which the page's twin of the check is tested.

use std::path::Path;

use postrider_core::rules::export::capabilities;

/// `UPDATE=1` writes it anew.
#[test]
fn the_file_of_the_exported_table_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules.json");
    let current = format!(
        "{}\n",
        serde_json::to_string_pretty(&capabilities()).expect("the table is plain data")
    );
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &current).expect("the file can be written");
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == current, "tests/rules.json is stale: run this test with UPDATE=1");
}
