use std::collections::BTreeSet;
use std::path::Path;

use postrider_store::{Db, hot, statements};

use crate::support::on_both_databases;

on_both_databases! {
    async fn every_statement_prepares(db: &Db) {
        let all = statements();
        assert!(all.len() > 150, "only {} statements were collected", all.len());
        for (file, name, sql) in all {
            if let Err(error) = db.prepares(sql).await {
                panic!("{file} {name}: {:?}\n{sql}", error);
            }
        }
        for sql in hot::statements(db.kind()) {
            if let Err(error) = db.prepares(sql).await {
                panic!("hot: {:?}\n{sql}", error);
            }
        }
    }
}

/// Every file that declares statements hands them in: its name stands in the list.
#[test]
fn no_file_of_statements_is_forgotten() {
    let listed: BTreeSet<String> = statements().into_iter().map(|(file, _, _)| file.to_owned()).collect();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let body = std::fs::read_to_string(&path).unwrap();
            if body.contains("\nstatements! {") {
                let name = path.strip_prefix(&src).unwrap().with_extension("");
                found.insert(name.display().to_string().trim_end_matches("/mod").to_owned());
            }
        }
    }
    assert_eq!(found, listed);
}
