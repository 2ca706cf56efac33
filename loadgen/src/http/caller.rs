//! A user's own service as the origin: each compute is a request to it.
//!
//! The run's one origin says when a call may go ([`SharedOrigin`](crate::origin::SharedOrigin)): never more at a time than
//! its slots, nor more a second than was said. Here it is made, by reqwest: a call costs a service so much that what its
//! client costs is nothing, other than for [the load itself](super::client).

use std::sync::Arc;
use std::time::Duration;

use herdlab_sim::key::Item;
use herdlab_sim::plan::Remote;
use reqwest::{Client, redirect, retry};
use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};
use url::Url;

use super::place::Place;
use crate::backend::tls::Tls;
use crate::error::RunError;
use crate::settings::Settings;

/// The longest answer that is read.
const LIMIT: usize = 64 << 20;
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
            client: client(&place, &settings.tls)?,
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
        matches!(asked, Ok(Some(true)))
    }

    /// Whether the answer says that it went well; nothing if it is broken or too long.
    async fn ask(&self, item: Item) -> Option<bool> {
        let mut answer = self.client.get(self.url(item)?).send().await.ok()?;
        let well = answer.status().is_success();
        let mut bytes = 0;
        while let Some(piece) = answer.chunk().await.ok()? {
            bytes += piece.len();
            if bytes > LIMIT {
                return None;
            }
        }
        Some(well)
    }
}

/// A client for that place: it knows no proxies of the environment, follows no redirects, repeats nothing, asks for no
/// compression, and trusts whom `tls` names.
fn client(place: &Place, tls: &Tls) -> Result<Client, RunError> {
    let mut config = if place.is_secure() { tls.config()? } else { trusting_nobody()? };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Client::builder()
        .http1_only()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .resolve_to_addrs(place.host(), place.addresses())
        .tls_backend_preconfigured(config)
        .build()
        .map_err(|error| RunError::Credentials { reason: error.to_string() })
}

/// For a place that speaks no TLS.
fn trusting_nobody() -> Result<ClientConfig, RunError> {
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| RunError::Credentials { reason: error.to_string() })?;
    Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
