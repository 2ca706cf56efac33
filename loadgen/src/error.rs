//! What can go wrong with a run as a whole. No text here ever holds a password.

use std::path::PathBuf;

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
    /// What TLS needs cannot be used.
    #[error("cannot use TLS: {reason}")]
    Credentials {
        /// The file or name, and what is wrong with it.
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
    /// A real run's strategies keep the parameters they began with.
    #[error(
        "an event cannot set a strategy's parameter in real time; run the scenario on the model (--on model), or begin with it (--set)"
    )]
    Fixed,
    /// No real process or server has a handle for it.
    #[error("the event {event} is for the model only; run the scenario on it (--on model)")]
    ModelOnly {
        /// The event.
        event: &'static str,
    },
    /// A site's cache is its own, and so is an origin that herdlab did not start.
    #[error(
        "the event {event} is out of reach over HTTP; only an origin that herdlab starts (--origin HOST:PORT) can be slowed, stopped, made to fail or resized"
    )]
    OutOfReach {
        /// The event.
        event: &'static str,
    },
    /// What is done by hand to the way to a cache goes through a proxy, which is only there if the scenario says so.
    #[error(
        "the event {event} needs the proxy that a run with such an event begins with; put one into the scenario, at its end if need be"
    )]
    NoProxy {
        /// The event.
        event: &'static str,
    },
    /// An address of ours is taken, or not ours to listen on.
    #[error("cannot listen on {address}: {reason}; choose another with --listen")]
    Listen {
        /// The address.
        address: String,
        /// What the attempt said.
        reason: String,
    },
    /// What is to be asked over HTTP makes no sense.
    #[error("{what} {text:?} {reason}")]
    Template {
        /// The URL, a header, a rule.
        what: &'static str,
        /// Its text, without what is secret in it.
        text: String,
        /// What is wrong, as the end of a sentence about it.
        reason: String,
    },
    /// So many requests on another machine have to be meant.
    #[error(
        "{address} is not on this machine and would get {load}; say that it may be loaded so (--yes), or ask for less than {limit}/s"
    )]
    Heavy {
        /// The address, without its password.
        address: String,
        /// What it would get.
        load: String,
        /// What needs no consent, in requests a second.
        limit: f64,
    },
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
}

fn known_urls() -> String {
    let all: Vec<&str> = Service::ALL.iter().flat_map(|service| service.urls()).copied().collect();
    all.join(", ")
}
