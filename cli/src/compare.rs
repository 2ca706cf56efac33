//! `herdlab run` and `herdlab compare`.

use std::path::Path;

use herdlab_scenarios::{Scenario, warnings};
use herdlab_sim::findings::{Finding, Run, Seen, findings};
use herdlab_sim::measure::{Clock, Record, SCHEMA};
use herdlab_sim::plan::Plan;

use crate::args::{Format, RunArgs};
use crate::exit::{Exit, Stop};
use crate::export;
use crate::gate::Gate;
use crate::lanes::{Lanes, Ran, really, virtually};
use crate::open::open;
use crate::place::Place;
use crate::progress::Board;
use crate::record::{Environment, check_place_of, format_of, text, write};
use crate::repeat;
use crate::screen::{self, Played, opens};
use crate::signals::Signals;
use crate::summary::{Summarized, summarize};
use crate::{print, summary, tell};

/// One lane, or all.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Run,
    Compare,
}

/// Runs the lanes, prints the result, writes the record.
pub(crate) fn compare(args: &RunArgs, kind: Kind) -> Result<Exit, Stop> {
    args.output.iter().try_for_each(|file| check_place_of(file))?;
    let place = Place::parse(&args.on)?;
    if kind == Kind::Run && args.with.strategies.len() > 1 {
        return Err(Stop::usage(
            "error: run takes one strategy\n  = help: herdlab compare takes several",
        ));
    }
    let opened = open(&args.scenario, &args.with)?;
    let mut plan = opened.plan(&args.with)?;
    plan.interval_log =
        args.output.iter().any(|file| matches!(format_of(file), Ok(Format::IntervalLog)));
    let mut resolved = opened.scenario.clone();
    if kind == Kind::Run {
        plan.lanes.truncate(1);
        let first: Vec<String> = plan.lanes.iter().map(|lane| lane.name.clone()).collect();
        resolved.keep(&first);
    }
    let real = place.is_real();
    let gate = Gate::new(&resolved, &args.asserts, args.with.color.on_stderr())?;
    let signals = Signals::listen()
        .map_err(|error| Stop::runtime(format!("error: cannot listen to signals: {error}")))?;
    if !args.quiet {
        warnings(&plan).iter().for_each(|warning| tell(&format!("warning: {warning}")));
    }
    let mut by_hand = None;
    let Lanes { ran, stop } = if opens(args, real)? {
        let Played { lanes, acts, written, exit } = if real {
            screen::play_really(&plan, &opened, &resolved, &place, &gate, args, &signals)?
        } else {
            screen::play(&plan, &opened, &resolved, &gate, args, &signals)?
        };
        if !acts.is_empty() {
            plan = screen::with(&plan, &acts);
            resolved = opened.again(&resolved.written(&acts), args.with.color)?;
        }
        by_hand = Some((acts, written, exit));
        lanes
    } else {
        let board = Board::new(args.quiet, plan.lanes.len(), plan.duration, signals.clone());
        let lanes = if real {
            really(&plan, &place, &args.settings(), &gate, &board)
        } else {
            virtually(&plan, &gate, &board)
        };
        board.clear();
        lanes
    };
    let signal = signals.stop().or(by_hand.as_ref().and_then(|(.., exit)| *exit));
    if ran.is_empty() {
        let message = "error: ended before anything was measured";
        let exit = signal.unwrap_or(Exit::Runtime);
        return Err(stop.unwrap_or_else(|| Stop { exit, message: message.to_owned() }));
    }
    let on = place.shown();
    let verb = if kind == Kind::Run { "run" } else { "compare" };
    let command = match &by_hand {
        Some((acts, written, _)) if !acts.is_empty() && (!real || written.is_some()) => {
            let script = screen::script_of(acts);
            repeat::played(verb, args, plan.seed, &on, &script, written.as_deref())
        }
        _ => repeat::command(verb, args, plan.seed, &on),
    };
    let partial =
        stop.is_some() || ran.len() < plan.lanes.len() || ran.iter().any(|ran| ran.partial);
    let record = Record {
        schema: SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command,
        clock: if real { Clock::Real } else { Clock::Virtual },
        seed: plan.seed,
        partial,
        scenario: resolved.resolved(),
        environment: real.then(|| Environment::new(on, &ran)),
        findings: found(&plan, &ran),
        lanes: ran.iter().map(|ran| ran.record.clone()).collect(),
        thresholds: gate.judge(&plan, &ran),
    };
    let json = text(&record)?;
    let title = &opened.scenario.name;
    let shown = |format| match format {
        Format::Csv => export::csv(&record.lanes),
        Format::Markdown => {
            export::markdown(title, &record.lanes, &record.thresholds, partial, &record.command)
        }
        Format::IntervalLog => export::interval_log(&ran),
        Format::Json | Format::Human => json.clone(),
    };
    let written: Vec<Result<&Path, Stop>> = args
        .output
        .iter()
        .map(|file| write(file, &shown(format_of(file)?)).map(|()| file.as_path()))
        .collect();
    match args.format {
        Format::Json | Format::Csv | Format::Markdown | Format::IntervalLog => {
            print(&shown(args.format))?
        }
        Format::Human => {
            let about = Summarized {
                name: &opened.scenario.name,
                about: &opened.scenario.about,
                lanes: &record.lanes,
                cut: ran.iter().any(|ran| ran.partial),
                findings: &record.findings,
                thresholds: &record.thresholds,
                notes: &notes(&resolved, &ran),
                command: &record.command,
                files: &written
                    .iter()
                    .filter_map(|file| file.as_ref().ok().copied())
                    .collect::<Vec<_>>(),
                width: summary::width(),
            };
            print(&summarize(&about))?;
        }
    }
    written.into_iter().try_for_each(|file| file.map(drop))?;
    match (signal, stop) {
        (Some(exit), _) => Ok(exit),
        (None, Some(stop)) => Err(stop),
        (None, None) if ran.iter().any(origin_is_down) => Ok(Exit::Unreachable),
        (None, None) if ran.iter().any(|ran| ran.facts.overloaded.is_some()) => {
            Ok(Exit::Overloaded)
        }
        (None, None) if record.thresholds.iter().any(|one| !one.passed) => Ok(Exit::Failed),
        (None, None) => Ok(Exit::Done),
    }
}

/// Whether the service that computed was let alone, which ended the run.
fn origin_is_down(ran: &Ran) -> bool {
    ran.figures.as_ref().is_some_and(|figures| figures.origin_down.is_some())
}

/// What the rules say of the lanes that were run.
fn found(plan: &Plan, all: &[Ran]) -> Vec<Finding> {
    let lanes = all.iter().filter_map(|ran| {
        let lane = plan.lanes.iter().find(|lane| lane.name == ran.record.name)?;
        Some(Seen { lane, record: &ran.record, facts: &ran.facts })
    });
    findings(&Run { plan, lanes: lanes.collect() })
}

/// What a reader should know of how a run was made.
fn notes(scenario: &Scenario, all: &[Ran]) -> Vec<String> {
    let mut notes = Vec::new();
    match scenario.skipped().len() {
        0 => {}
        1 => notes
            .push("a threshold is about a lane that was not chosen, and was skipped".to_owned()),
        n => notes
            .push(format!("{n} thresholds are about lanes that were not chosen, and were skipped")),
    }
    for ran in all {
        let Some(figures) = &ran.figures else { continue };
        let lane = &ran.record.name;
        if let Some(why) = &figures.origin_down {
            notes.push(format!("{lane}: the run was ended, as {why}"));
        }
        notes.extend(figures.warnings.iter().map(|warning| format!("{lane}: {warning}")));
        if figures.reconnects > 0 {
            notes.push(format!(
                "{lane}: connections were lost and made anew {} times",
                figures.reconnects
            ));
        }
        let late = summary::format::micros(ran.record.summary.lateness_p99_us as f64);
        notes.push(format!(
            "{lane}: on {}; 99% of requests were sent at most {late} late",
            figures.server
        ));
    }
    notes
}
