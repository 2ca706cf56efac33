//! How a connection to a place is made: TCP, TLS where that is spoken, and one version of HTTP on it.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::client::conn::{http1, http2};
use hyper::header::{HOST, HeaderValue};
use hyper::http::uri::{Authority, Scheme};
use hyper::http::{Uri, uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::spawn_local;

use super::place::Place;
use super::trouble::Trouble;
use crate::backend::Duplex;
use crate::backend::tls::{Secure, Tls};
use crate::error::RunError;

/// What is sent. Its URL is a path and a query only.
pub(super) type Asked = Request<Full<Bytes>>;
/// A connection of HTTP/1.1, for one request at a time.
pub(super) type Line = http1::SendRequest<Full<Bytes>>;
/// A connection of HTTP/2, for many.
pub(super) type Trunk = http2::SendRequest<Full<Bytes>>;

/// Makes connections to one place. It asks nothing of the environment.
#[derive(Clone)]
pub(super) struct Dialer {
    addresses: Vec<SocketAddr>,
    secure: Option<Secure>,
    scheme: Scheme,
    authority: Authority,
    host: HeaderValue,
}

impl Dialer {
    /// A dialer for that place. It trusts whom `tls` names, and speaks one version of HTTP only.
    ///
    /// # Errors
    /// [`RunError::Credentials`] if a file of `tls` cannot be used, or the host is no name.
    pub(super) fn new(place: &Place, tls: &Tls, http2: bool) -> Result<Self, RunError> {
        let speaks: &[u8] = if http2 { b"h2" } else { b"http/1.1" };
        let host = place.host().trim_matches(['[', ']']);
        let secure = place.is_secure().then(|| tls.secure_for(host, &[speaks])).transpose()?;
        let authority = place.authority();
        let wrong = |_| RunError::Credentials { reason: format!("{authority:?} is no host") };
        Ok(Self {
            addresses: place.addresses().to_vec(),
            scheme: if secure.is_some() { Scheme::HTTPS } else { Scheme::HTTP },
            secure,
            host: HeaderValue::try_from(&authority).map_err(|_| wrong(()))?,
            authority: authority.parse().map_err(|_| wrong(()))?,
        })
    }

    /// Dials that address before the others: one that never answers would hold up each connection until the kernel gives
    /// up on it, which takes minutes.
    pub(super) fn begin_with(&mut self, address: SocketAddr) {
        self.addresses.sort_by_key(|other| *other != address); // the others stay in their order
    }

    /// Says in a request of HTTP/1.1 whom it is for, unless it says so itself.
    pub(super) fn name(&self, asked: &mut Asked) {
        asked.headers_mut().entry(HOST).or_insert_with(|| self.host.clone());
    }

    /// The same in a request of HTTP/2, whose URL is whole.
    pub(super) fn make_whole(&self, asked: &mut Asked) -> Result<(), Trouble> {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = asked.uri().path_and_query().cloned();
        *asked.uri_mut() = Uri::from_parts(parts).map_err(|_| Trouble::Unsendable)?;
        Ok(())
    }

    /// A new connection of HTTP/1.1.
    pub(super) async fn line(&self) -> Result<Line, Trouble> {
        let stream = TokioIo::new(self.stream().await?);
        let shaken = http1::handshake(stream).await;
        let (line, driven) = shaken.map_err(|error| Trouble::of(&error, false))?;
        spawn_local(async move { _ = driven.await }); // whoever asked hears of its end
        Ok(line)
    }

    /// A new connection of HTTP/2.
    pub(super) async fn trunk(&self) -> Result<Trunk, Trouble> {
        let stream = TokioIo::new(self.stream().await?);
        let shaken = http2::handshake(TokioExecutor::new(), stream).await;
        let (trunk, driven) = shaken.map_err(|error| Trouble::of(&error, false))?;
        spawn_local(async move { _ = driven.await });
        Ok(trunk)
    }

    async fn stream(&self) -> Result<Box<dyn Duplex>, Trouble> {
        let plain = TcpStream::connect(&self.addresses[..]).await.map_err(|_| Trouble::Connect)?;
        plain.set_nodelay(true).map_err(|_| Trouble::Connect)?;
        let Some(secure) = &self.secure else { return Ok(Box::new(plain)) };
        let shaken = secure.connector.connect(secure.name.clone(), plain).await;
        Ok(Box::new(shaken.map_err(|_| Trouble::Connect)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_that_answered_is_dialed_before_those_that_did_not() {
        let place = Place::of("http://127.0.0.1/", false).expect("a place");
        let mut dialer = Dialer::new(&place, &Tls::default(), false).expect("a dialer");
        let [a, b, c] = [1, 2, 3].map(|last| SocketAddr::from(([192, 0, 2, last], 80)));
        dialer.addresses = vec![a, b, c];
        dialer.begin_with(b);
        assert_eq!(dialer.addresses, [b, a, c]);
    }
}
