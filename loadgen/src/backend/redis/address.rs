//! A Redis URL, taken apart: where the server is, who we are there, and which of its databases is meant.

use std::path::PathBuf;

use redis::{ConnectionAddr, IntoConnectionInfo};

use super::super::tls::Secure;
use crate::error::RunError;
use crate::settings::Settings;
use crate::target::Address;

/// A server, and how one is let in there.
#[derive(Clone)]
pub(crate) struct Place {
    pub(super) seat: Seat,
    /// Whether small writes are sent at once.
    pub(super) nodelay: bool,
    /// The ACL user; the default one, if none.
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    /// The logical database.
    pub(super) database: i64,
}

/// Where a server listens.
#[derive(Clone)]
pub(super) enum Seat {
    Tcp(String, u16),
    Tls(String, u16, Secure),
    Unix(PathBuf),
}

impl Place {
    /// The place of an address.
    ///
    /// # Errors
    /// [`RunError::Address`] if it is none, [`RunError::Remote`] if it is another machine's and that is not allowed,
    /// [`RunError::Credentials`] if what TLS needs cannot be used.
    pub(crate) fn of(address: &Address, settings: &Settings) -> Result<Self, RunError> {
        let url = address.url();
        let secure = url.starts_with("rediss://");
        let plain = if secure { url.replacen("rediss", "redis", 1) } else { url.to_owned() };
        let info = plain.into_connection_info().map_err(|_| address.nonsense())?;
        let seat = match info.addr() {
            ConnectionAddr::Tcp(host, port) => {
                address.check_host(host, *port, settings)?;
                let host = host.trim_matches(['[', ']']).to_owned();
                if secure {
                    let secure = settings.tls.secure(&host)?;
                    Seat::Tls(host, *port, secure)
                } else {
                    Seat::Tcp(host, *port)
                }
            }
            ConnectionAddr::Unix(path) => Seat::Unix(path.clone()),
            _ => return Err(address.nonsense()),
        };
        let redis = info.redis_settings();
        Ok(Self {
            seat,
            nodelay: settings.nodelay,
            user: redis.username().map(str::to_owned),
            password: redis.password().map(str::to_owned),
            database: redis.db(),
        })
    }
}
