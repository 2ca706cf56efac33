//! The formats there are, and how one is told from its first bytes.

use super::cache2k::{self, Cache2k};
use super::columns::Columns;
use super::csv::Csv;
use super::error::{Content, TraceError};
use super::ids::Ids;
use super::monitor::{self, Monitor};
use super::oracle_general::{self, OracleGeneral, OracleGeneralOpNs};
use super::parse::{Lines, Parse, Records};
use super::twitter::{self, Twitter};
use super::vscsi::{self, Version1, Version2};
use super::webcachesim::{self, WebCacheSim};

/// So much of a trace is looked at to tell its format.
pub(super) const HEAD: usize = 1 << 14;

macro_rules! formats {
    ($($name:literal $variant:ident = $parse:expr, $line:literal;)*) => {
        /// A format of traces.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        pub enum Format {
            $(#[doc = $line] $variant,)*
        }

        impl Format {
            /// Every format there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name commands use.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One line: what it is.
            #[must_use]
            pub const fn line(self) -> &'static str {
                match self { $(Self::$variant => $line,)* }
            }

            /// Its reader.
            pub(super) fn parser(self, columns: &Columns) -> Box<dyn Parse> {
                match self { $(Self::$variant => { let make: fn(&Columns) -> Box<dyn Parse> = $parse; make(columns) })* }
            }
        }
    };
}

// The list. Each line: name, variant = reader, what it is.
formats! {
    "ids" Ids = |_| Box::new(Lines::new(Ids)), "one key a line; also the LIRS traces";
    "csv" Csv = |columns| Box::new(Lines::new(Csv::new(columns.clone()))), "a table; --columns says which is what";
    "monitor" Monitor = |_| Box::new(Lines::new(Monitor)), "what redis-cli MONITOR prints";
    "twitter" Twitter = |_| Box::new(Lines::new(Twitter)), "Twitter's cache traces, with TTLs";
    "webcachesim" WebCacheSim = |_| Box::new(Lines::new(WebCacheSim)), "time id size, separated by blanks; also LRB";
    "oracle-general" OracleGeneral = |_| Box::new(Records::new(OracleGeneral)), "libCacheSim's binary format, 24 bytes a request";
    "oracle-general-opns" OracleGeneralOpNs = |_| Box::new(Records::new(OracleGeneralOpNs)),
        "the same with operations, 27 bytes a request";
    "cache2k" Cache2k = |_| Box::new(Records::new(Cache2k)), "cache2k's keys, big-endian numbers of 4 bytes";
    "vscsi" Vscsi = |_| Box::new(Records::new(Version1)), "vscsiStats' block requests, version 1";
    "vscsi-2" Vscsi2 = |_| Box::new(Records::new(Version2)), "vscsiStats' block requests, version 2";
}

impl Format {
    /// The format of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }

    /// The names of all, for messages.
    #[must_use]
    pub fn names() -> String {
        Self::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
    }

    /// Tells a format from the first bytes, unpacked; `columns` get the names of a header.
    pub(super) fn detect(head: &[u8], columns: &mut Columns) -> Result<Self, TraceError> {
        let is_text = head.iter().all(|byte| *byte >= 0x20 || b"\t\r\n".contains(byte));
        if is_text { Ok(text(head, columns)) } else { binary(head) }
    }
}

/// Which lines these are.
fn text(head: &[u8], columns: &mut Columns) -> Format {
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty()).unwrap_or_default();
    if columns.id.is_some() {
        Format::Csv
    } else if monitor::likely(first) {
        Format::Monitor
    } else if twitter::likely(first) {
        Format::Twitter
    } else if webcachesim::likely(first) {
        Format::WebCacheSim
    } else if let Some(named) = Columns::of_header(first) {
        *columns = named;
        Format::Csv
    } else {
        Format::Ids
    }
}

/// Which records these are.
fn binary(head: &[u8]) -> Result<Format, TraceError> {
    if vscsi::likely(head, 32) {
        Ok(Format::Vscsi)
    } else if vscsi::likely(head, 40) {
        Ok(Format::Vscsi2)
    } else if oracle_general::likely(head, 24) {
        Ok(Format::OracleGeneral)
    } else if oracle_general::likely(head, 27) {
        Ok(Format::OracleGeneralOpNs)
    } else if cache2k::likely(head) {
        Ok(Format::Cache2k)
    } else {
        Err(TraceError::Unknown(Content::of(head), Format::names()))
    }
}
