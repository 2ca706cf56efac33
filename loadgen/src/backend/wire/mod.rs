//! Connections that carry many commands at a time: what Redis and Memcached have in common.
//!
//! Both answer the commands of a connection in their order, so a reply belongs to whoever has waited longest. A
//! [`Wire`](wire::Wire) is one connection with what is on its way over it, a [`Link`] one that comes back.
//!
//! Why not a client library: the one there is for Redis costs 4 to 12 times the CPU of redis-benchmark once commands are
//! pipelined (a task, a channel and three allocations a command), and a generator that is busy with itself measures
//! itself. For Memcached there is none that pipelines.

mod buffer;
mod link;
mod slots;
#[expect(clippy::module_inception, reason = "a wire is what the module is about")]
mod wire;

use std::rc::Rc;

use tokio::io::{AsyncRead, AsyncWrite};

use super::links::Links;
use crate::background::Background;
use crate::settings::Settings;
use crate::timer::Timer;

pub(super) use link::Link;
pub(super) use wire::Ticket;

/// How a kind of server is spoken to.
pub(super) trait Protocol: 'static {
    /// A connection's bytes.
    type Stream: AsyncRead + AsyncWrite + Unpin + 'static;
    /// What a command is answered with.
    type Reply: 'static;
    /// Why there is no connection.
    type Refusal;

    /// A command that every server answers with one reply and that changes nothing.
    const PING: &'static [u8];

    /// Connects, and says what has to be said first.
    ///
    /// # Errors
    /// Those of the system, and what the server refused.
    async fn open(&self) -> Result<Self::Stream, Self::Refusal>;

    /// That it took too long.
    fn late(&self) -> Self::Refusal;

    /// The first reply of these bytes and its length; nothing while it is incomplete.
    ///
    /// # Errors
    /// [`Malformed`] if it can never become one.
    fn parse(&self, bytes: &[u8]) -> Result<Option<(Self::Reply, usize)>, Malformed>;
}

/// These bytes are no answer of such a server.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct Malformed;

/// Makes so many connections to one server.
///
/// # Errors
/// What the first that does not come about says.
pub(super) async fn connect<P: Protocol>(
    protocol: P,
    count: usize,
    settings: &Settings,
    timer: &Timer,
    background: &Background,
) -> Result<Links<Link<P>>, P::Refusal> {
    let (protocol, mut links) = (Rc::new(protocol), Vec::new());
    for _ in 0..count {
        links.push(Link::new(Rc::clone(&protocol), settings, timer, background).await?);
    }
    Ok(Links::new(links, settings, timer))
}
