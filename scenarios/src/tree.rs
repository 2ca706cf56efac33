//! The text as values that know where they stand.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::{Fault, Place};
use crate::nearest::nearest;
use crate::overrides::Override;

/// The largest file that is read.
pub(crate) const LARGEST: usize = 4 << 20;

/// Parts of the longest path in front of a field: `traffic.keys` and some.
const DEEPEST: usize = 8;

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
    /// What flags give to every lane that has the field: apart from what the lane itself says, so that one without the
    /// field may pass it over.
    pub(crate) offered: Vec<Entry>,
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

    /// What is said or offered under a name. What a later flag says counts, be it for this lane or for all.
    pub(crate) fn said(&self, name: &str) -> Option<&Entry> {
        let offered = self.offered.iter().find(|entry| entry.name == name);
        self.get(name).into_iter().chain(offered).max_by_key(|entry| entry.node.place.text)
    }

    pub(crate) fn put(&mut self, name: &str, node: Node) {
        put_entry(&mut self.entries, name, node);
    }

    /// Puts an override in if it is for the lane of that name, or for every lane.
    pub(crate) fn put_in_lane(&mut self, over: LanePath<'_>, node: &Node) -> bool {
        match over.lane {
            None => put_entry(&mut self.offered, over.field, node.clone()),
            Some(lane) if lane == lane_name(self) => self.put(over.field, node.clone()),
            Some(_) => return false,
        }
        true
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

fn put_entry(entries: &mut Vec<Entry>, name: &str, node: Node) {
    match entries.iter_mut().find(|entry| entry.name == name) {
        Some(entry) => entry.node = node,
        None => entries.push(Entry { name: name.to_owned(), place: node.place.clone(), node }),
    }
}

/// A path below `strategy`: `strategy.NAME.FIELD` for the lane of that name, `strategy.FIELD` for every lane.
#[derive(Copy, Clone, Debug)]
pub(crate) struct LanePath<'a> {
    pub(crate) lane: Option<&'a str>,
    pub(crate) field: &'a str,
}

impl<'a> LanePath<'a> {
    /// The path if it is one. A lane's name may have dots, a field's has none.
    pub(crate) fn of(path: &'a str) -> Option<Self> {
        let below = path.strip_prefix("strategy.")?;
        Some(match below.rsplit_once('.') {
            Some((lane, field)) => Self { lane: Some(lane), field },
            None => Self { lane: None, field: below },
        })
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
    Table { entries, offered: Vec::new() }
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

/// The value of an override, all of it standing in its flag.
pub(crate) fn value_of(over: &Override, place: &Place) -> Option<Node> {
    let document = parse(&over.document(), place.text, &mut Vec::new());
    let mut node = document.get("value")?.node.clone();
    mark(&mut node, place);
    Some(node)
}

/// Every value of an override stands in its flag.
pub(crate) fn mark(node: &mut Node, place: &Place) {
    node.place = place.clone();
    match &mut node.value {
        Value::List(list) => list.iter_mut().for_each(|node| mark(node, place)),
        Value::Table(table) => mark_table(table, place),
        _ => {}
    }
}

pub(crate) fn mark_table(table: &mut Table, place: &Place) {
    for entry in &mut table.entries {
        entry.place = place.clone();
        mark(&mut entry.node, place);
    }
}

/// Puts an override in, which stands at `place`. What is for every lane is passed over by lanes without the field when
/// they are read.
pub(crate) fn put(tree: &mut Table, over: &Override, place: &Place, faults: &mut Vec<Fault>) {
    let Some(node) = value_of(over, place) else { return };
    let put = match (LanePath::of(&over.path), over.path.rsplit_once('.')) {
        (Some(path), _) => put_in_lanes(tree, path, &node),
        (None, None) => {
            tree.put(&over.path, node);
            Ok(())
        }
        (None, Some((section, field))) => {
            descend(tree, section, place).map(|table| table.put(field, node))
        }
    };
    if let Err((what, hint)) = put {
        let label = "given here".to_owned();
        faults.push(Fault { place: Some(place.clone()), what, label, hint: Some(hint) });
    }
}

/// What is wrong with a path, and what to do.
type NoPath = (String, String);

fn descend<'a>(tree: &'a mut Table, path: &str, place: &Place) -> Result<&'a mut Table, NoPath> {
    if path == "event" || path.starts_with("event.") {
        return event(tree, path);
    }
    if path.split('.').count() > DEEPEST {
        let what = format!("no path has more than {} parts", DEEPEST + 1);
        return Err((what, "name a field by its path, such as cache.ttl".to_owned()));
    }
    path.split('.').try_fold(tree, |table, name| table.table(name, place)).ok_or_else(|| {
        let what = format!("{path} is not a table, so it has no fields");
        (what, format!("set {path} itself; `herdlab check` has all paths"))
    })
}

/// `event.0`: the first event of the file.
fn event<'a>(tree: &'a mut Table, path: &str) -> Result<&'a mut Table, NoPath> {
    let nth = path.strip_prefix("event.").and_then(|nth| nth.parse::<usize>().ok());
    let events = tree.entries.iter_mut().find(|entry| entry.name == "event");
    let Some(Value::List(events)) = events.map(|entry| &mut entry.node.value) else {
        let hint = "add an [[event]] to the file".to_owned();
        return Err(("there are no events".to_owned(), hint));
    };
    let count = events.len();
    match nth.and_then(|nth| events.get_mut(nth)).map(|node| &mut node.value) {
        Some(Value::Table(table)) => Ok(table),
        _ => {
            let hint = format!(
                "events are counted from 0 in the order of the file, which has {count}: event.0.at"
            );
            Err((format!("{path:?} names no event"), hint))
        }
    }
}

fn put_in_lanes(tree: &mut Table, path: LanePath<'_>, node: &Node) -> Result<(), NoPath> {
    let lanes = tree.entries.iter_mut().find(|entry| entry.name == "strategy");
    let (mut names, mut found) = (Vec::new(), path.lane.is_none());
    if let Some(Value::List(lanes)) = lanes.map(|entry| &mut entry.node.value) {
        for strategy in lanes {
            let Value::Table(table) = &mut strategy.value else { continue };
            found |= table.put_in_lane(path, node);
            names.push(lane_name(table));
        }
    }
    let lane = path.lane.unwrap_or_default();
    if found {
        return Ok(());
    }
    let hint = nearest(lane, names.iter().map(String::as_str)).map_or_else(
        || format!("the lanes are: {}", names.join(", ")),
        |near| format!("did you mean {near}?"),
    );
    Err((format!("there is no lane {lane:?}"), hint))
}

/// The name of a lane: its own, or its strategy's.
pub(crate) fn lane_name(table: &Table) -> String {
    let text = |name| match table.get(name).map(|entry| &entry.node.value) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    text("name").or_else(|| text("use")).unwrap_or_default()
}
