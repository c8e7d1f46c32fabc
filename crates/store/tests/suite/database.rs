use postrider_store::db::PAYLOAD_BYTES_MAX;
use postrider_store::{Arg, Db, Kind, StoreError, args, instance, leases};

use crate::support::{on_both_databases, simulated, sqlite};

on_both_databases! {
    async fn a_transaction_that_is_dropped_never_was(db: &Db) {
        let mut tx = db.begin().await.unwrap();
        tx.run("INSERT INTO instance (name, value) VALUES ($1, $2)", args!["a", "1"]).await.unwrap();
        drop(tx);
        assert_eq!(instance::get(db, "a").await.unwrap(), None);
        let mut tx = db.begin().await.unwrap();
        tx.run("INSERT INTO instance (name, value) VALUES ($1, $2)", args!["a", "2"]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(instance::get(db, "a").await.unwrap().as_deref(), Some("2"));
    }

    async fn who_goes_away_while_committing_leaves_the_database_to_the_next(db: &Db) {
        for number in 0..20 {
            let mut tx = db.begin().await.unwrap();
            let name = format!("gone-{number}");
            tx.run("INSERT INTO instance (name, value) VALUES ($1, $2)", args![&name, "1"]).await.unwrap();
            let mut commit = Box::pin(tx.commit());
            // As far as it gets at one go, which is as far as the statement's being sent.
            let _ = futures::poll!(commit.as_mut());
            drop(commit);
            instance::set(db, &format!("next-{number}"), "1").await.unwrap();
        }
    }

    async fn every_kind_of_value_comes_back_as_it_went_in(db: &Db) {
        let sql = "SELECT CAST($1 AS TEXT) AS a, CAST($2 AS BIGINT) AS b, $3 = $4 AS c, CAST($5 AS TEXT) AS d, CAST($6 AS BIGINT) AS e";
        let row = db.one(sql, args!["ä\u{1F600}", i64::MIN, true, true, None::<String>, None::<i64>]).await.unwrap();
        assert_eq!(row.text("a").unwrap(), "ä\u{1F600}");
        assert_eq!(row.int("b").unwrap(), i64::MIN);
        assert!(row.bool("c").unwrap());
        assert_eq!(row.opt_text("d").unwrap(), None);
        assert_eq!(row.opt_int("e").unwrap(), None);
        assert!(matches!(row.int("e"), Err(StoreError::Malformed { column }) if column == "e"));
    }

    async fn a_list_goes_in_whatever_its_length(db: &Db) {
        instance::set(db, "a", "1").await.unwrap();
        instance::set(db, "b", "2").await.unwrap();
        let sql = "SELECT name FROM instance WHERE name IN LIST($1) ORDER BY name";
        for (list, count) in [(vec![], 0), (vec!["a"], 1), (vec!["a", "b", "it's \"quoted\", {odd}"], 2)] {
            assert_eq!(db.read(sql, vec![Arg::list(list)]).await.unwrap().len(), count);
        }
    }

    async fn a_value_too_few_is_refused_and_not_taken_for_nothing(db: &Db) {
        let read = db.read("SELECT name FROM instance WHERE name = $1 AND value = $2", args!["a"]).await;
        assert!(matches!(read, Err(StoreError::Db(_))));
    }

    async fn what_is_already_migrated_migrates_again_without_harm(db: &Db) {
        instance::set(db, "a", "1").await.unwrap();
        db.migrate().await.unwrap();
        assert_eq!(instance::get(db, "a").await.unwrap().as_deref(), Some("1"));
    }

    async fn an_error_shows_neither_statement_nor_value(db: &Db) {
        let error = db.run("INSERT INTO instance (name, value) VALUES ($1, NULL)", args!["hush"]).await.unwrap_err();
        let shown = error.to_string();
        assert!(!shown.contains("INSERT") && !shown.contains("hush") && !shown.contains("instance"), "{shown}");
    }

    async fn a_server_says_what_time_it_is_there(db: &Db) {
        let clock = db.clock_ms().await.unwrap();
        assert_eq!(clock.is_some(), db.kind() == Kind::Postgres);
        assert!(clock.is_none_or(|ms| ms > 1_700_000_000_000), "{clock:?}");
    }

    async fn what_is_told_is_heard_by_who_listens(db: &Db) {
        let Some(mut listener) = db.listen("told").await.unwrap() else {
            assert_eq!(db.kind(), Kind::Sqlite, "where there is one process, nobody listens");
            return db.notify("told", "nobody hears".to_owned()).await.unwrap();
        };
        db.notify("another", "not for us".to_owned()).await.unwrap();
        for payload in ["one".to_owned(), "x".repeat(PAYLOAD_BYTES_MAX)] {
            db.notify("told", payload.clone()).await.unwrap();
            assert_eq!(listener.next().await.unwrap(), Some(payload));
        }
    }

    async fn writers_take_turns_and_none_is_lost(db: &Db) {
        instance::set(db, "count", "0").await.unwrap();
        let add = || async {
            let mut tx = db.begin().await.unwrap();
            let sql = "UPDATE instance SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE name = 'count'";
            tx.run(sql, args![]).await.unwrap();
            tx.commit().await.unwrap();
        };
        futures::future::join_all((0..20).map(|_| add())).await;
        assert_eq!(instance::get(db, "count").await.unwrap().as_deref(), Some("20"));
    }
}

#[tokio::test]
async fn a_second_process_cannot_open_the_same_file() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("one.db").display());
    let first = Db::open(&url).await.unwrap();
    assert!(matches!(Db::open(&url).await, Err(StoreError::Locked)));
    first.close().await;
    drop(first);
    Db::open(&url).await.unwrap();
}

#[tokio::test]
async fn a_command_works_beside_the_process_that_has_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("one.db").display());
    assert!(Db::open_beside(&url).await.is_err(), "it makes no file");
    let server = Db::open(&url).await.unwrap();
    let beside = Db::open_beside(&url).await.unwrap();
    assert!(beside.is_current().await.is_err(), "no schema was made yet");
    server.migrate().await.unwrap();
    assert!(beside.is_current().await.unwrap());
    let write = async |db: &Db, name: &str| {
        for n in 0..20 {
            instance::set(db, &format!("{name}{n}"), "1").await.unwrap();
        }
    };
    futures::future::join(write(&server, "server"), write(&beside, "beside")).await;
    beside.close().await;
    assert_eq!(server.read("SELECT name FROM instance", args![]).await.unwrap().len(), 40);
    server.run("DELETE FROM _sqlx_migrations WHERE version = 1", args![]).await.unwrap();
    assert!(!server.is_current().await.unwrap());
}

#[tokio::test]
async fn sqlite_syncs_every_commit_and_keeps_its_references() {
    let test = sqlite().await;
    let mut tx = test.db.begin().await.unwrap();
    let sync = tx
        .one("SELECT synchronous AS value FROM pragma_synchronous", args![])
        .await
        .unwrap();
    assert_eq!(sync.int("value").unwrap(), 2, "FULL");
    let keys = tx
        .one("SELECT foreign_keys AS value FROM pragma_foreign_keys", args![])
        .await
        .unwrap();
    assert_eq!(keys.int("value").unwrap(), 1);
    let journal = tx
        .one("SELECT journal_mode AS value FROM pragma_journal_mode", args![])
        .await
        .unwrap();
    assert_eq!(journal.text("value").unwrap(), "wal");
}

#[tokio::test(start_paused = true)]
async fn a_simulations_database_takes_no_time_on_a_paused_clock() {
    for db in simulated().await {
        let began = tokio::time::Instant::now();
        let alarm = tokio::time::sleep(std::time::Duration::from_millis(1));
        let work = async {
            for n in 0..50 {
                instance::set(&db, "n", &n.to_string()).await.unwrap();
            }
            assert_eq!(instance::get(&db, "n").await.unwrap().as_deref(), Some("49"));
            began.elapsed()
        };
        tokio::pin!(alarm, work);
        let elapsed = futures::future::select(work, alarm).await;
        let futures::future::Either::Left((elapsed, _)) = elapsed else {
            panic!("the clock ran on while {:?} worked", db.kind());
        };
        assert_eq!(elapsed, std::time::Duration::ZERO);
    }
}

#[tokio::test]
async fn a_simulations_database_takes_back_what_was_not_committed() {
    for db in simulated().await {
        let mut tx = db.begin().await.unwrap();
        tx.run("INSERT INTO instance (name, value) VALUES ($1, $2)", args!["a", "1"])
            .await
            .unwrap();
        drop(tx);
        assert_eq!(instance::get(&db, "a").await.unwrap(), None, "{:?}", db.kind());
    }
}

#[tokio::test]
async fn a_simulations_database_is_what_its_image_was_again_and_again() {
    for (db, run) in simulated().await.into_iter().zip(simulated().await) {
        instance::set(&db, "n", "1").await.unwrap();
        let image = db.image().await.unwrap();
        for round in 0..3 {
            run.restore_image(&image).await.unwrap();
            assert_eq!(instance::get(&run, "n").await.unwrap().as_deref(), Some("1"));
            instance::set(&run, "n", "2").await.unwrap();
            instance::set(&run, "m", "3").await.unwrap();
            // A table without rows in the image: who took it before has it no more.
            assert!(leases::take(&run, "work", &format!("holder {round}"), 0, 10).await.unwrap());
            // A table-valued function keeps the schema it was first used with.
            let rows = run
                .read("SELECT name FROM instance WHERE name IN LIST($1)", args![Arg::list(["m", "n"])])
                .await
                .unwrap();
            assert_eq!(rows.len(), 2);
        }
        run.restore_image(&image).await.unwrap();
        assert_eq!(instance::get(&run, "m").await.unwrap(), None);
        instance::set(&db, "n", "4").await.unwrap();
        run.restore_image(&db.image().await.unwrap()).await.unwrap();
        assert_eq!(instance::get(&run, "n").await.unwrap().as_deref(), Some("4"));
    }
}
