//! An origin call through its layers: retries around a breaker around a hedge.
//!
//! The first call is submitted at once, as every [`World::ask`] is; what follows (a hedge, a retry) only while somebody
//! still watches. Dean and Barroso, The Tail at Scale, CACM 56(2), 2013: after a while a second call, and the first
//! answer counts; the other call goes on at the origin, as nobody can take it back.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Stack;
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Elapsed, Failure, Value, World, first_ok, within};

type Answer = Result<Value, Failure>;

/// How long a failed call waits before it is made again.
const PAUSE: Nanos = Nanos::from_millis(50);

/// A call through layers, or one that has none.
pub(crate) enum Call<'a, W: World> {
    Plain(W::Call),
    Layered(Pin<Box<dyn Future<Output = Answer> + 'a>>),
}

impl<'a, W: World> Call<'a, W> {
    pub(super) fn new(w: &'a W, stack: &'a Stack, item: Item) -> Self {
        if let Some(budgets) = &stack.budgets {
            budgets.pay_in(w);
        }
        let first = stack.admit(w, item);
        if stack.layers.hedge.is_none() && stack.budgets.is_none() && stack.circuits.is_none() {
            return Self::Plain(first.unwrap_or_else(|| w.ask(item)));
        }
        Self::Layered(Box::pin(stack.answer(w, item, first)))
    }
}

impl<W: World> Future for Call<'_, W> {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        match &mut *self {
            Self::Plain(call) => Pin::new(call).poll(cx),
            Self::Layered(call) => call.as_mut().poll(cx),
        }
    }
}

impl Stack {
    /// Submits a call; nothing if the breaker refuses it.
    fn admit<W: World>(&self, w: &W, item: Item) -> Option<W::Call> {
        self.circuits.as_ref().is_none_or(|circuits| circuits.admits(w)).then(|| w.ask(item))
    }

    /// The answer to a call, made again while the budget allows it.
    async fn answer<W: World>(&self, w: &W, item: Item, first: Option<W::Call>) -> Answer {
        let mut answer = self.attempt(w, item, first).await;
        let Some(budgets) = &self.budgets else { return answer };
        for _ in 0..budgets.plan.most {
            if answer.is_ok() || !budgets.take_out(w) {
                break;
            }
            w.sleep(PAUSE).await;
            answer = self.attempt(w, item, self.admit(w, item)).await;
        }
        answer
    }

    /// One attempt, and the breaker hears how it ended.
    async fn attempt<W: World>(&self, w: &W, item: Item, call: Option<W::Call>) -> Answer {
        let Some(call) = call else { return Err(Failure::Shed) };
        let Some(circuits) = &self.circuits else { return self.hedged(w, item, call).await };
        let answer = match circuits.plan.slow {
            None => self.hedged(w, item, call).await,
            Some(slow) => match within(w, slow, self.hedged(w, item, call)).await {
                Ok(answer) => answer,
                Err(Elapsed) => Err(Failure::Timeout),
            },
        };
        circuits.report(w, answer.is_ok());
        answer
    }

    async fn hedged<W: World>(&self, w: &W, item: Item, mut call: W::Call) -> Answer {
        let Some(after) = self.layers.hedge else { return call.await };
        match within(w, after, &mut call).await {
            Ok(answer) => answer,
            Err(Elapsed) => first_ok(call, w.ask(item)).await,
        }
    }
}
