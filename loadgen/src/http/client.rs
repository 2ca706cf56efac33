//! The HTTP client as everybody here has it: a core's connections to one place. It does nothing by itself: it follows no
//! redirects, unpacks nothing, and knows no proxies.
//!
//! It is ours because a client for any place costs half as much again a request: it looks up its pool by the name of the
//! host, parses URLs, and has a task of its own for what comes back. A load generator has one place.

use std::cell::RefCell;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::{HeaderMap, Response, StatusCode};
use tokio::sync::Mutex;

use super::dialer::{Asked, Dialer, Line, Trunk};
use super::trouble::Trouble;

/// A core's connections to one place.
pub(super) struct Client {
    dialer: Dialer,
    /// Those of HTTP/1.1 that wait for a request, the last used last.
    idle: RefCell<Vec<Line>>,
    keeps: bool,
    /// The one of HTTP/2, once it is there, if that is spoken.
    trunk: Option<Mutex<Option<Trunk>>>,
}

impl Client {
    /// Connections of HTTP/1.1, kept for the next request if `keeps`.
    pub(super) const fn of_lines(dialer: Dialer, keeps: bool) -> Self {
        Self { dialer, idle: RefCell::new(Vec::new()), keeps, trunk: None }
    }

    /// One connection of HTTP/2.
    pub(super) fn of_trunk(dialer: Dialer) -> Self {
        Self { trunk: Some(Mutex::default()), ..Self::of_lines(dialer, false) }
    }

    /// Sends a request, and waits for the head of its answer.
    pub(super) async fn send(&self, asked: Asked) -> Result<Reply<'_>, Trouble> {
        match &self.trunk {
            None => self.over_line(asked).await,
            Some(trunk) => self.over_trunk(trunk, asked).await,
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

    async fn over_trunk(
        &self,
        trunk: &Mutex<Option<Trunk>>,
        mut asked: Asked,
    ) -> Result<Reply<'_>, Trouble> {
        self.dialer.make_whole(&mut asked)?;
        loop {
            let (mut trunk, was_there) = self.trunk(trunk).await?;
            if trunk.ready().await.is_err() && was_there {
                continue; // it was closed while it waited
            }
            match trunk.try_send_request(asked).await {
                Ok(answer) => return Ok(Reply { answer, is_over: false, home: None }),
                Err(mut error) => match error.take_message().filter(|_| was_there) {
                    Some(unsent) => asked = unsent,
                    None => return Err(Trouble::of(error.error(), false)),
                },
            }
        }
    }

    /// The connection of HTTP/2, and whether it was there already. Who comes while it is made waits for it.
    async fn trunk(&self, trunk: &Mutex<Option<Trunk>>) -> Result<(Trunk, bool), Trouble> {
        let mut trunk = trunk.lock().await;
        if let Some(there) = trunk.as_ref().filter(|there| !there.is_closed()) {
            return Ok((there.clone(), true));
        }
        let new = self.dialer.trunk().await?;
        *trunk = Some(new.clone());
        Ok((new, false))
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
