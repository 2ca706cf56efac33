//! Work that outlives whoever began it.
//!
//! A `Drop` may run in a cancelled task or while the runtime shuts down, where `spawn_local` has no runtime to spawn
//! on. A channel can always be sent to; a runner takes the work from it.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::spawn_local;

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// Where work is handed to. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Background(Rc<UnboundedSender<Work>>);

impl Background {
    /// A background, and its runner's end of it.
    pub(crate) fn new() -> (Self, UnboundedReceiver<Work>) {
        let (sender, receiver) = unbounded_channel();
        (Self(Rc::new(sender)), receiver)
    }

    /// Hands over work; forgotten if the runtime is gone.
    pub(crate) fn take(&self, work: impl Future<Output = ()> + 'static) {
        self.take_boxed(Box::pin(work));
    }

    fn take_boxed(&self, work: Work) {
        let _ = self.0.send(work);
    }
}

/// Runs what is handed over, for ever.
pub(crate) async fn run(mut receiver: UnboundedReceiver<Work>) {
    while let Some(work) = receiver.recv().await {
        spawn_local(work);
    }
}

/// Work that is finished in the background if its waiter leaves: a write once sent takes effect, and what was counted
/// as sent is sent.
pub(crate) struct Kept<T: 'static> {
    work: Option<Pin<Box<dyn Future<Output = T>>>>,
    background: Background,
}

impl<T> Kept<T> {
    pub(crate) fn new(background: &Background, work: impl Future<Output = T> + 'static) -> Self {
        Self { work: Some(Box::pin(work)), background: background.clone() }
    }
}

impl<T> Future for Kept<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let polled = work.as_mut().poll(cx);
        if polled.is_ready() {
            self.work = None;
        }
        polled
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.background.take(async move {
                work.await;
            });
        }
    }
}
