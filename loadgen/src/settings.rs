//! How the generator itself is set. Everything here is in the record of a run: it explains its figures.

use std::thread::available_parallelism;

use herdlab_sim::plan::Client;
use herdlab_sim::time::Nanos;
use serde::Serialize;

use crate::backend::tls::Tls;

/// The generator's settings; spans are in nanoseconds in a record.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Settings {
    /// Threads, each with its own runtime and connections. Process p of a scenario lives on core p mod `cores`.
    pub cores: usize,
    /// How a cache is spoken to; of a run, as its plan says.
    pub client: Client,
    /// The longest wait for an operation's answer if the scenario has no `cache.timeout`.
    pub operation_timeout: Nanos,
    /// A core's timer fires at most this often, and then releases everything that is due: a request is sent up to so
    /// much late, and those that are due within it together.
    pub tick: Nanos,
    /// How long after the last request is due the run waits for answers; what is left then has failed as stuck.
    pub drain: Nanos,
    /// The generator is overloaded if its p99 lateness exceeds this and a tenth of the p99 latency by more than a tick.
    pub lateness_limit: Nanos,
    /// What TLS needs to know, where an address asks for it.
    pub tls: Tls,
    /// Whether a server on another machine may be loaded.
    pub allow_remote: bool,
    /// Whether a scenario's flush may empty the whole database of a server that we did not start; else it takes our
    /// keys only, one after another.
    pub allow_flush: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cores: available_parallelism().map_or(1, usize::from),
            client: Client::default(),
            operation_timeout: Nanos::from_secs(60),
            tick: Nanos::from_micros(50),
            drain: Nanos::from_secs(60),
            lateness_limit: Nanos::from_millis(5),
            tls: Tls::default(),
            allow_remote: false,
            allow_flush: false,
        }
    }
}
