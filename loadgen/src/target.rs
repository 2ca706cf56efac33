//! Where a run goes: a private server of ours, or somebody's.

use std::fmt;
use std::net::{IpAddr, ToSocketAddrs};

use redis::io::tcp::TcpSettings;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};

use crate::error::RunError;
use crate::server::PrivateRedis;
use crate::settings::Settings;

/// Where a run goes.
pub enum Target {
    /// A server that herdlab started.
    Private(PrivateRedis),
    /// `redis://[[user]:password@]host[:port][/db]` or `redis+unix:///path[?db=0]`.
    Url(String),
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private(server) => f.debug_tuple("Private").field(server).finish(),
            Self::Url(url) => f.debug_tuple("Url").field(&redacted(url)).finish(),
        }
    }
}

/// As it may be shown: `redis`, or the URL without what is secret in it.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private(_) => f.write_str("redis"),
            Self::Url(url) => f.write_str(&redacted(url)),
        }
    }
}

/// An address that was looked at: it is one, and it may be loaded.
pub(crate) struct Address {
    info: ConnectionInfo,
    shown: String,
    ours: bool,
}

impl Address {
    /// The target's address.
    ///
    /// # Errors
    /// [`RunError::Address`] if it is none, [`RunError::Remote`] if it is another machine's and that is not allowed.
    pub(crate) fn of(target: &Target, settings: &Settings) -> Result<Self, RunError> {
        let url = match target {
            Target::Private(server) => server.url(),
            Target::Url(url) => url.clone(),
        };
        let shown = redacted(&url);
        let info = match url.as_str().into_connection_info() {
            Ok(info) if info.addr().is_supported() => info,
            _ => return Err(RunError::Address { address: shown }),
        };
        if !settings.allow_remote && !is_local(info.addr()) {
            return Err(RunError::Remote { address: shown });
        }
        let tcp = TcpSettings::default().set_nodelay(settings.nodelay);
        let quiet = info.redis_settings().clone().set_skip_set_lib_name();
        let info = info.set_tcp_settings(tcp).set_redis_settings(quiet);
        Ok(Self { info, shown, ours: matches!(target, Target::Private(_)) })
    }

    /// What a client needs.
    pub(crate) const fn info(&self) -> &ConnectionInfo {
        &self.info
    }

    /// Whether we started the server.
    pub(crate) const fn is_ours(&self) -> bool {
        self.ours
    }

    /// The address as it may be shown.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }
}

/// Whether all that a name stands for is this machine. A name that cannot be resolved is not known to be.
fn is_local(addr: &ConnectionAddr) -> bool {
    let (host, port) = match addr {
        ConnectionAddr::Tcp(host, port) => (host.as_str(), *port),
        ConnectionAddr::Unix(_) => return true,
        _ => return false,
    };
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

    fn address(url: &str, allow_remote: bool) -> Result<Address, RunError> {
        let settings = Settings { allow_remote, ..Settings::default() };
        Address::of(&Target::Url(url.to_owned()), &settings)
    }

    #[test]
    fn only_this_machine_is_loaded_unless_that_is_allowed() {
        for local in
            ["redis://127.0.0.1:7000/3", "redis://[::1]:7000", "redis+unix:///tmp/r.sock?db=2"]
        {
            assert!(address(local, false).is_ok(), "{local}");
        }
        for remote in ["redis://192.0.2.1:6379", "redis://no-such-host.invalid:6379"] {
            assert!(matches!(address(remote, false), Err(RunError::Remote { .. })), "{remote}");
            assert!(address(remote, true).is_ok(), "{remote}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in ["", "redis", "http://127.0.0.1", "redis://127.0.0.1:port", "rediss://127.0.0.1"]
        {
            assert!(matches!(address(bad, true), Err(RunError::Address { .. })), "{bad}");
        }
    }

    #[test]
    fn no_password_is_ever_shown() {
        for secret in [
            "redis://:s3cret@192.0.2.1:6379/0",
            "redis://joe:s3c@s3cret@192.0.2.1",
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
