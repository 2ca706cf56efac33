//! The thresholds of a scenario and of the command line, for the lanes that are run.

use crate::fault::{Fault, Faults, Text};
use crate::fields::{self, ThresholdField};
use crate::nearest::nearest;
use crate::scenario::Scenario;
use crate::threshold::{Misread, Threshold};

impl Scenario {
    /// The thresholds of the scenario that its lanes can be held against.
    pub fn thresholds(&self) -> impl Iterator<Item = &Threshold> {
        self.thresholds.iter().map(|field| &field.threshold)
    }

    /// Those that were left out because they name a lane of the scenario that was not chosen.
    #[must_use]
    pub fn skipped(&self) -> &[Threshold] {
        &self.skipped
    }

    /// A threshold of the command line.
    ///
    /// # Errors
    /// If it cannot be read, names a lane that is not run, or asks for what is after the run.
    pub fn assert(&self, text: &str) -> Result<Threshold, Faults> {
        let given = Text::flag(format!("--assert {text}"));
        let mut place = given.whole(0);
        let read: Result<Threshold, Misread> = text.parse();
        let fault = match read {
            Ok(threshold) => match self.wrong_with(&threshold) {
                None => return Ok(threshold),
                Some((what, hint)) => {
                    Fault { place: Some(place), what, label: "here".to_owned(), hint: Some(hint) }
                }
            },
            Err(Misread { bytes, what, hint }) => {
                let from = "--assert ".len();
                place.bytes = from + bytes.start..from + bytes.end;
                Fault { place: Some(place), what, label: "here".to_owned(), hint }
            }
        };
        Err(Faults::new(vec![given], vec![fault]))
    }

    /// What a threshold asks that these lanes do not have: what is wrong, and what to do.
    fn wrong_with(&self, threshold: &Threshold) -> Option<(String, String)> {
        if let Some(after) = threshold.after()
            && u64::from(after) * 1_000_000_000 >= self.duration.as_nanos()
        {
            let what = format!("{threshold}: the run is over at {}", self.duration);
            return Some((what, "lengthen duration or shorten after".to_owned()));
        }
        let lane = threshold.lanes().find(|lane| self.lanes().all(|known| known != *lane))?;
        let names = self.lanes().collect::<Vec<_>>().join(", ");
        let hint = nearest(lane, self.lanes()).map_or_else(
            || format!("the lanes are: {names}"),
            |near| format!("did you mean {near}? The lanes are: {names}"),
        );
        Some((format!("{threshold}: no lane {lane:?} is run"), hint))
    }

    /// Takes out the thresholds about lanes that were read and then not chosen.
    pub(crate) fn skip_unchosen(&mut self, before: &[String]) {
        let gone = |lane: &str| {
            before.iter().any(|name| name == lane)
                && self.lanes.iter().all(|kept| kept.name != lane)
        };
        let (skipped, kept): (Vec<ThresholdField>, Vec<ThresholdField>) =
            self.thresholds.iter().cloned().partition(|field| field.threshold.lanes().any(gone));
        self.thresholds = kept;
        self.skipped.extend(skipped.into_iter().map(|field| field.threshold));
        if let Some(field) = self.fields.iter_mut().find(|field| field.path == "thresholds") {
            field.value = fields::shown_thresholds(&self.thresholds);
        }
    }

    /// Every threshold is about a lane that is run, and a time of the run.
    pub(crate) fn thresholds_fit(&self) -> Result<(), Faults> {
        let faults: Vec<Fault> = self
            .thresholds
            .iter()
            .filter_map(|field| {
                let (what, hint) = self.wrong_with(&field.threshold)?;
                let (place, label) = (Some(field.place.clone()), "this threshold".to_owned());
                Some(Fault { place, what, label, hint: Some(hint) })
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(Faults::new(self.texts.clone(), faults)) }
    }
}
