//! A Redis URL, taken apart: where the server is, who we are there, and which of its databases is meant.

use redis::{ConnectionAddr, IntoConnectionInfo};

use super::super::Endpoint;
use super::super::tls::Secure;
use crate::error::RunError;
use crate::settings::Settings;
use crate::target::Address;

/// A server, and how one is let in there.
#[derive(Clone)]
pub(crate) struct Place {
    pub(super) endpoint: Endpoint,
    /// How to speak TLS with it, if it wants that.
    pub(super) secure: Option<Secure>,
    /// Whether small writes are sent at once.
    pub(super) nodelay: bool,
    /// The ACL user; the default one, if none.
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    /// The logical database.
    pub(super) database: i64,
}

impl Place {
    /// The place of an address.
    ///
    /// # Errors
    /// [`RunError::Address`] if it is none, [`RunError::Remote`] if it is another machine's and that is not allowed,
    /// [`RunError::Credentials`] if what TLS needs cannot be used.
    pub(crate) fn of(address: &Address, settings: &Settings) -> Result<Self, RunError> {
        let url = address.url();
        let tls = url.starts_with("rediss://");
        let plain = if tls { url.replacen("rediss", "redis", 1) } else { url.to_owned() };
        let info = plain.into_connection_info().map_err(|_| address.nonsense())?;
        let (endpoint, secure) = match info.addr() {
            ConnectionAddr::Tcp(host, port) => {
                address.check_host(host, *port, settings)?;
                let host = host.trim_matches(['[', ']']).to_owned();
                let secure = if tls { Some(settings.tls.secure(&host)?) } else { None };
                (Endpoint::Tcp(host, *port), secure)
            }
            ConnectionAddr::Unix(path) => (Endpoint::Unix(path.clone()), None),
            _ => return Err(address.nonsense()),
        };
        let redis = info.redis_settings();
        Ok(Self {
            endpoint,
            secure,
            nodelay: settings.client.nodelay,
            user: redis.username().map(str::to_owned),
            password: redis.password().map(str::to_owned),
            database: redis.db(),
        })
    }
}
