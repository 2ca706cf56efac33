//! From text to a scenario: its top level, and the sections in their order.

use herdlab_sim::plan::Lane;
use herdlab_sim::time::Nanos;
use serde_json::json;

use crate::fault::{Fault, Faults, Place, Text};
use crate::fields::{self, Run};
use crate::given::Given;
use crate::kind::Kind;
use crate::scenario::{SCHEMA, Scenario};
use crate::section::{Reading, Section, show_span};
use crate::tree::{self, LARGEST, Node, Table, Value};
use crate::values::{Wrong, positive_span};

impl Scenario {
    /// Reads a scenario called `file` (for messages), with what is `given` beside it.
    ///
    /// # Errors
    /// Every mistake at once, each with its place.
    pub fn read(file: &str, bytes: &[u8], given: &Given<'_>) -> Result<Self, Faults> {
        let text = text_of(file, bytes)?;
        let texts = given.texts(file, text);
        let mut faults = Vec::new();
        let mut tree = tree::parse(text, 0, &mut faults);
        if !faults.is_empty() {
            return Err(Faults::new(texts, faults)); // what is not TOML would only be followed by false alarms
        }
        let reading = Reading::new(texts, faults, given.files);
        given.put(&mut tree, &reading);
        let scenario = read_tree(&reading, &tree);
        let Reading { texts, faults, fields, .. } = reading;
        let faults = faults.into_inner();
        if !faults.is_empty() {
            return Err(Faults::new(texts, faults));
        }
        let fields =
            fields.into_inner().into_iter().filter(|field| !field.value.is_null()).collect();
        let mut scenario = Self { fields, texts, ..scenario };
        if !given.lanes.is_empty() {
            scenario.keep(given.lanes);
        }
        Ok(scenario)
    }
}

/// The text of a file, if it is one.
fn text_of<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Faults> {
    let refuse = |what: &str| {
        let what = format!("{file} {what}");
        let fault = Fault { place: None, what, label: String::new(), hint: None };
        Faults::new(vec![Text::new(file, "")], vec![fault])
    };
    if bytes.len() > LARGEST {
        return Err(refuse("is larger than 4 MiB, and no scenario is"));
    }
    std::str::from_utf8(bytes).map_err(|_| refuse("is not UTF-8 text"))
}

pub(crate) fn read_tree(reading: &Reading<'_>, tree: &Table) -> Scenario {
    let empty = Table::default();
    let top = Section::new(reading, &[], tree);
    schema(&top);
    let name = top.text("name", "its name", "unnamed");
    let about = top.text("about", "what it shows", "");
    let (duration, warmup, end) = time(&top);
    let about_seed = "seeds every stream of draws";
    let seed = top.field("seed", about_seed, Kind::Seed, 42, |seed| json!(seed), read_seed);
    let thresholds = fields::thresholds(&top);
    let traffic = fields::traffic(top.section("traffic", &empty), end);
    let data = fields::data(top.section("data", &empty));
    if let Some(items) = traffic.items {
        data.fits(reading, items);
    }
    let tables = top.list("strategy");
    let (cache, ttl, site) = fields::cache(top.section("cache", &empty), data.value_size, &tables);
    let client = fields::client(top.section("client", &empty));
    let origin = fields::origin(top.section("origin", &empty), &traffic);
    let lanes = match &site {
        None => strategies(&top, &tables, ttl),
        Some(site) => fields::sites_lanes(&top, site, ttl),
    };
    let run = Run { load: &traffic.load, items: traffic.items, end };
    let events = fields::events(reading, &top.list("event"), run);
    top.finish();
    Scenario {
        name,
        about,
        seed,
        duration,
        warmup,
        traffic,
        data,
        cache,
        site,
        client,
        origin,
        lanes,
        events,
        thresholds,
        skipped: Vec::new(),
        fields: Vec::new(),
        texts: Vec::new(),
    }
}

/// How long the run is, what of it is not measured, and when it ends, if that is known.
fn time(top: &Section<'_>) -> (Nanos, Nanos, Option<Nanos>) {
    let duration = top.field(
        "duration",
        "requests are due until here",
        Kind::Span,
        Nanos::from_secs(60),
        show_span,
        positive_span,
    );
    let end = top.sound("duration").then_some(duration);
    let warmup = top.span("warmup", "measured from here on", Nanos::ZERO);
    if let Some(end) = end.filter(|end| warmup >= *end) {
        let place = top.entry("warmup").map(|entry| entry.node.place.clone());
        let what = format!("warmup is {warmup}, and the run is over at {end}: nothing is measured");
        let hint = Some("shorten warmup or lengthen duration".to_owned());
        top.reading.fault(place, what, "here", hint);
    }
    (duration, warmup, end)
}

/// At least one.
fn strategies(top: &Section<'_>, tables: &[(&Table, &Place)], ttl: Nanos) -> Vec<Lane> {
    let none = match top.entry("strategy").map(|entry| &entry.node) {
        None => Some(end_of(top.reading)),
        Some(node) if node.value == Value::List(Vec::new()) => Some(node.place.clone()),
        Some(_) => None,
    };
    if none.is_some() {
        let hint = "write [[strategy]] and use = \"ttl\"; `herdlab list strategies` has them all";
        let what = "a scenario has at least one [[strategy]]";
        top.reading.fault(none, what, "none so far", Some(hint.to_owned()));
    }
    fields::unclaimed(top.reading, tables);
    fields::lanes(top.reading, tables, ttl)
}

/// Where more would be written.
fn end_of(reading: &Reading<'_>) -> Place {
    let end = reading.texts[0].text.trim_end().len();
    Place { text: 0, bytes: end..end }
}

fn read_seed(node: &Node) -> Result<u64, Wrong> {
    let is = match node.value {
        Value::Whole(seed) => match u64::try_from(seed) {
            Ok(seed) => return Ok(seed),
            Err(_) => seed.to_string(),
        },
        ref other => other.kind().to_owned(),
    };
    Err(Wrong::new(format!("is {is}, expected a whole number, 0 to {}", i64::MAX)))
}

/// `schema = 1`, which every scenario says first.
fn schema(top: &Section<'_>) {
    let hint = Some(format!("write schema = {SCHEMA}"));
    let (place, what, label) = match top.entry("schema").map(|entry| &entry.node) {
        Some(node) if node.value == Value::Whole(SCHEMA) => return,
        Some(node) => {
            (node.place.clone(), format!("this herdlab reads schema {SCHEMA}"), "another schema")
        }
        None => {
            let what = "a scenario says which version of the language it is in".to_owned();
            (Place { text: 0, bytes: 0..0 }, what, "before this")
        }
    };
    top.reading.fault(Some(place), what, label, hint);
}
