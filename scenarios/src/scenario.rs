//! A scenario, read: its fields and where they come from, the resolved document, the plan.

use std::path::Path;
use std::sync::Arc;

use herdlab_sim::plan::{Cache, Change, Client, Keys, Lane, Load, Origin, Plan, Traffic};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Trace;
use serde_json::{Map, Value as Json, json};

use crate::fault::{Fault, Faults, Place, Text};
use crate::field::Field;
use crate::fields::{Data, EventField, KeysField, SiteField, ThresholdField, TrafficField};
use crate::files::Files;
use crate::threshold::Threshold;

/// The version of the language that this crate reads.
pub(crate) const SCHEMA: i64 = 1;

/// A scenario without mistakes.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub about: String,
    pub(crate) seed: u64,
    pub(crate) duration: Nanos,
    pub(crate) warmup: Nanos,
    pub(crate) traffic: TrafficField,
    pub(crate) data: Data,
    pub(crate) cache: Cache,
    pub(crate) site: Option<SiteField>,
    pub(crate) client: Client,
    pub(crate) origin: Origin,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) events: Vec<EventField>,
    pub(crate) thresholds: Vec<ThresholdField>,
    /// Thresholds about lanes that were not chosen.
    pub(crate) skipped: Vec<Threshold>,
    pub(crate) fields: Vec<Field>,
    pub(crate) texts: Vec<Text>,
}

impl Scenario {
    /// Keeps the lanes of these names, in this order; a name that no lane has is passed over.
    pub fn keep(&mut self, names: &[String]) {
        let mut lanes: Vec<Lane> = Vec::new();
        for name in names {
            if lanes.iter().all(|lane| lane.name != *name) {
                lanes.extend(self.lanes.iter().find(|lane| lane.name == *name).cloned());
            }
        }
        self.fields.retain(|field| match field.steps.as_slice() {
            [section, lane, _] if section == "strategy" => {
                lanes.iter().any(|kept| kept.name == *lane)
            }
            _ => true,
        });
        let before: Vec<String> = self.lanes().map(str::to_owned).collect();
        self.lanes = lanes;
        self.skip_unchosen(&before);
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

    /// The URL of the site that it is about, with variables; nothing if it is about a cache.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.site.as_ref().map(|site| site.target.as_str())
    }

    /// Refuses a scenario that is about a site, for who runs its strategies on a cache.
    ///
    /// # Errors
    /// Where it says so, and what runs it.
    pub fn is_about_a_cache(&self) -> Result<(), Faults> {
        let Some(site) = &self.site else { return Ok(()) };
        let fault = Fault {
            place: Some(site.place.clone()),
            what:
                "cache.backend is \"http\": this scenario is about a site, whose cache is its own"
                    .to_owned(),
            label: "here".to_owned(),
            hint: Some(format!("herdlab load --scenario {}", self.texts[0].name)),
        };
        Err(Faults::new(self.texts.clone(), vec![fault]))
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

    /// The plan. `files` has the trace that the scenario names, if it names one.
    ///
    /// # Errors
    /// If the trace cannot be read, or has no such item as an event expires, or too many; or a threshold is about a lane
    /// or a time that the run does not have.
    pub fn plan(&self, files: &dyn Files) -> Result<Plan, Faults> {
        let keys = match &self.traffic.keys {
            KeysField::Uniform { count } => Keys::Uniform { count: *count },
            KeysField::Zipf { exponent, count } => {
                Keys::Zipf { exponent: *exponent, count: *count }
            }
            KeysField::Hotspot { hot, share, count } => {
                Keys::Hotspot { hot: *hot, share: *share, count: *count }
            }
            KeysField::Trace { file, place, .. } => Keys::Trace(self.trace(files, file, place)?),
        };
        let load = self.load(&keys)?;
        self.items_exist(keys.count())?;
        self.thresholds_fit()?;
        Ok(Plan {
            interval_log: false,
            seed: self.seed,
            duration: self.duration,
            warmup: self.warmup,
            traffic: Traffic {
                load,
                keys,
                page: self.traffic.page,
                variants: self.data.variants,
                absent: self.data.absent,
                processes: self.traffic.processes,
                timeout: self.traffic.timeout,
                on_timeout: self.traffic.on_timeout,
                retries: self.traffic.retries,
                updates: self.data.updates,
            },
            cache: self.cache.clone(),
            client: self.client.clone(),
            origin: self.origin.clone(),
            events: self.events.iter().map(|field| field.event).collect(),
            lanes: self.lanes.clone(),
        })
    }

    /// When requests are due: as the scenario says, or as they were recorded.
    fn load(&self, keys: &Keys) -> Result<Load, Faults> {
        let (KeysField::Trace { place, speed: Some(speed), ttls, .. }, Keys::Trace(trace)) =
            (&self.traffic.keys, keys)
        else {
            return Ok(self.traffic.load.clone());
        };
        let fault = |place: &Place, what: &str, hint: &str| {
            let label = "here".to_owned();
            let (place, hint) = (Some(place.clone()), Some(hint.to_owned()));
            Faults::new(
                self.texts.clone(),
                vec![Fault { place, what: what.to_owned(), label, hint }],
            )
        };
        if trace.times().is_empty() {
            let hint = "drop speed, and say traffic.rate: the trace then says only what for";
            return Err(fault(place, "the trace has no times to be played at", hint));
        }
        let rate = |field: &&EventField| matches!(field.event.change, Change::Rate(_));
        if let Some(field) = self.events.iter().find(rate) {
            let hint = "drop the event, or the speed of traffic.keys";
            return Err(fault(&field.place, "a recording has no rate to change", hint));
        }
        Ok(Load::Recorded { trace: Arc::clone(trace), speed: *speed, ttls: *ttls })
    }

    /// A trace's items are counted only when it is read.
    fn items_exist(&self, items: u32) -> Result<(), Faults> {
        let expired = self.events.iter().filter_map(|field| match field.event.change {
            Change::Expire(item) if item.0 >= items => Some(Fault {
                place: Some(field.place.clone()),
                what: format!("item {} is expired, and the trace has {items} items", item.0),
                label: "this event".to_owned(),
                hint: Some(format!("items are counted from 0: 0 to {}", items - 1)),
            }),
            _ => None,
        });
        let too_many = self.data.too_many(items).map(|(what, hint)| Fault {
            place: self.data.place().cloned(),
            what,
            label: "here".to_owned(),
            hint: Some(hint),
        });
        let faults: Vec<Fault> = expired.chain(too_many).collect();
        if faults.is_empty() { Ok(()) } else { Err(Faults::new(self.texts.clone(), faults)) }
    }

    fn trace(&self, files: &dyn Files, file: &Path, place: &Place) -> Result<Arc<Trace>, Faults> {
        let read = match files.open(file) {
            Ok(opened) => Trace::read(opened).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        read.map(Arc::new).map_err(|what| {
            let hint = "traffic.keys.trace names a file beside the scenario, with one id a line";
            let fault = Fault {
                place: Some(place.clone()),
                what: format!("the trace {} cannot be read: {what}", file.display()),
                label: "named here".to_owned(),
                hint: Some(hint.to_owned()),
            };
            Faults::new(self.texts.clone(), vec![fault])
        })
    }
}

fn push(document: &mut Map<String, Json>, section: &str, table: &Map<String, Json>) {
    let list = document.entry(section.to_owned()).or_insert_with(|| json!([]));
    if let Json::Array(list) = list {
        list.push(Json::Object(table.clone()));
    }
}
