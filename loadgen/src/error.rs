//! What can go wrong with a run as a whole. No text here ever holds a password.

use std::path::PathBuf;

use redis::{ErrorKind, RedisError};

use crate::service::Service;

/// Why there is no run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The address makes no sense.
    #[error("{address} is not an address of a cache; write {}", known_urls())]
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
    /// No server to start.
    #[error(
        "{service} is not installed; install it (Debian, Ubuntu: apt-get install {package}; macOS: brew install {}) or use a server of yours with --on {service}://host:port",
        package.trim_end_matches("-server")
    )]
    NoServer {
        /// The kind of server.
        service: &'static str,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// Our own server did not come up.
    #[error("the private {program} in {} did not start: {reason}", directory.display())]
    Start {
        /// Its program.
        program: &'static str,
        /// Its directory.
        directory: PathBuf,
        /// The end of its log, or what the attempt said.
        reason: String,
    },
    /// The server cannot do what the scenario asks of it.
    #[error("{address} cannot run this lane: {reason}")]
    Unsuited {
        /// The address, without its password.
        address: String,
        /// What does not fit, and what would.
        reason: String,
    },
    /// The scenario would stop, kill or slow a server that is not ours.
    #[error(
        "the event {event} is about a cache that herdlab did not start, and herdlab never touches such a server; run the scenario on a private one (--on redis) or on the model (--on model)"
    )]
    NotOurs {
        /// The event.
        event: &'static str,
    },
    /// Slowing a real cache needs something between it and us, which herdlab does not have yet.
    #[error(
        "the event slow-cache is for the model only so far; run the scenario on it (--on model), or stop or kill the cache instead"
    )]
    Slow,
    /// The scenario has stopped or killed the cache, and something else was to be done with it.
    #[error("the cache does not answer")]
    Down,
    /// The operating system gave us no timer, thread or directory.
    #[error("cannot set up the load generator: {0}")]
    System(#[from] std::io::Error),
    /// A thread of ours panicked: a bug of herdlab.
    #[error("a core of the load generator panicked; this is a bug in herdlab, please report it")]
    Crashed,
}

impl RunError {
    /// Not an address of anything we know.
    pub(crate) const fn address(address: String) -> Self {
        Self::Address { address }
    }

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

fn known_urls() -> String {
    let all: Vec<&str> = Service::ALL.iter().flat_map(|service| service.urls()).copied().collect();
    all.join(", ")
}
