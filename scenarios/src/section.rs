//! One table, read by name: each field is declared where it is read, and what nobody asked for is unknown.

use std::cell::{Cell, RefCell};

use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use crate::fault::{Fault, Place, Text};
use crate::field::{Field, Source};
use crate::files::Files;
use crate::kind::Kind;
use crate::nearest::nearest;
use crate::tree::{Entry, Node, Table, Value};
use crate::values::{self, Wrong, or_word, positive_span, read_choice};

/// The texts of a scenario, and what reading them has found so far.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) texts: Vec<Text>,
    pub(crate) faults: RefCell<Vec<Fault>>,
    /// Every field that was asked for, also those that have nothing to show.
    pub(crate) fields: RefCell<Vec<Field>>,
    /// The files beside the scenario.
    pub(crate) files: &'a dyn Files,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(texts: Vec<Text>, faults: Vec<Fault>, files: &'a dyn Files) -> Self {
        Self { texts, faults: RefCell::new(faults), fields: RefCell::default(), files }
    }

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
    pub(crate) reading: &'a Reading<'a>,
    steps: Vec<String>,
    table: &'a Table,
    /// Whether a field that nobody says anything about is left out of what is shown.
    quiet: Cell<bool>,
    known: RefCell<Vec<&'static str>>,
    /// The fields whose defaults stand in for something wrong.
    wrong: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    pub(crate) fn new(reading: &'a Reading<'a>, steps: &[&str], table: &'a Table) -> Self {
        let steps = steps.iter().map(|step| (*step).to_owned()).collect();
        Self {
            reading,
            steps,
            table,
            quiet: Cell::new(false),
            known: RefCell::default(),
            wrong: RefCell::default(),
        }
    }

    /// From now on, only fields that somebody says something about are shown.
    pub(crate) fn quiet(&self) {
        self.quiet.set(true);
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

    /// Notes that `name` is said where it means nothing, unless a flag has decided against the file by saying `decided`.
    pub(crate) fn refuse(&self, name: &'static str, decided: &'static str, what: &str, hint: &str) {
        self.entry(name);
        // What is only offered to a lane is passed over.
        let Some(entry) = self.table.get(name) else { return };
        if !self.outranks(decided, name) {
            let place = Some(entry.place.clone());
            self.reading.fault(place, what, "said here", Some(hint.to_owned()));
        }
    }

    /// A field of that kind: read by `read`, shown by `show`. What is wrong is noted, and the default taken.
    pub(crate) fn field<T>(
        &self,
        name: &'static str,
        about: &'static str,
        kind: Kind,
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
        let hidden = self.quiet.get() && source == Source::Default;
        let shown = if hidden { Json::Null } else { show(&value) };
        let field = Field { path: self.path(name), value: shown, source, about, kind, steps };
        self.reading.fields.borrow_mut().push(field);
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
        let read = |node: &Node| values::text(node).map(str::to_owned);
        self.field(name, about, Kind::Text, default.to_owned(), |text| json!(text), read)
    }

    /// A duration.
    pub(crate) fn span(&self, name: &'static str, about: &'static str, default: Nanos) -> Nanos {
        self.field(name, about, Kind::Span, default, show_span, values::span)
    }

    /// A duration, or `none`.
    pub(crate) fn span_or_none(&self, name: &'static str, about: &'static str) -> Option<Nanos> {
        let show = |span: &Option<Nanos>| {
            json!(span.map_or_else(|| "none".to_owned(), |span| span.to_string()))
        };
        let kind = Kind::Span.or("none");
        self.field(name, about, kind, None, show, |node| or_word(node, "none", positive_span))
    }

    /// True or false.
    pub(crate) fn switch(&self, name: &'static str, about: &'static str, default: bool) -> bool {
        self.field(name, about, Kind::Switch, default, |on| json!(on), values::switch)
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
        let kind = Kind::Choice(words.iter().map(|(word, _)| *word).collect());
        self.field(name, about, kind, default, word, |node| read_choice(node, words))
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
        let kind = Kind::Count(least, most);
        let read = |node: &Node| values::count(node, least, most);
        self.field(name, about, kind, default, |count| json!(count), read)
    }
}

/// A duration as the language writes it.
pub(crate) fn show_span(span: &Nanos) -> Json {
    json!(span.to_string())
}
