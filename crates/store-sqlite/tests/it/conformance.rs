//! The suite that every store passes: over a file, and in memory where answers or calls are lost.

use std::sync::Arc;

use store::conformance::{losing_answers, losing_calls, run};
use store::for_each_conformance_case;
use store_sqlite::SqliteStore;

use crate::given::Folder;

macro_rules! over_a_file {
    (TOLERANT $($module:ident::$case:ident),+; EXACT $($exact:ident::$other:ident),+;) => {
        mod over_a_file {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::over_a_file(stringify!($case)).await;
            })+
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $other() {
                super::over_a_file(stringify!($other)).await;
            })+
        }
    };
}

macro_rules! with_lost_answers {
    (TOLERANT $($module:ident::$case:ident),+; EXACT $($exact:ident::$other:ident),+;) => {
        mod with_lost_answers {
            $(#[tokio::test]
            async fn $case() {
                super::with_lost_answers(stringify!($case)).await;
            })+
        }
    };
}

macro_rules! with_lost_calls {
    (TOLERANT $($module:ident::$case:ident),+; EXACT $($exact:ident::$other:ident),+;) => {
        mod with_lost_calls {
            $(#[tokio::test]
            async fn $case() {
                super::with_lost_calls(stringify!($case)).await;
            })+
            $(#[tokio::test]
            async fn $other() {
                super::with_lost_calls(stringify!($other)).await;
            })+
        }
    };
}

for_each_conformance_case!(over_a_file);
for_each_conformance_case!(with_lost_answers);
for_each_conformance_case!(with_lost_calls);

async fn over_a_file(case: &str) {
    let folder = Folder::new();
    run(case, folder.open()).await;
}

async fn with_lost_answers(case: &str) {
    let store = Arc::new(SqliteStore::in_memory().unwrap());
    run(case, losing_answers(store)).await;
}

async fn with_lost_calls(case: &str) {
    let store = Arc::new(SqliteStore::in_memory().unwrap());
    run(case, losing_calls(store)).await;
}
