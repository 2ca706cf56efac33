//! herdlab's own client: one write and one read for all that is on its way over a connection.

use std::io;

use super::super::Duplex;
use super::super::codec::Codec;
use super::super::wire::{Malformed, Protocol};
use super::address::Place;
use super::command::Words;
use super::refusal::Refusal;
use super::reply::{self, Reply};
use super::stream;
use super::{DELETE_IF, INCR};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Room for what a server answers when its scripts are loaded.
const ROOM: usize = 4_096;

/// RESP2, about values of one size.
pub(super) struct Resp {
    pub(super) place: Place,
    pub(super) codec: Codec,
}

impl Resp {
    /// Has the server learn our scripts: a new one knows none.
    async fn load_scripts(&self, stream: &mut Box<dyn Duplex>) -> io::Result<Vec<Reply>> {
        let (mut out, mut read, mut replies) = (Vec::new(), Vec::with_capacity(ROOM), Vec::new());
        for script in [DELETE_IF, INCR] {
            out.begin(3);
            out.word(b"SCRIPT");
            out.word(b"LOAD");
            out.word(script.as_bytes());
        }
        stream.write_all(&out).await?;
        stream.flush().await?;
        while replies.len() < 2 {
            if stream.read_buf(&mut read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            while let Some((reply, length)) =
                self.parse(&read).map_err(|_| io::ErrorKind::InvalidData)?
            {
                read.drain(..length);
                replies.push(reply);
            }
        }
        Ok(replies)
    }
}

impl Protocol for Resp {
    type Stream = Box<dyn Duplex>;
    type Reply = Reply;
    type Refusal = Refusal;

    const PING: &'static [u8] = b"*1\r\n$4\r\nPING\r\n";

    async fn open(&self) -> Result<Self::Stream, Refusal> {
        let mut stream = stream::open(&self.place).await?;
        let replies = self.load_scripts(&mut stream).await;
        for reply in replies.map_err(|error| Refusal::of_io(error, &self.place))? {
            if let Reply::Error(said) = reply {
                return Err(Refusal::said(&said));
            }
        }
        Ok(stream)
    }

    fn late(&self) -> Refusal {
        Refusal::late(&self.place)
    }

    fn parse(&self, bytes: &[u8]) -> Result<Option<(Reply, usize)>, Malformed> {
        reply::parse(&self.codec, bytes)
    }
}
