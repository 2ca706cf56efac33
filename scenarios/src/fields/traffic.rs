//! `[traffic]`: who asks for what, and when.

use std::path::PathBuf;

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Arrivals, Load, OnTimeout};
use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use crate::fault::Place;
use crate::section::{Section, Wrong, count, number, only, table, text, with_unit};
use crate::tree::{Node, Value};
use crate::units;

/// The section, read. Traces are still files.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct TrafficField {
    pub(crate) load: Load,
    pub(crate) keys: KeysField,
    /// How many items there are, if that is known before the trace is read.
    pub(crate) items: Option<u32>,
    pub(crate) processes: u32,
    pub(crate) timeout: Option<Nanos>,
    pub(crate) on_timeout: OnTimeout,
}

/// `traffic.keys`, read.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum KeysField {
    Uniform { count: u32 },
    Zipf { exponent: f64, count: u32 },
    Trace(PathBuf, Place),
}

impl KeysField {
    /// How many items there are, if that is said here.
    const fn count(&self) -> Option<u32> {
        match self {
            Self::Uniform { count } | Self::Zipf { count, .. } => Some(*count),
            Self::Trace(..) => None,
        }
    }
}

/// Items that fit into the memory of an ordinary machine.
const MOST_ITEMS: u32 = 100_000_000;

pub(crate) fn traffic(section: Section<'_>) -> TrafficField {
    let load = load(&section);
    let default = KeysField::Zipf { exponent: 1.0, count: 10_000 };
    let keys = section.field("keys", "which items are asked for", default, show_keys, read_keys);
    let read = TrafficField {
        load,
        items: keys.count().filter(|_| section.sound("keys")),
        keys,
        processes: section.count(
            "processes",
            "application workers: what in-process flights are private to",
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
    };
    section.finish();
    read
}

/// An open loop has a rate and arrivals; a closed one has users and what they think. Where the file says one and a flag
/// the other, the flag decides.
fn load(section: &Section<'_>) -> Load {
    if section.entry("users").is_some() && !section.outranks("rate", "users") {
        for name in ["rate", "arrivals"] {
            exclude(section, name, "users");
        }
        return closed(section);
    }
    match section.entry("think") {
        Some(_) if section.entry("users").is_some() => exclude(section, "think", "rate"),
        Some(think) => section.reading.fault(
            Some(think.place.clone()),
            "traffic.think belongs to a closed loop",
            "without users",
            Some("give traffic.users too".to_owned()),
        ),
        None => {}
    }
    open(section)
}

/// Notes that `name` is said beside `decided`, unless a flag has decided against the file.
fn exclude(section: &Section<'_>, name: &'static str, decided: &'static str) {
    let Some(entry) = section.entry(name) else { return };
    if !section.outranks(decided, name) {
        let what = format!("traffic.{name} and traffic.{decided} exclude each other");
        let hint = Some("an open loop has a rate, a closed one has users".to_owned());
        section.reading.fault(Some(entry.place.clone()), what, &format!("beside {decided}"), hint);
    }
}

fn open(section: &Section<'_>) -> Load {
    let rate = section.field(
        "rate",
        "requests a second, on a schedule that waits for no answer",
        1_000.0,
        show_rate,
        read_rate,
    );
    let arrivals = section.choice(
        "arrivals",
        "the law of the gaps between requests",
        Arrivals::Poisson,
        &[("poisson", Arrivals::Poisson), ("constant", Arrivals::Constant)],
    );
    Load::open(rate, arrivals)
}

fn closed(section: &Section<'_>) -> Load {
    let users = section.count(
        "users",
        "users who each ask, wait for the answer, think, and ask again",
        1,
        1,
        1_000_000,
    );
    let think = section.law(
        "think",
        "time from an answer to the user's next request",
        Law::Constant(Nanos::SECOND),
    );
    Load::Closed { users, think }
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

fn show_keys(keys: &KeysField) -> Json {
    match keys {
        KeysField::Uniform { count } => json!({ "uniform": true, "count": count }),
        KeysField::Zipf { exponent, count } => json!({ "zipf": exponent, "count": count }),
        KeysField::Trace(file, _) => json!({ "trace": file }),
    }
}

fn read_keys(node: &Node) -> Result<KeysField, Wrong> {
    const EXPECTED: &str =
        "{ zipf = 1.0, count = 10_000 }, { uniform = true, count = 1 } or { trace = \"file\" }";
    let table = table(node, EXPECTED)?;
    only(table, &["uniform", "zipf", "trace", "count"])?;
    let said = |name| table.get(name).map(|entry| &entry.node);
    let how_many = || match said("count") {
        Some(node) => count(node, 1, MOST_ITEMS).map_err(|wrong| wrong.under("count")),
        None => {
            Err(Wrong::new("needs a count of items").hint(format!("write {EXPECTED}")).at(node))
        }
    };
    match (said("uniform"), said("zipf"), said("trace")) {
        (Some(uniform), None, None) => match uniform.value {
            Value::Switch(true) => Ok(KeysField::Uniform { count: how_many()? }),
            _ => Err(Wrong::new("says uniform, which can only be true").at(uniform)),
        },
        (None, Some(zipf), None) => {
            let exponent = exponent(zipf).map_err(|wrong| wrong.under("zipf"))?;
            Ok(KeysField::Zipf { exponent, count: how_many()? })
        }
        (None, None, Some(trace)) => match said("count") {
            Some(count) => {
                Err(Wrong::new("has a count of its own: a trace has the items it has").at(count))
            }
            None => match text(trace)? {
                "" => Err(Wrong::new("names no trace file").at(trace)),
                file => Ok(KeysField::Trace(PathBuf::from(file), trace.place.clone())),
            },
        },
        _ => Err(Wrong::new("needs exactly one of uniform, zipf, trace")
            .hint(format!("write {EXPECTED}"))
            .at(node)),
    }
}

fn exponent(node: &Node) -> Result<f64, Wrong> {
    let exponent = number(node, 0.0)?;
    if exponent <= 10.0 {
        Ok(exponent)
    } else {
        let what = format!("is {exponent}, expected a number from 0 to 10");
        Err(Wrong::new(what).hint("above that, one item is all traffic").at(node))
    }
}
