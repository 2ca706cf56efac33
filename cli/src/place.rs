//! Where a run goes: what `--on` says. It may hold a password, which nothing here shows.

use herdlab_loadgen::{PrivateRedis, Target};

use crate::exit::Stop;

/// Where a run goes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Virtual time.
    Model,
    /// A redis-server of our own, in real time.
    Private,
    /// Somebody's server, in real time.
    Url(String),
}

impl Place {
    /// What `--on` says.
    pub(crate) fn parse(on: &str) -> Result<Self, Stop> {
        match on {
            "model" => return Ok(Self::Model),
            "redis" => return Ok(Self::Private),
            url if url.starts_with("redis://") || url.starts_with("redis+unix://") => {
                return Ok(Self::Url(url.to_owned()));
            }
            _ => {}
        }
        let word = on.split_once("://").map_or(on, |(scheme, _)| scheme);
        let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '+');
        let said = if plain { format!("{word:?}") } else { "what --on says".to_owned() };
        let hint = "--on takes model, redis, redis://host:port/db or redis+unix:///path";
        Err(Stop::usage(format!("error: herdlab does not run on {said}\n  = help: {hint}")))
    }

    /// Whether time is real there.
    pub(crate) fn is_real(&self) -> bool {
        *self != Self::Model
    }

    /// As it may be shown and as `--on` takes it, but for what is secret in it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Model => "model".to_owned(),
            Self::Private => "redis".to_owned(),
            Self::Url(url) => Target::Url(url.clone()).to_string(),
        }
    }

    /// For the load generator; nothing for the model. Starts a private server.
    pub(crate) fn target(&self) -> Result<Option<Target>, Stop> {
        Ok(match self {
            Self::Model => None,
            Self::Private => Some(Target::Private(PrivateRedis::start()?)),
            Self::Url(url) => Some(Target::Url(url.clone())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn no_secret_is_shown_whatever_it_stands_in() {
        for on in [
            "redis://joe:s3cret@127.0.0.1:1/0",
            "redis+unix:///tmp/r.sock?db=1&pass=s3cret",
            ":s3cret@127.0.0.1:1",
            "redis:s3cret",
            "http://joe:s3cret@127.0.0.1",
            "joe:s3cret://127.0.0.1",
        ] {
            let shown = match Place::parse(on) {
                Ok(place) => place.shown(),
                Err(stop) => stop.message,
            };
            assert!(!shown.contains("s3cret"), "{on}: {shown}");
        }
    }

    #[test]
    fn what_is_shown_is_what_was_said_if_nothing_is_secret() {
        for on in ["model", "redis", "redis://127.0.0.1:7000/3", "redis+unix:///tmp/r.sock?db=2"] {
            assert!(Place::parse(on).is_ok_and(|place| place.shown() == on), "{on}");
        }
    }
}
