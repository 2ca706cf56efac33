//! `[origin]`: what computes.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{OnAbandon, Origin};
use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use crate::section::{Section, count, or_word};

pub(crate) fn origin(section: Section<'_>) -> Origin {
    let show =
        |slots: &Option<u32>| slots.map_or_else(|| Json::from("unlimited"), |slots| json!(slots));
    let read = Origin {
        concurrency: section.field("concurrency", "computes at a time; the rest queue", Some(100), show, |node| {
            or_word(node, "unlimited", |node| count(node, 1, 10_000_000))
        }),
        latency: section.law("latency", "a compute", Law::Constant(Nanos::from_millis(100))),
        on_abandon: section.choice(
            "on_abandon",
            "what becomes of work that nobody waits for: it is done all the same, or dropped while it is queued",
            OnAbandon::Work,
            &[("work", OnAbandon::Work), ("drop", OnAbandon::Drop)],
        ),
        ..Origin::default()
    };
    section.finish();
    read
}
