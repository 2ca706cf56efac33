//! The interval log: a histogram a second, in HdrHistogram's log format 1.3, which its tools in every language read.
//!
//! The log's clock begins at 0 with the run, in real time as well: so that a virtual run's log has the same bytes every
//! time, and logs of two runs lie on top of each other.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{
    IntervalLogWriterBuilder, IntervalLogWriterError, Tag,
};

use super::LaneRun;
use super::distribution::empty;
use super::interval::Packed;

/// What a span in a log is of.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    /// From the intended start.
    Latency,
    /// From the send.
    Service,
    /// From the intended start to the send.
    Lateness,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Latency, Self::Service, Self::Lateness];

    /// The tag of a lane's intervals: its name without what a tag cannot have, and what else than latency they are of.
    fn tag(self, lane: &str) -> String {
        let barred = |c: char| c == ',' || c == ' ' || c.is_control();
        let lane: String = lane.chars().map(|c| if barred(c) { '_' } else { c }).collect();
        match self {
            Self::Latency => lane,
            Self::Service => format!("{lane}.service"),
            Self::Lateness => format!("{lane}.lateness"),
        }
    }
}

/// A lane's seconds: latencies, and in real time service times and lateness.
#[derive(Clone, Debug, Default)]
pub struct IntervalLog(BTreeMap<(u64, Kind), Packed>);

impl LaneRun {
    /// Its seconds; none unless the plan says that they are kept.
    pub fn interval_log(&mut self) -> IntervalLog {
        let mut log = BTreeMap::new();
        for kind in Kind::ALL {
            let seconds = self.requests.track(kind).seconds();
            log.extend(seconds.iter().map(|(second, spans)| ((*second, kind), spans.clone())));
        }
        IntervalLog(log)
    }
}

/// Writes lanes' seconds as one log, in order of time; values are microseconds, the maxima beside them milliseconds.
///
/// # Errors
/// Those of `to`.
pub fn write_interval_log<'a>(
    to: &mut impl Write,
    lanes: impl Iterator<Item = (&'a str, &'a IntervalLog)>,
) -> io::Result<()> {
    let mut lines = BTreeMap::new();
    for (nth, (lane, log)) in lanes.enumerate() {
        for ((second, kind), spans) in &log.0 {
            lines.insert((*second, nth, *kind), (kind.tag(lane), spans));
        }
    }
    let mut serializer = V2DeflateSerializer::new();
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment("[Histogram log format version 1.3]")
        .add_comment("[Values are microseconds; Interval_Max is milliseconds]")
        .with_start_time(SystemTime::UNIX_EPOCH)
        .with_base_time(SystemTime::UNIX_EPOCH)
        .with_max_value_divisor(1e3)
        .begin_log_with(to, &mut serializer)?;
    for ((second, ..), (tag, spans)) in lines {
        let mut histogram = empty();
        spans.counts().for_each(|(us, count)| histogram.saturating_record_n(us, count));
        let start = Duration::from_secs(second);
        log.write_histogram(&histogram, start, Duration::from_secs(1), Tag::new(&tag)).map_err(
            |error| match error {
                IntervalLogWriterError::IoError(error) => error,
                IntervalLogWriterError::SerializeError(error) => io::Error::other(error),
            },
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::distribution::decoded;
    use crate::measure::{CacheCounts, Ledger, Outcome, Recorder, Window};
    use crate::time::Nanos;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    fn run() -> LaneRun {
        let window = Window { warmup: Nanos::ZERO, end: Nanos::from_secs(5) };
        let mut requests = Recorder::new(window, None).keeping_seconds(true);
        for n in 0..5_000_u64 {
            let due = Nanos::from_millis(n);
            requests.ended(due, due + Nanos::from_micros(n * n % 7_919), Outcome::Fresh);
            requests.sent_late(Nanos::from_micros(n % 50));
        }
        LaneRun {
            requests,
            origin: Ledger::new(window),
            cache: CacheCounts::default(),
            partial: false,
            panic: None,
        }
    }

    #[test]
    fn a_log_read_back_sums_to_the_whole_and_its_lanes_are_tags() {
        let mut run = run();
        let log = run.interval_log();
        let mut bytes = Vec::new();
        let lanes = [("ttl", &log), ("a lock, named", &log)];
        write_interval_log(&mut bytes, lanes.into_iter()).expect("memory takes it");
        assert!(bytes.starts_with(b"#[Histogram log format version 1.3]\n"));
        let mut sums: BTreeMap<String, _> = BTreeMap::new();
        let mut starts = Vec::new();
        for entry in IntervalLogIterator::new(&bytes) {
            let LogEntry::Interval(line) = entry.expect("every line is one") else { continue };
            let tag = line.tag().expect("every interval has a tag").as_str().to_owned();
            let spans = decoded(line.encoded_histogram()).expect("a histogram");
            assert_eq!(line.max(), spans.max() as f64 / 1e3);
            *sums.entry(tag).or_insert_with(empty) += spans;
            starts.push(line.start_timestamp());
        }
        assert!(starts.is_sorted());
        let tags: Vec<&str> = sums.keys().map(String::as_str).collect();
        assert_eq!(tags, ["a_lock__named", "a_lock__named.lateness", "ttl", "ttl.lateness"]);
        assert_eq!(sums["ttl"], decoded(&run.requests.latency().encoded()).expect("ours"));
        assert_eq!(
            sums["ttl.lateness"],
            decoded(&run.requests.lateness().encoded()).expect("ours")
        );
    }
}
