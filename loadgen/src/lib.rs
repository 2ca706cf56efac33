//! Real time: the strategies of [`herdlab_sim`], unchanged, against a real cache.
//!
//! One thread a core, each with a runtime of its own, so that strategies never need `Send`. Requests are sent on a
//! schedule that waits for no answer, and their latency runs from the *intended* start: a stall of the server or of
//! this generator cannot hide. The origin is simulated, one object for the whole run.
//!
//! Start at [`run`], or at [`mod@bench`] for the caches themselves; [`Target`] says where, [`Settings`] how. What is safe to point it at: only keys under a prefix of
//! the run's own are ever written, and they are deleted at its end.
#![expect(clippy::disallowed_methods, reason = "real time is what this crate is about")]

mod backend;
mod background;
pub mod bench;
mod books;
mod call;
mod clock;
mod conduct;
mod contain;
mod course;
mod crew;
mod engine;
mod error;
mod faults;
mod figures;
mod health;
pub mod http;
mod latencies;
mod load;
mod look;
mod lookout;
mod origin;
mod proxy;
mod request;
mod run;
mod server;
mod service;
mod settings;
pub mod site;
mod target;
mod timer;
mod updates;
mod world;

pub use backend::tls::Tls;
pub use clock::cpu_time;
pub use error::RunError;
pub use figures::{Figures, PoolFigures};
pub use run::{RealRun, run, run_strategy};
pub use server::PrivateServer;
pub use service::Service;
pub use settings::Settings;
pub use target::Target;
