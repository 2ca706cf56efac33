//! Which lane is run at which points: only lanes that a varied field concerns repeat.

use herdlab_scenarios::{Point, Vary};
use herdlab_sim::plan::Plan;
use herdlab_sim::sweep::{Axis, Setting};

use super::args::SweepArgs;
use crate::exit::Stop;
use crate::open::{Opened, open, open_with};
use crate::summary::format::{count, list};

/// More runs than anyone waits for: at 2 minutes of 2,000 requests a second, half an hour on two cores.
const MOST_RUNS: u128 = 100_000;

/// A lane at a point of the grid.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) lane: String,
    /// Which value of each varied field; `None` of one that does not concern the lane.
    pub(super) place: Vec<Option<usize>>,
    /// With this lane only.
    pub(super) plan: Plan,
}

/// Everything that is to be run.
#[derive(Debug)]
pub(super) struct Grid {
    /// The scenario before anything is varied.
    pub(super) opened: Opened,
    /// Its plan.
    pub(super) base: Plan,
    pub(super) varies: Vec<Vary>,
    /// First the lanes that nothing varied concerns; then by point, the first varied field slowest, and within a point
    /// in the order of the lanes.
    pub(super) cells: Vec<Cell>,
}

impl Grid {
    /// Reads the scenario at every point.
    pub(super) fn new(args: &SweepArgs) -> Result<Self, Stop> {
        let varies = varies(&args.vary)?;
        let opened = open(&args.scenario, &args.with)?;
        let base = opened.plan(&args.with)?;
        // Before the lanes are counted: the reader knows best what is wrong with a path.
        let first = read(args, &varies, &vec![0; varies.len()])?;
        let concerned: Vec<Vec<bool>> = first
            .lanes
            .iter()
            .map(|lane| varies.iter().map(|vary| vary.concerns(lane)).collect())
            .collect();
        let names: Vec<&str> = first.lanes.iter().map(|lane| lane.name.as_str()).collect();
        for (axis, vary) in varies.iter().enumerate() {
            if !concerned.iter().any(|lane| lane[axis]) {
                let what =
                    format!("error: --vary {}: no lane has it: {}", vary.path(), list(&names));
                return Err(Stop::usage(format!(
                    "{what}\n  = help: choose lanes that have it with -s"
                )));
            }
        }
        enough(&varies, &concerned, args.seeds)?;
        let cells = cells(args, &varies, &concerned)?;
        Ok(Self { opened, base, varies, cells })
    }

    /// The varied fields as axes of a study.
    pub(super) fn axes(&self) -> Vec<Axis> {
        self.varies.iter().map(axis).collect()
    }
}

/// Reads every `--vary`; none may name a field twice.
fn varies(given: &[String]) -> Result<Vec<Vary>, Stop> {
    let mut varies: Vec<Vary> = Vec::new();
    for text in given {
        let vary = Vary::parse(text).map_err(|what| Stop::usage(format!("error: {what}")))?;
        if let "seed" | "name" | "about" | "thresholds" = vary.path() {
            let what = format!("error: --vary {}: that is nothing to compare", vary.path());
            return Err(Stop::usage(format!(
                "{what}\n  = help: --seeds N runs every point with N seeds"
            )));
        }
        if varies.iter().any(|other| other.path() == vary.path()) {
            let what = format!("error: --vary {} is given twice", vary.path());
            return Err(Stop::usage(format!(
                "{what}\n  = help: put all its values into one, separated by commas"
            )));
        }
        varies.push(vary);
    }
    Ok(varies)
}

/// The plan at a point.
fn read(args: &SweepArgs, varies: &[Vary], place: &[usize]) -> Result<Plan, Stop> {
    let set = varies.iter().zip(place).map(|(vary, at)| vary.at(&vary.points()[*at]));
    open_with(&args.scenario, &args.with, set.collect())?.plan(&args.with)
}

fn enough(varies: &[Vary], concerned: &[Vec<bool>], seeds: u32) -> Result<(), Stop> {
    let points = |lane: &Vec<bool>| -> u128 {
        let counts = varies.iter().zip(lane).filter(|(_, concerned)| **concerned);
        counts.map(|(vary, _)| vary.points().len() as u128).fold(1, u128::saturating_mul)
    };
    let rows = concerned.iter().map(points).fold(0, u128::saturating_add);
    let runs = rows.saturating_mul(u128::from(seeds));
    if runs <= MOST_RUNS {
        return Ok(());
    }
    let shown = |n: u128| count(u64::try_from(n).unwrap_or(u64::MAX));
    let what = format!(
        "error: this sweep is {} runs ({} rows of {seeds} seeds), more than {}",
        shown(runs),
        shown(rows),
        shown(MOST_RUNS)
    );
    Err(Stop::usage(format!(
        "{what}\n  = help: vary over fewer points, choose lanes with -s, or lower --seeds"
    )))
}

fn cells(args: &SweepArgs, varies: &[Vary], concerned: &[Vec<bool>]) -> Result<Vec<Cell>, Stop> {
    let mut wanted: Vec<(Vec<usize>, usize)> = Vec::new();
    for (lane, concerned) in concerned.iter().enumerate() {
        let mut places = vec![Vec::new()];
        for (vary, concerned) in varies.iter().zip(concerned) {
            let values = if *concerned { vary.points().len() } else { 1 };
            let longer = |place: &Vec<usize>| {
                (0..values).map(|at| [place.as_slice(), &[at]].concat()).collect::<Vec<_>>()
            };
            places = places.iter().flat_map(longer).collect();
        }
        wanted.extend(places.into_iter().map(|place| (place, lane)));
    }
    // What nothing concerns comes first: it is the same everywhere, and what the others are held against.
    wanted.sort_by_key(|(place, lane)| (concerned[*lane].contains(&true), place.clone(), *lane));
    let mut cells = Vec::new();
    let mut last: Option<(Vec<usize>, Plan)> = None;
    for (place, lane) in wanted {
        let plan = match last.take() {
            Some((at, plan)) if at == place => plan,
            _ => read(args, varies, &place)?,
        };
        let chosen = plan.lanes[lane].clone();
        cells.push(Cell {
            lane: chosen.name.clone(),
            place: place
                .iter()
                .zip(&concerned[lane])
                .map(|(at, concerned)| concerned.then_some(*at))
                .collect(),
            plan: Plan { lanes: vec![chosen], ..plan.clone() },
        });
        last = Some((place, plan));
    }
    Ok(cells)
}

fn axis(vary: &Vary) -> Axis {
    let setting = |point: &Point| match point.number {
        Some(number) if vary.unit().is_empty() && vary.is_numeric() => Setting::Number(number),
        _ => Setting::Text(point.text.clone()),
    };
    let place = |point: &Point| {
        let number = point.number?;
        Some(if vary.is_geometric() { number.ln() } else { number })
    };
    let places = vary.points().iter().map(place).collect::<Option<Vec<f64>>>();
    Axis {
        path: vary.path().to_owned(),
        values: vary.points().iter().map(setting).collect(),
        places: places.filter(|_| vary.is_numeric()),
    }
}
