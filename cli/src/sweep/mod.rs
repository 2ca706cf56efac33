//! `herdlab sweep`: a grid of any fields over seeds.

pub(crate) mod args;
mod crew;
mod csv;
pub(crate) mod figure;
mod grid;
mod heat;
pub(crate) mod plot;
mod report;
mod table;
mod verdict;

use std::thread::available_parallelism;

use herdlab_scenarios::warnings;
use herdlab_sim::sweep::{SCHEMA, Study, SweepRecord, Varied, closed_forms};

use crate::exit::{Exit, Stop};
use crate::progress::Board;
use crate::record::{check_places_of_many, format_of, write};
use crate::signals::Signals;
use crate::summary::width;
use crate::{print, repeat, tell};
use args::SweepArgs;
use crew::Done;
use grid::Grid;
use report::Report;

/// Runs the grid, prints the result, writes the files.
pub(crate) fn sweep(args: &SweepArgs) -> Result<Exit, Stop> {
    let metrics = figure::metrics(&args.metric)?;
    check_places_of_many(&args.output, args.format)?;
    let grid = Grid::new(args)?;
    let signals = Signals::listen()
        .map_err(|error| Stop::runtime(format!("error: cannot listen to signals: {error}")))?;
    if !args.quiet {
        warnings(&grid.base).iter().for_each(|warning| tell(&format!("warning: {warning}")));
    }
    let threads =
        args.threads.map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from);
    let board = Board::new(args.quiet, 1, grid.cells[0].plan.duration, signals.clone());
    let done = crew::run(&grid.cells, args.seeds, threads, &board);
    board.clear();
    if done.runs.iter().all(Option::is_none) {
        if let Some(stop) = done.stop {
            return Err(stop);
        }
        let message = "error: ended before any point of the grid was complete".to_owned();
        return Err(Stop { exit: signals.stop().unwrap_or(Exit::Runtime), message });
    }
    let report = report(args, &grid, &done, metrics);
    let written: Vec<Result<(), Stop>> = args
        .output
        .iter()
        .map(|file| write(file, &report.text(format_of(file)?, width())?))
        .collect();
    print(&report.text(args.format, width())?)?;
    written.into_iter().collect::<Result<(), Stop>>()?;
    match (signals.stop().filter(|_| report.record.partial), done.stop) {
        (Some(exit), _) => Ok(exit),
        (None, Some(stop)) => Err(stop),
        (None, None) => Ok(Exit::Done),
    }
}

/// What the runs say together.
fn report(args: &SweepArgs, grid: &Grid, done: &Done, metrics: Vec<&'static str>) -> Report {
    let mut study = Study::new(grid.axes());
    for (cell, runs) in grid.cells.iter().zip(&done.runs) {
        let Some(runs) = runs else { continue };
        let theory = closed_forms(&cell.plan, &cell.plan.lanes[0]);
        study.add(&cell.lane, cell.place.clone(), runs, &theory);
    }
    let first = grid.opened.scenario.lanes().next().unwrap_or_default();
    let vary = study
        .axes()
        .iter()
        .map(|axis| Varied { path: axis.path.clone(), values: axis.values.clone() });
    let record = SweepRecord {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        command: repeat::sweep(args, grid.base.seed),
        seed: grid.base.seed,
        seeds: args.seeds,
        partial: done.runs.iter().any(Option::is_none),
        scenario: grid.opened.scenario.resolved(),
        vary: vary.collect(),
        paired: study.differences(first),
        pareto: study.pareto(),
        knees: study.knees(&metrics),
        notes: done.faults.clone(),
        rows: study.rows().to_vec(),
    };
    Report { name: grid.opened.scenario.name.clone(), study, record, metrics }
}
