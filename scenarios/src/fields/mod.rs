//! The language, a file a section: every field with its type, default and meaning.

mod cache;
mod client;
mod data;
mod event;
mod keys;
mod knob;
mod law;
mod layers;
mod load;
mod origin;
mod rules;
mod site;
mod strategy;
mod thresholds;
mod traffic;

pub(crate) use cache::cache;
pub(crate) use client::client;
pub(crate) use data::{Data, data};
pub(crate) use event::{EventField, Run, deeds, events};
pub(crate) use keys::KeysField;
pub(crate) use origin::origin;
pub(crate) use site::{SiteField, sites_lanes};
pub(crate) use strategy::{lanes, unclaimed};
pub(crate) use thresholds::{ThresholdField, shown as shown_thresholds, thresholds};
pub(crate) use traffic::{TrafficField, traffic};

/// Whether every lane has a field of that name, whichever its strategy.
pub(crate) fn every_lane_has(name: &str) -> bool {
    rules::NAMES.contains(&name) || layers::NAMES.contains(&name)
}
