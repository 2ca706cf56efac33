//! The flags that TLS to a server needs, where its address asks for it (`rediss://`).

use std::path::PathBuf;

use clap::Args;
use herdlab_loadgen::Tls;

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct TlsArgs {
    /// CA that has signed the server's certificate (PEM), for rediss://; the system's CAs if not said
    #[arg(
        long,
        value_name = "FILE",
        env = "HERDLAB_TLS_CA",
        hide_short_help = true,
        help_heading = "Backend"
    )]
    tls_ca: Option<PathBuf>,
    /// Certificate of ours, for a server that asks for one (PEM)
    #[arg(
        long,
        value_name = "FILE",
        env = "HERDLAB_TLS_CERT",
        requires = "tls_key",
        hide_short_help = true,
        help_heading = "Backend"
    )]
    tls_cert: Option<PathBuf>,
    /// Key of that certificate (PEM)
    #[arg(
        long,
        value_name = "FILE",
        env = "HERDLAB_TLS_KEY",
        requires = "tls_cert",
        hide_short_help = true,
        help_heading = "Backend"
    )]
    tls_key: Option<PathBuf>,
    /// Name in the server's certificate, if it is not that in its address
    #[arg(
        long,
        value_name = "NAME",
        env = "HERDLAB_TLS_NAME",
        hide_short_help = true,
        help_heading = "Backend"
    )]
    tls_name: Option<String>,
}

impl TlsArgs {
    /// For the load generator.
    pub(crate) fn settings(&self) -> Tls {
        Tls {
            ca: self.tls_ca.clone(),
            certificate: self.tls_cert.clone(),
            key: self.tls_key.clone(),
            name: self.tls_name.clone(),
        }
    }

    /// The flags that were said, with their values.
    pub(crate) fn said(&self) -> Vec<(&'static str, String)> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let all = [
            ("--tls-ca", path(&self.tls_ca)),
            ("--tls-cert", path(&self.tls_cert)),
            ("--tls-key", path(&self.tls_key)),
            ("--tls-name", self.tls_name.clone()),
        ];
        all.into_iter().filter_map(|(flag, value)| Some((flag, value?))).collect()
    }
}
