//! How an exchange goes wrong: each way has a name of its own, and is counted under it.

use std::error::Error;
use std::io;

use herdlab_sim::world::Failure;
use serde::Serialize;

macro_rules! troubles {
    ($($(#[doc = $means:literal])+ $name:ident = $text:literal => $failure:ident,)*) => {
        /// How an exchange went wrong.
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
        pub enum Trouble {
            $($(#[doc = $means])+ #[serde(rename = $text)] $name,)*
        }

        impl Trouble {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What it means.
            #[must_use]
            pub const fn means(self) -> &'static str {
                match self { $(Self::$name => concat!($($means),+).trim_ascii(),)* }
            }

            /// What a run's summary counts it as.
            pub(super) const fn failure(self) -> Failure {
                match self { $(Self::$name => Failure::$failure,)* }
            }
        }
    };
}

troubles! {
    /// There was no connection: refused, unreachable, or no TLS.
    Connect = "connect" => Cache,
    /// The connection was cut before the answer was complete.
    Cut = "cut" => Cache,
    /// No head of an answer in time.
    SlowHead = "slow-head" => Timeout,
    /// A head in time, but not its body.
    SlowBody = "slow-body" => Timeout,
    /// What came was no HTTP.
    Malformed = "malformed" => Cache,
    /// More or longer headers than are read.
    LongHead = "long-head" => Cache,
    /// Fewer bytes than were announced.
    Short = "short-body" => Cache,
    /// More bytes than the limit (--body-limit).
    LongBody = "long-body" => Cache,
    /// Few bytes that would be unpacked into more than the limit.
    Bomb = "bomb" => Cache,
    /// Compressed bytes that cannot be unpacked.
    Packing = "packing" => Cache,
    /// It says that it is UTF-8, and is not.
    Utf8 = "utf8" => Cache,
    /// More redirects in a row than are followed (--redirects).
    RedirectLoop = "redirect-loop" => Origin,
    /// A redirect to another host, port or scheme, which is never followed.
    RedirectAway = "redirect-away" => Origin,
    /// A redirect to nowhere: no Location, or none that is one.
    RedirectNowhere = "redirect-nowhere" => Origin,
    /// A status from 400 on, but for 503.
    Status = "status" => Origin,
    /// Status 503: the server has too much to do.
    Busy = "busy" => Shed,
    /// A body without what it must hold (--must-contain), and nobody else's either.
    Content = "content" => Origin,
    /// A request that cannot be written.
    Unsendable = "unsendable" => Cache,
    /// No answer long after the run.
    Stuck = "stuck" => Stuck,
}

impl Trouble {
    /// What an error of a connection means; `in_body` if the head had come.
    pub(super) fn of(error: &hyper::Error, in_body: bool) -> Self {
        let mut found = Self::of_hyper(error, in_body);
        let mut cause = error.source();
        while let Some(error) = cause {
            if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
                found = found.or_else(|| Self::of_hyper(hyper, in_body));
            } else if let Some(io) = error.downcast_ref::<io::Error>() {
                found = found.or_else(|| Self::of_io(io, in_body));
            }
            cause = error.source();
        }
        found.unwrap_or(Self::Cut)
    }

    fn of_hyper(error: &hyper::Error, in_body: bool) -> Option<Self> {
        if error.is_parse_too_large() {
            Some(Self::LongHead)
        } else if error.is_parse() {
            Some(Self::Malformed)
        } else if error.is_incomplete_message() {
            Some(if in_body { Self::Short } else { Self::Cut })
        } else {
            None
        }
    }

    /// A body's end comes as an error of its reader.
    fn of_io(error: &io::Error, in_body: bool) -> Option<Self> {
        match error.kind() {
            io::ErrorKind::UnexpectedEof if in_body => Some(Self::Short),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Some(Self::Malformed),
            _ => None,
        }
    }
}
