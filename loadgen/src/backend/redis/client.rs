//! Whoever carries commands to a server and brings the replies: herdlab's own client, or the `redis` crate's.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use herdlab_sim::plan::Engine;
use redis::Pipeline;

use super::super::codec::Codec;
use super::super::links::{Links, Waits};
use super::super::wire;
use super::super::{BackendError, Sent};
use super::address::Place;
use super::command::of_library;
use super::library;
use super::own::Resp;
use super::refusal::Refusal;
use super::reply::{Reply, read};
use crate::background::Background;
use crate::settings::Settings;
use crate::timer::Timer;

/// One core's connections.
pub(super) enum Client {
    Own(Links<wire::Link<Resp>>),
    Library(Links<library::Link>, Codec),
}

impl Client {
    /// Makes the connections that the settings say.
    ///
    /// # Errors
    /// [`Refusal`] of the first that does not come about.
    pub(super) async fn connect(
        place: &Place,
        codec: &Codec,
        settings: &Settings,
        timer: &Timer,
        background: &Background,
    ) -> Result<Self, Refusal> {
        let count = settings.client.connections_a_core(settings.cores);
        Ok(match settings.client.engine {
            Engine::Own => {
                let protocol = Resp { place: place.clone(), codec: codec.clone() };
                Self::Own(wire::connect(protocol, count, settings, timer, background).await?)
            }
            Engine::RedisRs => {
                let mut links = Vec::new();
                for _ in 0..count {
                    let link = library::Link::new(place.clone(), settings, timer, background);
                    links.push(link.await?);
                }
                Self::Library(Links::new(links, settings, timer), codec.clone())
            }
        })
    }

    /// Sends a command for one reply; `sent` is told when. It is carried out though the caller leaves.
    #[inline]
    pub(super) fn send<'a>(
        &'a self,
        say: impl FnOnce(&mut Vec<u8>) + 'a,
        sent: impl FnOnce() + 'a,
    ) -> Sending<'a> {
        match self {
            Self::Own(links) => match links.shared() {
                Some(link) => {
                    let ticket = link.and_then(|link| link.send(say));
                    if ticket.is_ok() {
                        sent();
                    }
                    Sending::Ticket(ticket)
                }
                None => Sending::Slow(Box::pin(async move {
                    let link = links.take().await?;
                    let ticket = link.send(say)?;
                    sent();
                    ticket.await
                })),
            },
            Self::Library(links, codec) => Sending::Slow(Box::pin(async move {
                let link = links.take().await?;
                let command = of_library(&written(say));
                sent();
                Ok(read(codec, link.send(command).await?))
            })),
        }
    }

    /// Sends several commands in one write, for as many replies.
    pub(super) async fn send_batch(
        &self,
        says: impl ExactSizeIterator<Item = impl FnOnce(&mut Vec<u8>)>,
        sent: impl FnOnce(),
    ) -> Result<Vec<Reply>, BackendError> {
        match self {
            Self::Own(links) => {
                let link = links.take().await?;
                let tickets: Vec<_> = says.map(|say| link.send(say)).collect::<Result<_, _>>()?;
                sent();
                let mut replies = Vec::with_capacity(tickets.len());
                for ticket in tickets {
                    replies.push(refused(ticket.await?)?);
                }
                Ok(replies)
            }
            Self::Library(links, codec) => {
                let link = links.take().await?;
                let (mut batch, count) = (Pipeline::new(), says.len());
                for say in says {
                    batch.add_command(of_library(&written(say)));
                }
                sent();
                let replies = link.send_batch(batch, count).await?;
                replies.into_iter().map(|reply| refused(read(codec, reply))).collect()
            }
        }
    }

    /// From now on all commands go over the connection of that number, one behind the other; or over any.
    pub(super) fn hold(&self, nth: Option<usize>) {
        match self {
            Self::Own(links) => links.hold(nth),
            Self::Library(links, _) => links.hold(nth),
        }
    }

    /// Sends nothing more, and resolves when what was sent has taken effect.
    pub(super) async fn settle(&self) {
        match self {
            Self::Own(links) => links.settle().await,
            Self::Library(links, _) => links.settle().await,
        }
    }

    /// Notes how many connections there are, and how they fared.
    pub(super) fn tell(&self, sent: &mut Sent) {
        let (count, reconnects, waits): (u32, u64, Option<Waits>) = match self {
            Self::Own(links) => (links.count(), links.reconnects(), links.waits()),
            Self::Library(links, _) => (links.count(), links.reconnects(), links.waits()),
        };
        (sent.connections, sent.reconnects, sent.waits) = (count, reconnects, waits);
    }
}

/// A reply to come. What most runs wait for is small and lies in place: a pipeline holds thousands of them.
pub(super) enum Sending<'a> {
    Ticket(Result<wire::Ticket<Resp>, BackendError>),
    Slow(Pin<Box<dyn Future<Output = Result<Reply, BackendError>> + 'a>>),
}

impl Future for Sending<'_> {
    type Output = Result<Reply, BackendError>;

    #[inline(always)] // as the slots'
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = match self.get_mut() {
            Sending::Ticket(Ok(ticket)) => ready!(Pin::new(ticket).poll(cx)),
            Sending::Ticket(Err(error)) => Err(*error),
            Sending::Slow(slow) => ready!(slow.as_mut().poll(cx)),
        };
        Poll::Ready(reply.and_then(refused))
    }
}

fn written(say: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut command = Vec::new();
    say(&mut command);
    command
}

/// A server's error is one.
#[inline(always)]
fn refused(reply: Reply) -> Result<Reply, BackendError> {
    match reply {
        Reply::Error(_) => Err(BackendError::Refused),
        reply => Ok(reply),
    }
}
