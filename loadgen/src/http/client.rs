//! The HTTP client as everybody here has it: nothing of the environment, nothing by itself.

use std::sync::Arc;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};

use crate::backend::tls::Tls;
use crate::error::RunError;

/// A client that knows no proxies of the environment, follows no redirects and asks for no compression. It trusts whom
/// `tls` names; without, nobody: it is for places that speak no TLS.
pub(super) fn builder(tls: Option<&Tls>) -> Result<ClientBuilder, RunError> {
    let config = tls.map_or_else(trusting_nobody, Tls::config)?;
    Ok(Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .tcp_nodelay(true)
        .tls_backend_preconfigured(config))
}

fn trusting_nobody() -> Result<ClientConfig, RunError> {
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| RunError::Credentials { reason: error.to_string() })?;
    Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// The client that was described.
pub(super) fn build(builder: ClientBuilder) -> Result<Client, RunError> {
    builder.build().map_err(|error| RunError::Credentials { reason: error.to_string() })
}
