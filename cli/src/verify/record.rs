//! The record, schema herdlab.verify/1.

use herdlab_sim::measure::Summary;
use herdlab_sim::sweep::{Agreement, Figures, Verdict};
use serde::Serialize;
use serde_json::Value as Json;

use super::rounds::{Contest, Pairs};

/// Everything that a verification found.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Record {
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) command: String,
    pub(super) seed: u64,
    /// Complete ones.
    pub(super) rounds: u32,
    /// The share of the model's mean that does not matter.
    pub(super) within: f64,
    pub(super) partial: bool,
    pub(super) scenario: Json,
    pub(super) caches: Vec<Cache>,
    pub(super) notes: Vec<String>,
}

/// A cache that the model was held against.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Cache {
    pub(super) on: String,
    pub(super) server: String,
    pub(super) lanes: Vec<Lane>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Lane {
    pub(super) lane: String,
    pub(super) metrics: Figures<Case>,
}

/// A metric of a lane.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Case {
    #[serde(flatten)]
    pub(super) agreement: Agreement,
    /// A round each.
    values: Values,
}

#[derive(Clone, Debug, Serialize)]
struct Values {
    model: Vec<f64>,
    real: Vec<f64>,
}

impl Cache {
    /// What the complete rounds say of these metrics.
    pub(super) fn of(
        contest: &Contest,
        names: &[String],
        metrics: &[&'static str],
        rounds: usize,
        within: f64,
    ) -> Self {
        let lane = |(name, pairs): (&String, &Pairs)| {
            let case = |metric: &&'static str| (*metric, case(pairs, metric, rounds, within));
            Lane { lane: name.clone(), metrics: Figures(metrics.iter().map(case).collect()) }
        };
        Self {
            on: contest.name.clone(),
            server: contest.server.clone(),
            lanes: names.iter().zip(&contest.lanes).map(lane).collect(),
        }
    }

    /// Every figure: its lane, its metric, and what was found.
    pub(super) fn figures(&self) -> impl Iterator<Item = (&str, &'static str, &Agreement)> {
        self.lanes.iter().flat_map(|lane| {
            let each = lane.metrics.0.iter();
            each.map(|(metric, case)| (lane.lane.as_str(), *metric, &case.agreement))
        })
    }
}

impl Record {
    /// Whether a figure differs.
    pub(super) fn differs(&self) -> bool {
        let mut all = self.caches.iter().flat_map(Cache::figures);
        all.any(|(.., agreement)| agreement.verdict == Verdict::Differ)
    }
}

fn case(pairs: &Pairs, metric: &str, rounds: usize, within: f64) -> Case {
    let index = Summary::METRICS.iter().position(|(name, _)| *name == metric).unwrap_or_default();
    let of = |runs: &[Vec<f64>]| runs.iter().take(rounds).map(|run| run[index]).collect();
    let values = Values { model: of(&pairs.model), real: of(&pairs.real) };
    Case { agreement: Agreement::of(&values.model, &values.real, within), values }
}
