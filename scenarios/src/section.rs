//! One table, read by name: each field is declared where it is read, and what nobody asked for is unknown.

use std::cell::RefCell;

use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use crate::fault::{Fault, Place, Text};
use crate::nearest::nearest;
use crate::tree::{Entry, Node, Table, Value};
use crate::units;

/// Where a field's value comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// That line of the file, counted from 1.
    Line(usize),
    /// A flag, as it was given.
    Flag(String),
}

/// A field of a scenario, resolved.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// Its path, as `--set` takes it.
    pub path: String,
    /// Its value.
    pub value: Json,
    /// Who said so.
    pub source: Source,
    /// What it is.
    pub about: &'static str,
    /// The sections and the name, for the resolved document.
    pub(crate) steps: Vec<String>,
}

impl Field {
    /// The value as TOML.
    #[must_use]
    pub fn text(&self) -> String {
        toml_text(&self.value)
    }
}

fn toml_text(value: &Json) -> String {
    match value {
        Json::Array(list) => {
            format!("[{}]", list.iter().map(toml_text).collect::<Vec<_>>().join(", "))
        }
        Json::Object(table) => {
            let entries: Vec<String> = table
                .iter()
                .map(|(name, value)| format!("{name} = {}", toml_text(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Json::String(text) => toml::Value::String(text.clone()).to_string(),
        other => other.to_string(),
    }
}

/// What is wrong with one value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wrong {
    pub(crate) what: String,
    pub(crate) hint: Option<String>,
    /// A part of the value, if only that is wrong: its path below the field, and where it stands.
    part: String,
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

/// The texts of a scenario, and what reading them has found so far.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) texts: Vec<Text>,
    pub(crate) faults: RefCell<Vec<Fault>>,
    pub(crate) fields: RefCell<Vec<Field>>,
}

impl Reading {
    pub(crate) fn fault(
        &self,
        place: Option<Place>,
        what: impl Into<String>,
        label: &str,
        hint: Option<String>,
    ) {
        self.faults.borrow_mut().push(Fault {
            place,
            what: what.into(),
            label: label.to_owned(),
            hint,
        });
    }

    fn source(&self, place: &Place) -> Source {
        match place.text {
            0 => Source::Line(self.texts[0].line(place.bytes.start)),
            flag => Source::Flag(self.texts[flag].text.clone()),
        }
    }
}

/// A table being read.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    pub(crate) reading: &'a Reading,
    steps: Vec<String>,
    table: &'a Table,
    known: RefCell<Vec<&'static str>>,
    /// The fields whose defaults stand in for something wrong.
    wrong: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    pub(crate) fn new(reading: &'a Reading, steps: &[&str], table: &'a Table) -> Self {
        let steps = steps.iter().map(|step| (*step).to_owned()).collect();
        Self { reading, steps, table, known: RefCell::default(), wrong: RefCell::default() }
    }

    /// The table under `name`; an empty one if it is absent or no table.
    pub(crate) fn section(&self, name: &'static str, empty: &'a Table) -> Self {
        let table = match self.entry(name).map(|entry| (&entry.node.value, entry)) {
            Some((Value::Table(table), _)) => table,
            Some((_, entry)) => {
                let what = format!("{name} is a section, so it is written [{name}]");
                self.reading.fault(
                    Some(entry.node.place.clone()),
                    what,
                    entry.node.value.kind(),
                    None,
                );
                empty
            }
            None => empty,
        };
        Self::new(self.reading, &[name], table)
    }

    /// The tables of the list under `name`, as `[[name]]` writes it.
    pub(crate) fn list(&self, name: &'static str) -> Vec<(&'a Table, &'a Place)> {
        let Some(entry) = self.entry(name) else { return Vec::new() };
        let wrong = |node: &Node| {
            let what = format!("{name} is a list of tables, each written [[{name}]]");
            self.reading.fault(Some(node.place.clone()), what, node.value.kind(), None);
        };
        let Value::List(nodes) = &entry.node.value else {
            wrong(&entry.node);
            return Vec::new();
        };
        let tables = nodes.iter().filter_map(|node| match &node.value {
            Value::Table(table) => Some((table, &node.place)),
            _ => {
                wrong(node);
                None
            }
        });
        tables.collect()
    }

    /// What is said under `name`, which is known from now on.
    pub(crate) fn entry(&self, name: &'static str) -> Option<&'a Entry> {
        let mut known = self.known.borrow_mut();
        if !known.contains(&name) {
            known.push(name);
        }
        self.table.said(name)
    }

    /// Whether a field that was read is as it was meant: what follows from a default that stands in for a mistake
    /// would be a false alarm.
    pub(crate) fn sound(&self, name: &str) -> bool {
        !self.wrong.borrow().contains(&name)
    }

    /// Whether a flag says `name` and the file `rival`, which excludes it: a flag goes before the file.
    pub(crate) fn outranks(&self, name: &'static str, rival: &'static str) -> bool {
        let text = |name| self.entry(name).map(|entry| entry.node.place.text);
        matches!((text(name), text(rival)), (Some(1..), Some(0)))
    }

    /// A field: read by `read`, shown by `show`. What is wrong is noted, and the default taken.
    pub(crate) fn field<T>(
        &self,
        name: &'static str,
        about: &'static str,
        default: T,
        show: impl FnOnce(&T) -> Json,
        read: impl FnOnce(&Node) -> Result<T, Wrong>,
    ) -> T {
        let entry = self.entry(name);
        let (value, source) = match entry.map(|entry| (read(&entry.node), &entry.node)) {
            None => (default, Source::Default),
            Some((Ok(value), node)) => (value, self.reading.source(&node.place)),
            Some((Err(wrong), node)) => {
                self.wrong.borrow_mut().push(name);
                let place = wrong.place.unwrap_or_else(|| node.place.clone());
                let what = format!("{}{} {}", self.path(name), wrong.part, wrong.what);
                self.reading.fault(Some(place), what, "here", wrong.hint);
                (default, Source::Default)
            }
        };
        let steps: Vec<String> = self.steps.iter().cloned().chain([name.to_owned()]).collect();
        let shown = show(&value);
        if shown != Json::Null {
            let field = Field { path: self.path(name), value: shown, source, about, steps };
            self.reading.fields.borrow_mut().push(field);
        }
        value
    }

    fn path(&self, name: &str) -> String {
        self.steps.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".")
    }

    /// Notes every name that nobody asked for.
    pub(crate) fn finish(self) {
        let known = self.known.borrow();
        for entry in self.table.entries.iter().filter(|entry| !known.contains(&entry.name.as_str()))
        {
            let place = match self.steps.as_slice() {
                [] => "a scenario".to_owned(),
                [section, ..] => format!("[{section}]"),
            };
            let hint = nearest(&entry.name, known.iter().copied()).map_or_else(
                || format!("{place} knows: {}", known.join(", ")),
                |near| format!("did you mean {near}?"),
            );
            let what = format!("{place} has no field {:?}", entry.name);
            self.reading.fault(Some(entry.place.clone()), what, "unknown", Some(hint));
        }
    }

    // --- fields by type

    /// Text.
    pub(crate) fn text(&self, name: &'static str, about: &'static str, default: &str) -> String {
        self.field(
            name,
            about,
            default.to_owned(),
            |text| json!(text),
            |node| text(node).map(str::to_owned),
        )
    }

    /// A duration.
    pub(crate) fn span(&self, name: &'static str, about: &'static str, default: Nanos) -> Nanos {
        self.field(name, about, default, |span| json!(span.to_string()), span)
    }

    /// A duration, or `none`.
    pub(crate) fn span_or_none(&self, name: &'static str, about: &'static str) -> Option<Nanos> {
        let show = |span: &Option<Nanos>| {
            json!(span.map_or_else(|| "none".to_owned(), |span| span.to_string()))
        };
        self.field(name, about, None, show, |node| or_word(node, "none", positive_span))
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy + PartialEq>(
        &self,
        name: &'static str,
        about: &'static str,
        default: T,
        words: &[(&'static str, T)],
    ) -> T {
        let word = |value: &T| {
            words
                .iter()
                .find(|(_, other)| other == value)
                .map_or(Json::Null, |(word, _)| json!(word))
        };
        self.field(name, about, default, word, |node| {
            let said = text(node)?;
            let found = words.iter().find(|(word, _)| *word == said);
            found.map(|(_, value)| *value).ok_or_else(|| {
                let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                let wrong = Wrong::new(format!("cannot be {said:?}"));
                match nearest(said, names.iter().copied()) {
                    Some(near) => wrong.hint(format!("did you mean {near:?}?")),
                    None => wrong.hint(format!("it is one of: {}", names.join(", "))),
                }
            })
        })
    }

    /// A whole number within bounds.
    pub(crate) fn count(
        &self,
        name: &'static str,
        about: &'static str,
        default: u32,
        least: u32,
        most: u32,
    ) -> u32 {
        self.field(name, about, default, |count| json!(count), |node| count(node, least, most))
    }
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

/// The largest number that a field takes.
const MOST: f64 = 1e12;

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
