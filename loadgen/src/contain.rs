//! A strategy that panics or lets no time pass fails its own request, not the run.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::pin::pin;
use std::task::Poll;

use herdlab_sim::contain::contain;
use herdlab_sim::world::Failure;

/// So many things may be ready without waiting within one poll.
const SPIN: u32 = 100_000;

thread_local! {
    /// How many there were in the present poll of a strategy; nothing outside of one.
    static READY: Cell<Option<u32>> = const { Cell::new(None) };
}

/// What a spinning strategy is thrown out of its poll with.
struct Spinning;

/// Something was ready without waiting. Called by everything that a strategy may await.
///
/// # Panics
/// By design, if there were too many within one poll; [`contained`] makes [`Failure::Spin`] of it.
pub(crate) fn ready() {
    let Some(count) = READY.get() else { return };
    READY.set(Some(count + 1));
    if count == SPIN {
        resume_unwind(Box::new(Spinning));
    }
}

/// `future`, its panics made failures of its own.
pub(crate) async fn contained<F: Future>(future: F) -> Result<F::Output, Failure> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        READY.set(Some(0));
        let polled = contain(|| future.as_mut().poll(cx));
        READY.set(None);
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(thrown) if thrown.is::<Spinning>() => Poll::Ready(Err(Failure::Spin)),
            Err(_) => Poll::Ready(Err(Failure::Panic)),
        }
    })
    .await
}
