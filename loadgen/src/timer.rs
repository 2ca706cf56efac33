//! Sleeping, precisely: one timerfd a core, and a heap of deadlines.
//!
//! Tokio's own timer counts milliseconds and adds up to two to every latency measured from an intended start, which is
//! more than a whole Redis round trip. A timerfd is tens of microseconds late. It fires at most once a `tick` and then
//! releases everything that is due, so that ten thousand deadlines a second do not cost ten thousand wake-ups.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use herdlab_sim::time::Nanos;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::clock::monotonic;
use crate::contain;

/// Deadlines that nobody waits for any more are swept out once they are this many and the greater part.
const SWEEP: usize = 1_024;

/// One core's timer. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Timer(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    fd: AsyncFd<OwnedFd>,
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    tick: Nanos,
    /// (deadline, slot), earliest first.
    heap: BinaryHeap<Reverse<(Nanos, u32)>>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// Slots in the heap that nobody waits for any more.
    left: usize,
    /// When the timerfd will fire; [`Nanos::FOREVER`] if it is not set.
    armed: Nanos,
    fired: Nanos,
}

#[derive(Debug)]
enum Slot {
    Free,
    Waiting(Waker),
    /// Its sleeper is gone; the heap still knows it.
    Left,
    /// Its time has come; its sleeper still has to hear of it.
    Due,
}

impl Timer {
    /// A timer for the runtime that is entered here. It works once [`Timer::drive`] is spawned.
    pub(crate) fn new(tick: Nanos) -> io::Result<Self> {
        let fd = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
        )?;
        let state = State {
            tick,
            heap: BinaryHeap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            left: 0,
            armed: Nanos::FOREVER,
            fired: Nanos::ZERO,
        };
        #[expect(
            deprecated,
            reason = "its successor is unsafe for the sake of descriptors that may close or change; an OwnedFd that \
                      nobody else has does neither, and this workspace forbids unsafe"
        )]
        let fd = AsyncFd::with_interest(fd, Interest::READABLE)?;
        Ok(Self(Rc::new(Inner { fd, state: RefCell::new(state) })))
    }

    /// Wakes sleepers, for ever.
    pub(crate) async fn drive(self) {
        loop {
            // Setting the timer anew forgets its expirations, so they need not be read.
            match self.0.fd.readable().await {
                Ok(mut ready) => ready.clear_ready(),
                Err(_) => return, // the runtime is shutting down
            }
            self.0.fire();
        }
    }

    /// Resolves at this monotonic instant.
    pub(crate) fn at(&self, deadline: Nanos) -> Sleep<'_> {
        Sleep { timer: &self.0, deadline, slot: None }
    }

    /// Resolves `span` from now.
    pub(crate) fn after(&self, span: Nanos) -> Sleep<'_> {
        self.at(monotonic() + span)
    }
}

impl Inner {
    fn fire(&self) {
        let now = monotonic();
        let mut state = self.state.borrow_mut();
        state.armed = Nanos::FOREVER;
        state.fired = now;
        while let Some(&Reverse((deadline, slot))) = state.heap.peek() {
            if deadline > now && !matches!(state.slots[slot as usize], Slot::Left) {
                break;
            }
            state.heap.pop();
            match std::mem::replace(&mut state.slots[slot as usize], Slot::Due) {
                Slot::Waiting(waker) => waker.wake(),
                _ => state.forget(slot),
            }
        }
        if let Some(&Reverse((next, _))) = state.heap.peek() {
            self.arm(&mut state, next);
        }
    }

    /// Lets the timerfd fire at `deadline`, but not within a tick of the last time.
    fn arm(&self, state: &mut State, deadline: Nanos) {
        let at = deadline.max(state.fired + state.tick);
        if at >= state.armed {
            return;
        }
        state.armed = at;
        let it_value = Timespec {
            tv_sec: at.as_secs() as i64,
            tv_nsec: (at.as_nanos() % 1_000_000_000) as i64,
        };
        let spec = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value };
        timerfd_settime(self.fd.get_ref(), TimerfdTimerFlags::ABSTIME, &spec)
            .expect("the descriptor is ours and the time is valid");
    }
}

impl State {
    fn admit(&mut self, deadline: Nanos, waker: Waker) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::Free);
            self.slots.len() as u32 - 1
        });
        self.slots[slot as usize] = Slot::Waiting(waker);
        self.heap.push(Reverse((deadline, slot)));
        slot
    }

    fn forget(&mut self, slot: u32) {
        self.left -= 1;
        self.release(slot);
    }

    fn release(&mut self, slot: u32) {
        self.slots[slot as usize] = Slot::Free;
        self.free.push(slot);
    }

    fn leave(&mut self, slot: u32) {
        if matches!(self.slots[slot as usize], Slot::Due) {
            return self.release(slot);
        }
        self.slots[slot as usize] = Slot::Left;
        self.left += 1;
        if self.left >= SWEEP && self.left * 2 > self.heap.len() {
            self.sweep();
        }
    }

    fn sweep(&mut self) {
        let mut heap = std::mem::take(&mut self.heap);
        heap.retain(|Reverse((_, slot))| {
            let stays = !matches!(self.slots[*slot as usize], Slot::Left);
            if !stays {
                self.forget(*slot);
            }
            stays
        });
        self.heap = heap;
    }
}

/// Resolves at its deadline; at once if that is past.
#[derive(Debug)]
#[must_use]
pub(crate) struct Sleep<'a> {
    timer: &'a Inner,
    deadline: Nanos,
    slot: Option<u32>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.timer.state.borrow_mut();
        let Some(slot) = self.slot else {
            if self.deadline == Nanos::FOREVER {
                return Poll::Pending;
            }
            if self.deadline <= monotonic() {
                contain::ready();
                return Poll::Ready(());
            }
            let slot = state.admit(self.deadline, cx.waker().clone());
            self.timer.arm(&mut state, self.deadline);
            drop(state);
            self.slot = Some(slot);
            return Poll::Pending;
        };
        match &mut state.slots[slot as usize] {
            Slot::Waiting(waker) => {
                waker.clone_from(cx.waker());
                Poll::Pending
            }
            _ => {
                state.release(slot);
                drop(state);
                self.slot = None;
                self.deadline = Nanos::ZERO; // polled again, it is still ready
                Poll::Ready(())
            }
        }
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(slot) = self.slot {
            self.timer.state.borrow_mut().leave(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use tokio::runtime::{Builder, LocalOptions};
    use tokio::task::spawn_local;

    const MS: Nanos = Nanos::from_millis(1);

    fn with_timer<F: Future<Output = ()>>(test: impl FnOnce(Timer) -> F) {
        let runtime =
            Builder::new_current_thread().enable_io().build_local(LocalOptions::default());
        runtime.expect("a runtime").block_on(async {
            let timer = Timer::new(Nanos::from_micros(50)).expect("a timerfd");
            spawn_local(timer.clone().drive());
            test(timer).await;
        });
    }

    #[test]
    fn sleepers_wake_in_the_order_of_their_deadlines_and_never_early() {
        with_timer(|timer| async move {
            let order = Rc::new(RefCell::new(Vec::new()));
            let begin = monotonic();
            let tasks: Vec<_> = [5, 1, 3, 4, 2]
                .map(|n| {
                    let (timer, order) = (timer.clone(), Rc::clone(&order));
                    spawn_local(async move {
                        let deadline = begin + Nanos::from_millis(n * 4);
                        timer.at(deadline).await;
                        assert!(monotonic() >= deadline);
                        order.borrow_mut().push(n);
                    })
                })
                .into();
            for task in tasks {
                task.await.expect("no sleeper was early");
            }
            assert_eq!(*order.borrow(), [1, 2, 3, 4, 5]);
        });
    }

    #[test]
    fn sleepers_that_leave_are_swept_out_and_their_slots_used_again() {
        with_timer(|timer| async move {
            let far = monotonic() + Nanos::from_secs(3_600);
            let polled = Cell::new(0);
            for _ in 0..20 * SWEEP {
                let mut sleep = std::pin::pin!(timer.at(far));
                std::future::poll_fn(|cx| {
                    polled.set(polled.get() + usize::from(sleep.as_mut().poll(cx).is_pending()));
                    Poll::Ready(())
                })
                .await;
            }
            assert_eq!(polled.get(), 20 * SWEEP);
            assert!(timer.0.state.borrow().heap.len() <= SWEEP);
            assert!(timer.0.state.borrow().slots.len() <= SWEEP + 1);
            timer.after(MS).await; // and it still works
        });
    }

    #[test]
    fn a_deadline_that_is_past_is_ready_and_the_last_one_never_is() {
        with_timer(|timer| async move {
            timer.at(Nanos::ZERO).await;
            let mut never = std::pin::pin!(timer.at(Nanos::FOREVER));
            let pending =
                std::future::poll_fn(|cx| Poll::Ready(never.as_mut().poll(cx).is_pending()));
            assert!(pending.await);
        });
    }
}
