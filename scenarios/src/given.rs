//! What a scenario is read with, beside its text.

use crate::fault::{Place, Text};
use crate::files::{Files, NoFiles};
use crate::nearest::nearest;
use crate::overrides::Override;
use crate::section::Reading;
use crate::tree::{self, Node, Table, Value};
use herdlab_sim::strategy::AnyStrategy;

/// What flags say, and the files beside the scenario.
#[derive(Copy, Clone, Debug)]
pub struct Given<'a> {
    /// The fields that flags set, the last one counts.
    pub overrides: &'a [Override],
    /// The lanes that are chosen, in this order; all of the scenario if there are none here. A name that is no lane of
    /// the scenario but a strategy adds that strategy.
    pub lanes: &'a [String],
    /// The files that it may name.
    pub files: &'a dyn Files,
}

impl Default for Given<'_> {
    /// Nothing.
    fn default() -> Self {
        Self { overrides: &[], lanes: &[], files: &NoFiles }
    }
}

impl Given<'_> {
    /// The file, then each flag as it was given; the one that chooses lanes is the last.
    pub(crate) fn texts(&self, file: &str, text: &str) -> Vec<Text> {
        let overrides = self.overrides.iter().map(|over| Text::flag(&over.given));
        let lanes = (!self.lanes.is_empty()).then(|| Text::flag(self.flag()));
        std::iter::once(Text::new(file, text)).chain(overrides).chain(lanes).collect()
    }

    fn flag(&self) -> String {
        format!("-s {}", self.lanes.join(","))
    }

    /// Puts everything that flags say into the scenario's tree.
    pub(crate) fn put(&self, tree: &mut Table, reading: &Reading<'_>) {
        self.add_lanes(tree, reading);
        for (over, number) in self.overrides.iter().zip(1..) {
            let place = reading.texts[number].whole(number);
            tree::put(tree, over, &place, &mut reading.faults.borrow_mut());
        }
    }

    /// Adds a lane for each chosen strategy that has none yet; what is neither is noted.
    fn add_lanes(&self, tree: &mut Table, reading: &Reading<'_>) {
        if self.lanes.is_empty() {
            return;
        }
        let number = reading.texts.len() - 1;
        let place = reading.texts[number].whole(number);
        let own = tree.lane_names();
        let mut added: Vec<&str> = Vec::new();
        for name in self.lanes.iter().map(String::as_str) {
            if own.iter().any(|lane| lane == name) || added.contains(&name) {
                continue;
            }
            if AnyStrategy::named(name).is_some() {
                tree.add_lane(name, &place);
                added.push(name);
            } else {
                unknown(reading, &own, name, &place);
            }
        }
    }
}

fn unknown(reading: &Reading<'_>, lanes: &[String], name: &str, place: &Place) {
    let own = lanes.iter().map(String::as_str);
    let strategies = AnyStrategy::ALL.iter().map(|about| about.name);
    let hint = nearest(name, own.chain(strategies)).map_or_else(
        || format!("its lanes are: {}", lanes.join(", ")),
        |near| format!("did you mean {near}?"),
    );
    let what = format!("{name:?} is neither a lane of this scenario nor a strategy");
    reading.fault(Some(place.clone()), what, "given here", Some(hint));
}

impl Table {
    /// The names of the lanes.
    fn lane_names(&self) -> Vec<String> {
        match self.get("strategy").map(|entry| &entry.node.value) {
            Some(Value::List(lanes)) => lanes
                .iter()
                .filter_map(|lane| match &lane.value {
                    Value::Table(table) => Some(tree::lane_name(table)),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Adds the lane `use = name`; nothing if what is there is no list of lanes, which is told elsewhere.
    fn add_lane(&mut self, name: &str, place: &Place) {
        let mut lane = Self::default();
        lane.put("use", Node { place: place.clone(), value: Value::Text(name.to_owned()) });
        let lane = Node { place: place.clone(), value: Value::Table(lane) };
        match self.entries.iter_mut().find(|entry| entry.name == "strategy") {
            None => {
                self.put("strategy", Node { place: place.clone(), value: Value::List(vec![lane]) })
            }
            Some(entry) => {
                if let Value::List(lanes) = &mut entry.node.value {
                    lanes.push(lane);
                }
            }
        }
    }
}
