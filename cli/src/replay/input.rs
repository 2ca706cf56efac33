//! A trace as the commands read it: a file or stdin, a batch at a time, to its end or to where it breaks.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

use herdlab_scenarios::nearest;
use herdlab_sim::replay::Request;
use herdlab_sim::traffic::{Columns, Format, Says, TraceError, TraceReader};

use super::args::ReadingArgs;
use super::gauge::Gauge;
use crate::exit::Stop;
use crate::signals::Signals;

/// Requests a batch: what is known of them stays in a core's own cache while it is worked on.
pub(crate) const BATCH: usize = 1 << 12;

/// A trace being read.
pub(crate) struct Input {
    reader: TraceReader<'static>,
    left: u64,
    signals: Signals,
    gauge: Gauge,
    pub(crate) requests: u64,
    /// Why it was not read to its end.
    pub(crate) broken: Option<String>,
}

/// Whether it is stdin, which can be read once.
pub(crate) fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn wrong(file: &Path, error: &TraceError) -> Stop {
    let stop = format!("error: {}: {error}", file.display());
    match error {
        TraceError::Columns(_) | TraceError::Unknown(..) => Stop::usage(stop),
        _ => Stop::runtime(stop),
    }
}

impl Input {
    pub(crate) fn open(file: &Path, args: &ReadingArgs, signals: &Signals) -> Result<Self, Stop> {
        let unread = |error| Stop::usage(format!("error: cannot read {}: {error}", file.display()));
        let opened = if is_stdin(file) { None } else { Some(File::open(file).map_err(unread)?) };
        let whole = opened.as_ref().and_then(|file| file.metadata().ok()).map(|meta| meta.len());
        let gauge = Gauge::new(file.display().to_string(), whole, signals.clone());
        let input: Box<dyn Read> = match opened {
            Some(file) => Box::new(gauge.counted(file)),
            None => Box::new(gauge.counted(stdin())),
        };
        let format = args.trace_format.as_deref().map(format_of).transpose()?;
        let columns = args.columns.as_deref().map_or(Ok(Columns::default()), Columns::parse);
        let columns = columns.map_err(|error| wrong(file, &error))?;
        let reader =
            TraceReader::open(input, format, &columns).map_err(|error| wrong(file, &error))?;
        let left = args.limit.unwrap_or(u64::MAX);
        Ok(Self { reader, left, signals: signals.clone(), gauge, requests: 0, broken: None })
    }

    /// The format it is read as.
    pub(crate) const fn format(&self) -> Format {
        self.reader.format()
    }

    /// What it says of a request beside its id.
    pub(crate) fn says(&self) -> Says {
        self.reader.says()
    }

    /// The next batch; false at the end, at the limit, on a signal, and where the trace breaks.
    pub(crate) fn read(&mut self, batch: &mut Vec<Request>) -> bool {
        let read = self.read_some(batch);
        if read {
            self.gauge.look(self.requests);
        } else {
            self.gauge.clear();
        }
        read
    }

    fn read_some(&mut self, batch: &mut Vec<Request>) -> bool {
        batch.clear();
        if self.broken.is_some() || self.left == 0 {
            return false;
        }
        if self.signals.stop().is_some() {
            self.broken = Some("interrupted".to_owned());
            return false;
        }
        let most = self.left.min(BATCH as u64);
        if let Err(error) = self.reader.read(batch, most as usize) {
            self.broken = Some(error.to_string());
        }
        batch.truncate(most as usize); // a line may be several requests
        self.left -= batch.len() as u64;
        self.requests += batch.len() as u64;
        !batch.is_empty()
    }
}

fn format_of(name: &str) -> Result<Format, Stop> {
    Format::named(name).ok_or_else(|| {
        let near = nearest(name, Format::ALL.iter().map(|format| format.name()));
        let hint = near.map_or_else(
            || format!("there are {}", Format::names()),
            |near| format!("did you mean {near}?"),
        );
        Stop::usage(format!("error: there is no format {name}\n  = help: {hint}"))
    })
}
