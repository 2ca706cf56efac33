//! Real time against real servers, all of them private. One binary, so that it is linked once.
//!
//! Who measures times to a few milliseconds needs the machine for itself: see [`common::alone`].
#![expect(clippy::disallowed_methods, reason = "other processes live in real time")]

mod bench;
mod client;
mod clocks;
mod common;
mod conformance;
mod faults;
mod features;
mod herds;
mod hostile;
mod http;
mod kills;
mod memcached;
mod moka;
mod monitor;
mod omission;
mod playback;
mod pressure;
mod proxy;
mod remote;
mod run;
mod seam;
mod server;
mod site;
mod tee;
mod tls;
