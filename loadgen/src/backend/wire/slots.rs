//! Who waits for which reply.

use std::collections::VecDeque;
use std::mem;
use std::task::{Context, Poll, Waker};

/// A place in the line of those who wait, used again when it is left.
pub(super) type Place = u32;

/// The commands that were sent and are not answered, and the replies that nobody has fetched yet.
pub(super) struct Slots<R> {
    slots: Vec<Slot<R>>,
    free: Vec<Place>,
    /// Of those that wait, the first to be answered first.
    line: VecDeque<Place>,
}

struct Slot<R> {
    state: State<R>,
    /// Who asked last. Kept when the place is left: the next one there is often the same, and a waker costs two atomic
    /// operations to make and to drop.
    waker: Waker,
}

enum State<R> {
    Free,
    /// Its reply is still to come.
    Waiting,
    /// Its reply is still to come, and nobody wants it any more.
    Left,
    Ready(R),
    /// Its reply will never come.
    Lost,
}

impl<R> Default for Slots<R> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: Vec::new(), line: VecDeque::new() }
    }
}

impl<R> Slots<R> {
    /// Gets in line: a command was sent.
    #[inline]
    pub(super) fn enter(&mut self) -> Place {
        let place = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { state: State::Free, waker: Waker::noop().clone() });
            self.slots.len() as Place - 1
        });
        self.slots[place as usize].state = State::Waiting;
        self.line.push_back(place);
        place
    }

    /// Hands these replies to the first in line; false if there are more of them than waited. Who is told several
    /// things is woken once.
    #[inline]
    pub(super) fn answer(&mut self, replies: impl Iterator<Item = R>) -> bool {
        let mut woken: Option<Place> = None;
        for reply in replies {
            let Some(place) = self.line.pop_front() else { return false };
            if !self.settle(place, State::Ready(reply)) {
                continue;
            }
            let waker = &self.slots[place as usize].waker;
            if woken.is_none_or(|last| !self.slots[last as usize].waker.will_wake(waker)) {
                waker.wake_by_ref();
            }
            woken = Some(place);
        }
        true
    }

    /// Nobody will be answered any more.
    pub(super) fn lose(&mut self) {
        while let Some(place) = self.line.pop_front() {
            if self.settle(place, State::Lost) {
                self.slots[place as usize].waker.wake_by_ref();
            }
        }
    }

    /// What became of a place; whether somebody wants to know.
    #[inline]
    fn settle(&mut self, place: Place, state: State<R>) -> bool {
        let slot = &mut self.slots[place as usize];
        if matches!(slot.state, State::Left) {
            self.release(place);
            return false;
        }
        slot.state = state;
        true
    }

    /// Fetches the reply of a place, which is free then; nothing if the reply is lost.
    #[inline(always)] // a reply is moved once for every function that hands it on
    pub(super) fn poll(&mut self, place: Place, cx: &Context<'_>) -> Poll<Option<R>> {
        let slot = &mut self.slots[place as usize];
        if matches!(slot.state, State::Waiting) {
            slot.waker.clone_from(cx.waker());
            return Poll::Pending;
        }
        let state = mem::replace(&mut slot.state, State::Free);
        self.free.push(place);
        match state {
            State::Ready(reply) => Poll::Ready(Some(reply)),
            _ => Poll::Ready(None),
        }
    }

    /// Whoever waits at a place that it has not fetched from leaves.
    pub(super) fn leave(&mut self, place: Place) {
        let slot = &mut self.slots[place as usize];
        if matches!(slot.state, State::Waiting) {
            slot.state = State::Left;
        } else {
            self.release(place);
        }
    }

    #[inline]
    fn release(&mut self, place: Place) {
        self.slots[place as usize].state = State::Free;
        self.free.push(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fetched(slots: &mut Slots<u32>, place: Place) -> Option<Option<u32>> {
        match slots.poll(place, &Context::from_waker(Waker::noop())) {
            Poll::Ready(reply) => Some(reply),
            Poll::Pending => None,
        }
    }

    #[test]
    fn replies_go_to_whoever_has_waited_longest_though_others_left() {
        let mut slots = Slots::default();
        let places: Vec<Place> = (0..4).map(|_| slots.enter()).collect();
        slots.leave(places[1]);
        assert!(slots.answer(10..13));
        assert_eq!(fetched(&mut slots, places[2]), Some(Some(12)));
        assert_eq!(fetched(&mut slots, places[0]), Some(Some(10)));
        assert_eq!(fetched(&mut slots, places[3]), None, "not answered yet");
        slots.lose();
        assert_eq!(fetched(&mut slots, places[3]), Some(None));
        assert!(!slots.answer([14].into_iter()), "nobody waits");
    }

    proptest! {
        /// Against a queue of who waits: every reply is fetched by the one it is for, and no place is ever leaked.
        #[test]
        fn any_order_of_answers_and_departures_is_kept_apart(acts in prop::collection::vec(0..4_u8, 0..200)) {
            let (mut slots, mut next, mut replies) = (Slots::default(), 0_u32, 0_u32);
            let mut there: Vec<(Place, u32)> = Vec::new(); // who has not fetched or left, with the reply to come
            let mut waiting = 0;
            for act in acts {
                match act {
                    0 => {
                        there.push((slots.enter(), next));
                        (next, waiting) = (next + 1, waiting + 1);
                    }
                    1 => {
                        prop_assert_eq!(slots.answer([replies].into_iter()), waiting > 0);
                        if waiting > 0 {
                            (replies, waiting) = (replies + 1, waiting - 1);
                        }
                    }
                    2 if !there.is_empty() => {
                        let (place, _) = there.remove(there.len() / 2);
                        slots.leave(place);
                    }
                    3 if !there.is_empty() => {
                        let (place, reply) = there[there.len() - 1];
                        let expected = (reply < replies).then_some(Some(reply));
                        prop_assert_eq!(fetched(&mut slots, place), expected);
                        if expected.is_some() {
                            there.pop();
                        }
                    }
                    _ => {}
                }
            }
            there.into_iter().for_each(|(place, _)| slots.leave(place));
            slots.lose();
            prop_assert_eq!(slots.free.len(), slots.slots.len());
        }
    }
}
