//! From a request to an answer, by way of the origin's slots and queue.

use std::pin::pin;

use bytes::Bytes;
use herdlab_sim::world::Failure;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, RETRY_AFTER, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request, Response, StatusCode};

use super::caching::{Caching, has_it};
use super::figures::Answers;
use super::page::page;
use super::shared::Shared;
use crate::call::Call;
use crate::timer::Timer;

/// An answer, its body at hand.
pub(super) type Answer = Response<Full<Bytes>>;

/// Where the figures are told, and where counting begins anew.
pub(crate) const FIGURES: &str = "/_herdlab/figures";
/// See [`FIGURES`].
pub(crate) const BEGIN: &str = "/_herdlab/begin";

/// The number of the call that an answer comes from: behind a cache, two answers with one number are one compute.
const CALL: HeaderName = HeaderName::from_static("x-herdlab-call");

/// Serves one request.
pub(super) async fn answer(shared: &Shared, timer: &Timer, request: &Request<Incoming>) -> Answer {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => text("text/html; charset=utf-8", page(shared)),
        (&Method::GET, FIGURES) => match serde_json::to_string(&shared.figures()) {
            Ok(figures) => text("application/json", figures),
            Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        },
        (&Method::POST, BEGIN) => {
            shared.count_anew();
            plain(StatusCode::OK, "counting anew")
        }
        (_, path) if path.starts_with("/_herdlab/") => {
            plain(StatusCode::NOT_FOUND, "there are GET /_herdlab/figures and POST /_herdlab/begin")
        }
        _ => compute(shared, timer, request).await,
    }
}

async fn compute(shared: &Shared, timer: &Timer, request: &Request<Incoming>) -> Answer {
    let caching = &shared.site.caching;
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let name = caching.named(target, request.headers());
    let Some((number, submitted)) = shared.submit(&name) else {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "too many different things were asked for");
    };
    let leaves = Leaves { shared, answered: false };
    let outcome = pin!(Call::new(&shared.origin, timer, None, submitted)).await;
    leaves.answered();
    let failed = |status, reason: &str, count: fn(&mut Answers) -> &mut u64| {
        shared.answered(count);
        plain(status, reason)
    };
    let mut answer = match outcome {
        Ok(_) => value(shared, &name, number, has_tag(caching, request, &name)),
        Err(Failure::Shed) => {
            let mut answer =
                failed(StatusCode::SERVICE_UNAVAILABLE, "the queue is full", |all| &mut all.shed);
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            answer
        }
        Err(Failure::Timeout) => failed(
            StatusCode::GATEWAY_TIMEOUT,
            "the client's patience was over before its turn came",
            |all| &mut all.expired,
        ),
        Err(_) => {
            failed(StatusCode::INTERNAL_SERVER_ERROR, "the compute failed", |all| &mut all.failed)
        }
    };
    answer.headers_mut().insert(CALL, HeaderValue::from(number));
    answer
}

fn has_tag(caching: &Caching, request: &Request<Incoming>, name: &str) -> bool {
    caching.etag && has_it(request.headers(), &Caching::tag(name))
}

/// What was computed; nothing of it, if the client has it.
fn value(shared: &Shared, name: &str, number: u64, had: bool) -> Answer {
    let caching = &shared.site.caching;
    let mut answer = if had {
        shared.answered(|all| &mut all.not_modified);
        let mut answer = Response::new(Full::default());
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer
    } else {
        shared.answered(|all| &mut all.values);
        text("text/plain; charset=utf-8", body(name, number, shared.site.value_size))
    };
    let said = [
        (CACHE_CONTROL, caching.cache_control.clone()),
        (VARY, caching.vary()),
        (ETAG, caching.etag.then(|| Caching::tag(name))),
    ];
    for (header, said) in said {
        if let Some(value) = said.and_then(|said| HeaderValue::from_str(&said).ok()) {
            answer.headers_mut().insert(header, value);
        }
    }
    answer
}

/// What was asked for, in a body of that many bytes; more, if the name is longer.
fn body(name: &str, number: u64, size: u32) -> String {
    let mut body = format!("{name}\ncall: {number}\n");
    let missing = (size as usize).saturating_sub(body.len());
    body.extend(std::iter::repeat_n('.', missing));
    body
}

/// A client that leaves before its answer is counted as gone.
struct Leaves<'a> {
    shared: &'a Shared,
    answered: bool,
}

impl Leaves<'_> {
    fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.shared.answered(|all| &mut all.left);
        }
    }
}

fn text(kind: &'static str, text: String) -> Answer {
    let mut answer = Response::new(Full::from(text));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

fn plain(status: StatusCode, said: &str) -> Answer {
    let mut answer = text("text/plain; charset=utf-8", format!("{said}\n"));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn a_body_says_what_was_asked_for_and_has_its_size() {
        let text = body("/a\naccept-language: de", 7, 64);
        assert!(text.starts_with("/a\naccept-language: de\ncall: 7\n"), "{text}");
        assert_eq!(text.len(), 64);
        assert_eq!(body("/a", 7, 0), "/a\ncall: 7\n");
    }
}
