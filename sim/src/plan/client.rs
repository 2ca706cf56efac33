//! How an application speaks to a real cache. In virtual time there are no connections, and nothing here matters.

use serde::Serialize;

use super::RECONNECT;
use crate::time::Nanos;

/// The cache's client; spans are in nanoseconds in a record.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Client {
    /// Whose code it is.
    pub engine: Engine,
    /// Connections in all, spread over the generator's cores, at least one each. A few shared ones cost the least CPU a
    /// request, and with several a large reply does not hold up everybody.
    pub connections: u32,
    /// Who uses a connection at a time.
    pub sharing: Sharing,
    /// The longest wait for a free connection of a pool.
    pub pool_wait: Nanos,
    /// Whether small writes are sent at once (TCP_NODELAY). Off, Nagle's delay would pass for the server's.
    pub nodelay: bool,
    /// The longest wait for a connection to be made.
    pub connect_timeout: Nanos,
    /// Wait before the first attempt to make a lost connection anew; doubled after each.
    pub retry_first: Nanos,
    /// The longest wait between two attempts.
    pub retry_longest: Nanos,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            engine: Engine::Own,
            connections: 8,
            sharing: Sharing::Shared,
            pool_wait: Nanos::SECOND,
            nodelay: true,
            connect_timeout: Nanos::from_secs(2),
            retry_first: RECONNECT,
            retry_longest: Nanos::from_millis(500),
        }
    }
}

impl Client {
    /// How many connections each of so many cores has.
    #[must_use]
    pub fn connections_a_core(&self, cores: usize) -> usize {
        (self.connections as usize).div_ceil(cores.max(1)).max(1)
    }
}

/// Whose code a Redis client is. They ask the same and get the same, at another cost.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// herdlab's, which costs the least.
    Own,
    /// The `redis` crate's multiplexed connection.
    RedisRs,
}

/// Who uses a connection at a time.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// Everybody: commands of many requests are on their way at once.
    Shared,
    /// One operation; others wait in line for a free connection.
    Pool,
}
