//! A Redis URL, as the client wants it.

use redis::io::tcp::TcpSettings;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};

use crate::error::RunError;
use crate::settings::Settings;
use crate::target::Address;

/// How to connect to an address.
///
/// # Errors
/// [`RunError::Address`] if it is none, [`RunError::Remote`] if it is another machine's and that is not allowed.
pub(crate) fn info(address: &Address, settings: &Settings) -> Result<ConnectionInfo, RunError> {
    let info = match address.url().into_connection_info() {
        Ok(info) if info.addr().is_supported() => info,
        _ => return Err(address.nonsense()),
    };
    match info.addr() {
        ConnectionAddr::Tcp(host, port) => address.check_host(host, *port, settings)?,
        ConnectionAddr::Unix(_) => {}
        _ => return Err(address.nonsense()),
    }
    let tcp = TcpSettings::default().set_nodelay(settings.nodelay);
    let quiet = info.redis_settings().clone().set_skip_set_lib_name();
    Ok(info.set_tcp_settings(tcp).set_redis_settings(quiet))
}
