//! `traffic.keys`: which items are asked for.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::traffic::MOST_ITEMS;
use crate::fault::Place;
use crate::kind::Kind;
use crate::tree::{Node, Value};
use crate::values::{Wrong, count, number, only, part, share, switch, table, text};

const EXPECTED: &str = "{ zipf = 1.0, count = 10_000 }, { uniform = true, count = 1 }, \
                        { hotspot = 10, share = 0.9, count = 10_000 } or { trace = \"file\" }";
const LAWS: [&str; 4] = ["uniform", "zipf", "hotspot", "trace"];

/// `traffic.keys`, read. A trace is still a file.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum KeysField {
    Uniform { count: u32 },
    Zipf { exponent: f64, count: u32 },
    Hotspot { hot: u32, share: f64, count: u32 },
    Trace { file: PathBuf, place: Place, speed: Option<f64>, ttls: bool },
}

impl KeysField {
    /// How many items there are, if that is said here.
    pub(crate) const fn count(&self) -> Option<u32> {
        match self {
            Self::Uniform { count } | Self::Zipf { count, .. } | Self::Hotspot { count, .. } => {
                Some(*count)
            }
            Self::Trace { .. } => None,
        }
    }

    pub(crate) fn kind() -> Kind {
        let items = || Kind::Count(1, MOST_ITEMS);
        Kind::Either(vec![
            Kind::table([("uniform", Kind::Switch), ("count", items())]),
            Kind::table([("zipf", Kind::Number(0.0, 10.0)), ("count", items())]),
            Kind::table([("hotspot", items()), ("share", Kind::Share), ("count", items())]),
            Kind::table([
                ("trace", Kind::Text),
                ("speed?", Kind::Number(0.0, 1e6)),
                ("ttls?", Kind::Switch),
            ]),
        ])
    }

    pub(crate) fn show(&self) -> Json {
        match self {
            Self::Uniform { count } => json!({ "uniform": true, "count": count }),
            Self::Zipf { exponent, count } => json!({ "zipf": exponent, "count": count }),
            Self::Hotspot { hot, share, count } => {
                json!({ "hotspot": hot, "share": share, "count": count })
            }
            Self::Trace { file, speed: None, .. } => json!({ "trace": file }),
            Self::Trace { file, speed: Some(speed), ttls, .. } => {
                json!({ "trace": file, "speed": speed, "ttls": ttls })
            }
        }
    }

    pub(crate) fn read(node: &Node) -> Result<Self, Wrong> {
        let parts = table(node, EXPECTED)?;
        only(parts, &["uniform", "zipf", "hotspot", "trace", "share", "count", "speed", "ttls"])?;
        let mut said = LAWS.iter().filter_map(|law| parts.get(law));
        let (Some(law), None) = (said.next(), said.next()) else {
            let what = format!("needs exactly one of {}", LAWS.join(", "));
            return Err(Wrong::new(what).hint(format!("write {EXPECTED}")).at(node));
        };
        if let Some(share) = parts.get("share").filter(|_| law.name != "hotspot") {
            let what = format!("has a share, and {} has none", law.name);
            return Err(Wrong::new(what).hint("share belongs to hotspot").at(&share.node));
        }
        if let Some(speed) = parts.get("speed").filter(|_| law.name != "trace") {
            let what = format!("has a speed, and {} has none", law.name);
            return Err(Wrong::new(what)
                .hint("only a recording can be played faster")
                .at(&speed.node));
        }
        if let Some(ttls) = parts.get("ttls").filter(|_| law.name != "trace") {
            let what = format!("has ttls, and {} has none", law.name);
            return Err(Wrong::new(what).hint("only a recording says any").at(&ttls.node));
        }
        if let Some(ttls) = parts.get("ttls").filter(|_| parts.get("speed").is_none()) {
            let what = "has ttls, and nothing is played as it was recorded";
            return Err(Wrong::new(what).hint("say speed = 1 too").at(&ttls.node));
        }
        match law.name.as_str() {
            "uniform" => uniform(node, &law.node),
            "zipf" => zipf(node, &law.node),
            "hotspot" => hotspot(node, &law.node),
            _ => match parts.get("count") {
                Some(count) => {
                    let what = "has a count of its own: a trace has the items it has";
                    Err(Wrong::new(what).at(&count.node))
                }
                None => {
                    let said = |name| parts.get(name).map(|entry| &entry.node);
                    trace(&law.node, said("speed"), said("ttls"))
                }
            },
        }
    }
}

fn items(node: &Node) -> Result<u32, Wrong> {
    match table(node, EXPECTED)?.get("count") {
        Some(entry) => count(&entry.node, 1, MOST_ITEMS).map_err(|wrong| wrong.under("count")),
        None => {
            Err(Wrong::new("needs a count of items").hint(format!("write {EXPECTED}")).at(node))
        }
    }
}

fn uniform(node: &Node, law: &Node) -> Result<KeysField, Wrong> {
    match law.value {
        Value::Switch(true) => Ok(KeysField::Uniform { count: items(node)? }),
        _ => Err(Wrong::new("says uniform, which can only be true").at(law)),
    }
}

fn zipf(node: &Node, law: &Node) -> Result<KeysField, Wrong> {
    let exponent = exponent(law).map_err(|wrong| wrong.under("zipf"))?;
    Ok(KeysField::Zipf { exponent, count: items(node)? })
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

fn hotspot(node: &Node, law: &Node) -> Result<KeysField, Wrong> {
    const EXPECTED: &str = "{ hotspot = 10, share = 0.9, count = 10_000 }";
    let all = items(node)?;
    let hot = count(law, 1, MOST_ITEMS).map_err(|wrong| wrong.under("hotspot"))?;
    if hot >= all {
        let what = format!("has {hot} hot items of {all}: none is left that is not hot");
        return Err(Wrong::new(what).hint("say fewer, or uniform = true").at(law));
    }
    let share = part(node, "share", EXPECTED, |node| match share(node)? {
        share if share > 0.0 => Ok(share),
        _ => Err(Wrong::new("is 0: nobody asks for the hot items").at(node)),
    })?;
    Ok(KeysField::Hotspot { hot, share, count: all })
}

fn trace(law: &Node, speed: Option<&Node>, ttls: Option<&Node>) -> Result<KeysField, Wrong> {
    let file = match text(law)? {
        "" => return Err(Wrong::new("names no trace file").at(law)),
        file => PathBuf::from(file),
    };
    let speed = speed.map(read_speed).transpose().map_err(|wrong| wrong.under("speed"))?;
    let ttls = ttls.map_or(Ok(true), switch).map_err(|wrong| wrong.under("ttls"))?;
    Ok(KeysField::Trace { file, place: law.place.clone(), speed, ttls })
}

/// How many times as fast as it was recorded.
fn read_speed(node: &Node) -> Result<f64, Wrong> {
    match number(node, 0.0)? {
        speed if speed > 0.0 && speed <= 1e6 => Ok(speed),
        speed => {
            let what = format!("is {speed}, expected a number above 0 and at most 1e6");
            Err(Wrong::new(what).hint("1 is as it was recorded, 10 ten times as fast").at(node))
        }
    }
}
