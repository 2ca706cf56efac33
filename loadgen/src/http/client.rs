//! The HTTP client as everybody here has it: a core's connections to one place. It does nothing by itself: it follows no
//! redirects, unpacks nothing, and knows no proxies.
//!
//! It is ours because a client for any place costs half as much again a request: it looks up its pool by the name of the
//! host, parses URLs, and has a task of its own for what comes back. A load generator has one place.

use std::cell::RefCell;
use std::error::Error;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::{HeaderMap, Response, StatusCode};
use tokio::sync::Mutex;

use super::dialer::{Asked, Dialer, Line, Trunk};
use super::trouble::Trouble;

/// So often a request is sent again that the server did not begin: once for a connection that ends, and once more if the
/// next one ends as well. Who does not begin it thrice does not want it.
const REPEATS: u32 = 2;

/// A core's connections to one place.
pub(super) struct Client {
    dialer: Dialer,
    /// Those of HTTP/1.1 that wait for a request, the last used last.
    idle: RefCell<Vec<Line>>,
    keeps: bool,
    /// Where the one of HTTP/2 is, if that is spoken.
    slot: Option<Mutex<Slot>>,
}

/// Where the connection of HTTP/2 is, once it is there.
#[derive(Default)]
struct Slot {
    trunk: Option<Trunk>,
    /// How many there have been, which tells one from the next.
    made: u64,
}

impl Client {
    /// Connections of HTTP/1.1, kept for the next request if `keeps`.
    pub(super) const fn of_lines(dialer: Dialer, keeps: bool) -> Self {
        Self { dialer, idle: RefCell::new(Vec::new()), keeps, slot: None }
    }

    /// One connection of HTTP/2.
    pub(super) fn of_trunk(dialer: Dialer) -> Self {
        Self { slot: Some(Mutex::default()), ..Self::of_lines(dialer, false) }
    }

    /// Sends a request, and waits for the head of its answer.
    pub(super) async fn send(&self, asked: Asked) -> Result<Reply<'_>, Trouble> {
        match &self.slot {
            None => self.over_line(asked).await,
            Some(slot) => self.over_trunk(slot, asked).await,
        }
    }

    async fn over_line(&self, mut asked: Asked) -> Result<Reply<'_>, Trouble> {
        self.dialer.name(&mut asked);
        loop {
            let kept = self.kept();
            let was_kept = kept.is_some();
            let mut line = match kept {
                Some(line) => line,
                None => self.dialer.line().await?,
            };
            match line.try_send_request(asked).await {
                Ok(answer) => {
                    return Ok(Reply { answer, is_over: false, home: Some((self, line)) });
                }
                Err(mut error) => match error.take_message().filter(|_| was_kept) {
                    Some(unsent) => asked = unsent, // the server closed it while it waited
                    None => return Err(Trouble::of(error.error(), false)),
                },
            }
        }
    }

    /// A connection that waits, if there is one that the server has not closed.
    fn kept(&self) -> Option<Line> {
        let mut idle = self.idle.borrow_mut();
        while let Some(line) = idle.pop() {
            if line.is_ready() {
                return Some(line);
            }
        }
        None
    }

    /// The request is copied, as hyper gives none back that it has taken, be it begun by the server or not.
    async fn over_trunk(&self, slot: &Mutex<Slot>, mut asked: Asked) -> Result<Reply<'_>, Trouble> {
        self.dialer.make_whole(&mut asked)?;
        let mut repeats = 0;
        loop {
            let Way { mut trunk, nth, was_there } = self.trunk(slot).await?;
            if trunk.ready().await.is_err() && was_there {
                continue; // it was closed while it waited
            }
            let mut error = match trunk.try_send_request(asked.clone()).await {
                Ok(answer) => return Ok(Reply { answer, is_over: false, home: None }),
                Err(error) => error,
            };
            if error.take_message().is_some() && was_there {
                continue; // it never went out
            }
            match Unbegun::of(error.error()).filter(|_| repeats < REPEATS) {
                Some(Unbegun::Leaving) => slot.lock().await.forget(nth),
                Some(Unbegun::Refused) => {}
                None => return Err(Trouble::of(error.error(), false)),
            }
            repeats += 1;
        }
    }

    /// The connection of HTTP/2. Who comes while it is made waits for it.
    async fn trunk(&self, slot: &Mutex<Slot>) -> Result<Way, Trouble> {
        let mut slot = slot.lock().await;
        if let Some(there) = slot.trunk.as_ref().filter(|there| !there.is_closed()) {
            return Ok(Way { trunk: there.clone(), nth: slot.made, was_there: true });
        }
        let trunk = self.dialer.trunk().await?;
        slot.trunk = Some(trunk.clone());
        slot.made += 1;
        Ok(Way { trunk, nth: slot.made, was_there: false })
    }
}

impl Slot {
    /// Lets go of the nth connection, unless another has taken its place.
    fn forget(&mut self, nth: u64) {
        if self.made == nth {
            self.trunk = None;
        }
    }
}

/// A connection of HTTP/2 for a request.
struct Way {
    trunk: Trunk,
    /// Which one it is.
    nth: u64,
    /// Whether it was there already.
    was_there: bool,
}

/// Why a server has not begun a request that it was sent. Such a one may be sent again, whatever its method (RFC 9113,
/// 8.7).
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Unbegun {
    /// It ends the connection in good order, and began only what came before (RFC 9113, 6.8).
    Leaving,
    /// It refused this one; the connection is well, and knows the server's limits by now.
    Refused,
}

impl Unbegun {
    fn of(error: &hyper::Error) -> Option<Self> {
        let mut cause = error.source();
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<h2::Error>() {
                return Self::of_h2(error);
            }
            cause = error.source();
        }
        None
    }

    /// What this side made up, such as a limit of its own, tells nothing of the server.
    fn of_h2(error: &h2::Error) -> Option<Self> {
        match error.reason().filter(|_| error.is_remote())? {
            h2::Reason::NO_ERROR if error.is_go_away() => Some(Self::Leaving),
            h2::Reason::REFUSED_STREAM if error.is_reset() => Some(Self::Refused),
            _ => None,
        }
    }
}

/// An answer whose head is there. Its connection is kept once its body has ended, and closed if it is dropped before.
pub(super) struct Reply<'a> {
    answer: Response<Incoming>,
    is_over: bool,
    /// Where its connection belongs, if it is its own.
    home: Option<(&'a Client, Line)>,
}

impl Reply<'_> {
    pub(super) fn status(&self) -> StatusCode {
        self.answer.status()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        self.answer.headers()
    }

    /// The next piece of its body; nothing at its end.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>, Trouble> {
        while let Some(frame) = self.answer.frame().await {
            // What is no data are trailers.
            if let Ok(piece) = frame.map_err(|error| Trouble::of(&error, true))?.into_data() {
                return Ok(Some(piece));
            }
        }
        self.is_over = true;
        Ok(None)
    }
}

impl Drop for Reply<'_> {
    fn drop(&mut self) {
        let is_over = self.is_over || self.answer.body().is_end_stream();
        // One that is not ready is closed by the server, or still has a request's body to send.
        if let Some((client, line)) = self.home.take()
            && client.keeps
            && is_over
            && line.is_ready()
        {
            client.idle.borrow_mut().push(line);
        }
    }
}
