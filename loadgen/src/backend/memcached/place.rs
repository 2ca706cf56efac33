//! A memcached URL: `memcached://host[:port]` or `memcached+unix:///path`.

use super::super::Endpoint;
use crate::error::RunError;
use crate::settings::Settings;
use crate::target::Address;

/// Memcached's own port.
const PORT: u16 = 11_211;

/// The place of an address.
///
/// # Errors
/// [`RunError::Address`] if it is none, [`RunError::Remote`] if it is another machine's and that is not allowed.
pub(crate) fn endpoint(address: &Address, settings: &Settings) -> Result<Endpoint, RunError> {
    let place = parsed(address.url()).ok_or_else(|| address.nonsense())?;
    if let Endpoint::Tcp(host, port) = &place {
        address.check_host(host, *port, settings)?;
    }
    Ok(place)
}

/// Nothing if it is none; users and passwords are none, as we speak no SASL.
fn parsed(url: &str) -> Option<Endpoint> {
    if let Some(path) = url.strip_prefix("memcached+unix://") {
        return path.starts_with('/').then(|| Endpoint::Unix(path.into()));
    }
    let place = url.strip_prefix("memcached://")?;
    let place = place.strip_suffix('/').unwrap_or(place);
    if place.is_empty() || place.contains(['@', '/', '?', '#']) {
        return None;
    }
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (place, PORT),
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    (!bare.is_empty()).then(|| Endpoint::Tcp(bare.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_ports_and_paths_are_told_apart() {
        let tcp = |host: &str, port| Some(Endpoint::Tcp(host.to_owned(), port));
        assert_eq!(parsed("memcached://a.b"), tcp("a.b", PORT));
        assert_eq!(parsed("memcached://127.0.0.1:7/"), tcp("127.0.0.1", 7));
        assert_eq!(parsed("memcached://[::1]"), tcp("::1", PORT));
        assert_eq!(parsed("memcached://[::1]:7"), tcp("::1", 7));
        assert_eq!(parsed("memcached+unix:///a/b"), Some(Endpoint::Unix("/a/b".into())));
        for bad in ["memcached://:7", "memcached://a:b", "memcached://u:p@a", "memcached+unix://a"]
        {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }
}
