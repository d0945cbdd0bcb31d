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
pub async fn until<T>(what: &str, condition: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(LIMIT, what, condition).await
}

/// The same with another limit, for what takes long by its nature.
///
/// # Panics
/// It gave nothing within `limit`.
pub async fn until_within<T>(
    limit: Duration,
    what: &str,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> T {
    let looking = async {
        loop {
            if let Some(found) = condition().await {
                return found;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    let found = tokio::time::timeout(limit, looking).await;
    assert!(found.is_ok(), "{what}: not within {limit:?}");
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
