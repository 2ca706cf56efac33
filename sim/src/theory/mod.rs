//! Closed forms: what probability theory says of one hot key, of a cache and of a queue.
//!
//! They are here to be disagreed with: the golden tests hold the simulator against them, and `verify` and the docs quote
//! them. Everything is in seconds and per second, as `f64`. Every formula is for Poisson arrivals, round trips that cost
//! nothing, an origin that is never full and a value that is visible when its compute completes, unless it says
//! otherwise. A *herd* is the computes from the first until none is in flight.
//!
//! Arguments are taken as they are: rates and spans are to be finite, positive where a formula divides by them. Outside
//! that the answer is not a number or infinite, never a panic.

pub mod article;
pub mod flight;
pub mod hedge;
pub mod jitter;
pub mod lock;
pub mod lru;
pub mod queue;
pub mod race;
pub mod reported;
pub mod special;
pub mod swr;
pub mod ttl;
pub mod xfetch;
