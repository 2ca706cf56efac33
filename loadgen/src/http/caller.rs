//! A user's own service as the origin: each compute is a request to it.
//!
//! The run's one origin says when a call may go ([`SharedOrigin`](crate::origin::SharedOrigin)): never more at a time than
//! its slots, nor more a second than was said. Here it is made.

use std::time::Duration;

use herdlab_sim::key::Item;
use herdlab_sim::plan::Remote;
use reqwest::{Client, Url};

use super::body::{Reading, read};
use super::client;
use super::place::Place;
use crate::error::RunError;
use crate::settings::Settings;

/// The longest answer that is read.
const LIMIT: u64 = 64 << 20;
/// A call that takes so many times the bound on the mean has failed.
const PATIENCE: u32 = 4;
/// What a service on another machine may get in a second.
const GENTLE: f64 = 100.0;

/// Makes one core's calls.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    client: Client,
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
            client: client::build(
                client::builder(place.is_secure().then_some(&settings.tls), false)?
                    .resolve_to_addrs(place.host(), place.addresses()),
            )?,
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
        let Some(url) = self.url(item) else { return false };
        let asked = async {
            let mut response = self.client.get(url).send().await.ok()?;
            let well = response.status().is_success();
            let reading = Reading { limit: LIMIT, look: false, unpack: false };
            read(&mut response, reading).await.ok()?;
            Some(well)
        };
        tokio::time::timeout(self.patience, asked).await.ok().flatten().unwrap_or(false)
    }
}
