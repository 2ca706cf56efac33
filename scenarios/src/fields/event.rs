//! `[[event]]`: what happens, and when.

use herdlab_sim::key::Item;
use herdlab_sim::plan::{Change, Event, Load};
use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use super::knob::set;
use super::traffic::{read_rate, show_rate};
use crate::fault::Place;
use crate::kind::Kind;
use crate::section::{Reading, Section};
use crate::tree::Table;
use crate::values::{MOST, number, positive_span, share, switch};

#[derive(Copy, Clone, PartialEq, Eq)]
enum Deed {
    Flush,
    Bump,
    Expire,
    Slow,
    Lose,
    Reset,
    Fail,
    Stop,
    Kill,
    Restore,
    Rate,
    Set,
    Crash,
    Lag,
    Skew,
    Deploy,
    Reconnect,
    Squeeze,
    Load,
}

const DEEDS: &[(&str, Deed)] = &[
    ("flush", Deed::Flush),
    ("bump", Deed::Bump),
    ("expire", Deed::Expire),
    ("slow", Deed::Slow),
    ("lose", Deed::Lose),
    ("reset", Deed::Reset),
    ("fail", Deed::Fail),
    ("stop", Deed::Stop),
    ("kill", Deed::Kill),
    ("restore", Deed::Restore),
    ("rate", Deed::Rate),
    ("set", Deed::Set),
    ("crash", Deed::Crash),
    ("lag", Deed::Lag),
    ("skew", Deed::Skew),
    ("deploy", Deed::Deploy),
    ("reconnect", Deed::Reconnect),
    ("squeeze", Deed::Squeeze),
    ("load", Deed::Load),
];

/// Whom something happens to.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Whom {
    Origin,
    Cache,
}

const BOTH: &[(&str, Whom)] = &[("origin", Whom::Origin), ("cache", Whom::Cache)];

/// What events do, by their words.
pub(crate) fn deeds() -> impl Iterator<Item = &'static str> {
    DEEDS.iter().map(|(word, _)| *word)
}

/// More events than a run has use for.
const MOST_EVENTS: usize = 1_000;

/// An event, read, and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct EventField {
    pub(crate) event: Event,
    pub(crate) place: Place,
}

/// What events are read against.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Run<'a> {
    pub(crate) load: &'a Load,
    /// How many items there are, if that is known.
    pub(crate) items: Option<u32>,
    /// When the run is over, if that is known.
    pub(crate) end: Option<Nanos>,
}

/// The events, in order of time.
pub(crate) fn events(
    reading: &Reading<'_>,
    tables: &[(&Table, &Place)],
    run: Run<'_>,
) -> Vec<EventField> {
    let mut events = Vec::new();
    if let Some((_, place)) = tables.get(MOST_EVENTS) {
        let what = format!("{} events are more than the {MOST_EVENTS} of a scenario", tables.len());
        let hint = Some("drop some".to_owned());
        reading.fault(Some((*place).clone()), what, "one too many", hint);
    }
    for (nth, (table, place)) in tables.iter().take(MOST_EVENTS).enumerate() {
        let section = Section::new(reading, &["event", &nth.to_string()], table);
        if let Some(at) = at(&section, place, run) {
            event(section, place, at, run, &mut events);
        }
    }
    events.sort_by_key(|field: &EventField| field.event.at);
    events
}

/// When it happens; nothing if what happens is not said, as its fields are then unknown too.
fn at(section: &Section<'_>, place: &Place, run: Run<'_>) -> Option<Nanos> {
    for name in ["at", "do"] {
        if section.entry(name).is_none() {
            let hint = Some("write at = \"60s\" and do = \"flush\"".to_owned());
            let what = format!("an [[event]] says {name:?}");
            section.reading.fault(Some(place.clone()), what, "this event", hint);
        }
    }
    let at = section.span("at", "when", Nanos::ZERO);
    if let Some(end) = run.end.filter(|end| at >= *end) {
        let place = section.entry("at").map(|entry| entry.node.place.clone());
        let what = format!("an event at {at} comes after the end of the run at {end}");
        section.reading.fault(place, what, "here", Some("move it, or raise duration".to_owned()));
    }
    section.entry("do").map(|_| at)
}

fn event(
    section: Section<'_>,
    place: &Place,
    at: Nanos,
    run: Run<'_>,
    events: &mut Vec<EventField>,
) {
    let deed = section.choice("do", "what happens", Deed::Flush, DEEDS);
    if !section.sound("do") {
        return;
    }
    let mut push = |at, change| {
        events.push(EventField { event: Event { at, change }, place: place.clone() });
    };
    match deed {
        Deed::Flush => push(at, Change::Flush),
        Deed::Bump => push(at, Change::Bump),
        Deed::Expire => push(at, Change::Expire(item(&section, run))),
        Deed::Slow => {
            let whom = target(&section, BOTH);
            push(at, slow(&section, place, whom));
            until(&section, at, run, whom, push);
        }
        Deed::Lose => {
            let whom = target(&section, &BOTH[1..]);
            push(at, Change::LoseCache(losing(&section)));
            until(&section, at, run, whom, push);
        }
        Deed::Reset => {
            target(&section, &BOTH[1..]);
            push(at, Change::ResetCache);
        }
        Deed::Fail => {
            let whom = target(&section, &BOTH[..1]);
            push(at, Change::FailOrigin(failing(&section)));
            until(&section, at, run, whom, push);
        }
        Deed::Stop => {
            let whom = target(&section, BOTH);
            let stop = match whom {
                Whom::Origin => Change::StopOrigin,
                Whom::Cache => Change::StopCache,
            };
            push(at, stop);
            until(&section, at, run, whom, push);
        }
        Deed::Kill => {
            let whom = target(&section, &BOTH[1..]);
            push(at, Change::KillCache);
            until(&section, at, run, whom, push);
        }
        Deed::Restore => push(at, target(&section, BOTH).restored()),
        Deed::Rate => push(at, Change::Rate(rate(&section, place, run))),
        Deed::Set => {
            if let Some(change) = set(&section, place) {
                push(at, change);
            }
        }
        Deed::Crash => push(at, Change::Crash(item(&section, run))),
        Deed::Lag => {
            let whom = target(&section, BOTH);
            let span = section.span("span", "how far the replica is behind", Nanos::SECOND);
            push(at, whom.lagging(span));
            until(&section, at, run, whom, push);
        }
        Deed::Skew => {
            let about = "by how much a process's clock is ahead at most; each draws its own";
            push(at, Change::SkewClocks(section.span("span", about, Nanos::SECOND)));
        }
        Deed::Deploy => push(at, deploy(&section)),
        Deed::Reconnect => {
            let about = "how long the cache takes to accept all processes again";
            push(at, Change::Reconnect(section.span("over", about, Nanos::from_secs(10))));
        }
        Deed::Squeeze => {
            let about = "the part of the cache's capacity that is left to us";
            let left = section.field("left", about, Kind::Share, 0.5, |left| json!(left), share);
            push(at, Change::Squeeze(left));
        }
        Deed::Load => push(at, Change::Load),
    }
    section.finish();
}

fn item(section: &Section<'_>, run: Run<'_>) -> Item {
    let most = run.items.map_or(u32::MAX, |items| items - 1);
    Item(section.count("item", "which item, by popularity; 0 is asked for most", 0, 0, most))
}

impl Whom {
    const fn lagging(self, span: Nanos) -> Change {
        match self {
            Self::Origin => Change::LagOrigin(span),
            Self::Cache => Change::LagCache(span),
        }
    }

    const fn restored(self) -> Change {
        match self {
            Self::Origin => Change::RestoreOrigin,
            Self::Cache => Change::RestoreCache,
        }
    }
}

/// An origin is so many times slower, a cache by so much: a real one has no factor.
fn slow(section: &Section<'_>, place: &Place, whom: Whom) -> Change {
    let fault = |what: &str, hint: &str| {
        section.reading.fault(Some(place.clone()), what, "this event", Some(hint.to_owned()));
    };
    let factor = factor(section, whom);
    let show = |span: &Option<Nanos>| span.map_or(Json::Null, |span| json!(span.to_string()));
    let about = "what each round trip to the cache takes more; of an origin say factor";
    let latency = section
        .field("latency", about, Kind::Span, None, show, |node| positive_span(node).map(Some));
    match whom {
        Whom::Origin => {
            let hint = "say factor, or target = \"cache\"";
            section.refuse("latency", "target", "an origin is slow by a factor", hint);
            Change::SlowOrigin(factor)
        }
        Whom::Cache => {
            let hint = "say latency = \"5ms\"";
            section.refuse("factor", "target", "a cache is slow by a latency", hint);
            if latency.is_none() && section.sound("latency") {
                fault("a slow cache says what each round trip takes more", hint);
            }
            Change::SlowCache(latency.unwrap_or(Nanos::ZERO))
        }
    }
}

fn deploy(section: &Section<'_>) -> Change {
    let every =
        section.span("every", "from one process's restart to the next", Nanos::from_secs(5));
    let about =
        "the new processes use other names for all values: two versions of every key at once";
    let rename = section.field("rename", about, Kind::Switch, false, |on| json!(on), switch);
    Change::Deploy { every, rename }
}

fn factor(section: &Section<'_>, whom: Whom) -> f64 {
    section.field(
        "factor",
        "how many times as long a compute takes",
        Kind::Number(1e-3, MOST),
        10.0,
        |factor| if whom == Whom::Origin { json!(factor) } else { Json::Null },
        |node| number(node, 1e-3),
    )
}

fn failing(section: &Section<'_>) -> f64 {
    let about = "the share of computes that end in an error";
    section.field("share", about, Kind::Share, 1.0, |share| json!(share), share)
}

fn losing(section: &Section<'_>) -> f64 {
    let about = "the share of round trips that lose a packet, which is sent again after 200 ms";
    section.field("share", about, Kind::Share, 0.01, |share| json!(share), share)
}

fn rate(section: &Section<'_>, place: &Place, run: Run<'_>) -> f64 {
    let fault = |what: &str, hint: &str| {
        section.reading.fault(Some(place.clone()), what, "this event", Some(hint.to_owned()));
    };
    let about = "requests a second from then on";
    let rate = section.field("rate", about, Kind::Rate, 0.0, show_rate, read_rate);
    if matches!(run.load, Load::Closed { .. }) {
        fault("a closed loop has no rate to change", "give traffic.rate instead of traffic.users");
    } else if section.entry("rate").is_none() {
        fault("a rate event says which rate", "write rate = \"500/s\"");
    }
    rate
}

/// Whom it happens to: the first if it is not said.
fn target(section: &Section<'_>, words: &[(&'static str, Whom)]) -> Whom {
    section.choice("target", "whom it happens to", words[0].1, words)
}

/// `for = "10s"`: the target is restored that long after.
fn until(
    section: &Section<'_>,
    at: Nanos,
    run: Run<'_>,
    whom: Whom,
    mut push: impl FnMut(Nanos, Change),
) {
    let show = |span: &Option<Nanos>| span.map_or(Json::Null, |span| json!(span.to_string()));
    let about = "for how long; to the end if not said";
    let span =
        section.field("for", about, Kind::Span, None, show, |node| positive_span(node).map(Some));
    if let Some(span) = span
        && run.end.is_none_or(|end| at + span < end)
    {
        push(at + span, whom.restored());
    }
}
