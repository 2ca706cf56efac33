//! One exchange: a request, what comes back, and what is to be thought of it.

use std::cell::Cell;
use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::{Client, Method, Request, Response, StatusCode};

use super::ask::Ask;
use super::body::{Reading, read};
use super::content::Whose;
use super::place::Place;
use super::rule::Seen;
use super::template::Wanted;
use super::trouble::Trouble;
use super::verdict::{Told, Verdict, verdict};

/// What is needed for an exchange.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) client: Client,
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
    /// Asks, follows redirects within the place, and reads the answer. `took` tells how long it has been.
    pub(super) async fn exchange(
        &self,
        wanted: Wanted,
        traces: &Traces,
        took: impl Fn() -> Duration,
    ) -> Result<Answer, Trouble> {
        let (mut request, mut as_get) = (self.ask.request(wanted)?, false);
        loop {
            let sent = self.client.execute(request).await;
            let response = sent.map_err(|error| Trouble::of(&error, false))?;
            traces.status.set(response.status().as_u16());
            if !is_redirect(response.status()) {
                traces.headed.set(true);
                return self.judge(response, wanted, traces, took).await;
            }
            traces.redirects.set(traces.redirects.get() + 1);
            if traces.redirects.get() > self.redirects {
                return Err(Trouble::RedirectLoop);
            }
            // RFC 9110, 15.4: 307 and 308 keep the method; the others make it a GET, as all browsers do.
            as_get |= !matches!(response.status().as_u16(), 307 | 308);
            request = self.follow(wanted, &response, as_get)?;
        }
    }

    /// The request that a redirect asks for: made anew, so that those which nobody redirects need no copy.
    fn follow(&self, wanted: Wanted, asked: &Response, as_get: bool) -> Result<Request, Trouble> {
        let location = asked.headers().get(LOCATION).and_then(|there| there.to_str().ok());
        let url = location
            .and_then(|location| asked.url().join(location).ok())
            .ok_or(Trouble::RedirectNowhere)?;
        if !self.place.has(&url) {
            return Err(Trouble::RedirectAway);
        }
        let mut request = self.ask.request(wanted)?;
        *request.url_mut() = url;
        if as_get && *request.method() != Method::HEAD {
            *request.method_mut() = Method::GET;
            *request.body_mut() = None;
            request.headers_mut().remove(CONTENT_LENGTH);
            request.headers_mut().remove(CONTENT_TYPE);
        }
        Ok(request)
    }

    async fn judge(
        &self,
        mut response: Response,
        wanted: Wanted,
        traces: &Traces,
        took: impl Fn() -> Duration,
    ) -> Result<Answer, Trouble> {
        let status = response.status();
        let reading = Reading {
            limit: self.body_limit,
            look: self.ask.reads_bodies(),
            unpack: self.ask.is_compressed(),
        };
        let body = read(&mut response, reading).await?;
        traces.bytes.set(body.bytes);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return Err(Trouble::Busy);
        }
        if status.is_client_error() || status.is_server_error() {
            return Err(Trouble::Status);
        }
        let headers = response.headers();
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
    use crate::http::Asking;
    use crate::http::client::{build, builder};
    use reqwest::{ResponseBuilderExt, Url};

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
        let client = build(builder(None, false).expect("a client")).expect("a client");
        let desk = Desk { client, ask, place, body_limit: 0, redirects: 5 };
        let follow = |location: &str, as_get| {
            let asked = hyper::Response::builder()
                .url(Url::parse("http://127.0.0.1/a/b").expect("a URL"))
                .header(LOCATION, location)
                .body("")
                .expect("an answer");
            desk.follow(Wanted { id: 7, variant: 0 }, &asked.into(), as_get)
        };
        let kept = follow("c", false).expect("a request");
        assert_eq!((kept.url().path(), kept.method()), ("/a/c", &Method::POST));
        assert_eq!(kept.body().and_then(|body| body.as_bytes()), Some(&b"item 7"[..]));
        let got = follow("/c", true).expect("a request");
        assert_eq!((got.url().path(), got.method()), ("/c", &Method::GET));
        assert!(got.body().is_none());
        assert_eq!(follow("http://127.0.0.2/c", true).err(), Some(Trouble::RedirectAway));
    }
}
