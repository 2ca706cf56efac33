//! A user's requests that are on their way together.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// Room for so many requests at a time, used again and again: in a benchmark they come by the million.
pub(super) struct Pipeline<F> {
    places: Vec<Pin<Box<Option<F>>>>,
}

impl<F: Future> Pipeline<F> {
    pub(super) fn new(depth: usize) -> Self {
        Self { places: (0..depth).map(|_| Box::pin(None)).collect() }
    }

    /// Sends one request a place, all at once between the two calls of `hold`, and resolves when the last is answered.
    /// `ended` is told the answers of each turn in which there are some.
    pub(super) async fn send(
        &mut self,
        mut request: impl FnMut() -> F,
        hold: impl Fn(bool),
        mut ended: impl FnMut(&mut dyn Iterator<Item = F::Output>),
    ) {
        for place in &mut self.places {
            place.set(Some(request()));
        }
        let mut sending = true;
        poll_fn(|cx| {
            let mut open = false;
            let mut answers = self.places.iter_mut().filter_map(|place| {
                let polled = place.as_mut().as_pin_mut()?.poll(cx);
                match polled {
                    Poll::Ready(answer) => {
                        place.set(None);
                        Some(answer)
                    }
                    Poll::Pending => {
                        open = true;
                        None
                    }
                }
            });
            if sending {
                hold(true);
            }
            ended(&mut answers);
            drop(answers);
            if std::mem::replace(&mut sending, false) {
                hold(false);
            }
            if open { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use tokio::runtime::{Builder, LocalOptions};
    use tokio::sync::oneshot;

    #[test]
    fn requests_are_sent_together_and_answered_in_any_order() {
        let runtime = Builder::new_current_thread().build_local(LocalOptions::default());
        runtime.expect("a runtime").block_on(async {
            let (tells, holds) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
            let mut pipeline = Pipeline::new(3);
            let answered = RefCell::new(Vec::new());
            let request = || {
                let (tell, told) = oneshot::channel::<u32>();
                let (tells, holds) = (&tells, &holds);
                async move {
                    assert_eq!(*holds.borrow(), [true], "it is sent while the connection is held");
                    tells.borrow_mut().push(tell);
                    told.await.expect("it is told")
                }
            };
            let mut send = std::pin::pin!(pipeline.send(
                request,
                |hold| holds.borrow_mut().push(hold),
                |answers| answered.borrow_mut().push(answers.collect::<Vec<_>>()),
            ));
            let mut poll =
                async || poll_fn(|cx| Poll::Ready(send.as_mut().poll(cx).is_ready())).await;
            assert!(!poll().await);
            assert_eq!((tells.borrow().len(), &holds.borrow()[..]), (3, &[true, false][..]));
            tells.borrow_mut().pop().expect("the third").send(3).expect("somebody waits");
            assert!(!poll().await);
            tells.borrow_mut().drain(..).for_each(|tell| _ = tell.send(1));
            assert!(poll().await);
            assert_eq!(*answered.borrow(), [vec![], vec![3], vec![1, 1]]);
        });
    }
}
