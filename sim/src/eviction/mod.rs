//! What goes when a cache is full: one policy a file.
//!
//! To add one: write its file and add a line to [`policy`].

mod lru;
mod random;

use std::fmt::Debug;

use crate::plan::Eviction;

pub use lru::Lru;
pub use random::Random;

/// Knows the slots of a cache and which of them should go. Slots are small dense numbers that the cache gives out.
pub trait Policy: Debug + Send {
    /// A slot was filled that was empty.
    fn inserted(&mut self, slot: u32);
    /// A filled slot was read or overwritten.
    fn touched(&mut self, slot: u32);
    /// A filled slot was emptied.
    fn removed(&mut self, slot: u32);
    /// The slot that should go next; it stays until it is removed.
    fn victim(&self) -> Option<u32>;
}

/// The policy of that name.
#[must_use]
pub fn policy(eviction: Eviction) -> Box<dyn Policy> {
    match eviction {
        Eviction::Lru => Box::new(Lru::default()),
        Eviction::Random => Box::new(Random::default()),
    }
}
