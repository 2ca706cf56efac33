//! The record of a sweep, schema `herdlab.sweep/1`.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{ClosedForm, Estimate};

/// The schema's name; a change that old readers cannot bear raises the number.
pub const SCHEMA: &str = "herdlab.sweep/1";

/// A whole sweep. `S` is the resolved scenario.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct SweepRecord<S> {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Of herdlab.
    pub version: &'static str,
    /// The command that repeats the sweep.
    pub command: String,
    /// The first seed; the k-th run of a row has `seed + k`.
    pub seed: u64,
    /// Runs a row.
    pub seeds: u32,
    /// Whether rows are missing: a signal cut the sweep short, or a run failed.
    pub partial: bool,
    /// The scenario before anything was varied, every default filled.
    pub scenario: S,
    /// The fields and their values.
    pub vary: Vec<Varied>,
    /// One a point and lane.
    pub rows: Vec<Row>,
    /// Lanes against the first one.
    pub paired: Vec<Difference>,
    /// The rows that no other beats.
    pub pareto: Pareto,
    /// Where curves bend.
    pub knees: Vec<Knee>,
    /// What a reader must know before he believes the figures.
    pub notes: Vec<String>,
}

/// A varied field.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Varied {
    /// The field.
    pub path: String,
    /// Its values.
    pub values: Vec<Setting>,
}

/// A field's value.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(untagged)]
pub enum Setting {
    /// A plain number.
    Number(f64),
    /// Anything else, as a scenario writes it.
    Text(String),
}

/// What a row's fields are set to, in the order of the varied fields.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Settings(pub Vec<(String, Setting)>);

impl Serialize for Settings {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        map(&self.0, serializer)
    }
}

/// Figures by metric.
#[derive(Clone, PartialEq, Debug)]
pub struct Figures<T>(pub Vec<(&'static str, T)>);

impl<T> Figures<T> {
    /// The figure of that name.
    #[must_use]
    pub fn get(&self, metric: &str) -> Option<&T> {
        self.0.iter().find(|(name, _)| *name == metric).map(|(_, figure)| figure)
    }
}

impl<T: Serialize> Serialize for Figures<T> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        map(&self.0, serializer)
    }
}

fn map<K: Serialize, V: Serialize, Z: Serializer>(
    entries: &[(K, V)],
    serializer: Z,
) -> Result<Z::Ok, Z::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (name, value) in entries {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

/// A lane at a point.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Row {
    /// The varied fields that concern the lane.
    pub parameters: Settings,
    /// The lane.
    pub lane: String,
    /// Every metric.
    pub metrics: Figures<Case>,
}

/// One metric of a row.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Case {
    /// Over the seeds.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// One a seed.
    pub values: Vec<f64>,
    /// What a closed form says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theory: Option<ClosedForm>,
}

/// A lane less the first lane, at the same point and seeds.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Difference {
    /// The varied fields that concern either lane.
    pub parameters: Settings,
    /// The lane.
    pub lane: String,
    /// The first lane.
    pub against: String,
    /// The mean difference of every metric.
    pub metrics: Figures<Estimate>,
}

/// The Pareto front of the rows.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Pareto {
    /// What is weighed; less is better in each.
    pub objectives: Vec<Objective>,
    /// The rows on the front, by their number from 0.
    pub rows: Vec<usize>,
}

/// One of the things weighed.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Objective {
    /// Its name.
    pub name: &'static str,
    /// Why it is weighed.
    pub about: &'static str,
}

/// Where a lane's curve of a metric over the varied field bends.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Knee {
    /// The lane.
    pub lane: String,
    /// The metric.
    pub metric: &'static str,
    /// The varied field.
    pub path: String,
    /// Its value at the knee.
    pub at: Setting,
    /// The row, by its number from 0.
    pub row: usize,
}
