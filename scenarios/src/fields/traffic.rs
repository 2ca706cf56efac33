//! `[traffic]`: who asks for what, and when.

use herdlab_sim::plan::{Load, OnTimeout, Retries};
use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use super::keys::KeysField;
use super::load::load;
use crate::kind::Kind;
use crate::section::Section;
use crate::tree::Node;
use crate::units;
use crate::values::{Wrong, count, only, part, part_or, span, table, with_unit};

/// The section, read. Traces are still files.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct TrafficField {
    pub(crate) load: Load,
    pub(crate) keys: KeysField,
    /// How many items there are, if that is known before the trace is read.
    pub(crate) items: Option<u32>,
    pub(crate) page: u32,
    pub(crate) processes: u32,
    pub(crate) timeout: Option<Nanos>,
    pub(crate) on_timeout: OnTimeout,
    pub(crate) retries: Retries,
    /// Whether the timeout is as it was meant.
    pub(crate) sound: bool,
}

/// Items that fit into the memory of an ordinary machine.
pub(crate) const MOST_ITEMS: u32 = 100_000_000;

/// The longest page.
const MOST_OF_A_PAGE: u32 = 1_000;

pub(crate) fn traffic(section: Section<'_>, end: Option<Nanos>) -> TrafficField {
    let load = load(&section, end);
    let default = KeysField::Zipf { exponent: 1.0, count: 10_000 };
    let about = "which items are asked for";
    let keys =
        section.field("keys", about, KeysField::kind(), default, KeysField::show, KeysField::read);
    let items = keys.count().filter(|_| section.sound("keys"));
    if let KeysField::Trace { speed: Some(_), .. } = keys {
        recorded(&section);
    }
    let read = TrafficField {
        load,
        items,
        page: page(&section, &keys),
        keys,
        processes: section.count(
            "processes",
            "application workers: what locmem and in-process flights are private to",
            16,
            1,
            65_535,
        ),
        timeout: section.span_or_none("timeout", "a client's patience, from the intended start"),
        on_timeout: section.choice(
            "on_timeout",
            "what becomes of the work of a client that gave up",
            OnTimeout::Detach,
            &[("detach", OnTimeout::Detach), ("cancel", OnTimeout::Cancel)],
        ),
        retries: section.field(
            "retries",
            "how often a client that got no answer asks again, and how long it waits before",
            Kind::table([("max", Kind::Count(0, 15)), ("backoff?", Kind::Span)]),
            Retries::default(),
            show_retries,
            read_retries,
        ),
        sound: section.sound("timeout"),
    };
    section.finish();
    read
}

/// A recording that is played at a speed says itself when requests are due.
fn recorded(section: &Section<'_>) {
    for name in ["rate", "arrivals", "burst", "profile", "users", "think"] {
        if let Some(entry) = section.entry(name) {
            let what = format!("traffic.{name} beside a trace that is played at a speed");
            let hint =
                Some("drop it, or the speed: without one the trace says only what for".to_owned());
            section.reading.fault(Some(entry.place.clone()), what, "the trace says when", hint);
        }
    }
}

/// Items of a request. A page of a trace would mix what was asked for at different times.
fn page(section: &Section<'_>, keys: &KeysField) -> u32 {
    let page = section.count(
        "page",
        "items a request asks for; above 1 it is a page",
        1,
        1,
        MOST_OF_A_PAGE,
    );
    let fault = |what: String, hint: &str| {
        let place = section.entry("page").map(|entry| entry.node.place.clone());
        section.reading.fault(place, what, "here", Some(hint.to_owned()));
    };
    match keys.count() {
        _ if page == 1 || !section.sound("keys") => {}
        None => fault(
            "a trace has one item a request, so there are no pages".to_owned(),
            "drop page, or say other traffic.keys",
        ),
        Some(items) if items < page => fault(
            format!("a page of {page} items is asked for, and there are {items}"),
            "ask for fewer, or raise the count of traffic.keys",
        ),
        Some(_) => {}
    }
    page
}

pub(crate) fn show_rate(rate: &f64) -> Json {
    json!(units::rate_text(*rate))
}

pub(crate) fn read_rate(node: &Node) -> Result<f64, Wrong> {
    let rate = with_unit(node, units::rate, "a rate, such as \"2000/s\"")?;
    if rate > 0.0 && rate <= 1e9 {
        Ok(rate)
    } else {
        Err(Wrong::new("must be above 0 and at most 1e9 a second").at(node))
    }
}

fn show_retries(retries: &Retries) -> Json {
    json!({ "max": retries.max, "backoff": retries.backoff.to_string() })
}

fn read_retries(node: &Node) -> Result<Retries, Wrong> {
    const EXPECTED: &str = "{ max = 2, backoff = \"100ms\" }";
    let parts = table(node, EXPECTED)?;
    only(parts, &["max", "backoff"])?;
    let max = part(node, "max", EXPECTED, |node| count(node, 0, 15))?;
    let default = if max == 0 { Nanos::ZERO } else { Nanos::from_millis(100) };
    let backoff = part_or(parts, "backoff", default, span)?;
    Ok(Retries { max, backoff })
}
