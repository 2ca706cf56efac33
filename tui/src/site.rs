//! A run over HTTP: the cache is the site's own, so it is seen from outside only, and so may be what is behind it.

use herdlab_sim::plan::Change;

/// What is behind a site.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Site {
    /// An origin of this program: seen while it works, and ours to change.
    Ours,
    /// An origin that tells at the end what reached it.
    Elsewhere,
    /// Nobody who tells.
    Unknown,
}

impl Site {
    /// Why nothing is shown of the origin, if so.
    pub(crate) const fn silence(self) -> Option<&'static str> {
        match self {
            Self::Ours => None,
            Self::Elsewhere => {
                Some("the origin is another process: the summary tells what reached it")
            }
            Self::Unknown => {
                Some("nobody tells what reaches the origin (--origin HOST:PORT has one that does)")
            }
        }
    }

    /// Why that cannot be done here, if so.
    pub(crate) const fn refuses(self, change: &Change) -> Option<&'static str> {
        match (change.is_of_origin(), self) {
            (true, Self::Ours) => None,
            (true, _) => {
                Some("this origin is not ours to change: --origin HOST:PORT starts one that is")
            }
            (false, _) => Some(
                "this is a site: its cache is out of reach, and only an origin of ours can be changed",
            ),
        }
    }
}
