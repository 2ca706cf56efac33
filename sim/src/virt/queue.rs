//! Events in order: by time, at equal times by kind, within a kind by sequence.
//!
//! An event is one `u128`, most significant first: 58 bits of time (9.1 years in nanoseconds), 2 of class, 39 of
//! sequence, 4 of target kind, 25 of target. A binary heap holds those of any span; the two spans that are always the
//! same (no time at all, and a constant cache latency) have a FIFO each, where pushing and popping cost nothing.
//! Clients' deadlines are not here: see `patience`.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::time::Nanos;

const TIME_SHIFT: u32 = 70;
const CLASS_SHIFT: u32 = 68;
const SEQUENCE_SHIFT: u32 = 29;
const KIND_SHIFT: u32 = 25;

/// The largest number of a target.
pub(super) const TARGET_LIMIT: u32 = 1 << KIND_SHIFT;
/// The last instant there is; later ones are cut to it.
const LAST: u64 = (1 << 58) - 1;

/// What comes first at equal times.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub(super) enum Class {
    /// Results: cache operations, origin calls, leads, the scenario's events.
    Result,
    /// A client gives up.
    Deadline,
    /// A sleep is over.
    Sleep,
    /// A request is due.
    Arrival,
}

/// What an event is for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Target {
    /// Poll the request in that slot.
    Request(u32),
    /// Poll the work in that slot.
    Behind(u32),
    /// Begin the job of that number.
    Begin(u32),
    /// A call of the origin's is up.
    Origin(u32),
    /// A write whose sender is gone takes effect.
    Write(u32),
    /// The client of the request in that slot gives up.
    Deadline(u32),
    /// The scenario's event of that number happens.
    Script(u32),
    /// That user asks.
    User(u32),
    /// A client asks again, by the number of its retry.
    Retry(u32),
    /// The next update of the origin invalidates.
    Update(u32),
    /// The lane is held for a look.
    Look(u32),
    /// The strategy's job runs.
    Job(u32),
}

impl Target {
    const fn bits(self) -> u128 {
        let (kind, which) = match self {
            Self::Request(n) => (0, n),
            Self::Behind(n) => (1, n),
            Self::Begin(n) => (2, n),
            Self::Origin(n) => (3, n),
            Self::Write(n) => (4, n),
            Self::Deadline(n) => (5, n),
            Self::Script(n) => (6, n),
            Self::User(n) => (7, n),
            Self::Retry(n) => (8, n),
            Self::Update(n) => (9, n),
            Self::Look(n) => (10, n),
            Self::Job(n) => (11, n),
        };
        (kind as u128) << KIND_SHIFT | which as u128
    }
}

/// One event.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Event(u128);

impl Event {
    /// No event: earlier than all.
    pub(super) const ZERO: Self = Self(0);
    /// Later than all.
    pub(super) const NEVER: Self = Self(u128::MAX);

    /// An event at its place in line.
    #[inline]
    pub(super) fn new(at: Nanos, class: Class, sequence: u64, target: Target) -> Self {
        Self(
            (at.as_nanos().min(LAST) as u128) << TIME_SHIFT
                | (class as u128) << CLASS_SHIFT
                | (sequence as u128) << SEQUENCE_SHIFT
                | target.bits(),
        )
    }

    /// The instant of an arrival: later than every result, deadline and sleep due then.
    #[inline]
    pub(super) fn arrival(at: Nanos) -> Self {
        Self::new(at, Class::Arrival, 0, Target::Request(0))
    }

    /// When.
    pub(super) const fn at(self) -> Nanos {
        Nanos::from_nanos((self.0 >> TIME_SHIFT) as u64)
    }

    /// Whether it only holds the lane.
    #[inline]
    pub(super) const fn is_look(self) -> bool {
        (self.0 >> KIND_SHIFT) & 15 == 10
    }

    /// Its number: later events have higher ones.
    pub(super) const fn sequence(self) -> u64 {
        (self.0 >> SEQUENCE_SHIFT) as u64 & ((1 << (CLASS_SHIFT - SEQUENCE_SHIFT)) - 1)
    }

    /// For whom.
    pub(super) const fn target(self) -> Target {
        let which = self.0 as u32 & (TARGET_LIMIT - 1);
        match (self.0 >> KIND_SHIFT) & 15 {
            0 => Target::Request(which),
            1 => Target::Behind(which),
            2 => Target::Begin(which),
            3 => Target::Origin(which),
            4 => Target::Write(which),
            5 => Target::Deadline(which),
            6 => Target::Script(which),
            7 => Target::User(which),
            8 => Target::Retry(which),
            9 => Target::Update(which),
            10 => Target::Look(which),
            _ => Target::Job(which),
        }
    }

    /// The same instant, kind and place in line for another target.
    pub(super) const fn retarget(self, target: Target) -> Self {
        Self(self.0 >> SEQUENCE_SHIFT << SEQUENCE_SHIFT | target.bits())
    }
}

/// The events to come.
#[derive(Debug)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Event>>,
    /// Events of this very instant.
    at_once: VecDeque<Event>,
    /// Cache operations of constant latency.
    trips: VecDeque<Event>,
    /// The first of the heap, of `at_once` and of `trips`; [`Event::NEVER`] where there is none.
    heads: [Event; 3],
    /// The first of these.
    first: Event,
    sequence: u64,
}

const HEAP: usize = 0;
const AT_ONCE: usize = 1;
const TRIPS: usize = 2;

impl Queue {
    pub(super) fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            at_once: VecDeque::new(),
            trips: VecDeque::new(),
            heads: [Event::NEVER; 3],
            first: Event::NEVER,
            sequence: 1,
        }
    }

    /// Whether no event is left.
    pub(super) fn is_empty(&self) -> bool {
        self.first == Event::NEVER
    }

    /// A number that no other event gets.
    pub(super) const fn set_aside(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence - 1
    }

    /// The number of the next event.
    pub(super) const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// An event's place in line, `span` after `now`.
    #[inline]
    pub(super) fn reserve(
        &mut self,
        now: Nanos,
        span: Nanos,
        class: Class,
        target: Target,
    ) -> Event {
        let event = Event::new(now + span, class, self.sequence, target);
        self.sequence += 1;
        event
    }

    /// An event `span` after `now`.
    #[inline]
    pub(super) fn push(&mut self, now: Nanos, span: Nanos, class: Class, target: Target) -> Event {
        let event = self.reserve(now, span, class, target);
        self.insert(event);
        event
    }

    /// A result of this very instant.
    #[inline]
    pub(super) fn push_at_once(&mut self, now: Nanos, target: Target) {
        let event = self.reserve(now, Nanos::ZERO, Class::Result, target);
        self.at_once.push_back(event);
        self.head(AT_ONCE, event);
    }

    /// A result after the constant latency of the cache. Always called with the same `span`.
    #[inline]
    pub(super) fn push_trip(&mut self, now: Nanos, span: Nanos, target: Target) -> Event {
        let event = self.reserve(now, span, Class::Result, target);
        self.trips.push_back(event);
        self.head(TRIPS, event);
        event
    }

    /// An event was put behind this head.
    #[inline]
    fn head(&mut self, line: usize, event: Event) {
        self.heads[line] = event.min(self.heads[line]);
        self.first = event.min(self.first);
    }

    /// An event that has its place already.
    pub(super) fn insert(&mut self, event: Event) {
        self.heap.push(Reverse(event));
        self.head(HEAP, event);
    }

    /// The first event before `limit`.
    #[inline(always)]
    pub(super) fn pop_before(&mut self, limit: Event) -> Option<Event> {
        if self.first < limit { Some(self.pop()) } else { None }
    }

    /// The first event; there is one.
    fn pop(&mut self) -> Event {
        let event = self.first;
        if event == self.heads[TRIPS] {
            self.trips.pop_front();
            self.heads[TRIPS] = self.trips.front().copied().unwrap_or(Event::NEVER);
        } else if event == self.heads[AT_ONCE] {
            self.at_once.pop_front();
            self.heads[AT_ONCE] = self.at_once.front().copied().unwrap_or(Event::NEVER);
        } else {
            self.heap.pop();
            self.heads[HEAP] = self.heap.peek().map_or(Event::NEVER, |Reverse(event)| *event);
        }
        let [heap, at_once, trips] = self.heads;
        self.first = heap.min(at_once).min(trips);
        event
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rest(queue: &mut Queue) -> Vec<Event> {
        std::iter::from_fn(|| queue.pop_before(Event::NEVER)).collect()
    }

    #[test]
    fn at_equal_times_results_come_first_then_deadlines_then_sleeps_then_arrivals() {
        let mut queue = Queue::new();
        for (class, n) in [
            (Class::Arrival, 0),
            (Class::Sleep, 1),
            (Class::Deadline, 2),
            (Class::Result, 3),
            (Class::Result, 4),
        ] {
            queue.push(Nanos::ZERO, Nanos::SECOND, class, Target::Request(n));
        }
        let order: Vec<Target> = rest(&mut queue).into_iter().map(Event::target).collect();
        assert_eq!(order, [3, 4, 2, 1, 0].map(Target::Request));
    }

    #[test]
    fn targets_survive_packing() {
        let last = TARGET_LIMIT - 1;
        for target in [
            Target::Request(last),
            Target::Behind(1),
            Target::Begin(2),
            Target::Origin(3),
            Target::Write(4),
            Target::Deadline(5),
            Target::Script(6),
            Target::Update(7),
            Target::Look(8),
            Target::User(last),
        ] {
            let event = Event::new(Nanos::FOREVER, Class::Arrival, 77, target);
            assert_eq!((event.target(), event.sequence()), (target, 77));
            assert_eq!(event.retarget(Target::Write(9)).target(), Target::Write(9));
        }
    }

    proptest! {
        #[test]
        fn lanes_and_heap_give_one_order(steps in prop::collection::vec((0..4_u64, 0..4_u8), 1..300)) {
            let ns = Nanos::from_nanos;
            let (mut queue, mut now, mut naive) = (Queue::new(), ns(0), Vec::new());
            for (ahead, how) in steps {
                let target = Target::Request(0);
                naive.push(match how {
                    0 => {
                        let event = Event::new(now, Class::Result, queue.sequence(), target);
                        queue.push_at_once(now, target);
                        event
                    }
                    1 => queue.push_trip(now, ns(2), target),
                    2 => queue.push(now, ns(2), Class::Sleep, target),
                    _ => queue.push(now, ns(ahead), Class::Deadline, target),
                });
                now += ns(ahead);
                naive.sort_unstable();
                let limit = Event::new(now, Class::Arrival, queue.sequence(), target);
                let (due, later) = naive.iter().partition::<Vec<_>, _>(|event: &&Event| **event < limit);
                let popped: Vec<Event> = std::iter::from_fn(|| queue.pop_before(limit)).collect();
                prop_assert_eq!(popped, due);
                naive = later;
            }
            prop_assert_eq!(rest(&mut queue), naive);
        }
    }
}
