//! A user's own service as the origin: each compute is a request to it.
//!
//! The run's one origin says when a call may go ([`SharedOrigin`](crate::origin::SharedOrigin)): never more at a time than
//! its slots, nor more a second than was said. Here it is made.

use std::rc::Rc;
use std::time::Duration;

use herdlab_sim::key::Item;
use herdlab_sim::plan::Remote;
use hyper::header::{ACCEPT, HeaderValue};
use url::Url;

use super::address::target;
use super::body::{Reading, read};
use super::client::Client;
use super::dialer::{Asked, Dialer};
use super::place::Place;
use super::trouble::Trouble;
use crate::error::RunError;
use crate::settings::Settings;

/// The longest answer that is read.
const LIMIT: u64 = 64 << 20;
/// A call that takes so many times the bound on the mean has failed.
const PATIENCE: u32 = 4;
/// What a service on another machine may get in a second.
const GENTLE: f64 = 100.0;

/// Makes one core's calls.
#[derive(Clone)]
pub(crate) struct Caller {
    client: Rc<Client>,
    url: String,
    patience: Duration,
}

impl Caller {
    /// Looks whether the service may be called so. Nothing is sent.
    ///
    /// # Errors
    /// As [`Place::of`]; [`RunError::Unsuited`] if its URL names no item, or another machine would get too much.
    pub(crate) fn new(service: &Remote, settings: &Settings) -> Result<Self, RunError> {
        let place = Place::of(&service.url, settings.allow_remote)?;
        let unsuited =
            |reason: &str| RunError::Unsuited { address: place.shown(), reason: reason.to_owned() };
        if !service.url.contains("{item}") {
            return Err(unsuited("origin.http needs {item} in its URL: what is to be computed"));
        }
        if !place.is_local() && service.rate > GENTLE {
            return Err(unsuited(
                "it is on another machine, which gets 100 calls a second at the most: lower origin.http.rate",
            ));
        }
        let caller = Self {
            client: Rc::new(Client::of_lines(Dialer::new(&place, &settings.tls, false)?, true)),
            url: service.url.clone(),
            patience: Duration::from_nanos(service.latency.as_nanos()).saturating_mul(PATIENCE),
        };
        match caller.url(Item(0)) {
            Some(url) if place.has(&url) => Ok(caller),
            _ => Err(unsuited("origin.http is no URL whose host stands there as it is")),
        }
    }

    fn url(&self, item: Item) -> Option<Url> {
        Url::parse(&self.url.replace("{item}", itoa::Buffer::new().format(item.0))).ok()
    }

    /// Computes an item there; whether that went well. A redirect is no value.
    pub(crate) async fn compute(&self, item: Item) -> bool {
        let asked = tokio::time::timeout(self.patience, self.ask(item)).await;
        matches!(asked, Ok(Ok(true)))
    }

    async fn ask(&self, item: Item) -> Result<bool, Trouble> {
        let url = self.url(item).ok_or(Trouble::Unsendable)?;
        let mut asked = Asked::default();
        *asked.uri_mut() = target(&url)?;
        asked.headers_mut().insert(ACCEPT, HeaderValue::from_static("*/*"));
        let mut reply = self.client.send(asked).await?;
        let well = reply.status().is_success();
        read(&mut reply, Reading { limit: LIMIT, look: false, unpack: false }).await?;
        Ok(well)
    }
}
