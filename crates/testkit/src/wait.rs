//! Waiting for a condition, with a limit. The only place where a test lets time pass.

use std::time::Duration;

/// How long anything that should come soon may take, on a busy computer too.
pub const LIMIT: Duration = Duration::from_secs(60);

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(25);

/// Waits until `condition` gives something.
///
/// # Panics
/// It gave nothing within [`LIMIT`]; `what` says what was waited for.
pub async fn until<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = condition().await {
                return found;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    let found = tokio::time::timeout(LIMIT, looking).await;
    assert!(found.is_ok(), "{what}: not within {LIMIT:?}");
    found.expect("it was found")
}

/// The same where nothing asynchronous can run. Answers whether the condition came true.
pub(crate) fn came_true(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let looks = limit.as_millis() / LOOK.as_millis();
    for _ in 0..looks {
        if condition() {
            return true;
        }
        std::thread::park_timeout(LOOK);
    }
    condition()
}
