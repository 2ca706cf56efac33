//! The other side: an HTTP origin of our own, as slow and as small as a scenario says, to be put behind somebody's cache.
//!
//! It serves whatever it is asked for. Each call goes through the same state machine and the same ledger as the
//! simulator's, so that herds, duplicates and waste are measured, not guessed, whatever stands in front.

mod answer;
mod caching;
mod connection;
mod events;
mod figures;
mod names;
mod page;
mod server;
mod shared;

pub use caching::Caching;
pub use figures::{Answers, SiteFigures};
pub use server::{OriginServer, Site};
