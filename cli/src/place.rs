//! Where a run goes: what `--on` says. It may hold a password, which nothing here shows.

use herdlab_loadgen::{Service, Target};

use crate::exit::Stop;

/// Where a run goes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Virtual time.
    Model,
    /// A cache of our own, in real time.
    Own(Service),
    /// Somebody's server, in real time.
    Url(String),
}

impl Place {
    /// What `--on` says.
    pub(crate) fn parse(on: &str) -> Result<Self, Stop> {
        if on == "model" {
            return Ok(Self::Model);
        }
        if let Some(service) = Service::named(on) {
            return Ok(Self::Own(service));
        }
        if Service::of_url(on).is_some() {
            return Ok(Self::Url(on.to_owned()));
        }
        let word = on.split_once("://").map_or(on, |(scheme, _)| scheme);
        let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '+');
        let said = if plain { format!("{word:?}") } else { "what --on says".to_owned() };
        let names = Service::ALL.iter().map(|service| service.name());
        let urls = Service::ALL.iter().flat_map(|service| service.urls()).copied();
        let known: Vec<&str> = ["model"].into_iter().chain(names).chain(urls).collect();
        let hint = format!("--on takes {}", known.join(", "));
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
            Self::Own(service) => service.name().to_owned(),
            Self::Url(url) => Target::Url(url.clone()).to_string(),
        }
    }

    /// For the load generator; nothing for the model. Starts a private server.
    pub(crate) fn target(&self) -> Result<Option<Target>, Stop> {
        Ok(match self {
            Self::Model => None,
            Self::Own(service) => Some(Target::start(*service)?),
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
            "memcached://joe:s3cret@127.0.0.1:1",
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
        for on in [
            "model",
            "redis",
            "memcached",
            "memory",
            "redis://127.0.0.1:7000/3",
            "redis+unix:///tmp/r.sock?db=2",
            "memcached://127.0.0.1:7000",
        ] {
            assert!(Place::parse(on).is_ok_and(|place| place.shown() == on), "{on}");
        }
    }
}
