//! The origin behind the site, if it is one of ours: its figures join those of the run.

use std::net::SocketAddr;
use std::time::Duration;

use herdlab_sim::measure::{Ledger, Window};
use herdlab_sim::plan::Change;
use hyper::{Method, Uri};
use tokio::runtime::{Builder, LocalOptions};
use tokio::time::timeout;

use super::client::Client;
use super::dialer::{Asked, Dialer};
use super::trouble::Trouble;
use crate::backend::tls::Tls;
use crate::clock::Clock;
use crate::error::RunError;
use crate::http::Place;
use crate::origin::SharedOrigin;
use crate::site::{OriginServer, Site, SiteFigures};

/// The longest that an origin may take to tell its figures.
const PATIENCE: Duration = Duration::from_secs(5);
/// No origin of ours has more to tell.
const MOST: usize = 64 << 10;

/// What is behind the site.
#[derive(Clone, Debug)]
pub enum Behind {
    /// Nothing of ours.
    Unknown,
    /// An origin that the run starts on its own clock, and ends.
    Start(Box<Site>),
    /// An origin that listens already.
    Running(SocketAddr),
}

/// An origin that the run is joined to.
#[derive(Debug)]
pub(super) enum Joined {
    Unknown,
    Ours(OriginServer),
    Running(Remote),
}

impl Joined {
    /// Starts the origin, or looks whether it answers.
    pub(super) fn begin(behind: &Behind, clock: Clock, window: Window) -> Result<Self, RunError> {
        Ok(match behind {
            Behind::Unknown => Self::Unknown,
            Behind::Start(site) => {
                Self::Ours(OriginServer::start_at((**site).clone(), clock, window)?)
            }
            Behind::Running(address) => {
                let remote = Remote(*address);
                remote.figures()?;
                Self::Running(remote)
            }
        })
    }

    /// The warm-up is over: whoever counts for itself counts from now on.
    pub(super) fn measure(&self) -> Result<(), RunError> {
        match self {
            Self::Running(remote) => remote.count_anew(),
            Self::Unknown | Self::Ours(_) => Ok(()),
        }
    }

    /// The origin itself, if it is ours to see.
    pub(super) fn origin(&self) -> Option<&SharedOrigin> {
        match self {
            Self::Ours(server) => Some(server.origin()),
            Self::Unknown | Self::Running(_) => None,
        }
    }

    /// What reached it, as far as it is ours to see.
    pub(super) fn ledger(&self, window: Window) -> Ledger {
        self.origin().map_or_else(|| Ledger::new(window), SharedOrigin::ledger)
    }

    /// What another process tells of itself.
    pub(super) fn figures(&self) -> Result<Option<SiteFigures>, RunError> {
        match self {
            Self::Running(remote) => remote.figures().map(Some),
            Self::Unknown | Self::Ours(_) => Ok(None),
        }
    }
}

/// What is answered, whole; what is cut off is no figures.
async fn hear(client: &Client, asked: Asked) -> Result<Vec<u8>, Trouble> {
    let mut reply = client.send(asked).await?;
    if !reply.status().is_success() {
        return Err(Trouble::Status);
    }
    let mut text = Vec::new();
    while let Some(piece) = reply.piece().await? {
        text.extend_from_slice(&piece);
        if text.len() > MOST {
            break;
        }
    }
    Ok(text)
}

/// An origin of ours in another process.
#[derive(Copy, Clone, Debug)]
pub(super) struct Remote(SocketAddr);

impl Remote {
    fn figures(self) -> Result<SiteFigures, RunError> {
        let text = self.ask(Method::GET, "/_herdlab/figures")?;
        serde_json::from_slice(&text)
            .map_err(|error| self.unreachable(format!("it is no herdlab origin: {error}")))
    }

    fn count_anew(self) -> Result<(), RunError> {
        self.ask(Method::POST, "/_herdlab/begin").map(drop)
    }

    /// Asks, on a runtime for this one question.
    fn ask(self, method: Method, path: &'static str) -> Result<Vec<u8>, RunError> {
        let place = Place::of(&format!("http://{}", self.0), true)?;
        let dialer = Dialer::new(&place, &Tls::default(), false)?;
        let mut asked = Asked::default();
        (*asked.method_mut(), *asked.uri_mut()) = (method, Uri::from_static(path));
        let runtime =
            Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
        let told = runtime.block_on(async {
            let client = Client::of_lines(dialer, false);
            timeout(PATIENCE, hear(&client, asked)).await.unwrap_or(Err(Trouble::SlowHead))
        });
        told.map_err(|trouble| self.unreachable(trouble.means().to_owned()))
    }

    fn unreachable(self, reason: String) -> RunError {
        RunError::Unreachable { address: format!("the origin at {}", self.0), reason }
    }

    /// Where it is.
    pub(super) fn place(address: &str) -> Result<SocketAddr, RunError> {
        let place = Place::of(address, false)?;
        place.addresses().first().copied().ok_or_else(|| RunError::Unreachable {
            address: address.to_owned(),
            reason: "its name has no address".to_owned(),
        })
    }
}

impl Behind {
    /// Whether a plan's event happens in a run over HTTP: the schedule knows its rates, an origin of ours what is done to
    /// it. Everything else would be done to the site's cache, which is its own.
    #[must_use]
    pub const fn bears(&self, change: Change) -> bool {
        match change {
            Change::Rate(_) => true,
            change => matches!(self, Self::Start(_)) && change.is_of_origin(),
        }
    }

    /// An origin that listens at that URL of this machine.
    ///
    /// # Errors
    /// As [`Place::of`].
    pub fn running(url: &str) -> Result<Self, RunError> {
        Remote::place(url).map(Self::Running)
    }
}
