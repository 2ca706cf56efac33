//! An origin call on behalf of a request, which hears whether it has its result.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use herdlab_sim::key::Item;
use herdlab_sim::world::{Failure, Value};

use super::Request;
use crate::call;
use crate::contain;
use crate::engine::Core;
use crate::origin::Submitted;

/// Watches a call. Dropped, it leaves; the call lives on.
#[derive(Debug)]
pub(crate) struct Call {
    call: call::Call,
    request: Rc<Request>,
}

impl Call {
    pub(super) fn new<B: 'static>(
        core: &Rc<Core<B>>,
        request: &Rc<Request>,
        item: Item,
        submitted: Option<Submitted>,
    ) -> Self {
        let really = core.caller.as_ref().map(|caller| (caller, item));
        let call = call::Call::new(&core.origin, &core.timer, really, submitted);
        Self { call, request: Rc::clone(request) }
    }
}

impl Future for Call {
    type Output = Result<Value, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Poll::Ready(outcome) = Pin::new(&mut self.call).poll(cx) else { return Poll::Pending };
        contain::ready();
        if self.call.is_measured() && outcome.is_ok() {
            self.request.take_result();
        }
        Poll::Ready(outcome)
    }
}
