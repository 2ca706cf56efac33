//! An origin call: a task that lives until the origin is done with it, and a handle that only watches.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

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
    id: CallId,
    measured: bool,
    origin: Arc<SharedOrigin>,
    request: Rc<Request>,
    work: JoinHandle<Option<Value>>,
    taken: bool,
}

impl Call {
    pub(super) fn new<B: 'static>(
        core: &Rc<Core<B>>,
        request: &Rc<Request>,
        submitted: Submitted,
    ) -> Self {
        let Submitted { id, turn, measured } = submitted;
        Self {
            id,
            measured,
            origin: Arc::clone(&core.origin),
            request: Rc::clone(request),
            work: spawn_local(work(Rc::clone(core), id, turn)),
            taken: false,
        }
    }
}

/// The origin at work on one call; its value, or nothing if it was dropped from the queue.
async fn work<B>(core: Rc<Core<B>>, id: CallId, mut turn: Turn) -> Option<Value> {
    loop {
        let end = match turn {
            Turn::Ends(at) => at,
            Turn::Waits(told) => told.await.ok()?,
        };
        core.timer.at(core.clock.monotonic(end)).await;
        match core.origin.finish(id) {
            Finished::Done(value) => return Some(value),
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
            Ok(Some(value)) => {
                if self.measured {
                    self.request.take_result();
                }
                Poll::Ready(Ok(value))
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
        if !self.work.is_finished() {
            self.origin.abandon(self.id);
        } else if self.measured {
            self.origin.waste(1); // done, but nobody looked
        }
    }
}
