//! What can go wrong with a run as a whole. No text here ever holds a password.

use std::path::PathBuf;

use redis::{ErrorKind, RedisError};

/// Why there is no run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The address makes no sense.
    #[error(
        "{address} is not an address of a Redis server; write redis://host:port/db or redis+unix:///path/to/socket?db=0"
    )]
    Address {
        /// What was given, without its password.
        address: String,
    },
    /// The server is not on this machine, and nobody said that this is meant.
    #[error(
        "{address} is not on this machine; a load test can hurt a shared server, so say that you mean it (--allow-remote)"
    )]
    Remote {
        /// The address, without its password.
        address: String,
    },
    /// Nobody answers there.
    #[error("cannot connect to {address}: {reason}; is the server running?")]
    Unreachable {
        /// The address, without its password.
        address: String,
        /// What the attempt said.
        reason: String,
    },
    /// The server answered with an error.
    #[error("{address} refused: {reason}")]
    Backend {
        /// The address, without its password.
        address: String,
        /// What it said.
        reason: String,
    },
    /// No redis-server to start.
    #[error(
        "redis-server is not installed; install it (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis) or use a server of yours with --on redis://host:port"
    )]
    NoServer,
    /// Our own server did not come up.
    #[error("the private redis-server in {} did not start: {reason}", directory.display())]
    Start {
        /// Its directory.
        directory: PathBuf,
        /// The end of its log, or what the attempt said.
        reason: String,
    },
    /// The lane's cache lies in the processes of an application, which a load generator is not.
    #[error(
        "a locmem cache lies in an application's own processes and cannot be reached from here; run this lane on the model (--on model)"
    )]
    InProcess,
    /// The lane's strategy uses commands that this server does not have.
    #[error(
        "this strategy uses memcached's meta commands, which Redis does not have; run this lane on the model (--on model)"
    )]
    NoMeta,
    /// The operating system gave us no timer, thread or directory.
    #[error("cannot set up the load generator: {0}")]
    System(#[from] std::io::Error),
    /// A thread of ours panicked: a bug of herdlab.
    #[error("a core of the load generator panicked; this is a bug in herdlab, please report it")]
    Crashed,
}

impl RunError {
    /// An error on the way to a server.
    pub(crate) fn connecting(address: &str, error: &RedisError) -> Self {
        let address = address.to_owned();
        let reason = error.to_string();
        if matches!(error.kind(), ErrorKind::Io) {
            Self::Unreachable { address, reason }
        } else {
            Self::Backend { address, reason }
        }
    }

    /// An error from a server.
    pub(crate) fn backend(address: &str, error: &RedisError) -> Self {
        Self::Backend { address: address.to_owned(), reason: error.to_string() }
    }
}
