//! The client side of HTTP: somebody's site under load, and what its cache does with it.
//!
//! Requests are made from a template and sent on the schedule of every other run. What an answer says of itself tells
//! whether it was a hit ([`Verdict`]); what does not say is unknown. A server may be broken or hostile: whatever it sends
//! is read with bounds, and each way of going wrong is a failure of its own kind ([`Trouble`]).

mod address;
mod ask;
mod body;
mod cache_status;
mod caller;
mod client;
mod conduct;
mod content;
mod core;
mod crew;
mod dialer;
mod exchange;
mod figures;
mod join;
mod place;
mod rule;
mod run;
mod template;
mod trouble;
mod utf8;
mod variables;
mod verdict;

pub use ask::{Ask, Asking};
pub(crate) use caller::Caller;
pub use figures::{HttpFigures, Leak, Spans};
pub use join::Behind;
pub use place::Place;
pub use rule::Rule;
pub use run::{HttpRun, Job, Manners, run};
pub use trouble::Trouble;
pub use verdict::{Told, Verdict};
