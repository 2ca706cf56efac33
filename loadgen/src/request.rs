//! A request, from its due time to its outcome: its attempts, and what clients who gave up leave behind.

use std::pin::pin;
use std::rc::Rc;

use herdlab_sim::key::Item;
use herdlab_sim::measure::Outcome;
use herdlab_sim::plan::OnTimeout;
use herdlab_sim::service::Service;
use herdlab_sim::strategy::Strategy;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Either, Failure, Served, race};
use tokio::sync::oneshot;
use tokio::task::spawn_local;

use crate::backend::Backend;
use crate::contain::contained;
use crate::engine::Core;
use crate::load::Due;
use crate::world::{RealWorld, Request};

/// What came of an attempt.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    /// How its items were served: one, or those of its page; none if it failed.
    pub(crate) items: Vec<(Item, Served)>,
}

/// Serves a request with as many attempts as its client makes; its user hears when it is over.
pub(crate) async fn serve<S: Strategy, B: Backend>(
    core: Rc<Core<B>>,
    service: Rc<Service<Rc<S>>>,
    due: Due,
    tell: Option<oneshot::Sender<()>>,
) {
    let sent = core.clock.now();
    let conclude = |core: &Core<B>, answer: Answer| {
        core.ended(&due, sent, answer);
        if let Some(tell) = tell {
            let _ = tell.send(()); // its user may be gone with the run
        }
    };
    if core.retries.max == 0 {
        attempt(&core, &service, due, 0, due.at, |answer| conclude(&core, answer)).await;
        return;
    }
    let mut began = due.at;
    for nth in 0.. {
        let Ok(answer) = attempt_apart(&core, &service, due, nth, began).await else { return };
        let passes = matches!(answer.outcome, Outcome::Failed(failure) if failure.may_pass());
        if !passes || nth == core.retries.max {
            conclude(&core, answer);
            return;
        }
        core.books.asked_again(due.at);
        core.timer.after(core.pause(due.number, nth + 1)).await;
        began = core.clock.now();
    }
}

/// An attempt in a task of its own: what its client leaves behind goes on while he asks again.
fn attempt_apart<S: Strategy, B: Backend>(
    core: &Rc<Core<B>>,
    service: &Rc<Service<Rc<S>>>,
    due: Due,
    nth: u32,
    began: Nanos,
) -> oneshot::Receiver<Answer> {
    let (report, reported) = oneshot::channel();
    let (core, service) = (Rc::clone(core), Rc::clone(service));
    spawn_local(async move {
        let report = |answer| _ = report.send(answer); // nobody listens once the run is over
        attempt(&core, &service, due, nth, began, report).await;
    });
    reported
}

/// One attempt, from its send to its answer, which is reported, and, if its client leaves first, to the end of its work.
async fn attempt<S: Strategy, B: Backend>(
    core: &Rc<Core<B>>,
    service: &Rc<Service<Rc<S>>>,
    due: Due,
    nth: u32,
    began: Nanos,
    report: impl FnOnce(Answer),
) {
    let (deadline, impatience) = deadline(core, began);
    let request =
        Rc::new(Request::new(due.number, due.process, nth, began + core.patience.timeout));
    let world = RealWorld::new(Rc::clone(core), Rc::clone(&request));
    let mut work = pin!(Some(contained(service.serve(&world, due.item, due.number))));
    let timer = core.timer.clone();
    let answered = {
        let work = work.as_mut().as_pin_mut().expect("it was just put there");
        race(work, timer.at(core.clock.monotonic(deadline))).await
    };
    let answer = match answered {
        Either::Left(answer) => answer.and_then(|inner| inner),
        Either::Right(()) => Err(impatience),
    };
    report(Answer {
        outcome: Outcome::of(&answer, request.degraded()),
        items: answer.map_or_else(|_| Vec::new(), |served| request.items(due.item, served)),
    });
    if matches!(answered, Either::Right(())) {
        request.leave();
        if core.patience.on_timeout == OnTimeout::Detach
            && let Some(work) = work.as_mut().as_pin_mut()
        {
            let _ = work.await;
        }
        work.set(None);
        core.origin.waste(request.unclaimed());
    }
}

/// When the client gives up, and how that is called.
fn deadline<B>(core: &Core<B>, began: Nanos) -> (Nanos, Failure) {
    let patience = core.patience;
    let timeout = began + patience.timeout;
    if timeout <= patience.last {
        (timeout, Failure::Timeout)
    } else {
        (patience.last, Failure::Stuck)
    }
}
