//! `[[strategy]]`: the lanes of a comparison.

use std::collections::BTreeSet;

use herdlab_sim::plan::Lane;
use herdlab_sim::strategy::{AnyStrategy, Parameter, Slot};
use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use super::layers;
use super::rules::{self, rules};
use crate::fault::Place;
use crate::kind::Kind;
use crate::nearest::nearest;
use crate::section::{Reading, Section, show_span};
use crate::tree::{Node, Table, Value, lane_name};
use crate::values::{MOST, Wrong, number, span, text};

/// More lanes than anyone compares, and few enough for a table.
const MOST_LANES: usize = 64;

/// The lanes, read; entries are fresh for `ttl` unless a lane says otherwise.
pub(crate) fn lanes(reading: &Reading<'_>, tables: &[(&Table, &Place)], ttl: Nanos) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    if let Some((_, place)) = tables.get(MOST_LANES) {
        let what = format!("{} lanes are more than the {MOST_LANES} of a scenario", tables.len());
        let hint = Some("compare fewer at a time".to_owned());
        reading.fault(Some((*place).clone()), what, "one too many", hint);
    }
    for (table, place) in tables.iter().take(MOST_LANES) {
        let Some(lane) = lane(reading, table, place, ttl) else { continue };
        if lanes.iter().any(|other| other.name == lane.name) {
            let what = format!("two lanes are named {:?}", lane.name);
            let hint = Some("give one a name of its own: name = \"...\"".to_owned());
            reading.fault(Some((*place).clone()), what, "the second", hint);
        }
        lanes.push(lane);
    }
    lanes
}

/// Notes each field that a flag offers to every lane and none has; a lane without a strategy might have had it.
pub(crate) fn unclaimed(reading: &Reading<'_>, tables: &[(&Table, &Place)]) {
    let known: Option<Vec<_>> = tables.iter().map(|(table, _)| known(table)).collect();
    let Some(known) = known else { return };
    let all: BTreeSet<&str> = known.into_iter().flatten().collect();
    // Every lane is offered the same.
    let offered = tables.first().map_or(&[][..], |(table, _)| &table.offered);
    for entry in offered.iter().filter(|entry| !all.contains(entry.name.as_str())) {
        let hint = nearest(&entry.name, all.iter().copied()).map_or_else(
            || format!("their fields are: {}", all.iter().copied().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean strategy.{near}?"),
        );
        let what = format!("no lane's strategy has a field {:?}", entry.name);
        reading.fault(Some(entry.node.place.clone()), what, "given here", Some(hint));
    }
}

/// The fields of a lane, which are those of the strategy that it uses and those that every lane has.
fn known(table: &Table) -> Option<Vec<&'static str>> {
    let Value::Text(name) = &table.get("use")?.node.value else { return None };
    let mut strategy = AnyStrategy::named(name)?;
    let own = strategy.parameters().into_iter().map(|parameter| parameter.name);
    Some(own.chain(rules::NAMES).chain(layers::NAMES).collect())
}

fn lane(reading: &Reading<'_>, table: &Table, place: &Place, ttl: Nanos) -> Option<Lane> {
    let name = lane_name(table);
    let section = Section::new(reading, &["strategy", &name], table);
    if section.entry("use").is_none() {
        let hint = Some("write use = \"ttl\"; `herdlab list strategies` has them all".to_owned());
        reading.fault(
            Some(place.clone()),
            "a [[strategy]] says which it uses",
            "without use",
            hint,
        );
        return None;
    }
    let strategy = section.field(
        "use",
        "the strategy",
        Kind::Choice(AnyStrategy::ALL.iter().map(|about| about.name).collect()),
        None,
        |s: &Option<AnyStrategy>| s.as_ref().map_or(Json::Null, |s| json!(s.name())),
        |node| read_use(node).map(Some),
    );
    let name = section.text("name", "the lane's name", &name);
    let mut strategy = strategy?;
    if name.is_empty()
        || name.len() > 64
        || name.chars().any(|c| c.is_control() || c == '=' || c == ',')
    {
        let hint = Some("a lane's name has 1 to 64 characters, without = and ,".to_owned());
        reading.fault(
            section.entry("name").map(|e| e.node.place.clone()),
            "this is no name for a lane",
            "here",
            hint,
        );
    }
    for parameter in strategy.parameters() {
        set(&section, parameter, ttl);
    }
    let rules = rules(&section, &strategy);
    section.finish();
    Some(Lane { name, strategy, rules })
}

fn read_use(node: &Node) -> Result<AnyStrategy, Wrong> {
    let said = text(node)?;
    AnyStrategy::named(said).ok_or_else(|| {
        let wrong = Wrong::new(format!("names no strategy: {said:?}")).at(node);
        match nearest(said, AnyStrategy::ALL.iter().map(|about| about.name)) {
            Some(near) => wrong.hint(format!("did you mean {near:?}?")),
            None => wrong.hint("`herdlab list strategies` has them all"),
        }
    })
}

/// Reads one parameter into its place.
fn set(section: &Section<'_>, parameter: Parameter<'_>, ttl: Nanos) {
    let Parameter { name, about, slot, least } = parameter;
    match slot {
        Slot::Span(value) => {
            let default = if name == "ttl" { ttl } else { *value };
            let read = |node: &Node| span_from(node, least);
            *value = section.field(name, about, Kind::Span, default, show_span, read);
        }
        Slot::Number(value) => {
            let kind = Kind::Number(least, MOST);
            let read = |node: &Node| number(node, least);
            *value = section.field(name, about, kind, *value, |number| json!(number), read);
        }
        Slot::Count(value) => {
            *value = section.count(name, about, *value, least as u32, u32::MAX);
        }
        Slot::Switch(value) => {
            *value = section.switch(name, about, *value);
        }
    }
}

pub(super) fn span_from(node: &Node, least: f64) -> Result<Nanos, Wrong> {
    let span = span(node)?;
    if span.as_secs_f64() < least {
        let what = format!("is {span}, expected at least {}", Nanos::from_secs_f64(least));
        return Err(Wrong::new(what).at(node));
    }
    Ok(span)
}
