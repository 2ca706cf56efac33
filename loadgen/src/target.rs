//! Where a run goes: a private server of ours, or somebody's.

use std::fmt;
use std::net::{IpAddr, ToSocketAddrs};

use crate::error::RunError;
use crate::server::PrivateServer;
use crate::service::Service;
use crate::settings::Settings;

/// Where a run goes.
pub enum Target {
    /// A server that herdlab started.
    Private(PrivateServer),
    /// A cache in this process.
    Memory,
    /// A server of somebody's: see [`Service::urls`].
    Url(String),
}

impl Target {
    /// A cache of our own.
    ///
    /// # Errors
    /// As [`PrivateServer::start`].
    pub fn start(service: Service) -> Result<Self, RunError> {
        match service {
            Service::Memory => Ok(Self::Memory),
            Service::Redis | Service::Memcached => PrivateServer::start(service).map(Self::Private),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private(server) => f.debug_tuple("Private").field(server).finish(),
            Self::Memory => f.write_str("Memory"),
            Self::Url(url) => f.debug_tuple("Url").field(&redacted(url)).finish(),
        }
    }
}

/// As it may be shown: the name of its service, or the URL without what is secret in it.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private(server) => f.write_str(server.service().name()),
            Self::Memory => f.write_str(Service::Memory.name()),
            Self::Url(url) => f.write_str(&redacted(url)),
        }
    }
}

/// A target's address. Whether it makes sense is its service's to say.
pub(crate) struct Address {
    service: Service,
    url: String,
    shown: String,
    ours: bool,
}

impl Address {
    /// The target's address.
    ///
    /// # Errors
    /// [`RunError::Address`] if no service has such addresses.
    pub(crate) fn of(target: &Target) -> Result<Self, RunError> {
        let url = match target {
            Target::Private(server) => server.url(),
            Target::Memory => return Ok(Self::in_process()),
            Target::Url(url) => url.clone(),
        };
        let shown = redacted(&url);
        let Some(service) = Service::of_url(&url) else {
            return Err(RunError::address(shown));
        };
        Ok(Self { service, url, shown, ours: matches!(target, Target::Private(_)) })
    }

    /// That of a cache in this process.
    pub(crate) fn in_process() -> Self {
        let shown = Service::Memory.name().to_owned();
        Self { service: Service::Memory, url: String::new(), shown, ours: true }
    }

    /// What is there.
    pub(crate) const fn service(&self) -> Service {
        self.service
    }

    /// The URL, with all that is secret in it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether we started the server.
    pub(crate) const fn is_ours(&self) -> bool {
        self.ours
    }

    /// The address as it may be shown.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The error that it makes no sense.
    pub(crate) fn nonsense(&self) -> RunError {
        RunError::address(self.shown.clone())
    }

    /// Refuses a host that is another machine, unless that is allowed.
    ///
    /// # Errors
    /// [`RunError::Remote`].
    pub(crate) fn check_host(
        &self,
        host: &str,
        port: u16,
        settings: &Settings,
    ) -> Result<(), RunError> {
        if settings.allow_remote || is_local(host, port) {
            return Ok(());
        }
        Err(RunError::Remote { address: self.shown.clone() })
    }
}

/// Whether all that a name stands for is this machine. A name that cannot be resolved is not known to be.
pub(crate) fn is_local(host: &str, port: u16) -> bool {
    if let Ok(ip) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
        return ip.is_loopback();
    }
    (host, port).to_socket_addrs().is_ok_and(|all| {
        let all: Vec<_> = all.collect();
        !all.is_empty() && all.iter().all(|addr| addr.ip().is_loopback())
    })
}

/// The URL without what is secret in it: everything before the last `@` of the authority, and the values of `user` and
/// `pass` in the query.
fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "the address given".to_owned() };
    let (place, query) = rest.split_once('?').map_or((rest, None), |(p, q)| (p, Some(q)));
    let place =
        place.rsplit_once('@').map_or_else(|| place.to_owned(), |(_, p)| format!("***@{p}"));
    let shown = |pair: &str| match pair.split_once('=') {
        Some(("db", value)) => format!("db={value}"),
        Some((name, _)) => format!("{name}=***"),
        None => "***".to_owned(),
    };
    match query {
        Some(query) => {
            let query: Vec<String> = query.split('&').map(shown).collect();
            format!("{scheme}://{place}?{}", query.join("&"))
        }
        None => format!("{scheme}://{place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::backend::{memcached, redis};

    fn address(url: &str, allow_remote: bool) -> Result<(), RunError> {
        let settings = Settings { allow_remote, ..Settings::default() };
        let address = Address::of(&Target::Url(url.to_owned()))?;
        match address.service() {
            Service::Redis => redis::Place::of(&address, &settings).map(|_| ()),
            Service::Memcached => memcached::endpoint(&address, &settings).map(|_| ()),
            Service::Memory => Ok(()),
        }
    }

    #[test]
    fn only_this_machine_is_loaded_unless_that_is_allowed() {
        for local in [
            "redis://127.0.0.1:7000/3",
            "redis://[::1]:7000",
            "rediss://127.0.0.1:7000/3",
            "redis+unix:///tmp/r.sock?db=2",
            "memcached://127.0.0.1",
            "memcached://[::1]:11212/",
            "memcached+unix:///tmp/m.sock",
        ] {
            assert!(address(local, false).is_ok(), "{local}");
        }
        for remote in [
            "redis://192.0.2.1:6379",
            "redis://no-such-host.invalid:6379",
            "rediss://192.0.2.1",
            "memcached://192.0.2.1",
            "memcached://no-such-host.invalid:11211",
        ] {
            assert!(matches!(address(remote, false), Err(RunError::Remote { .. })), "{remote}");
            assert!(address(remote, true).is_ok(), "{remote}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in [
            "",
            "redis",
            "http://127.0.0.1",
            "redis://127.0.0.1:port",
            "memory://",
            "memcached://",
            "memcached://joe:s3cret@127.0.0.1",
            "memcached://127.0.0.1:port",
            "memcached://127.0.0.1/3",
            "memcached+unix://",
        ] {
            assert!(matches!(address(bad, true), Err(RunError::Address { .. })), "{bad}");
        }
    }

    #[test]
    fn no_password_is_ever_shown() {
        for secret in [
            "redis://:s3cret@192.0.2.1:6379/0",
            "redis://joe:s3c@s3cret@192.0.2.1",
            "rediss://joe:s3cret@192.0.2.1/1",
            "redis+unix:///tmp/r.sock?db=2&pass=s3cret&user=joe",
            "redis://joe:s3cret@not a host",
            "redis:s3cret",
        ] {
            let shown = format!("{:?} {}", Target::Url(secret.to_owned()), redacted(secret));
            assert!(!shown.contains("s3c"), "{shown}");
            if let Err(error) = address(secret, false) {
                assert!(!format!("{error} {error:?}").contains("s3c"), "{error}");
            }
        }
        assert_eq!(redacted("redis+unix:///a?db=2&pass=x"), "redis+unix:///a?db=2&pass=***");
    }
}
