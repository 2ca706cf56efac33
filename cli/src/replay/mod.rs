//! `herdlab replay`: traces through eviction policies and sizes.

pub(crate) mod args;
mod crew;
mod gauge;
pub(crate) mod input;
mod pass;
mod plan;
mod report;

use std::thread::available_parallelism;

use herdlab_sim::replay::{Replay, SCHEMA};

use crate::exit::{Exit, Stop};
use crate::record::{check_places_of_many, format_of, write};
use crate::signals::Signals;
use crate::summary::width;
use crate::{print, repeat, tell};
use args::ReplayArgs;
use plan::Plan;

/// Replays all traces, prints the result, writes the files.
pub(crate) fn replay(args: &ReplayArgs) -> Result<Exit, Stop> {
    let plan = Plan::new(args)?;
    check_places_of_many(&args.result.output, args.result.format)?;
    let signals = Signals::listen()
        .map_err(|error| Stop::runtime(format!("error: cannot listen to signals: {error}")))?;
    let threads =
        args.threads.map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from);
    let mut record = Replay {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        command: repeat::replay(args),
        partial: false,
        traces: Vec::new(),
        rows: Vec::new(),
        curves: Vec::new(),
        notes: Vec::new(),
    };
    let mut exit = Exit::Done;
    for file in &args.traces {
        let passed = pass::pass(file, args, &plan, threads, &signals)?;
        if let Some(broken) = passed.broken {
            let (trace, requests) = (file.display(), passed.recorded.requests);
            let note =
                format!("{trace} was not read to its end: {broken}; {requests} requests were");
            tell(&format!("error: {note}"));
            record.notes.push(note);
            record.partial = true;
            exit = Exit::Runtime;
        }
        record.traces.push(passed.recorded);
        record.rows.extend(passed.rows);
        record.curves.extend(passed.curve);
        if signals.stop().is_some() {
            break;
        }
    }
    if let Some(sample) = plan.sample {
        let share = herdlab_sim::text::percent(sample.rate());
        record.notes.push(format!("of {share} of the keys; ± is half of the 95% interval"));
    }
    let text = |format, width| report::text(&record, format, width);
    let written: Vec<Result<(), Stop>> = args
        .result
        .output
        .iter()
        .map(|file| write(file, &text(format_of(file)?, width())?))
        .collect();
    print(&text(args.result.format, width())?)?;
    written.into_iter().collect::<Result<(), Stop>>()?;
    Ok(signals.stop().unwrap_or(exit))
}
