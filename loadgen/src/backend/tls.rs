//! TLS to a cache, checked against a CA that the user names, or those that the system trusts.
//!
//! A certificate that cannot be checked is an error: there is no way to go on without.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde::Serialize;
use tokio_rustls::TlsConnector;

use crate::error::RunError;

/// What TLS needs to know beside an address. Paths are of PEM files.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Tls {
    /// The CA that has signed the server's certificate; none for those that the system trusts.
    pub ca: Option<PathBuf>,
    /// Our own certificate, for a server that asks for one, and the chain up to its CA.
    pub certificate: Option<PathBuf>,
    /// The key of our certificate.
    pub key: Option<PathBuf>,
    /// The name in the server's certificate; that in the address, if none.
    pub name: Option<String>,
}

/// TLS, ready to be spoken with one server.
#[derive(Clone)]
pub(crate) struct Secure {
    pub(crate) connector: TlsConnector,
    pub(crate) name: ServerName<'static>,
}

impl Tls {
    /// Reads the files. `host` is the server's name in its address.
    ///
    /// # Errors
    /// [`RunError::Credentials`] if one of them cannot be used, or the name is none.
    pub(crate) fn secure(&self, host: &str) -> Result<Secure, RunError> {
        self.secure_for(host, &[])
    }

    /// The same for a server that has to speak one of these protocols, by their names in TLS.
    ///
    /// # Errors
    /// As [`secure`](Self::secure).
    pub(crate) fn secure_for(&self, host: &str, protocols: &[&[u8]]) -> Result<Secure, RunError> {
        let mut config = self.config()?;
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let name = self.name.as_deref().unwrap_or(host);
        let name = ServerName::try_from(name.to_owned())
            .map_err(|_| wrong(format!("{name:?} cannot be the name in a certificate")))?;
        Ok(Secure { connector: TlsConnector::from(Arc::new(config)), name })
    }

    /// The client's side of TLS as these files have it.
    ///
    /// # Errors
    /// [`RunError::Credentials`] if one of them cannot be used.
    pub(crate) fn config(&self) -> Result<ClientConfig, RunError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(error.to_string()))?
            .with_root_certificates(self.roots()?);
        match (&self.certificate, &self.key) {
            (None, None) => Ok(config.with_no_client_auth()),
            (Some(certificate), Some(key)) => {
                let chain = certificates(certificate)?;
                let secret = PrivateKeyDer::from_pem_file(key).map_err(|why| unusable(key, why))?;
                config
                    .with_client_auth_cert(chain, secret)
                    .map_err(|why| unusable(certificate, format!("with {}: {why}", key.display())))
            }
            _ => Err(wrong("a certificate of ours needs its key, and a key its certificate")),
        }
    }

    fn roots(&self) -> Result<RootCertStore, RunError> {
        let mut roots = RootCertStore::empty();
        if let Some(ca) = &self.ca {
            for certificate in certificates(ca)? {
                roots.add(certificate).map_err(|why| unusable(ca, why))?;
            }
        } else {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs); // a broken one among them is nobody's CA
        }
        if roots.is_empty() {
            return Err(wrong("this system trusts no CA; name one with --tls-ca"));
        }
        Ok(roots)
    }
}

/// The certificates of a file, at least one.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, RunError> {
    let all: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(file).and_then(|certificates| certificates.collect());
    let all = all.map_err(|why| unusable(file, why))?;
    if all.is_empty() {
        return Err(unusable(file, "there is no certificate in it; it has to be PEM"));
    }
    Ok(all)
}

fn unusable(file: &Path, why: impl std::fmt::Display) -> RunError {
    wrong(format!("{}: {why}", file.display()))
}

fn wrong(reason: impl Into<String>) -> RunError {
    RunError::Credentials { reason: reason.into() }
}
