//! The text as values that know where they stand.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::{Fault, Place};
use crate::nearest::nearest;
use crate::overrides::Override;

/// The largest file that is read.
pub(crate) const LARGEST: usize = 4 << 20;

/// A value and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// What a value is.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Value {
    Text(String),
    Whole(i64),
    Real(f64),
    Switch(bool),
    List(Vec<Node>),
    Table(Table),
    /// Something the language has no use for.
    Other(&'static str),
}

/// Names and values in the order of the text.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
}

/// One name of a table.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Where the name stands.
    pub(crate) place: Place,
    pub(crate) node: Node,
}

impl Value {
    /// What it is, for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Whole(_) => "a whole number",
            Self::Real(_) => "a number",
            Self::Switch(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(kind) => kind,
        }
    }
}

impl Table {
    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    fn put(&mut self, name: &str, node: Node) {
        match self.entries.iter_mut().find(|entry| entry.name == name) {
            Some(entry) => entry.node = node,
            None => {
                self.entries.push(Entry { name: name.to_owned(), place: node.place.clone(), node })
            }
        }
    }

    fn table(&mut self, name: &str, place: &Place) -> Option<&mut Self> {
        if self.get(name).is_none() {
            self.put(name, Node { place: place.clone(), value: Value::Table(Self::default()) });
        }
        let entry = self.entries.iter_mut().find(|entry| entry.name == name)?;
        match &mut entry.node.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }
}

/// Reads one text; what is wrong with it as TOML goes into `faults`.
pub(crate) fn parse(text: &str, number: usize, faults: &mut Vec<Fault>) -> Table {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let bytes = error.span().unwrap_or(0..0);
        faults.push(Fault {
            place: Some(Place { text: number, bytes }),
            what: "this is not TOML".to_owned(),
            label: error.message().to_owned(),
            hint: None,
        });
    }
    read_table(table.get_ref(), number)
}

fn read_table(table: &DeTable<'_>, number: usize) -> Table {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(name, value)| Entry {
            name: name.get_ref().to_string(),
            place: Place { text: number, bytes: name.span() },
            node: read_value(value, number),
        })
        .collect();
    entries.sort_by_key(|entry| entry.place.bytes.start);
    Table { entries }
}

fn read_value(value: &Spanned<DeValue<'_>>, number: usize) -> Node {
    let read = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(digits) => {
            let plain: String = digits.as_str().chars().filter(|c| *c != '_').collect();
            i64::from_str_radix(plain.trim_start_matches('+'), digits.radix())
                .map_or(Value::Other("a number too large to count with"), Value::Whole)
        }
        DeValue::Float(digits) => {
            let plain: String = digits.as_str().chars().filter(|c| *c != '_').collect();
            plain.parse().map_or(Value::Other("a number"), Value::Real)
        }
        DeValue::Boolean(switch) => Value::Switch(*switch),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(list) => {
            Value::List(list.iter().map(|node| read_value(node, number)).collect())
        }
        DeValue::Table(table) => Value::Table(read_table(table, number)),
    };
    Node { place: Place { text: number, bytes: value.span() }, value: read }
}

/// Puts an override in, as the text of that number. `strategy.NAME.FIELD` goes to the lane of that name,
/// `strategy.FIELD` to every lane (those that have no such field are passed over when the strategy is read).
pub(crate) fn put(tree: &mut Table, over: &Override, number: usize, faults: &mut Vec<Fault>) {
    let place = Place { text: number, bytes: 0..over.given.len() };
    let document = parse(&over.document(), number, faults);
    let Some(mut node) = document.get("value").map(|entry| entry.node.clone()) else { return };
    mark(&mut node, &place);
    let Some((section, field)) = over.path.rsplit_once('.') else {
        tree.put(&over.path, node);
        return;
    };
    if section == "strategy" || section.starts_with("strategy.") {
        put_in_lanes(tree, section.strip_prefix("strategy.").unwrap_or(""), field, &node, faults);
    } else if let Some(table) = descend(tree, section, &place) {
        table.put(field, node);
    } else {
        faults.push(Fault {
            place: Some(place),
            what: format!("{section} is not a table, so it has no field {field}"),
            label: "given here".to_owned(),
            hint: None,
        });
    }
}

fn descend<'a>(tree: &'a mut Table, path: &str, place: &Place) -> Option<&'a mut Table> {
    path.split('.').try_fold(tree, |table, name| table.table(name, place))
}

/// Every value of an override stands in its flag.
fn mark(node: &mut Node, place: &Place) {
    node.place = place.clone();
    match &mut node.value {
        Value::List(list) => list.iter_mut().for_each(|node| mark(node, place)),
        Value::Table(table) => {
            for entry in &mut table.entries {
                entry.place = place.clone();
                mark(&mut entry.node, place);
            }
        }
        _ => {}
    }
}

fn put_in_lanes(tree: &mut Table, lane: &str, field: &str, node: &Node, faults: &mut Vec<Fault>) {
    let lanes = tree
        .entries
        .iter_mut()
        .find(|entry| entry.name == "strategy")
        .map(|entry| &mut entry.node.value);
    let mut names = Vec::new();
    let mut found = false;
    if let Some(Value::List(lanes)) = lanes {
        for strategy in lanes {
            let Value::Table(table) = &mut strategy.value else { continue };
            let name = lane_name(table);
            if lane.is_empty() || lane == name {
                found = true;
                // For all lanes: kept apart from what the lane itself says, so that one without the field may pass it over.
                let kept =
                    if lane.is_empty() { format!("{ANY_LANE}{field}") } else { field.to_owned() };
                table.put(&kept, node.clone());
            }
            names.push(name);
        }
    }
    if !found {
        let hint = nearest(lane, names.iter().map(String::as_str)).map_or_else(
            || format!("the lanes are: {}", names.join(", ")),
            |near| format!("did you mean {near}?"),
        );
        faults.push(Fault {
            place: Some(node.place.clone()),
            what: format!("there is no lane {lane:?}"),
            label: "given here".to_owned(),
            hint: Some(hint),
        });
    }
}

/// Before the name of a field that an override gives to every lane that has it.
pub(crate) const ANY_LANE: &str = "*";

/// The name of a lane: its own, or its strategy's.
pub(crate) fn lane_name(table: &Table) -> String {
    let text = |name| match table.get(name).map(|entry| &entry.node.value) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    text("name").or_else(|| text("use")).unwrap_or_default()
}

/// Bytes nowhere in particular: the beginning of the file.
pub(crate) const fn nowhere() -> Range<usize> {
    0..0
}
