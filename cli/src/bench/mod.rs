//! `herdlab bench`: real caches side by side.

pub(crate) mod args;
pub(crate) mod csv;
mod figure;
mod knee;
mod plan;
mod record;
mod report;
mod rounds;
pub(crate) mod table;
mod verdict;
mod watch;
pub(crate) mod words;

use std::time::SystemTime;

use herdlab_loadgen::bench::Contender;

use crate::exit::{Exit, Stop};
use crate::record::{check_places_of_many, format_of, write};
use crate::signals::Signals;
use crate::summary::width;
use crate::{print, tell};
use args::BenchArgs;
use plan::Plan;
use record::Record;
use report::Report;
use watch::Desk;

/// Runs the rounds or the search, prints the result, writes the files.
pub(crate) fn bench(args: &BenchArgs) -> Result<Exit, Stop> {
    let plan = Plan::new(args)?;
    check_places_of_many(&args.result.output, args.result.format)?;
    let signals = Signals::listen()
        .map_err(|error| Stop::runtime(format!("error: cannot listen to signals: {error}")))?;
    let desk = Desk::new(args.quiet, &plan, signals.clone());
    let mut contenders = open(&plan, &desk)?;
    let mut record = Record::new(args, &plan, &contenders, now());
    let done = match &plan.search {
        Some(bound) => knee::search(&plan, bound, &mut contenders, &desk, &mut record),
        None => rounds::run(&plan, &mut contenders, &desk, &mut record),
    };
    desk.clear();
    record.notes.extend(contenders.into_iter().filter_map(Contender::clear));
    if record.is_empty() {
        done?;
        let message = "error: ended before anything was measured".to_owned();
        return Err(Stop { exit: signals.stop().unwrap_or(Exit::Runtime), message });
    }
    finish(args, &Report { record, pace: plan.course.pace })?;
    done?; // what was complete when a server failed is printed as well
    let spoiled = if desk.overloaded() { Exit::Overloaded } else { Exit::Done };
    Ok(signals.stop().unwrap_or(spoiled))
}

/// Starts what is private, connects, and fills all caches.
fn open(plan: &Plan, desk: &Desk) -> Result<Vec<Contender>, Stop> {
    let mut contenders = Vec::new();
    for (name, place) in &plan.places {
        desk.say(&format!("filling {name}"));
        let target = place.target()?.ok_or_else(|| Stop::runtime("error: no cache to measure"))?;
        contenders.push(Contender::open(target, &plan.settings, &plan.workload)?);
    }
    Ok(contenders)
}

fn finish(args: &BenchArgs, report: &Report) -> Result<(), Stop> {
    let write_one =
        |file: &std::path::PathBuf| write(file, &report.text(format_of(file)?, width())?);
    let written: Vec<Result<(), Stop>> = args.result.output.iter().map(write_one).collect();
    print(&report.text(args.result.format, width())?)?;
    if !args.quiet {
        report.record.warnings().iter().for_each(|warning| tell(&format!("warning: {warning}")));
    }
    written.into_iter().collect()
}

/// RFC 3339.
fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}
