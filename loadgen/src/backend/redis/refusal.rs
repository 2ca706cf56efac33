//! Why a Redis does not let us in, and what can be done about it. What it says never holds a password of ours.

use std::io::{self, ErrorKind};

use redis::RedisError;
use rustls::{AlertDescription, CertificateError, Error as TlsError};

use super::super::Endpoint;
use super::address::Place;
use crate::error::RunError;

/// What each reply of the server's means for whoever started the run, by the words in it.
const ADVICE: [(&str, &str); 9] = [
    ("WRONGPASS", "check the user and the password in the address"),
    ("NOAUTH", "it wants a password: redis://user:password@host:port"),
    ("ERR AUTH", "it has no password: leave it out of the address"),
    ("ERR Client sent AUTH", "it has no password: leave it out of the address"),
    ("NOPERM", PERMISSIONS),
    ("ERR DB index", "it has fewer databases: see CONFIG GET databases there"),
    ("ERR SELECT is not allowed", "a cluster has only database 0"),
    ("LOADING", "it still reads its data: wait until it has"),
    ("MISCONF", "it takes no writes before that is mended"),
];

/// What a run needs to be allowed.
const PERMISSIONS: &str = "a run needs ACL SETUSER name ~herdlab:* +@read +@write +@connection -@dangerous +info +evalsha +script|load there";

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Nobody is there.
    Unreachable(io::Error),
    /// Somebody is there, but TLS does not come about, or without TLS nothing does.
    Insecure(String),
    /// The server answers with an error.
    Said(String),
}

impl Refusal {
    /// The server's error, without the `-` before it.
    pub(super) fn said(said: &str) -> Self {
        Self::Said(advised(said))
    }

    /// What went wrong on the way.
    pub(super) fn of_io(error: io::Error, place: &Place) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) {
            return Self::Insecure(with(&tls.to_string(), tls_advice(tls)));
        }
        if !matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) {
            return Self::Unreachable(error);
        }
        let advice = match (&place.secure, &place.endpoint) {
            (Some(_), _) => {
                "it may speak no TLS (redis://), or want a certificate (--tls-cert, --tls-key)"
            }
            (None, Endpoint::Tcp(..)) => "it may speak only TLS (rediss://)",
            (None, Endpoint::Unix(_)) => "is it a Redis?",
        };
        Self::Insecure(with("it closed the connection", Some(advice)))
    }

    /// No answer in time.
    pub(super) fn late(place: &Place) -> Self {
        let advice = place.secure.is_some().then_some("does it speak TLS there?");
        let said = with("no connection in time", advice);
        Self::Unreachable(io::Error::new(ErrorKind::TimedOut, said))
    }

    /// As an error of the run.
    pub(super) fn at(self, shown: &str) -> RunError {
        let address = shown.to_owned();
        match self {
            Self::Unreachable(error) => {
                RunError::Unreachable { address, reason: error.to_string() }
            }
            Self::Insecure(reason) | Self::Said(reason) => RunError::Backend { address, reason },
        }
    }
}

/// An error of a command on a connection that was open.
impl From<RedisError> for Refusal {
    fn from(error: RedisError) -> Self {
        if matches!(error.kind(), redis::ErrorKind::Io) {
            return Self::Unreachable(io::Error::other(error.to_string()));
        }
        let text = match (error.code(), error.detail()) {
            (Some(code), Some(detail)) => format!("{code} {detail}"),
            _ => error.to_string(),
        };
        Self::said(&text)
    }
}

/// What the server said, and what that means.
fn advised(said: &str) -> String {
    let advice = ADVICE.iter().find(|(words, _)| said.contains(words));
    with(said, advice.map(|&(_, advice)| advice))
}

fn with(said: &str, advice: Option<&str>) -> String {
    match advice {
        Some(advice) => format!("{said}; {advice}"),
        None => said.to_owned(),
    }
}

fn tls_advice(error: &TlsError) -> Option<&'static str> {
    Some(match error {
        TlsError::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        ) => {
            "its certificate was signed by a CA that is not known here: name that CA with --tls-ca"
        }
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "if that is the right server, say a name that is in its certificate with --tls-name",
        TlsError::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => "renew the server's certificate",
        TlsError::InvalidMessage(_) => "it speaks no TLS there: redis://",
        TlsError::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::HandshakeFailure
            | AlertDescription::BadCertificate,
        ) => "it wants a certificate of ours: --tls-cert and --tls-key",
        TlsError::AlertReceived(AlertDescription::UnknownCA | AlertDescription::DecryptError) => {
            "it does not know the CA of our certificate (--tls-cert)"
        }
        _ => return None,
    })
}
