//! `herdlab view`: a record in the terminal UI.

use std::path::Path;
use std::thread;

use herdlab_scenarios::{Given, Scenario};
use herdlab_sim::measure::{Observer, Record};
use herdlab_sim::plan::Event;
use herdlab_sim::time::Nanos;
use herdlab_tui::script::Script;
use herdlab_tui::{Backstage, Clock, Conductor, Model, Player, Stage, Turn, Written};
use serde_json::Value as Json;

use crate::args::ViewArgs;
use crate::exit::{Exit, Stop};
use crate::open::Beside;
use crate::record::folder_of;
use crate::screen::{exit_of, is_terminal, keep, on_terminal, save, theme};
use crate::signals::Signals;

/// Nothing can be done to a record, of this file.
struct Archive<'a>(&'a Path);

impl Backstage for Archive<'_> {
    fn read(&self, _: &str, _: Nanos) -> Result<Vec<Event>, String> {
        Err("this is a record: nothing can be done to it any more".to_owned())
    }

    fn write(&self, _: &[Event]) -> Result<Written, String> {
        Err("this is a record: the scenario is in it".to_owned())
    }

    fn save(&self, screen: &str) -> Result<String, String> {
        let name = self.0.file_stem().unwrap_or_default().to_string_lossy();
        keep(folder_of(self.0), &name, screen)
    }
}

/// Opens a record.
pub(crate) fn view(args: &ViewArgs) -> Result<Exit, Stop> {
    let script = args.script.as_deref().map(Script::read).transpose();
    let script = script.map_err(|error| Stop::usage(format!("error: {error}")))?;
    let record = read(&args.record)?;
    if script.is_none() && !is_terminal() {
        let hint = "the record is JSON; or say --script 'snap out.txt'";
        return Err(Stop::usage(format!("error: view needs a terminal\n  = help: {hint}")));
    }
    let scenario = scenario(&args.record, &record.scenario)?;
    let files = Beside::of(&args.record);
    let plan = scenario.plan(&files).map_err(|faults| Stop::usage(faults.to_string()))?;
    let theme = theme(&args.look, args.color, script.is_some());
    let mut model = Model::new(&scenario.name, &plan, Clock::Record, theme);
    model.load(&record.lanes, record.findings.iter().map(|f| format!("{}: {}", f.lane, f.text)));
    let signals = Signals::listen()
        .map_err(|error| Stop::runtime(format!("error: cannot listen to signals: {error}")))?;
    let nothing = herdlab_sim::plan::Plan { lanes: Vec::new(), ..plan };
    let run = |_: Turn<'_>, _: &mut dyn Observer| {};
    let stage = Stage { plan: &nothing, tick: model.tick(), real: false, run: &run };
    let archive = Archive(Path::new(&args.record));
    let ended = thread::scope(|scope| {
        let player = Player::new(model, Conductor::new(scope, &stage), &archive);
        match &script {
            Some(script) => {
                script.play(player, &save).map_err(|error| Stop::usage(format!("error: {error}")))
            }
            None => on_terminal(player, &args.look, &signals),
        }
    })?;
    Ok(exit_of(ended.leave).unwrap_or(Exit::Done))
}

fn read(file: &Path) -> Result<Record<Json, Json>, Stop> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Stop::usage(format!("error: cannot read the record {}: {error}", file.display()))
    })?;
    serde_json::from_str(&text).map_err(|error| {
        let hint = "a record is what -o run.json writes";
        let what = format!("error: {} is no record of a run: {error}", file.display());
        Stop::usage(format!("{what}\n  = help: {hint}"))
    })
}

/// The scenario in a record, which has every default filled.
fn scenario(file: &Path, resolved: &Json) -> Result<Scenario, Stop> {
    let files = Beside::of(file);
    let given = Given { files: &files, ..Given::default() };
    let text = herdlab_scenarios::text_of(resolved);
    Scenario::read("the record's scenario", text.as_bytes(), &given)
        .map_err(|faults| Stop::usage(faults.to_string()))
}
