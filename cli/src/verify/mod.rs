//! `herdlab verify`: the model against reality on one scenario.

pub(crate) mod args;
mod record;
mod report;
mod rounds;

use std::path::PathBuf;

use herdlab_loadgen::Settings;
use herdlab_scenarios::warnings;
use herdlab_sim::plan::Plan;

use crate::bench::words::share;
use crate::exit::{Exit, Stop};
use crate::open::{Opened, open};
use crate::place::Place;
use crate::progress::Board;
use crate::record::{check_places_of_many, format_of, write};
use crate::signals::Signals;
use crate::summary::width;
use crate::sweep::figure;
use crate::{print, repeat, tell};
use args::VerifyArgs;
use record::{Cache, Record};
use rounds::{Contest, Desk};

/// What is compared if nobody says: what a model of a stampede has to get right, and no latency, which the scenario
/// supposes for the model and a real cache has.
const DEFAULT: [&str; 6] =
    ["requests", "hit.rate", "goodput", "origin.calls", "herd.avg", "origin.qps.peak"];

/// Runs the rounds, prints the result, writes the files.
pub(crate) fn verify(args: &VerifyArgs) -> Result<Exit, Stop> {
    check_places_of_many(&args.result.output, args.result.format)?;
    let within = share(&args.within)
        .map_err(|what| Stop::usage(format!("error: --within {} {what}", args.within)))?;
    let metrics =
        if args.metric.is_empty() { DEFAULT.to_vec() } else { figure::metrics(&args.metric)? };
    let places: Vec<Place> = args.on.iter().map(|on| Place::parse(on)).collect::<Result<_, _>>()?;
    let opened = open(&args.scenario, &args.with)?;
    let plan = opened.plan(&args.with)?;
    let signals = Signals::listen()
        .map_err(|error| Stop::runtime(format!("error: cannot listen to signals: {error}")))?;
    announce(args, &plan, places.len());
    let mut contests: Vec<Contest> =
        places.iter().map(|place| Contest::new(place, &plan)).collect::<Result<_, _>>()?;
    let board = Board::new(args.quiet, 1, plan.duration, signals.clone());
    let (allow_remote, allow_flush) = (args.allow_remote, args.allow_flush);
    let tls = args.tls.settings();
    let settings = Settings { allow_remote, allow_flush, tls, ..Settings::default() };
    let desk = Desk::new(&board, &settings, args.rounds);
    let (rounds, done) = desk.run(&mut contests);
    board.clear();
    if rounds == 0 {
        done?;
        let message = "error: ended before a round was complete".to_owned();
        return Err(Stop { exit: signals.stop().unwrap_or(Exit::Runtime), message });
    }
    let overloaded = desk.overloaded.take();
    let found =
        Found { opened: &opened, plan: &plan, contests: &contests, rounds, within, metrics };
    let record = found.record(args, overloaded.clone());
    finish(args, &opened.scenario.name, &record)?;
    done?; // what was complete when a server failed is printed as well
    let differs = if record.differs() { Exit::Failed } else { Exit::Done };
    let spoiled = if overloaded.is_some() { Exit::Overloaded } else { differs };
    Ok(signals.stop().filter(|_| record.partial).unwrap_or(spoiled))
}

/// Says how long it will take, and what may not be meant.
fn announce(args: &VerifyArgs, plan: &Plan, caches: usize) {
    if args.quiet {
        return;
    }
    warnings(plan).iter().for_each(|warning| tell(&format!("warning: {warning}")));
    let runs = f64::from(args.rounds) * (plan.lanes.len() * caches) as f64;
    let seconds = runs * plan.duration.as_secs_f64();
    tell(&format!("{runs} runs of {} in real time: about {seconds:.0}s", plan.duration));
}

/// What the rounds have to say.
struct Found<'a> {
    opened: &'a Opened,
    plan: &'a Plan,
    contests: &'a [Contest],
    rounds: u32,
    within: f64,
    metrics: Vec<&'static str>,
}

impl Found<'_> {
    fn record(&self, args: &VerifyArgs, overloaded: Option<String>) -> Record {
        let lanes: Vec<String> = self.plan.lanes.iter().map(|lane| lane.name.clone()).collect();
        let names: Vec<String> = self.contests.iter().map(|one| one.name.clone()).collect();
        let rounds = self.rounds as usize;
        let cache = |one| Cache::of(one, &lanes, &self.metrics, rounds, self.within);
        let twins = self.contests.iter().filter(|one| one.is_twin(self.plan)).map(|one| {
            format!(
                "{}: the model, too, kept whole seconds of a clock that ticks (cache.backend = \"memcached\")",
                one.name
            )
        });
        Record {
            schema: "herdlab.verify/1",
            version: env!("CARGO_PKG_VERSION"),
            command: repeat::verify(args, self.plan.seed, &names),
            seed: self.plan.seed,
            rounds: self.rounds,
            within: self.within,
            partial: self.rounds < args.rounds,
            scenario: self.opened.scenario.resolved(),
            caches: self.contests.iter().map(cache).collect(),
            notes: twins.chain(overloaded).collect(),
        }
    }
}

fn finish(args: &VerifyArgs, name: &str, record: &Record) -> Result<(), Stop> {
    let text = |format| report::text(name, record, format, width());
    let write_one = |file: &PathBuf| write(file, &text(format_of(file)?)?);
    let written: Vec<Result<(), Stop>> = args.result.output.iter().map(write_one).collect();
    print(&text(args.result.format)?)?;
    written.into_iter().collect()
}
