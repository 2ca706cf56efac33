//! The language, a file a section: every field with its type, default and meaning.

mod cache;
mod event;
mod law;
mod origin;
mod strategy;
mod thresholds;
mod traffic;

pub(crate) use cache::{Cached, cache};
pub(crate) use event::{EventField, Run, events};
pub(crate) use origin::origin;
pub(crate) use strategy::{lanes, unclaimed};
pub(crate) use thresholds::{ThresholdField, shown as shown_thresholds, thresholds};
pub(crate) use traffic::{KeysField, TrafficField, traffic};
