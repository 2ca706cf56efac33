//! The HTTP client as everybody here has it: nothing of the environment, nothing by itself.

use std::sync::Arc;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, retry};
use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};

use crate::backend::tls::Tls;
use crate::error::RunError;

/// A client that knows no proxies of the environment, follows no redirects and asks for no compression. It trusts whom
/// `tls` names; without, nobody: it is for places that speak no TLS. It speaks one version of HTTP only.
pub(super) fn builder(tls: Option<&Tls>, http2: bool) -> Result<ClientBuilder, RunError> {
    let mut config = tls.map_or_else(trusting_nobody, Tls::config)?;
    config.alpn_protocols = vec![if http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
    let builder = Client::builder();
    let builder = if http2 {
        builder.http2_prior_knowledge()
    } else {
        // Only HTTP/2 says of a request that it was not begun; ready to repeat, the client would copy each of them.
        builder.http1_only().retry(retry::never().max_retries_per_request(0))
    };
    Ok(builder
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
