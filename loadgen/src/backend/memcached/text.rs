//! A connection to memcached, which speaks its text protocol.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::wire::{Malformed, Protocol};
use super::super::{Duplex, Endpoint};
use super::protocol::{self, Reply};

/// What a server answers to the command that changes nothing.
const PONG: &[u8] = b"MN\r\n";

/// The text protocol, to one server.
pub(super) struct Text {
    pub(super) endpoint: Endpoint,
    pub(super) nodelay: bool,
}

impl Protocol for Text {
    type Stream = Box<dyn Duplex>;
    type Reply = Reply;
    type Refusal = io::Error;

    const PING: &'static [u8] = b"mn\r\n";

    /// A connection on which the server has answered: one that a proxy takes may lead nowhere.
    async fn open(&self) -> io::Result<Self::Stream> {
        let mut stream = self.endpoint.connect(self.nodelay).await?;
        stream.write_all(Self::PING).await?;
        let mut answer = [0; PONG.len()];
        stream.read_exact(&mut answer).await?;
        if answer == PONG { Ok(stream) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    fn late(&self) -> io::Error {
        io::ErrorKind::TimedOut.into()
    }

    fn parse(&self, bytes: &[u8]) -> Result<Option<(Reply, usize)>, Malformed> {
        protocol::parse(bytes)
    }
}
