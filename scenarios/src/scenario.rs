//! A scenario, read: its fields and where they come from, the resolved document, the plan.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use herdlab_sim::plan::{Cache, Event, Keys, Lane, Load, Origin, Plan, Traffic};
use herdlab_sim::strategy::AnyStrategy;
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Trace;
use serde_json::{Map, Value as Json, json};

use crate::fault::{Fault, Faults, Text};
use crate::fields::{self, Cached, KeysField, TrafficField};
use crate::nearest::nearest;
use crate::overrides::Override;
use crate::section::{Field, Reading, Section, Wrong, positive_span};
use crate::tree::{self, LARGEST, Node, Table, Value, nowhere};
use crate::units;

/// The version of the language that this crate reads.
const SCHEMA: i64 = 1;

/// A scenario without mistakes.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub about: String,
    seed: u64,
    duration: Nanos,
    warmup: Nanos,
    traffic: TrafficField,
    cache: Cache,
    writes: f64,
    ttl: Nanos,
    origin: Origin,
    lanes: Vec<Lane>,
    events: Vec<Event>,
    fields: Vec<Field>,
    texts: Vec<Text>,
}

impl Scenario {
    /// Reads a scenario called `file` (for messages), with what flags say put in.
    ///
    /// # Errors
    /// Every mistake at once, each with its place.
    pub fn read(file: &str, bytes: &[u8], overrides: &[Override]) -> Result<Self, Faults> {
        let refuse = |what: &str, label: &str| {
            let text = Text { name: file.to_owned(), text: String::new() };
            let fault = Fault {
                place: None,
                what: format!("{file} {what}"),
                label: label.to_owned(),
                hint: None,
            };
            Err(Faults::new(vec![text], vec![fault]))
        };
        if bytes.len() > LARGEST {
            return refuse("is larger than 4 MiB, and no scenario is", "");
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return refuse("is not UTF-8 text", "");
        };
        let mut texts = vec![Text { name: file.to_owned(), text: text.to_owned() }];
        texts.extend(
            overrides
                .iter()
                .map(|o| Text { name: "the command line".to_owned(), text: o.given.clone() }),
        );
        let mut faults = Vec::new();
        let mut tree = tree::parse(text, 0, &mut faults);
        if !faults.is_empty() {
            return Err(Faults::new(texts, faults)); // what is not TOML would only be followed by false alarms
        }
        for (index, over) in overrides.iter().enumerate() {
            tree::put(&mut tree, over, index + 1, &mut faults);
        }
        let reading = Reading { texts, faults: RefCell::new(faults), fields: RefCell::default() };
        let scenario = read_tree(&reading, &tree);
        let Reading { texts, faults, fields } = reading;
        let faults = faults.into_inner();
        if faults.is_empty() {
            Ok(Self { fields: fields.into_inner(), texts, ..scenario })
        } else {
            Err(Faults::new(texts, faults))
        }
    }

    /// Keeps the lanes of these names, in this order. A name that is no lane of the scenario but a strategy adds that
    /// strategy with its defaults.
    ///
    /// # Errors
    /// If a name is neither.
    pub fn select(&mut self, names: &[String]) -> Result<(), Faults> {
        let mut lanes: Vec<Lane> = Vec::new();
        let mut faults = Vec::new();
        for name in names {
            match self
                .lanes
                .iter()
                .find(|lane| lane.name == *name)
                .cloned()
                .or_else(|| self.added(name))
            {
                Some(lane) if lanes.iter().all(|other| other.name != lane.name) => lanes.push(lane),
                Some(_) => {}
                None => faults.push(self.no_lane(name)),
            }
        }
        if !faults.is_empty() {
            return Err(Faults::new(self.texts.clone(), faults));
        }
        self.fields.retain(|field| match field.steps.as_slice() {
            [section, lane, _] if section == "strategy" => {
                lanes.iter().any(|kept| kept.name == *lane)
            }
            _ => true,
        });
        self.lanes = lanes;
        Ok(())
    }

    fn added(&mut self, name: &str) -> Option<Lane> {
        AnyStrategy::named(name)?;
        let document = format!("use = {name:?}");
        let reading = Reading {
            texts: vec![Text { name: String::new(), text: document.clone() }],
            faults: RefCell::default(),
            fields: RefCell::default(),
        };
        let table = tree::parse(&document, 0, &mut Vec::new());
        let place = crate::fault::Place { text: 0, bytes: nowhere() };
        let lane = fields::lanes(&reading, &[(&table, &place)], self.ttl).pop();
        let fields = reading.fields.into_inner().into_iter();
        let flag = crate::Source::Flag(format!("-s {name}"));
        self.fields.extend(fields.map(|field| match field.source {
            crate::Source::Default => field,
            _ => Field { source: flag.clone(), ..field },
        }));
        lane
    }

    fn no_lane(&self, name: &str) -> Fault {
        let lanes = self.lanes.iter().map(|lane| lane.name.as_str());
        let strategies = AnyStrategy::ALL.iter().map(|about| about.name);
        let hint = nearest(name, lanes.clone().chain(strategies)).map_or_else(
            || format!("its lanes are: {}", lanes.collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean {near}?"),
        );
        let what = format!("{name:?} is neither a lane of {} nor a strategy", self.name);
        Fault { place: None, what, label: String::new(), hint: Some(hint) }
    }

    /// Every field with its value and source, in the order of the language.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The names of the lanes.
    pub fn lanes(&self) -> impl Iterator<Item = &str> {
        self.lanes.iter().map(|lane| lane.name.as_str())
    }

    /// The whole scenario as a document of its own language, every default filled.
    #[must_use]
    pub fn resolved(&self) -> Json {
        let mut document = Map::new();
        document.insert("schema".to_owned(), json!(SCHEMA));
        let mut listed: Vec<(String, String, Map<String, Json>)> = Vec::new();
        for field in &self.fields {
            match field.steps.as_slice() {
                [name] => _ = document.insert(name.clone(), field.value.clone()),
                [section, name] => {
                    let table = document.entry(section.clone()).or_insert_with(|| json!({}));
                    table[name] = field.value.clone();
                }
                [section, of, name] => {
                    let entry = match listed.iter().position(|(s, o, _)| s == section && o == of) {
                        Some(index) => &mut listed[index],
                        None => {
                            listed.push((section.clone(), of.clone(), Map::new()));
                            listed.last_mut().expect("one was just put there")
                        }
                    };
                    entry.2.insert(name.clone(), field.value.clone());
                }
                _ => {}
            }
        }
        for lane in &self.lanes {
            if let Some((_, _, table)) =
                listed.iter().find(|(s, of, _)| s == "strategy" && *of == lane.name)
            {
                push(&mut document, "strategy", table);
            }
        }
        for (_, _, table) in listed.iter().filter(|(section, ..)| section == "event") {
            push(&mut document, "event", table);
        }
        Json::Object(document)
    }

    /// What may not be meant, in sentences.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let Load::Open { rate, .. } = self.traffic.load else { return warnings };
        if let Some(slots) = self.origin.concurrency {
            let capacity = f64::from(slots) / self.origin.latency.mean().as_secs_f64().max(1e-9);
            if rate > capacity {
                warnings.push(format!(
                    "traffic.rate is {}, the origin can do {}: without the cache it is overloaded",
                    units::rate_text(rate),
                    units::rate_text(capacity.round()),
                ));
            }
        }
        if self.traffic.timeout.is_some_and(|timeout| timeout < self.origin.latency.mean()) {
            warnings.push("traffic.timeout is shorter than a compute takes: every request that computes fails".to_owned());
        }
        warnings
    }

    /// The plan. `load` reads the trace that the scenario names, if it names one.
    ///
    /// # Errors
    /// If the trace cannot be read.
    pub fn plan(&self, load: impl FnOnce(&Path) -> Result<Trace, String>) -> Result<Plan, Faults> {
        let keys = match &self.traffic.keys {
            KeysField::Uniform { count } => Keys::Uniform { count: *count },
            KeysField::Zipf { exponent, count } => {
                Keys::Zipf { exponent: *exponent, count: *count }
            }
            KeysField::Trace(file) => {
                Keys::Trace(Arc::new(load(file).map_err(|what| self.no_trace(file, &what))?))
            }
        };
        Ok(Plan {
            seed: self.seed,
            duration: self.duration,
            warmup: self.warmup,
            traffic: Traffic {
                load: self.traffic.load,
                keys,
                processes: self.traffic.processes,
                timeout: self.traffic.timeout,
                on_timeout: self.traffic.on_timeout,
                writes: self.writes,
            },
            cache: self.cache,
            origin: self.origin,
            events: self.events.clone(),
            lanes: self.lanes.clone(),
        })
    }

    fn no_trace(&self, file: &Path, what: &str) -> Faults {
        let fault = Fault {
            place: None,
            what: format!("the trace {} cannot be read: {what}", file.display()),
            label: String::new(),
            hint: Some(
                "traffic.keys.trace names a file beside the scenario, with one id a line"
                    .to_owned(),
            ),
        };
        Faults::new(self.texts.clone(), vec![fault])
    }
}

fn push(document: &mut Map<String, Json>, section: &str, table: &Map<String, Json>) {
    let list = document.entry(section.to_owned()).or_insert_with(|| json!([]));
    if let Json::Array(list) = list {
        list.push(Json::Object(table.clone()));
    }
}

fn read_tree(reading: &Reading, tree: &Table) -> Scenario {
    let empty = Table::default();
    let top = Section::new(reading, &[], tree);
    schema(&top);
    let name = top.text("name", "its name", "unnamed");
    let about = top.text("about", "what it shows", "");
    let duration = top.field(
        "duration",
        "requests are due until here",
        Nanos::from_secs(60),
        show_span,
        positive_span,
    );
    let warmup = top.span("warmup", "measured from here on", Nanos::ZERO);
    if warmup >= duration {
        let place = top.entry("warmup").map(|entry| entry.node.place.clone());
        let what =
            format!("warmup is {warmup}, and the run is over at {duration}: nothing is measured");
        reading.fault(place, what, "here", Some("shorten warmup or lengthen duration".to_owned()));
    }
    let seed = top.field("seed", "seeds every stream of draws", 42, |seed| json!(seed), read_seed);
    let traffic = fields::traffic(top.section("traffic", &empty));
    let data = top.section("data", &empty);
    let Cached { cache, ttl, writes } = fields::cache(top.section("cache", &empty), data);
    let origin = fields::origin(top.section("origin", &empty));
    let tables = top.list("strategy");
    if tables.is_empty() && top.entry("strategy").is_none() {
        let hint = Some(
            "write [[strategy]] and use = \"ttl\"; `herdlab list strategies` has them all"
                .to_owned(),
        );
        reading.fault(None, "a scenario has at least one [[strategy]]", "", hint);
    }
    let lanes = fields::lanes(reading, &tables, ttl);
    let items = match &traffic.keys {
        KeysField::Uniform { count } | KeysField::Zipf { count, .. } => *count,
        KeysField::Trace(_) => u32::MAX,
    };
    let events = fields::events(reading, &top.list("event"), traffic.load, items, duration);
    top.finish();
    Scenario {
        name,
        about,
        seed,
        duration,
        warmup,
        traffic,
        cache,
        writes,
        ttl,
        origin,
        lanes,
        events,
        fields: Vec::new(),
        texts: Vec::new(),
    }
}

fn show_span(span: &Nanos) -> Json {
    json!(span.to_string())
}

fn read_seed(node: &Node) -> Result<u64, Wrong> {
    match node.value {
        Value::Whole(seed) => u64::try_from(seed).map_err(|_| Wrong::new("must not be negative")),
        ref other => Err(Wrong::new(format!("is {}, expected a whole number", other.kind()))),
    }
}

/// `schema = 1`, which every scenario says first.
fn schema(top: &Section<'_>) {
    let hint = Some(format!("write schema = {SCHEMA}"));
    match top.entry("schema") {
        None => top.reading.fault(
            None,
            "a scenario says which version of the language it is in",
            "",
            hint,
        ),
        Some(entry) if entry.node.value != Value::Whole(SCHEMA) => {
            let what = format!("this herdlab reads schema {SCHEMA}");
            top.reading.fault(Some(entry.node.place.clone()), what, "another schema", hint);
        }
        Some(_) => {}
    }
}
