//! `herdlab load`: somebody's site under load.

pub(crate) mod args;
mod plan;
mod record;
mod text;
mod watch;
mod words;

use std::path::Path;

use herdlab_loadgen::http::{Behind, HttpRun, Job};

use crate::args::Format;
use crate::exit::{Exit, Stop};
use crate::gate::Gate;
use crate::lanes::Ran;
use crate::record::{check_places_of_many, format_of, write};
use crate::signals::Signals;
use crate::{export, print, repeat, summary, tell};
use args::LoadArgs;
use plan::Plan;
use record::Record;
use watch::{Loaded, watch};

/// Metrics that only an origin of ours can tell begin so.
const ORIGINS: [&str; 4] = ["origin.", "herd.", "stampede.", "early."];

/// Runs the load, prints the result, writes the files.
pub(crate) fn load(args: &LoadArgs) -> Result<Exit, Stop> {
    check_places_of_many(&args.result.output, args.result.format)?;
    let planned = Plan::new(args)?;
    let Plan { url, opened, plan, job, .. } = &planned;
    let gate = Gate::new(&opened.scenario, &args.asserts, args.color.on_stderr())?;
    if !has_origin(job)
        && let Some(threshold) = gate.about(&ORIGINS)
    {
        let hint = "name the origin behind the site (--origin), or leave the threshold out";
        return Err(Stop::usage(format!(
            "error: {threshold}: nobody tells what reaches the origin\n  = help: {hint}"
        )));
    }
    let signals = Signals::listen()
        .map_err(|error| Stop::runtime(format!("error: cannot listen to signals: {error}")))?;
    let Loaded { run, aborted, acts, written: played, exit } =
        watch(&planned, &gate, args, &signals)?;
    let HttpRun { lane: mut measured, figures, origin } = run;
    let mut ran = Ran::new(plan, &plan.lanes[0], &mut measured, None);
    ran.aborted = aborted;
    if let Some(origin) = &origin {
        origin.put_into(&mut ran.record.summary);
    }
    ran.record.summary.computed -= figures.unknown;
    let scenario = match &acts[..] {
        [] => opened.scenario.resolved(),
        acts => opened.again(&opened.scenario.written(acts), args.color)?.resolved(),
    };
    let record = Record::new(
        repeat::load(args, plan.seed, played.as_deref().filter(|_| !acts.is_empty())),
        url.clone(),
        plan.seed,
        scenario,
        &ran,
        figures,
        gate.judge(plan, std::slice::from_ref(&ran)),
    );
    let shown = |format| -> Result<String, Stop> {
        Ok(match format {
            Format::Json => record.json()?,
            Format::Csv => export::csv(std::slice::from_ref(&ran.record)),
            Format::Markdown => export::markdown(
                &record.target,
                std::slice::from_ref(&ran.record),
                &record.thresholds,
                record.partial,
                &record.command,
            ),
            Format::Human | Format::IntervalLog => {
                text::text(&record, plan, has_origin(job), summary::width())
            }
        })
    };
    let write_one = |file: &std::path::PathBuf| -> Result<(), Stop> {
        write(Path::new(file), &shown(format_of(file)?)?)
    };
    let written: Vec<Result<(), Stop>> = args.result.output.iter().map(write_one).collect();
    print(&shown(args.result.format)?)?;
    if !args.quiet {
        record.warnings().iter().for_each(|warning| tell(&format!("warning: {warning}")));
    }
    written.into_iter().collect::<Result<(), Stop>>()?;
    Ok(match signals.stop().or(exit) {
        Some(exit) => exit,
        None if record.is_overloaded() => Exit::Overloaded,
        None if record.thresholds.iter().any(|one| !one.passed) => Exit::Failed,
        None => Exit::Done,
    })
}

/// Whether the figures of an origin are there.
const fn has_origin(job: &Job) -> bool {
    !matches!(job.behind, Behind::Unknown)
}
