//! `thresholds`: what must hold at the end of a run.

use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use crate::fault::Place;
use crate::kind::Kind;
use crate::section::{Reading, Section};
use crate::threshold::{Misread, Threshold};
use crate::tree::{Node, Table, Value};
use crate::values::{Wrong, only, span, table, text};

const EXPECTED: &str =
    "text such as \"herd.max <= 1\", or { expr = \"...\", abort = true, delay = \"10s\" }";

/// A threshold and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct ThresholdField {
    pub(crate) threshold: Threshold,
    pub(crate) place: Place,
}

/// The list, in its order.
pub(crate) fn thresholds(top: &Section<'_>) -> Vec<ThresholdField> {
    let reading = top.reading;
    top.field(
        "thresholds",
        "what must hold, else exit code 3",
        kind(),
        Vec::new(),
        |all: &Vec<_>| shown(all),
        |node| {
            let Value::List(nodes) = &node.value else {
                return Err(Wrong::new(format!("is {}, expected a list", node.value.kind()))
                    .hint(format!("write [{EXPECTED}]")));
            };
            nodes.iter().map(|node| read(reading, node)).collect()
        },
    )
}

/// What the list may be.
fn kind() -> Kind {
    let table =
        Kind::table([("expr", Kind::Text), ("abort?", Kind::Switch), ("delay?", Kind::Span)]);
    Kind::Either(vec![Kind::Text, table]).list()
}

/// As the language writes them.
pub(crate) fn shown(fields: &[ThresholdField]) -> Json {
    let one = |field: &ThresholdField| {
        let expr = field.threshold.to_string();
        match field.threshold.abort() {
            None => json!(expr),
            Some(delay) => json!({ "expr": expr, "abort": true, "delay": delay.to_string() }),
        }
    };
    Json::Array(fields.iter().map(one).collect())
}

fn read(reading: &Reading<'_>, node: &Node) -> Result<ThresholdField, Wrong> {
    let place = node.place.clone();
    let threshold = match &node.value {
        Value::Text(text) => parse(reading, node, text)?,
        Value::Table(_) => {
            in_table(reading, table(node, EXPECTED)?).map_err(|wrong| wrong.at(node))?
        }
        other => {
            return Err(
                Wrong::new(format!("has {} in it, expected {EXPECTED}", other.kind())).at(node)
            );
        }
    };
    Ok(ThresholdField { threshold, place })
}

fn in_table(reading: &Reading<'_>, table: &Table) -> Result<Threshold, Wrong> {
    only(table, &["expr", "abort", "delay"])?;
    let node = |name| table.get(name).map(|entry| &entry.node);
    let Some(expr) = node("expr") else {
        return Err(Wrong::new("has a table without expr").hint(format!("write {EXPECTED}")));
    };
    let threshold = parse(reading, expr, text(expr)?)?;
    let abort = match node("abort").map(|node| (&node.value, node)) {
        None => false,
        Some((Value::Switch(abort), _)) => *abort,
        Some((_, node)) => {
            return Err(Wrong::new("has an abort that is neither true nor false").at(node));
        }
    };
    let delay = node("delay").map(span).transpose()?;
    match (abort, delay) {
        (true, delay) => threshold
            .aborting(delay.unwrap_or(Nanos::ZERO))
            .map_err(|what| Wrong::new(format!("has one that {what}")).at(expr)),
        (false, None) => Ok(threshold),
        (false, Some(_)) => Err(Wrong::new("has a delay without abort = true, which it is for")),
    }
}

fn parse(reading: &Reading<'_>, node: &Node, text: &str) -> Result<Threshold, Wrong> {
    text.parse().map_err(|misread: Misread| {
        let mut place = node.place.clone();
        // In quotes and without escapes the text stands in the file as it is: then the very bytes can be shown.
        let source = &reading.texts[place.text].text;
        let from = place.bytes.start + 1;
        if source.get(from..from + text.len()) == Some(text) && place.bytes.len() == text.len() + 2
        {
            place.bytes = from + misread.bytes.start..from + misread.bytes.end;
        }
        let mut wrong = Wrong::new(format!("has {text:?}: {}", misread.what));
        wrong.place = Some(place);
        misread.hint.into_iter().fold(wrong, Wrong::hint)
    })
}
