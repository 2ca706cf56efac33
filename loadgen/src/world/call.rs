//! An origin call: a task that lives until the origin is done with it, and a handle that only watches.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use herdlab_sim::origin::CallId;
use herdlab_sim::world::{Failure, Value};
use tokio::task::{JoinHandle, spawn_local};

use super::Request;
use crate::contain;
use crate::engine::Core;
use crate::origin::{Finished, SharedOrigin, Submitted, Turn};

/// Watches a call. Dropped, it leaves; the call lives on.
#[derive(Debug)]
pub(crate) struct Call {
    /// Nothing for a call that was refused.
    id: Option<CallId>,
    measured: bool,
    origin: Arc<SharedOrigin>,
    request: Rc<Request>,
    work: JoinHandle<Option<Result<Value, Failure>>>,
    taken: bool,
}

impl Call {
    pub(super) fn new<B: 'static>(
        core: &Rc<Core<B>>,
        request: &Rc<Request>,
        submitted: Option<Submitted>,
    ) -> Self {
        let (id, measured, work) = match submitted {
            None => (None, false, spawn_local(async { Some(Err(Failure::Shed)) })),
            Some(Submitted { id, turn, measured }) => {
                (Some(id), measured, spawn_local(work(Rc::clone(core), id, turn)))
            }
        };
        let (origin, request) = (Arc::clone(&core.origin), Rc::clone(request));
        Self { id, measured, origin, request, work, taken: false }
    }
}

/// The origin at work on one call; its outcome, or nothing if it was dropped from the queue.
async fn work<B>(core: Rc<Core<B>>, id: CallId, mut turn: Turn) -> Option<Result<Value, Failure>> {
    loop {
        let end = match turn {
            Turn::Ends(at) => at,
            Turn::Waits(told) => match told.await.ok()? {
                Ok(end) => end,
                Err(failure) => return Some(Err(failure)),
            },
        };
        core.timer.at(core.clock.monotonic(end)).await;
        match core.origin.finish(id) {
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
        contain::ready();
        self.taken = true;
        match done {
            Ok(Some(outcome)) => {
                if self.measured && outcome.is_ok() {
                    self.request.take_result();
                }
                Poll::Ready(outcome)
            }
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
