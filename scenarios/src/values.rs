//! One value, read: what it is, or what is wrong with it.

use herdlab_sim::time::Nanos;

use crate::fault::Place;
use crate::nearest::nearest;
use crate::tree::{Node, Table, Value};
use crate::units;

/// What is wrong with one value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wrong {
    pub(crate) what: String,
    pub(crate) hint: Option<String>,
    /// A part of the value, if only that is wrong: its path below the field, and where it stands.
    pub(crate) part: String,
    pub(crate) place: Option<Place>,
}

impl Wrong {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None, part: String::new(), place: None }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// What is wrong with a part of a value, told of the value.
    pub(crate) fn under(self, name: &str) -> Self {
        Self { part: format!(".{name}{}", self.part), ..self }
    }

    pub(crate) fn at(self, node: &Node) -> Self {
        Self { place: self.place.or_else(|| Some(node.place.clone())), ..self }
    }
}

/// One of a few words.
pub(crate) fn read_choice<T: Copy>(node: &Node, words: &[(&'static str, T)]) -> Result<T, Wrong> {
    let said = text(node)?;
    let found = words.iter().find(|(word, _)| *word == said);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let wrong = Wrong::new(format!("cannot be {said:?}")).at(node);
        match nearest(said, names.iter().copied()) {
            Some(near) => wrong.hint(format!("did you mean {near:?}?")),
            None => wrong.hint(format!("it is one of: {}", names.join(", "))),
        }
    })
}

/// A value of its own kind, or the word that says there is none.
pub(crate) fn or_word<T>(
    node: &Node,
    word: &str,
    read: impl FnOnce(&Node) -> Result<T, Wrong>,
) -> Result<Option<T>, Wrong> {
    match &node.value {
        Value::Text(text) if text == word => Ok(None),
        Value::Text(text) => read(node).map(Some).map_err(|wrong| match nearest(text, [word]) {
            Some(near) => wrong.hint(format!("did you mean {near:?}?")),
            None if wrong.hint.is_none() => wrong.hint(format!("or write {word:?}")),
            None => wrong,
        }),
        _ => read(node).map(Some),
    }
}

/// The text of a value.
pub(crate) fn text(node: &Node) -> Result<&str, Wrong> {
    match &node.value {
        Value::Text(text) => Ok(text),
        other => Err(Wrong::new(format!("is {}, expected text in quotes", other.kind())).at(node)),
    }
}

/// A duration.
pub(crate) fn span(node: &Node) -> Result<Nanos, Wrong> {
    with_unit(node, units::span, "a duration, such as \"10s\"")
}

/// A duration longer than none.
pub(crate) fn positive_span(node: &Node) -> Result<Nanos, Wrong> {
    match span(node)? {
        Nanos::ZERO => Err(Wrong::new("must be longer than zero").at(node)),
        span => Ok(span),
    }
}

/// Text with a unit.
pub(crate) fn with_unit<T>(
    node: &Node,
    read: impl Fn(&str) -> Result<T, String>,
    expected: &str,
) -> Result<T, Wrong> {
    match &node.value {
        Value::Text(text) => read(text).map_err(|what| Wrong::new(what).at(node)),
        Value::Whole(_) | Value::Real(_) => Err(Wrong::new("is a bare number and needs a unit")
            .hint(format!("write {expected}"))
            .at(node)),
        other => Err(Wrong::new(format!("is {}, expected {expected}", other.kind())).at(node)),
    }
}

/// Bytes, more than none.
pub(crate) fn size(node: &Node) -> Result<u64, Wrong> {
    match with_unit(node, units::size, "a size, such as \"64MiB\"")? {
        0 => Err(Wrong::new("must be more than nothing").at(node)),
        bytes => Ok(bytes),
    }
}

/// A whole number within bounds.
pub(crate) fn count(node: &Node, least: u32, most: u32) -> Result<u32, Wrong> {
    match node.value {
        Value::Whole(n) if n >= i64::from(least) && n <= i64::from(most) => Ok(n as u32),
        Value::Whole(n) => Err(Wrong::new(format!("is {n}, expected {least} to {most}")).at(node)),
        ref other => {
            let what = format!("is {}, expected a whole number, {least} to {most}", other.kind());
            Err(Wrong::new(what).at(node))
        }
    }
}

/// A share of all: `0.25`, or `"25%"`.
pub(crate) fn share(node: &Node) -> Result<f64, Wrong> {
    let share = match &node.value {
        Value::Text(text) => text
            .trim()
            .strip_suffix('%')
            .and_then(|percent| percent.trim().parse::<f64>().ok().map(|percent| percent / 100.0)),
        Value::Whole(n) => Some(*n as f64),
        Value::Real(n) => Some(*n),
        _ => None,
    };
    match share {
        Some(share) if (0.0..=1.0).contains(&share) => Ok(share),
        Some(share) => {
            Err(Wrong::new(format!("is {share}, expected a share from 0 to 1")).at(node))
        }
        None => {
            let what = format!("is {}, expected a share of all", node.value.kind());
            Err(Wrong::new(what).hint("write 0.01 or \"1%\"").at(node))
        }
    }
}

/// The largest number that a field takes.
pub(crate) const MOST: f64 = 1e12;

/// A number from `least` on.
pub(crate) fn number(node: &Node, least: f64) -> Result<f64, Wrong> {
    let number = match node.value {
        Value::Whole(n) => n as f64,
        Value::Real(n) => n,
        ref other => {
            return Err(Wrong::new(format!("is {}, expected a number", other.kind())).at(node));
        }
    };
    if number.is_finite() && (least..=MOST).contains(&number) {
        Ok(number)
    } else {
        Err(Wrong::new(format!("is {number}, expected a number from {least} to {MOST:e}")).at(node))
    }
}

/// `true` or `false`.
pub(crate) fn switch(node: &Node) -> Result<bool, Wrong> {
    match node.value {
        Value::Switch(switch) => Ok(switch),
        ref other => {
            Err(Wrong::new(format!("is {}, expected true or false", other.kind())).at(node))
        }
    }
}

/// The nodes of a list.
pub(crate) fn list<'a>(node: &'a Node, expected: &str) -> Result<&'a [Node], Wrong> {
    match &node.value {
        Value::List(nodes) => Ok(nodes),
        other => Err(Wrong::new(format!("is {}, expected {expected}", other.kind())).at(node)),
    }
}

/// A part of a table that must be said.
pub(crate) fn part<T>(
    node: &Node,
    name: &str,
    expected: &str,
    read: impl FnOnce(&Node) -> Result<T, Wrong>,
) -> Result<T, Wrong> {
    match table(node, expected)?.get(name) {
        Some(entry) => read(&entry.node).map_err(|wrong| wrong.under(name)),
        None => {
            Err(Wrong::new(format!("needs a {name}")).hint(format!("write {expected}")).at(node))
        }
    }
}

/// A part of a table that has a default.
pub(crate) fn part_or<T>(
    table: &Table,
    name: &str,
    default: T,
    read: impl FnOnce(&Node) -> Result<T, Wrong>,
) -> Result<T, Wrong> {
    match table.get(name) {
        Some(entry) => read(&entry.node).map_err(|wrong| wrong.under(name)),
        None => Ok(default),
    }
}

/// The table of a value.
pub(crate) fn table<'a>(node: &'a Node, expected: &str) -> Result<&'a Table, Wrong> {
    match &node.value {
        Value::Table(table) => Ok(table),
        other => Err(Wrong::new(format!("is {}, expected {expected}", other.kind())).at(node)),
    }
}

/// Refuses names that a table of few known ones does not have.
pub(crate) fn only(table: &Table, known: &[&str]) -> Result<(), Wrong> {
    let Some(entry) = table.entries.iter().find(|entry| !known.contains(&entry.name.as_str()))
    else {
        return Ok(());
    };
    let wrong = Wrong {
        place: Some(entry.place.clone()),
        ..Wrong::new(format!("has no {:?}", entry.name))
    };
    Err(match nearest(&entry.name, known.iter().copied()) {
        Some(near) => wrong.hint(format!("did you mean {near}?")),
        None => wrong.hint(format!("it knows: {}", known.join(", "))),
    })
}
