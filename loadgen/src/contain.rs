//! A strategy that panics or lets no time pass fails its own request, not the run.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind, set_hook, take_hook};
use std::pin::pin;
use std::sync::Once;
use std::task::Poll;

use herdlab_sim::world::Failure;

/// So many things may be ready without waiting within one poll.
const SPIN: u32 = 100_000;

thread_local! {
    static READY: Cell<u32> = const { Cell::new(0) };
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// What a spinning strategy is stopped with.
struct Spinning;

/// Something was ready without waiting. Called by everything that a strategy may await.
///
/// # Panics
/// By design, if there were too many within one poll; [`contained`] makes [`Failure::Spin`] of it.
pub(crate) fn ready() {
    let count = READY.get() + 1;
    READY.set(count);
    if count > SPIN && CONTAINED.get() {
        resume_unwind(Box::new(Spinning)); // no hook runs, so nothing is printed
    }
}

/// `future`, its panics made failures of its own.
pub(crate) async fn contained<F: Future>(future: F) -> Result<F::Output, Failure> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        READY.set(0);
        CONTAINED.set(true);
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        CONTAINED.set(false);
        match polled {
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) if panic.is::<Spinning>() => Poll::Ready(Err(Failure::Spin)),
            Err(_) => Poll::Ready(Err(Failure::Panic)),
        }
    })
    .await
}

/// Keeps contained panics off stderr: they are counted, and a thousand traces would bury the result. Other panics are
/// told as before.
pub(crate) fn quieten() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if !CONTAINED.get() {
                before(info);
            }
        }));
    });
}
