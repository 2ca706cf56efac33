//! `herdlab run` and `herdlab compare`.

use herdlab_scenarios::warnings;
use herdlab_sim::measure::{Clock, Record, SCHEMA};
use herdlab_sim::plan::Plan;

use crate::args::{Format, RunArgs};
use crate::exit::{Exit, Stop};
use crate::lanes::{Lanes, Ran, really, virtually};
use crate::open::open;
use crate::place::Place;
use crate::progress::Board;
use crate::record::{Environment, check_place_of, text, write};
use crate::repeat;
use crate::signals::Signals;
use crate::summary::format::list;
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
    if let Some(file) = &args.output {
        check_place_of(file)?;
    }
    let place = Place::parse(&args.on)?;
    if kind == Kind::Run && args.with.strategies.len() > 1 {
        return Err(Stop::usage(
            "error: run takes one strategy\n  = help: herdlab compare takes several",
        ));
    }
    let opened = open(&args.scenario, &args.with)?;
    let mut plan = opened.plan(&args.with)?;
    let mut resolved = opened.scenario.clone();
    if kind == Kind::Run {
        plan.lanes.truncate(1);
        let first: Vec<String> = plan.lanes.iter().map(|lane| lane.name.clone()).collect();
        resolved.keep(&first);
    }
    let signals = Signals::listen()
        .map_err(|error| Stop::runtime(format!("error: cannot listen to signals: {error}")))?;
    if !args.quiet {
        warnings(&plan).iter().for_each(|warning| tell(&format!("warning: {warning}")));
    }
    let board = Board::new(args.quiet, plan.duration, signals.clone());
    let real = place.is_real();
    let Lanes { ran, stop } = if real {
        really(&plan, &place, args.allow_remote, &board)
    } else {
        virtually(&plan, &board)
    };
    board.clear();
    if ran.is_empty() {
        let message = "error: ended before anything was measured";
        let exit = signals.stop().unwrap_or(Exit::Runtime);
        return Err(stop.unwrap_or_else(|| Stop { exit, message: message.to_owned() }));
    }
    let on = place.shown();
    let verb = if kind == Kind::Run { "run" } else { "compare" };
    let command = repeat::command(verb, args, plan.seed, &on);
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
        lanes: ran.iter().map(|ran| ran.record.clone()).collect(),
        findings: Vec::new(),
        thresholds: Vec::new(),
    };
    let json = text(&record)?;
    let written = args.output.as_ref().map(|file| write(file, &json));
    match args.format {
        Format::Json => print(&json)?,
        Format::Human => {
            let about = Summarized {
                name: &opened.scenario.name,
                about: &opened.scenario.about,
                lanes: &record.lanes,
                cut: ran.iter().any(|ran| ran.partial),
                notes: &notes(&plan, &ran),
                command: &record.command,
                file: args
                    .output
                    .as_deref()
                    .filter(|_| written.as_ref().is_some_and(Result::is_ok)),
                width: summary::width(),
            };
            print(&summarize(&about))?;
        }
    }
    written.transpose()?;
    match (signals.stop(), stop) {
        (Some(exit), _) => Ok(exit),
        (None, Some(stop)) => Err(stop),
        (None, None) if ran.iter().any(|ran| overloaded(ran).is_some()) => Ok(Exit::Overloaded),
        (None, None) => Ok(Exit::Done),
    }
}

fn overloaded(ran: &Ran) -> Option<&str> {
    ran.figures.as_ref()?.overloaded.as_deref()
}

/// What a reader must know before he believes the figures.
fn notes(plan: &Plan, all: &[Ran]) -> Vec<String> {
    let mut notes = Vec::new();
    let cut: Vec<&str> =
        all.iter().filter(|ran| ran.partial).map(|ran| ran.record.name.as_str()).collect();
    if !cut.is_empty() {
        notes.push(format!("cut short, with the figures until then: {}", list(&cut)));
    }
    let was_run = |name: &str| all.iter().any(|ran| ran.record.name == name);
    let names = plan.lanes.iter().map(|lane| lane.name.as_str());
    let missing: Vec<&str> = names.filter(|name| !was_run(name)).collect();
    if !missing.is_empty() {
        notes.push(format!("not run: {}", list(&missing)));
    }
    for ran in all {
        let lane = &ran.record.name;
        if let Some(why) = overloaded(ran) {
            notes.push(format!("{lane}: the generator could not keep up: {why}"));
        }
        if let Some(figures) = &ran.figures {
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
        let degraded = ran.record.summary.degraded;
        if degraded > 0 {
            let degraded = summary::format::count(degraded);
            notes.push(format!(
                "{lane}: the cache failed {degraded} requests, and the origin answered them"
            ));
        }
        notes.extend(ran.faults.iter().map(|fault| format!("{lane}: {fault}")));
    }
    notes
}
