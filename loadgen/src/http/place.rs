//! Where requests go: one host, whose addresses are looked up once and kept.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::error::RunError;
use crate::target::is_local;

/// The longest wait for a first connection.
const FIRST: Duration = Duration::from_secs(5);

/// Where requests go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    secure: bool,
    host: String,
    port: u16,
    local: bool,
    addresses: Vec<SocketAddr>,
}

impl Place {
    /// The host of a URL or of a template of one. It has to stand there as it is: a variable in it would be another
    /// machine.
    ///
    /// # Errors
    /// [`RunError::Template`] if there is no host, [`RunError::Remote`] if it is another machine and that is not
    /// allowed, [`RunError::Unreachable`] if its name is not known.
    pub fn of(url: &str, allow_remote: bool) -> Result<Self, RunError> {
        let place = Self::parse(url).map_err(|reason| RunError::Template {
            what: "the URL",
            text: shown(url),
            reason,
        })?;
        if !place.local && !allow_remote {
            return Err(RunError::Remote { address: place.shown() });
        }
        place.look_up()
    }

    fn parse(url: &str) -> Result<Self, String> {
        let example = "write one such as 'http://127.0.0.1:8000/product/{id}'";
        let (scheme, rest) =
            url.split_once("://").ok_or_else(|| format!("has no scheme; {example}"))?;
        let secure = match scheme {
            "http" => false,
            "https" => true,
            _ => return Err(format!("is neither http nor https; {example}")),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            let instead = "--header 'Authorization: Basic ...'";
            return Err(format!("holds a user's name; say who you are by {instead}"));
        }
        let usual = if secure { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| format!("has no port that is one; {example}"))?)
            }
            _ => (authority, usual),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
        if host.is_empty() || !host.chars().all(allowed) {
            return Err(format!("has no host that stands there as it is; {example}"));
        }
        let local = is_local(host, port);
        Ok(Self { secure, host: host.to_owned(), port, local, addresses: Vec::new() })
    }

    /// Its addresses, which stay the same however its name is answered later: what was checked is what is loaded.
    fn look_up(mut self) -> Result<Self, RunError> {
        let bare = self.host.trim_matches(['[', ']']);
        let found = (bare, self.port).to_socket_addrs();
        let address = self.shown();
        match found.map(Iterator::collect::<Vec<_>>) {
            Ok(found) if !found.is_empty() => self.addresses = found,
            Ok(_) => {
                let reason = "its name has no address".to_owned();
                return Err(RunError::Unreachable { address, reason });
            }
            Err(error) => {
                return Err(RunError::Unreachable { address, reason: error.to_string() });
            }
        }
        Ok(self)
    }

    /// Whether it is this machine.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        self.local
    }

    /// Whether it speaks TLS.
    pub(super) const fn is_secure(&self) -> bool {
        self.secure
    }

    /// Its scheme, host and port.
    #[must_use]
    pub fn shown(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    /// Its host, and its port where that is not the usual one.
    pub(super) fn authority(&self) -> String {
        let usual = if self.secure { 443 } else { 80 };
        if self.port == usual { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// The host as a URL has it.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Where it is.
    pub(super) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Whether anybody listens there.
    ///
    /// # Errors
    /// [`RunError::Unreachable`] with what the last attempt said.
    pub(crate) fn reach(&self) -> Result<(), RunError> {
        self.answering().map(drop)
    }

    /// The first of its addresses where anybody listens.
    ///
    /// # Errors
    /// As [`Self::reach`].
    pub(super) fn answering(&self) -> Result<SocketAddr, RunError> {
        let mut reason = String::new();
        for address in &self.addresses {
            match TcpStream::connect_timeout(address, FIRST) {
                Ok(_) => return Ok(*address),
                Err(error) => reason = error.to_string(),
            }
        }
        Err(RunError::Unreachable { address: self.shown(), reason })
    }

    /// Whether a URL is of this very place.
    pub(super) fn has(&self, url: &url::Url) -> bool {
        let scheme = if self.secure { "https" } else { "http" };
        url.scheme() == scheme
            && url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(&self.host))
            && url.port_or_known_default() == Some(self.port)
    }
}

/// A URL that may be shown though it is wrong: without what stands before an `@`.
fn shown(url: &str) -> String {
    url.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, rest)| format!("***@{rest}"))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn only_this_machine_is_loaded_unless_that_is_allowed() {
        for local in ["http://127.0.0.1:8000/{id}", "https://[::1]:8443", "http://localhost?a={id}"]
        {
            assert!(Place::of(local, false).is_ok_and(|place| place.is_local()), "{local}");
        }
        for remote in ["http://192.0.2.1/{id}", "https://no-such-host.invalid/"] {
            let refused = Place::of(remote, false);
            assert!(matches!(refused, Err(RunError::Remote { .. })), "{remote}: {refused:?}");
        }
        assert!(Place::of("http://192.0.2.1/{id}", true).is_ok_and(|place| !place.is_local()));
    }

    #[test]
    fn a_url_has_to_have_a_host_that_stands_there_and_no_secrets() {
        for bad in [
            "",
            "127.0.0.1/{id}",
            "ftp://127.0.0.1/",
            "http://{host}/",
            "http://:80/",
            "http://127.0.0.1:port/",
            "http://127.0.0.1:99999/",
            "http://joe:s3cret@127.0.0.1/",
        ] {
            match Place::of(bad, true) {
                Err(error @ RunError::Template { .. }) => {
                    assert!(!error.to_string().contains("s3cret"), "{error}");
                }
                other => panic!("{bad}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_address_where_somebody_listens_is_told_and_if_there_is_none_why() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = listener.local_addr().unwrap();
        let nobody = SocketAddr::from(([127, 0, 0, 2], there.port()));
        let mut place = Place::of("http://127.0.0.1/", false).unwrap();
        place.addresses = vec![nobody, there];
        assert!(place.answering().is_ok_and(|answering| answering == there));
        place.addresses = vec![nobody];
        assert!(matches!(place.answering(), Err(RunError::Unreachable { .. })));
    }

    #[test]
    fn another_port_or_scheme_is_another_place() {
        let place = Place::of("http://127.0.0.1:8000/{id}", false).unwrap();
        let has = |url: &str| place.has(&url.parse().unwrap());
        assert!(has("http://127.0.0.1:8000/other?x"));
        assert!(!has("http://127.0.0.1:8001/") && !has("https://127.0.0.1:8000/"));
        assert!(!has("http://127.0.0.2:8000/"));
    }
}
