//! `[[event]]`: what happens, and when.

use herdlab_sim::key::Item;
use herdlab_sim::plan::{Change, Event, Load};
use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use super::traffic::{read_rate, show_rate};
use crate::fault::Place;
use crate::section::{Reading, Section, number, positive_span};
use crate::tree::Table;

#[derive(Copy, Clone, PartialEq, Eq)]
enum Deed {
    Flush,
    Expire,
    Slow,
    Stop,
    Restore,
    Rate,
}

const DEEDS: &[(&str, Deed)] = &[
    ("flush", Deed::Flush),
    ("expire", Deed::Expire),
    ("slow", Deed::Slow),
    ("stop", Deed::Stop),
    ("restore", Deed::Restore),
    ("rate", Deed::Rate),
];

/// The events, in order of time; `items` is how many there are, `end` when the run is over.
pub(crate) fn events(
    reading: &Reading,
    tables: &[(&Table, &Place)],
    load: Load,
    items: u32,
    end: Nanos,
) -> Vec<Event> {
    let mut events = Vec::new();
    for (nth, (table, place)) in tables.iter().enumerate() {
        let section = Section::new(reading, &["event", &nth.to_string()], table);
        event(&section, place, load, items, end, &mut events);
        section.finish();
    }
    events.sort_by_key(|event| event.at);
    events
}

fn event(
    section: &Section<'_>,
    place: &Place,
    load: Load,
    items: u32,
    end: Nanos,
    events: &mut Vec<Event>,
) {
    let fault = |what: String, hint: &str| {
        section.reading.fault(Some(place.clone()), what, "this event", Some(hint.to_owned()));
    };
    for name in ["at", "do"] {
        if section.entry(name).is_none() {
            fault(format!("an [[event]] says {name:?}"), "write at = \"60s\" and do = \"flush\"");
            return;
        }
    }
    let at = section.span("at", "when", Nanos::ZERO);
    let deed = section.choice("do", "what happens", Deed::Flush, DEEDS);
    if at >= end {
        fault(
            format!("an event at {at} comes after the end of the run at {end}"),
            "move it, or raise duration",
        );
    }
    let mut push = |at, change| events.push(Event { at, change });
    match deed {
        Deed::Flush => push(at, Change::Flush),
        Deed::Expire => {
            let item = section.count(
                "item",
                "which item, by popularity; 0 is asked for most",
                0,
                0,
                items.saturating_sub(1),
            );
            push(at, Change::Expire(Item(item)));
        }
        Deed::Slow => {
            target(section);
            let factor = section.field(
                "factor",
                "how many times as long a compute takes",
                10.0,
                |f| json!(f),
                |node| number(node, 1e-3),
            );
            push(at, Change::SlowOrigin(factor));
            until(section, at, end, push);
        }
        Deed::Stop => {
            target(section);
            push(at, Change::StopOrigin);
            until(section, at, end, push);
        }
        Deed::Restore => {
            target(section);
            push(at, Change::RestoreOrigin);
        }
        Deed::Rate => {
            let rate =
                section.field("rate", "requests a second from then on", 0.0, show_rate, read_rate);
            if matches!(load, Load::Closed { .. }) {
                fault(
                    "a closed loop has no rate to change".to_owned(),
                    "give traffic.rate instead of traffic.users",
                );
            } else if rate == 0.0 && section.entry("rate").is_none() {
                fault("a rate event says which rate".to_owned(), "write rate = \"500/s\"");
            }
            push(at, Change::Rate(rate));
        }
    }
}

/// Whom it happens to: the origin only, so far.
fn target(section: &Section<'_>) {
    section.choice("target", "whom it happens to", (), &[("origin", ())]);
}

/// `for = "10s"`: the origin is restored that long after.
fn until(section: &Section<'_>, at: Nanos, end: Nanos, mut push: impl FnMut(Nanos, Change)) {
    let show = |span: &Option<Nanos>| span.map_or(Json::Null, |span| json!(span.to_string()));
    let span = section.field("for", "for how long; to the end if not said", None, show, |node| {
        positive_span(node).map(Some)
    });
    if let Some(span) = span
        && at + span < end
    {
        push(at + span, Change::RestoreOrigin);
    }
}
