//! `w-tinylfu`: newcomers pass a small window, and stay only if they were asked for more often than whom they replace.
//!
//! Einziger, Friedman and Manes, TinyLFU: a highly efficient cache admission policy, ACM TOS 13(4), 2017. Window 1 %,
//! main part a segmented LRU of 1:4, as libCacheSim has them: what is counted are hits in the main part and arrivals,
//! all counts are halved every 32 times as many hits as entries fit, and contests go on until a newcomer loses one.

use super::list::List;
use super::segments::Segments;
use super::sketch::Sketch;
use super::weight::Weights;
use super::{Filling, Policy, Space, grow};
use crate::time::Nanos;

/// Hits in the main part between two halvings, an entry.
const SAMPLE: u64 = 32;

/// TinyLFU with a window.
#[derive(Clone, Debug)]
pub struct WTinyLfu<W> {
    /// Whether a slot is in the window.
    in_window: Vec<u8>,
    window: List,
    main: Segments,
    most_main: u64,
    sketch: Sketch,
    /// Hits until all counts are halved.
    hits_left: u64,
    entries: u64,
    weights: W,
    surplus: Vec<u32>,
}

impl<W: Weights> WTinyLfu<W> {
    pub(super) fn new(space: &Space) -> Self {
        let window = space.share(0.01).max(1).min(space.capacity);
        let most_main = space.capacity - window;
        let segments = [(0.2 * most_main as f64) as u64, (0.8 * most_main as f64) as u64];
        let entries = (space.entries - space.entries / 100).max(1);
        Self {
            in_window: Vec::new(),
            window: List::default(),
            main: Segments::new(segments),
            most_main,
            sketch: Sketch::new(entries),
            hits_left: SAMPLE * entries,
            entries,
            weights: W::default(),
            surplus: Vec::new(),
        }
    }

    fn leave_window(&mut self, slot: u32) {
        self.in_window[slot as usize] = 0;
        self.window.remove(&mut self.main.links, slot, self.weights.of(slot));
    }

    /// The oldest of the window against the main part's next victim: whoever goes, if anyone.
    fn contest(&mut self, candidate: u32) -> Option<u32> {
        let fits = self.main.weight() + self.weights.of(candidate) <= self.most_main;
        let rival = if fits { None } else { self.main.victim() };
        let wins = match rival {
            Some(rival) => self.sketch.count(candidate) > self.sketch.count(rival),
            None => fits,
        };
        self.leave_window(candidate);
        self.sketch.add(candidate);
        if !wins {
            return Some(candidate);
        }
        if let Some(rival) = rival {
            self.main.remove(rival, &self.weights);
            self.surplus.push(rival);
        }
        self.main.insert(candidate, &self.weights);
        None
    }
}

impl<W: Weights> Policy for WTinyLfu<W> {
    fn reserve(&mut self, slots: usize) {
        grow(&mut self.in_window, slots);
        self.main.reserve(slots);
        self.weights.reserve(slots);
    }

    #[inline(always)]
    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        if self.in_window[slot as usize] != 0 {
            self.window.renew(&mut self.main.links, slot);
            return true;
        }
        if !self.main.has(slot) {
            return false;
        }
        self.main.lift(slot, &self.weights, &mut self.surplus);
        self.sketch.add(slot);
        self.hits_left -= 1;
        if self.hits_left == 0 {
            self.sketch.halve();
            self.hits_left = SAMPLE * self.entries;
        }
        true
    }

    fn evict(&mut self, _: u32, _: Nanos) -> Option<u32> {
        while let Some(candidate) = self.window.first() {
            if let Some(loser) = self.contest(candidate) {
                return Some(loser);
            }
        }
        self.surplus.pop().or_else(|| {
            let victim = self.main.victim()?;
            self.main.remove(victim, &self.weights);
            Some(victim)
        })
    }

    fn insert(&mut self, slot: u32, entry: Filling) {
        self.weights.note(slot, entry.weight);
        self.in_window[slot as usize] = 1;
        self.window.push(&mut self.main.links, slot, self.weights.of(slot));
        self.sketch.add(slot);
    }

    fn remove(&mut self, slot: u32) {
        if self.in_window[slot as usize] != 0 {
            self.leave_window(slot);
        } else {
            self.main.remove(slot, &self.weights);
        }
    }

    #[inline(always)]
    fn surplus(&mut self) -> Option<u32> {
        self.surplus.pop()
    }
}
