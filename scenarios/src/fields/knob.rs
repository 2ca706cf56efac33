//! `do = "set"`: the fields that can be changed while a run goes on, and their values.

use herdlab_sim::plan::{Change, Setting};
use herdlab_sim::strategy::{AnyStrategy, Setpoint, Slot};
use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use super::origin::{limit_text, read_concurrency};
use super::strategy::span_from;
use crate::fault::Place;
use crate::kind::Kind;
use crate::nearest::nearest;
use crate::section::Section;
use crate::tree::Node;
use crate::values::{MOST, Wrong, count, number, switch, text};

/// A field that an event can set.
#[derive(Copy, Clone, PartialEq, Debug)]
enum Knob {
    /// `origin.concurrency`.
    Concurrency,
    /// A parameter of every strategy that has it: its name, what a value is like, and the least.
    Parameter(&'static str, Setpoint, f64),
}

/// Every knob with its path. A parameter that several strategies have is one.
fn knobs() -> Vec<(String, Knob)> {
    let mut knobs = vec![("origin.concurrency".to_owned(), Knob::Concurrency)];
    for about in AnyStrategy::ALL {
        let Some(mut strategy) = AnyStrategy::named(about.name) else { continue };
        for parameter in strategy.parameters() {
            let path = match parameter.name {
                "ttl" => "cache.ttl".to_owned(),
                name => format!("strategy.{name}"),
            };
            let like = match parameter.slot {
                Slot::Span(span) => Setpoint::Span(*span),
                Slot::Number(number) => Setpoint::Number(*number),
                Slot::Count(count) => Setpoint::Count(*count),
                Slot::Switch(switch) => Setpoint::Switch(*switch),
            };
            if knobs.iter().all(|(known, _)| *known != path) {
                knobs.push((path, Knob::Parameter(parameter.name, like, parameter.least)));
            }
        }
    }
    knobs
}

/// What the event sets, if that is said.
pub(super) fn set(section: &Section<'_>, place: &Place) -> Option<Change> {
    let about = "which field: cache.ttl, origin.concurrency, or strategy. and a parameter, of every lane that has it";
    let show =
        |path: &Option<(String, Knob)>| path.as_ref().map_or(Json::Null, |(path, _)| json!(path));
    let said =
        section.field("field", about, Kind::Text, None, show, |node| read_path(node).map(Some));
    let kind = Kind::Either(vec![Kind::Text, Kind::Number(0.0, MOST), Kind::Switch]);
    let read = |node: &Node| match &said {
        Some((_, knob)) => read_value(node, *knob).map(Some),
        None => Ok(None),
    };
    let value = section.field("value", "its value from then on", kind, None, show_value, read);
    for name in ["field", "value"] {
        if section.entry(name).is_none() {
            let hint = "write field = \"strategy.beta\" and value = 1.5".to_owned();
            let what = format!("a set event says its {name}");
            section.reading.fault(Some(place.clone()), what, "this event", Some(hint));
        }
    }
    value
}

fn read_path(node: &Node) -> Result<(String, Knob), Wrong> {
    let path = text(node)?;
    let knobs = knobs();
    if let Some(found) = knobs.iter().find(|(known, _)| known == path) {
        return Ok(found.clone());
    }
    let names = || knobs.iter().map(|(path, _)| path.as_str());
    let wrong = Wrong::new(format!("is {path:?}, which no event can set")).at(node);
    Err(match nearest(path, names()) {
        Some(near) => wrong.hint(format!("did you mean {near:?}?")),
        None => wrong.hint(format!("these can be: {}", names().collect::<Vec<_>>().join(", "))),
    })
}

fn read_value(node: &Node, knob: Knob) -> Result<Change, Wrong> {
    let Knob::Parameter(parameter, like, least) = knob else {
        return read_concurrency(node).map(Change::Concurrency);
    };
    let value = match like {
        Setpoint::Span(_) => Setpoint::Span(span_from(node, least)?),
        Setpoint::Number(_) => Setpoint::Number(number(node, least)?),
        Setpoint::Count(_) => Setpoint::Count(count(node, least as u32, u32::MAX)?),
        Setpoint::Switch(_) => Setpoint::Switch(switch(node)?),
    };
    Ok(Change::Set(Setting { parameter, value }))
}

fn show_value(change: &Option<Change>) -> Json {
    let span = |span: Nanos| json!(span.to_string());
    match change {
        Some(Change::Concurrency(slots)) => limit_text(*slots),
        Some(Change::Set(Setting { value, .. })) => match *value {
            Setpoint::Span(value) => span(value),
            Setpoint::Number(number) => json!(number),
            Setpoint::Count(count) => json!(count),
            Setpoint::Switch(switch) => json!(switch),
        },
        _ => Json::Null,
    }
}
