//! Timeouts, races, hedges and refreshes: generic over `sleep` and futures, so they nest and run on both clocks.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::{Entry, Failure, Join, Lead, Promise, Task, Ttl, Value, World};
use crate::key::Item;
use crate::time::Nanos;

/// Which of two futures came first.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Either<A, B> {
    /// The first argument's output.
    Left(A),
    /// The second argument's output.
    Right(B),
}

/// The span of [`within`] is over.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Elapsed;

/// Both at once; the first to finish wins (`a` at a tie), the loser is dropped.
pub async fn race<A: Future, B: Future>(a: A, b: B) -> Either<A::Output, B::Output> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    poll_fn(|cx| {
        if let Poll::Ready(out) = a.as_mut().poll(cx) {
            return Poll::Ready(Either::Left(out));
        }
        b.as_mut().poll(cx).map(Either::Right)
    })
    .await
}

/// `future`, for at most `span`. A result at the very end of the span is in time.
pub async fn within<W: World, F: Future>(
    w: &W,
    span: Nanos,
    future: F,
) -> Result<F::Output, Elapsed> {
    match race(future, w.sleep(span)).await {
        Either::Left(out) => Ok(out),
        Either::Right(()) => Err(Elapsed),
    }
}

/// The first success of two, else the later error.
pub async fn first_ok<T, E, A, B>(mut a: A, mut b: B) -> Result<T, E>
where
    A: Future<Output = Result<T, E>> + Unpin,
    B: Future<Output = Result<T, E>> + Unpin,
{
    match race(&mut a, &mut b).await {
        Either::Left(Ok(value)) | Either::Right(Ok(value)) => Ok(value),
        Either::Left(Err(_)) => b.await,
        Either::Right(Err(_)) => a.await,
    }
}

/// Asks the origin and stores what it says: fresh for its TTL from now on, which is `ttl` unless the world knows better, and
/// kept by the backend `grace` longer.
///
#[expect(
    clippy::manual_async_fn,
    reason = "an async fn keeps its arguments twice: 32 bytes in every request in flight"
)]
pub fn fill<W: World>(
    w: &W,
    item: Item,
    ttl: Nanos,
    grace: Nanos,
) -> impl Future<Output = Result<Value, Failure>> {
    async move {
        let asked = w.now();
        let value = w.ask(item).await?;
        let ttl = w.ttl(item, ttl);
        let entry = Entry { value, fresh_until: w.now() + ttl, delta: w.now() - asked };
        w.set(item.key(), entry, Ttl::after(ttl + grace)).await?;
        Ok(value)
    }
}

/// Starts the process's refresh of `item` behind this request, unless one is under way. Our place in line, and true if
/// we began it.
pub fn refresh<W: World>(w: &W, item: Item) -> (W::Join, bool) {
    let mut turn = w.join(item);
    let promise = turn.try_lead();
    let mine = promise.is_some();
    if mine {
        w.later(Task { item, note: 0, promise });
    }
    (turn, mine)
}

/// Follows only: to inherit the lead is a failure here, and the next in line hears of it.
pub async fn follow<P: Promise>(turn: impl Join<P>) -> Result<Value, Failure> {
    match turn.await {
        Lead::Theirs(outcome) => outcome,
        Lead::Mine(_) => Err(Failure::Lost),
    }
}
