//! `herdlab origin`: a slow HTTP origin to put behind somebody's cache.

pub(crate) mod args;
mod record;
pub(crate) mod site;
mod text;

use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use herdlab_loadgen::site::OriginServer;
use herdlab_scenarios::units;
use herdlab_sim::time::Nanos;

use crate::args::{Format, ScenarioArgs};
use crate::exit::{Exit, Stop};
use crate::gate::Gate;
use crate::lanes::Ran;
use crate::record::{check_place_of, format_of, write};
use crate::signals::Signals;
use crate::{print, repeat, summary, tell};
use args::OriginArgs;
use record::Record;

/// Somebody who interrupts is heard after so long at the most.
const LOOK: Duration = Duration::from_millis(50);

/// Serves until it is interrupted or its time is over, then prints what reached it.
pub(crate) fn origin(args: &OriginArgs) -> Result<Exit, Stop> {
    args.output.iter().try_for_each(|file| check_place_of(file))?;
    check_formats(args)?;
    let with = ScenarioArgs {
        set: args.set.clone(),
        seed: args.seed,
        duration: None,
        rate: None,
        strategies: Vec::new(),
        color: args.color,
    };
    let mut opened = site::open(args.scenario.as_deref(), &with, Vec::new())?;
    let mut plan = site::plan(&mut opened, &with, "origin")?;
    let gate = Gate::asserted(&opened.scenario, &args.asserts, args.color.on_stderr())?;
    let end = args.duration.as_deref().map(span).transpose()?;
    let address = site::address(&args.listen, args.allow_remote)?;
    let site = site::site(&plan, address, &args.caching)?;
    let signals = Signals::listen()
        .map_err(|error| Stop::runtime(format!("error: cannot listen to signals: {error}")))?;
    let server = OriginServer::start(site)?;
    if !args.quiet {
        tell(&format!("listening on http://{}/ (Ctrl-C ends it)", server.address()));
    }
    let signal = wait(&server, end, &signals);
    let (figures, mut lane) = (server.figures(), server.lane());
    let alive = server.is_alive();
    drop(server);
    if !alive {
        return Err(Stop::runtime("error: the origin's thread ended; this is a bug in herdlab"));
    }
    (plan.warmup, plan.duration) = (Nanos::ZERO, Nanos::from_secs_f64(figures.seconds.max(1e-3)));
    let ran = Ran::new(&plan, &plan.lanes[0], &mut lane, None);
    let record = Record {
        schema: "herdlab.origin/1",
        version: env!("CARGO_PKG_VERSION"),
        command: repeat::origin(args, plan.seed),
        seed: plan.seed,
        partial: signal.is_some(),
        scenario: opened.scenario.resolved(),
        thresholds: gate.judge(&plan, std::slice::from_ref(&ran)),
        series: record::Series::of(&ran.record.series),
        figures,
    };
    let json = record.json()?;
    let written: Vec<Result<(), Stop>> =
        args.output.iter().map(|file| write(file, &json)).collect();
    match args.format {
        Format::Human => print(&text::text(&record, &opened.scenario.name, summary::width()))?,
        _ => print(&json)?,
    }
    written.into_iter().collect::<Result<(), Stop>>()?;
    let failed = record.thresholds.iter().any(|one| !one.passed);
    Ok(signal.unwrap_or(if failed { Exit::Failed } else { Exit::Done }))
}

/// Waits for the end; the signal, if there was one.
fn wait(server: &OriginServer, end: Option<Nanos>, signals: &Signals) -> Option<Exit> {
    let look = || -> ControlFlow<Option<Exit>> {
        if let Some(exit) = signals.stop() {
            return ControlFlow::Break(Some(exit));
        }
        if !server.is_alive() || end.is_some_and(|end| server.age() >= end) {
            return ControlFlow::Break(None);
        }
        ControlFlow::Continue(())
    };
    loop {
        if let ControlFlow::Break(exit) = look() {
            return exit;
        }
        thread::sleep(LOOK);
    }
}

fn span(text: &str) -> Result<Nanos, Stop> {
    units::span(text).map_err(|reason| Stop::usage(format!("error: --duration {text}: {reason}")))
}

/// An origin's record is JSON, or told to a person.
fn check_formats(args: &OriginArgs) -> Result<(), Stop> {
    let files: Result<Vec<Format>, Stop> = args.output.iter().map(|file| format_of(file)).collect();
    let other = |format: &Format| !matches!(format, Format::Json);
    if files?.iter().any(other) || !matches!(args.format, Format::Human | Format::Json) {
        let hint = "write .json, or --format json";
        return Err(Stop::usage(format!(
            "error: an origin's result is no table\n  = help: {hint}"
        )));
    }
    Ok(())
}
