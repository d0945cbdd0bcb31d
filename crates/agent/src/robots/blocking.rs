//! Work that waits for disks and processes, off the event loop.

use std::time::Duration;

/// Waits on a thread for blocking work until `done`, for `limit` at most.
#[expect(
    clippy::disallowed_methods,
    reason = "a thread for blocking work waits for a process"
)]
pub(super) fn wait_until(done: impl Fn() -> bool, limit: Duration) {
    let step = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    while waited < limit && !done() {
        std::thread::sleep(step);
        waited += step;
    }
}

/// Work for a thread that may wait; nothing if it was broken off.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
