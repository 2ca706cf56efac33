//! One connection, and what is on its way over it.
//!
//! A command is sent the moment it is written into the buffer: it goes out though its caller leaves. All that callers
//! write in one turn of the runtime goes out in one system call, and one more brings the replies: a single task does
//! both, woken once a turn.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use tokio::io::AsyncWrite;

use super::buffer::Buffer;
use super::slots::{Place, Slots};
use super::{Malformed, Protocol};
use crate::backend::BackendError;

/// What is on its way over a connection.
pub(super) struct Wire<P: Protocol> {
    out: RefCell<Vec<u8>>,
    slots: RefCell<Slots<P::Reply>>,
    /// Who writes and reads.
    driver: RefCell<Waker>,
    lost: Cell<bool>,
}

impl<P: Protocol> Wire<P> {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self {
            out: RefCell::default(),
            slots: RefCell::default(),
            driver: RefCell::new(Waker::noop().clone()),
            lost: Cell::new(false),
        })
    }

    /// Sends a command that has one reply.
    #[inline]
    pub(super) fn send(self: &Rc<Self>, command: impl FnOnce(&mut Vec<u8>)) -> Ticket<P> {
        let mut out = self.out.borrow_mut();
        if out.is_empty() {
            self.driver.borrow().wake_by_ref();
        }
        command(&mut out);
        let mut slots = self.slots.borrow_mut();
        let place = slots.enter();
        if self.lost.get() {
            slots.lose();
        }
        Ticket { wire: Rc::clone(self), place: Some(place) }
    }

    /// Writes and reads until the connection ends or speaks nonsense; whoever waits then has lost.
    pub(super) fn drive(self: &Rc<Self>, protocol: Rc<P>, stream: P::Stream) -> Drive<P> {
        Drive { wire: Rc::clone(self), protocol, stream, written: 0, read: Buffer::new() }
    }
}

/// A reply to come. Dropped, the reply is thrown away when it comes.
pub(in crate::backend) struct Ticket<P: Protocol> {
    wire: Rc<Wire<P>>,
    /// Nothing once the reply was fetched.
    place: Option<Place>,
}

impl<P: Protocol> Future for Ticket<P> {
    type Output = Result<P::Reply, BackendError>;

    #[inline(always)] // as the slots'
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(place) = self.place else { return Poll::Pending };
        let reply = ready!(self.wire.slots.borrow_mut().poll(place, cx));
        self.place = None;
        Poll::Ready(reply.ok_or(BackendError::Lost))
    }
}

impl<P: Protocol> Drop for Ticket<P> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.wire.slots.borrow_mut().leave(place);
        }
    }
}

/// The task of a connection. It ends with the connection, and never well.
pub(super) struct Drive<P: Protocol> {
    wire: Rc<Wire<P>>,
    protocol: Rc<P>,
    stream: P::Stream,
    /// How much of what is to be sent was.
    written: usize,
    read: Buffer,
}

impl<P: Protocol> Drive<P> {
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut out = self.wire.out.borrow_mut();
        while self.written < out.len() {
            let stream = Pin::new(&mut self.stream);
            match ready!(stream.poll_write(cx, &out[self.written..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.written += count,
            }
        }
        out.clear();
        self.written = 0;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Reads whatever is there.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if ready!(self.read.poll_fill(Pin::new(&mut self.stream), cx))? == 0 {
                return Poll::Ready(Ok(()));
            }
            self.answer()?;
        }
    }

    /// Hands out the replies that are there.
    fn answer(&mut self) -> io::Result<()> {
        let (mut used, mut malformed) = (0, false);
        let bytes = self.read.held();
        let replies = std::iter::from_fn(|| match self.protocol.parse(&bytes[used..]) {
            Ok(parsed) => parsed.map(|(reply, length)| {
                used += length;
                reply
            }),
            Err(Malformed) => {
                malformed = true;
                None
            }
        });
        let asked_for = self.wire.slots.borrow_mut().answer(replies);
        self.read.consume(used);
        if malformed || !asked_for {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(())
    }
}

impl<P: Protocol> Unpin for Drive<P> {}

impl<P: Protocol> Future for Drive<P> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.wire.driver.borrow_mut().clone_from(cx.waker());
        if let Poll::Ready(ended) = this.poll_read(cx) {
            return Poll::Ready(ended);
        }
        match this.poll_write(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Pending,
        }
    }
}

impl<P: Protocol> Drop for Drive<P> {
    fn drop(&mut self) {
        self.wire.lost.set(true);
        self.wire.slots.borrow_mut().lose();
    }
}
