//! The record, schema herdlab.load/1.

use std::time::SystemTime;

use herdlab_loadgen::http::HttpFigures;
use herdlab_sim::measure::{Histograms, Series, Summary, ThresholdRecord};
use serde::Serialize;
use serde_json::Value as Json;

use crate::exit::Stop;
use crate::lanes::Ran;

/// Everything that a load found.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Record {
    schema: &'static str,
    version: &'static str,
    pub(super) command: String,
    /// The site's URL, with variables.
    pub(super) target: String,
    seed: u64,
    pub(super) partial: bool,
    environment: Environment,
    scenario: Json,
    pub(super) summary: Known,
    series: Series,
    histograms: Histograms,
    pub(super) http: HttpFigures,
    pub(super) thresholds: Vec<ThresholdRecord>,
}

/// A run's summary, whose outcomes include one more: answers that do not say where they came from.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Known {
    pub(super) unknown: u64,
    #[serde(flatten)]
    pub(super) summary: Summary,
}

#[derive(Clone, Debug, Serialize)]
struct Environment {
    os: &'static str,
    cpus: usize,
    /// When the record was made, RFC 3339.
    at: String,
}

impl Record {
    pub(super) fn new(
        command: String,
        target: String,
        seed: u64,
        scenario: Json,
        ran: &Ran,
        http: HttpFigures,
        thresholds: Vec<ThresholdRecord>,
    ) -> Self {
        Self {
            schema: "herdlab.load/1",
            version: env!("CARGO_PKG_VERSION"),
            command,
            target,
            seed,
            partial: ran.partial,
            environment: Environment {
                os: std::env::consts::OS,
                cpus: std::thread::available_parallelism().map_or(1, usize::from),
                at: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            },
            scenario,
            summary: Known { unknown: http.unknown, summary: ran.record.summary.clone() },
            series: ran.record.series.clone(),
            histograms: ran.record.histograms.clone(),
            http,
            thresholds,
        }
    }

    /// As one line of JSON.
    pub(super) fn json(&self) -> Result<String, Stop> {
        serde_json::to_string(self)
            .map(|text| text + "\n")
            .map_err(|error| Stop::runtime(format!("error: no record: {error}")))
    }

    /// Whether the generator could not keep up.
    pub(super) const fn is_overloaded(&self) -> bool {
        self.http.overloaded.is_some()
    }

    /// What makes the figures less than they seem.
    pub(super) fn warnings(&self) -> Vec<String> {
        let late = self.http.overloaded.iter();
        let late = late.map(|why| format!("the generator was overloaded: {why}"));
        late.chain(self.http.warnings.iter().cloned()).collect()
    }
}
