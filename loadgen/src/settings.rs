//! How the generator itself is set. Everything here is in the record of a run: it explains its figures.

use std::thread::available_parallelism;

use herdlab_sim::time::Nanos;
use serde::Serialize;

/// The generator's settings; spans are in nanoseconds in a record.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Settings {
    /// Threads, each with its own runtime and connections. Process p of a scenario lives on core p mod `cores`.
    pub cores: usize,
    /// Connections a core. A few shared ones cost the least CPU a request (measured: 8 in all 1.55 us, one 1.6 to 2.2,
    /// 256 8.7), and with several a large reply does not hold up everybody.
    pub connections: u32,
    /// Whether small writes are sent at once (TCP_NODELAY). Off, Nagle's delay would pass for the server's.
    pub nodelay: bool,
    /// Commands a connection takes before callers wait; the redis crate's 50 would hide a queue.
    pub pipeline_buffer: usize,
    /// The longest wait for a connection.
    pub connect_timeout: Nanos,
    /// The longest wait for an operation's answer if the scenario has no `cache.timeout`.
    pub operation_timeout: Nanos,
    /// Wait before the first attempt to make a lost connection anew; doubled after each.
    pub retry_least: Nanos,
    /// The longest wait between two attempts.
    pub retry_most: Nanos,
    /// A core's timer fires at most this often, and then releases everything that is due.
    pub tick: Nanos,
    /// How long after the last request is due the run waits for answers; what is left then has failed as stuck.
    pub drain: Nanos,
    /// The generator is overloaded if its p99 lateness exceeds this and a tenth of the p99 latency.
    pub lateness_limit: Nanos,
    /// Whether a server on another machine may be loaded.
    pub allow_remote: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cores: available_parallelism().map_or(1, usize::from),
            connections: 4,
            nodelay: true,
            pipeline_buffer: 4_096,
            connect_timeout: Nanos::from_secs(2),
            operation_timeout: Nanos::from_secs(60),
            retry_least: Nanos::from_millis(20),
            retry_most: Nanos::from_millis(500),
            tick: Nanos::from_micros(50),
            drain: Nanos::from_secs(60),
            lateness_limit: Nanos::from_millis(5),
            allow_remote: false,
        }
    }
}
