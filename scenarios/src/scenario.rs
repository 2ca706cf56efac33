//! A scenario, read: its fields and where they come from, the resolved document, the plan.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use herdlab_sim::plan::{
    Cache, Capacity, Change, Keys, Lane, Load, Origin, Plan, Traffic, Updates,
};
use herdlab_sim::strategy::AnyStrategy;
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Trace;
use serde_json::{Map, Value as Json, json};

use crate::fault::{Fault, Faults, Place, Text};
use crate::fields::{self, Cached, EventField, KeysField, Run, ThresholdField, TrafficField};
use crate::nearest::nearest;
use crate::overrides::Override;
use crate::section::{Field, Reading, Section, Wrong, positive_span};
use crate::threshold::Threshold;
use crate::tree::{self, LARGEST, LanePath, Node, Table, Value};
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
    pub(crate) duration: Nanos,
    warmup: Nanos,
    traffic: TrafficField,
    cache: Cache,
    writes: f64,
    ttl: Nanos,
    origin: Origin,
    pub(crate) lanes: Vec<Lane>,
    events: Vec<EventField>,
    pub(crate) thresholds: Vec<ThresholdField>,
    /// Thresholds about lanes that were not chosen.
    pub(crate) skipped: Vec<Threshold>,
    pub(crate) fields: Vec<Field>,
    pub(crate) texts: Vec<Text>,
    /// What flags say, for lanes that are added later.
    overrides: Vec<Override>,
}

impl Scenario {
    /// Reads a scenario called `file` (for messages), with what flags say put in.
    ///
    /// # Errors
    /// Every mistake at once, each with its place.
    pub fn read(file: &str, bytes: &[u8], overrides: &[Override]) -> Result<Self, Faults> {
        let refuse = |what: &str, label: &str| {
            let text = Text::new(file, "");
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
        let mut texts = vec![Text::new(file, text)];
        texts.extend(overrides.iter().map(|over| Text::flag(&over.given)));
        let mut faults = Vec::new();
        let mut tree = tree::parse(text, 0, &mut faults);
        if !faults.is_empty() {
            return Err(Faults::new(texts, faults)); // what is not TOML would only be followed by false alarms
        }
        for (over, number) in overrides.iter().zip(1..) {
            tree::put(&mut tree, over, &texts[number].whole(number), &mut faults);
        }
        let reading = Reading { texts, faults: RefCell::new(faults), fields: RefCell::default() };
        let scenario = read_tree(&reading, &tree);
        let Reading { texts, faults, fields } = reading;
        let faults = faults.into_inner();
        if faults.is_empty() {
            let (fields, overrides) = (fields.into_inner(), overrides.to_vec());
            Ok(Self { fields, texts, overrides, ..scenario })
        } else {
            Err(Faults::new(texts, faults))
        }
    }

    /// Keeps the lanes of these names, in this order. A name that is no lane of the scenario but a strategy adds that
    /// strategy with its defaults and with what flags say of every lane or of that name.
    ///
    /// # Errors
    /// If there is no name, or one is neither; the scenario is then as it was.
    pub fn select(&mut self, names: &[String]) -> Result<(), Faults> {
        let flag = Text::flag(format!("-s {}", names.join(",")));
        let reading = Reading {
            texts: self.texts.iter().cloned().chain([flag]).collect(),
            faults: RefCell::default(),
            fields: RefCell::default(),
        };
        let place = reading.texts[self.texts.len()].whole(self.texts.len());
        let mut lanes: Vec<Lane> = Vec::new();
        for name in names {
            if lanes.iter().all(|lane| lane.name != *name) {
                lanes.extend(self.lane(&reading, &place, name));
            }
        }
        if names.is_empty() {
            reading.fault(Some(place), "no lane is chosen", "here", Some(self.choice("")));
        }
        let Reading { texts, faults, fields } = reading;
        let faults = faults.into_inner();
        if !faults.is_empty() {
            return Err(Faults::new(texts, faults));
        }
        self.fields.extend(fields.into_inner());
        self.fields.retain(|field| match field.steps.as_slice() {
            [section, lane, _] if section == "strategy" => {
                lanes.iter().any(|kept| kept.name == *lane)
            }
            _ => true,
        });
        let before: Vec<String> = self.lanes().map(str::to_owned).collect();
        self.lanes = lanes;
        self.skip_unchosen(&before);
        Ok(())
    }

    /// The lane of that name, or a new one that uses the strategy of that name.
    fn lane(&self, reading: &Reading, place: &Place, name: &str) -> Option<Lane> {
        if let Some(lane) = self.lanes.iter().find(|lane| lane.name == name) {
            return Some(lane.clone());
        }
        if AnyStrategy::named(name).is_none() {
            let what = format!("{name:?} is neither a lane of {} nor a strategy", self.name);
            reading.fault(Some(place.clone()), what, "given here", Some(self.choice(name)));
            return None;
        }
        let mut table = tree::parse(&format!("use = {name:?}"), place.text, &mut Vec::new());
        tree::mark_table(&mut table, place);
        for (over, number) in self.overrides.iter().zip(1..) {
            let place = reading.texts[number].whole(number);
            if let Some(path) = LanePath::of(&over.path)
                && let Some(node) = tree::value_of(over, &place)
            {
                table.put_in_lane(path, &node);
            }
        }
        fields::lanes(reading, &[(&table, place)], self.ttl).pop()
    }

    /// What may be chosen instead of `name`.
    fn choice(&self, name: &str) -> String {
        let lanes = self.lanes.iter().map(|lane| lane.name.as_str());
        let strategies = AnyStrategy::ALL.iter().map(|about| about.name);
        nearest(name, lanes.clone().chain(strategies)).map_or_else(
            || format!("its lanes are: {}", lanes.collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean {near}?"),
        )
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
        [self.overload(), self.impatience(), self.short_lived(), self.no_room()]
            .into_iter()
            .flatten()
            .collect()
    }

    fn overload(&self) -> Option<String> {
        let Load::Open { rate, .. } = &self.traffic.load else { return None };
        let capacity = f64::from(self.origin.concurrency?)
            / self.origin.latency.mean().as_secs_f64().max(1e-9);
        (*rate > capacity).then(|| {
            format!(
                "traffic.rate is {}, the origin can do {}: without the cache it is overloaded",
                units::rate_text(*rate),
                units::rate_text(capacity.round()),
            )
        })
    }

    fn impatience(&self) -> Option<String> {
        let hasty = self.traffic.timeout? < self.origin.latency.mean();
        hasty.then(|| {
            "traffic.timeout is shorter than a compute takes: every request that computes fails"
                .to_owned()
        })
    }

    fn short_lived(&self) -> Option<String> {
        let compute = self.origin.latency.mean();
        let lanes: Vec<&str> = self
            .lanes
            .iter()
            .filter(|lane| lane.strategy.ttl() < compute)
            .map(|lane| lane.name.as_str())
            .collect();
        (!lanes.is_empty()).then(|| {
            format!("the ttl is shorter than a compute takes ({compute}): {}", lanes.join(", "))
        })
    }

    fn no_room(&self) -> Option<String> {
        let value = self.cache.value_size;
        let Some(Capacity::Bytes(bytes)) = self.cache.capacity else { return None };
        (bytes < u64::from(value)).then(|| {
            format!(
                "cache.capacity is {}, a value is {}: nothing is ever stored",
                units::size_text(bytes),
                units::size_text(u64::from(value)),
            )
        })
    }

    /// The plan. `load` reads the trace that the scenario names, if it names one.
    ///
    /// # Errors
    /// If the trace cannot be read, or has no such item as an event expires, or a threshold is about a lane or a time
    /// that the run does not have.
    pub fn plan(&self, load: impl FnOnce(&Path) -> Result<Trace, String>) -> Result<Plan, Faults> {
        let keys = match &self.traffic.keys {
            KeysField::Uniform { count } => Keys::Uniform { count: *count },
            KeysField::Zipf { exponent, count } => {
                Keys::Zipf { exponent: *exponent, count: *count }
            }
            KeysField::Trace(file, place) => {
                let trace = load(file).map_err(|what| self.no_trace(file, place, &what))?;
                Keys::Trace(Arc::new(trace))
            }
        };
        self.items_exist(keys.count())?;
        self.thresholds_fit()?;
        Ok(Plan {
            seed: self.seed,
            duration: self.duration,
            warmup: self.warmup,
            traffic: Traffic {
                load: self.traffic.load.clone(),
                keys,
                processes: self.traffic.processes,
                timeout: self.traffic.timeout,
                on_timeout: self.traffic.on_timeout,
                updates: Updates { rate: self.writes, ..Updates::default() },
                ..Traffic::default()
            },
            cache: self.cache.clone(),
            origin: self.origin.clone(),
            events: self.events.iter().map(|field| field.event).collect(),
            lanes: self.lanes.clone(),
        })
    }

    /// A trace's items are counted only when it is read.
    fn items_exist(&self, items: u32) -> Result<(), Faults> {
        let faults: Vec<Fault> = self
            .events
            .iter()
            .filter_map(|field| match field.event.change {
                Change::Expire(item) if item.0 >= items => Some(Fault {
                    place: Some(field.place.clone()),
                    what: format!("item {} is expired, and the trace has {items} items", item.0),
                    label: "this event".to_owned(),
                    hint: Some(format!("items are counted from 0: 0 to {}", items - 1)),
                }),
                _ => None,
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(Faults::new(self.texts.clone(), faults)) }
    }

    fn no_trace(&self, file: &Path, place: &Place, what: &str) -> Faults {
        let fault = Fault {
            place: Some(place.clone()),
            what: format!("the trace {} cannot be read: {what}", file.display()),
            label: "named here".to_owned(),
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
    let end = top.sound("duration").then_some(duration);
    let warmup = top.span("warmup", "measured from here on", Nanos::ZERO);
    if let Some(end) = end.filter(|end| warmup >= *end) {
        let place = top.entry("warmup").map(|entry| entry.node.place.clone());
        let what = format!("warmup is {warmup}, and the run is over at {end}: nothing is measured");
        reading.fault(place, what, "here", Some("shorten warmup or lengthen duration".to_owned()));
    }
    let seed = top.field("seed", "seeds every stream of draws", 42, |seed| json!(seed), read_seed);
    let thresholds = fields::thresholds(&top);
    let traffic = fields::traffic(top.section("traffic", &empty));
    let data = top.section("data", &empty);
    let Cached { cache, ttl, writes } = fields::cache(top.section("cache", &empty), data);
    let origin = fields::origin(top.section("origin", &empty));
    let lanes = strategies(&top, ttl);
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
        cache,
        writes,
        ttl,
        origin,
        lanes,
        events,
        thresholds,
        skipped: Vec::new(),
        fields: Vec::new(),
        texts: Vec::new(),
        overrides: Vec::new(),
    }
}

fn show_span(span: &Nanos) -> Json {
    json!(span.to_string())
}

/// At least one.
fn strategies(top: &Section<'_>, ttl: Nanos) -> Vec<Lane> {
    let tables = top.list("strategy");
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
    fields::unclaimed(top.reading, &tables);
    fields::lanes(top.reading, &tables, ttl)
}

/// Where more would be written.
fn end_of(reading: &Reading) -> Place {
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
