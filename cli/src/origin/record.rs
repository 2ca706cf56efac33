//! The record, schema herdlab.origin/1.

use herdlab_loadgen::site::SiteFigures;
use herdlab_sim::measure::{self, ThresholdRecord};
use serde::Serialize;
use serde_json::Value as Json;

use crate::exit::Stop;

/// Everything that an origin measured.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Record {
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) command: String,
    pub(super) seed: u64,
    /// Whether it was interrupted: so an origin ends whose time nobody said.
    pub(super) partial: bool,
    pub(super) scenario: Json,
    pub(super) figures: SiteFigures,
    pub(super) series: Series,
    pub(super) thresholds: Vec<ThresholdRecord>,
}

/// Seconds since its start, by the time of submission.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Series {
    bucket_ms: u32,
    #[serde(rename = "origin.calls")]
    calls: Vec<u32>,
    #[serde(rename = "origin.duplicates")]
    duplicates: Vec<u32>,
}

impl Series {
    pub(super) fn of(series: &measure::Series) -> Self {
        Self {
            bucket_ms: series.bucket_ms,
            calls: series.origin_calls.clone(),
            duplicates: series.origin_duplicates.clone(),
        }
    }
}

impl Record {
    /// As one line of JSON.
    pub(super) fn json(&self) -> Result<String, Stop> {
        serde_json::to_string(self)
            .map(|text| text + "\n")
            .map_err(|error| Stop::runtime(format!("error: no record: {error}")))
    }
}
