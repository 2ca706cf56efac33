//! One exchange: a request, what comes back, and what is to be thought of it.

use std::cell::Cell;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, LOCATION};
use hyper::{Method, StatusCode};
use url::Url;

use super::address::target;
use super::ask::Ask;
use super::body::{Reading, read};
use super::client::{Client, Reply};
use super::content::Whose;
use super::dialer::{Asked, Dialer};
use super::place::Place;
use super::rule::Seen;
use super::template::Wanted;
use super::trouble::Trouble;
use super::verdict::{Told, Verdict, verdict};

/// What is needed for an exchange.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) dialer: Dialer,
    pub(super) http2: bool,
    /// Whether connections are kept for the next request.
    pub(super) keeps: bool,
    pub(super) ask: Ask,
    pub(super) place: Place,
    /// The most bytes of a body.
    pub(super) body_limit: u64,
    /// The most redirects in a row.
    pub(super) redirects: u32,
}

/// What came of it, as far as it came.
#[derive(Debug, Default)]
pub(super) struct Traces {
    /// Whether the head of the answer was there.
    pub(super) headed: Cell<bool>,
    /// The last status seen; 0 if none.
    pub(super) status: Cell<u16>,
    pub(super) redirects: Cell<u32>,
    pub(super) bytes: Cell<u64>,
}

/// An answer.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    pub(super) told: Told,
    /// The variant it was made for, if not for its asker's.
    pub(super) leaked: Option<u16>,
}

impl Desk {
    /// A client with connections of its own.
    pub(super) fn client(&self) -> Client {
        let dialer = self.dialer.clone();
        if self.http2 { Client::of_trunk(dialer) } else { Client::of_lines(dialer, self.keeps) }
    }

    /// Asks, follows redirects within the place, and reads the answer. `took` tells how long it has been.
    pub(super) async fn exchange(
        &self,
        client: &Client,
        wanted: Wanted,
        traces: &Traces,
        took: impl Fn() -> Duration,
    ) -> Result<Answer, Trouble> {
        let (mut asked, mut as_get, mut here) = (self.ask.request(wanted)?, false, None);
        loop {
            let reply = client.send(asked).await?;
            let status = reply.status();
            traces.status.set(status.as_u16());
            if !is_redirect(status) {
                traces.headed.set(true);
                return self.judge(reply, wanted, traces, took).await;
            }
            traces.redirects.set(traces.redirects.get() + 1);
            if traces.redirects.get() > self.redirects {
                return Err(Trouble::RedirectLoop);
            }
            // RFC 9110, 15.4: 307 and 308 keep the method; the others make it a GET, as all browsers do.
            as_get |= !matches!(status.as_u16(), 307 | 308);
            let from = here.map_or_else(|| self.ask.url(wanted), Ok)?;
            let there = self.lead(&from, reply.headers())?;
            self.leave(reply, traces).await?;
            asked = self.follow(&there, wanted, as_get)?;
            here = Some(there);
        }
    }

    /// Reads a redirect's body to its end, without which its connection could not be kept for the next request.
    async fn leave(&self, mut reply: Reply<'_>, traces: &Traces) -> Result<(), Trouble> {
        traces.headed.set(true); // who waits in vain now waits for a body
        read(&mut reply, Reading { look: false, ..self.reading() }).await?;
        traces.headed.set(false);
        Ok(())
    }

    /// How a body is read.
    fn reading(&self) -> Reading {
        Reading {
            limit: self.body_limit,
            look: self.ask.reads_bodies(),
            unpack: self.ask.is_compressed(),
        }
    }

    /// Where a redirect leads.
    fn lead(&self, from: &Url, headers: &HeaderMap) -> Result<Url, Trouble> {
        let location = headers.get(LOCATION).and_then(|there| there.to_str().ok());
        let there = location.and_then(|location| from.join(location).ok());
        let there = there.ok_or(Trouble::RedirectNowhere)?;
        if self.place.has(&there) { Ok(there) } else { Err(Trouble::RedirectAway) }
    }

    /// The request that a redirect asks for: made anew, so that those which nobody redirects need no copy.
    fn follow(&self, there: &Url, wanted: Wanted, as_get: bool) -> Result<Asked, Trouble> {
        let mut asked = self.ask.request_to(target(there)?, wanted)?;
        if as_get && *asked.method() != Method::HEAD {
            *asked.method_mut() = Method::GET;
            *asked.body_mut() = Full::new(Bytes::new());
            asked.headers_mut().remove(CONTENT_LENGTH);
            asked.headers_mut().remove(CONTENT_TYPE);
        }
        Ok(asked)
    }

    async fn judge(
        &self,
        mut reply: Reply<'_>,
        wanted: Wanted,
        traces: &Traces,
        took: impl Fn() -> Duration,
    ) -> Result<Answer, Trouble> {
        let status = reply.status();
        let body = read(&mut reply, self.reading()).await?;
        traces.bytes.set(body.bytes);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return Err(Trouble::Busy);
        }
        if status.is_client_error() || status.is_server_error() {
            return Err(Trouble::Status);
        }
        let headers = reply.headers();
        let (verdict, told) = match self.ask.hit() {
            Some(rule) => {
                let seen =
                    Seen { headers, status: status.as_u16(), body: &body.seen, took: took() };
                (if rule.is_hit(seen) { Verdict::Hit } else { Verdict::Miss }, Told::Rule)
            }
            None => verdict(headers),
        };
        let leaked = match self.ask.whose(&body.seen, wanted) {
            Whose::Own => None,
            Whose::Other(variant) => Some(variant),
            Whose::Nobodys => return Err(Trouble::Content),
        };
        Ok(Answer { verdict, told, leaked })
    }
}

/// Whether the answer lies elsewhere. 304 and 300 are answers themselves.
fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::tls::Tls;
    use crate::http::Asking;

    #[test]
    fn what_one_redirect_made_a_get_the_next_leaves_one_and_none_leads_away() {
        let asking = Asking {
            url: "http://127.0.0.1/{id}".to_owned(),
            method: "POST".to_owned(),
            body: Some("item {id}".to_owned()),
            ..Asking::default()
        };
        let place = Place::of(&asking.url, false).expect("a place");
        let ask = Ask::new(&asking, &place).expect("a request");
        let dialer = Dialer::new(&place, &Tls::default(), false).expect("a dialer");
        let desk =
            Desk { dialer, http2: false, keeps: true, ask, place, body_limit: 0, redirects: 5 };
        let from = Url::parse("http://127.0.0.1/a/b").expect("a URL");
        let follow = |location: &'static str, as_get| {
            let headers = HeaderMap::from_iter([(LOCATION, location.parse().expect("a header"))]);
            let there = desk.lead(&from, &headers)?;
            desk.follow(&there, Wanted { id: 7, variant: 0 }, as_get)
        };
        let said = |text| format!("{:?}", Full::new(Bytes::from(text)));
        let kept = follow("c", false).expect("a request");
        assert_eq!((kept.uri().path(), kept.method()), ("/a/c", &Method::POST));
        assert_eq!(format!("{:?}", kept.body()), said("item 7"));
        let got = follow("/c", true).expect("a request");
        assert_eq!((got.uri().path(), got.method()), ("/c", &Method::GET));
        assert_eq!(format!("{:?}", got.body()), said(""));
        assert_eq!(follow("http://127.0.0.2/c", true).err(), Some(Trouble::RedirectAway));
    }
}
