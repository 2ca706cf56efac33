//! An origin call: a task that lives until the origin is done with it, and a handle that only watches.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use herdlab_sim::key::Item;
use herdlab_sim::origin::CallId;
use herdlab_sim::world::{Failure, Value};
use tokio::task::{JoinHandle, spawn_local};

use crate::http::Caller;
use crate::origin::{Finished, SharedOrigin, Submitted, Turn};
use crate::timer::Timer;

/// Watches a call. Dropped, it leaves; the call lives on.
#[derive(Debug)]
pub(crate) struct Call {
    /// Nothing for a call that was refused.
    id: Option<CallId>,
    measured: bool,
    origin: Arc<SharedOrigin>,
    work: JoinHandle<Option<Result<Value, Failure>>>,
    taken: bool,
}

impl Call {
    /// A call that was submitted, or refused; `really` is for what, and who calls, if it is not simulated.
    pub(crate) fn new(
        origin: &Arc<SharedOrigin>,
        timer: &Timer,
        really: Option<(&Caller, Item)>,
        submitted: Option<Submitted>,
    ) -> Self {
        let (id, measured, work) = match submitted {
            None => (None, false, spawn_local(async { Some(Err(Failure::Shed)) })),
            Some(Submitted { id, turn, measured }) => {
                let (origin, timer) = (Arc::clone(origin), timer.clone());
                let really = really.map(|(caller, item)| (caller.clone(), item));
                (Some(id), measured, spawn_local(work(origin, timer, really, id, turn)))
            }
        };
        Self { id, measured, origin: Arc::clone(origin), work, taken: false }
    }

    /// Whether it counts.
    pub(crate) const fn is_measured(&self) -> bool {
        self.measured
    }
}

/// The origin at work on one call; its outcome, or nothing if it was dropped from the queue.
async fn work(
    origin: Arc<SharedOrigin>,
    timer: Timer,
    really: Option<(Caller, Item)>,
    id: CallId,
    mut turn: Turn,
) -> Option<Result<Value, Failure>> {
    loop {
        let end = match turn {
            Turn::Ends(at) => at,
            Turn::Waits(told) => match told.await.ok()? {
                Ok(end) => end,
                Err(failure) => return Some(Err(failure)),
            },
        };
        match &really {
            None => timer.at(origin.monotonic(end)).await,
            Some((caller, item)) => {
                let sent = origin.admit();
                timer.at(origin.monotonic(sent)).await;
                let well = caller.compute(*item).await;
                origin.answered(id, well, sent);
            }
        }
        match origin.finish(id) {
            Finished::Done(outcome) => return Some(outcome),
            Finished::Again(next) => turn = next,
        }
    }
}

impl Future for Call {
    type Output = Result<Value, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.taken {
            return Poll::Pending;
        }
        let Poll::Ready(done) = Pin::new(&mut self.work).poll(cx) else { return Poll::Pending };
        self.taken = true;
        match done {
            Ok(Some(outcome)) => Poll::Ready(outcome),
            _ => Poll::Ready(Err(Failure::Origin)), // only a watched call is not dropped: the run is over
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        match self.id {
            Some(id) if !self.work.is_finished() => self.origin.abandon(id),
            Some(_) if self.measured => {
                let done = Pin::new(&mut self.work).poll(&mut Context::from_waker(Waker::noop()));
                if matches!(done, Poll::Ready(Ok(Some(Ok(_))))) {
                    self.origin.waste(1); // done, but nobody looked
                }
            }
            _ => {}
        }
    }
}
