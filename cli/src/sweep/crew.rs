//! The runs of a sweep on all cores: which core does which run makes no difference to what comes out.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use herdlab_sim::measure::{LaneRun, Progress, Summary};
use herdlab_sim::plan::Plan;
use herdlab_sim::virt;
use herdlab_sim::world::Failure;

use super::grid::Cell;
use crate::exit::Stop;
use crate::lanes::guarded;
use crate::progress::Board;
use crate::summary::format::count;

/// What became of the runs.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// For each cell its runs by seed; `None` of a cell that is not complete.
    pub(super) runs: Vec<Option<Vec<Summary>>>,
    /// What strategies did that no strategy should.
    pub(super) faults: Vec<String>,
    /// What the first run that failed says; its row is missing, and the others are there.
    pub(super) stop: Option<Stop>,
}

/// A run that ended.
type Ran = Result<(Summary, Vec<String>), Stop>;

/// Runs every cell with every seed.
pub(super) fn run(cells: &[Cell], seeds: u32, threads: usize, board: &Board) -> Done {
    let total = cells.len() * seeds as usize;
    let (next, finished) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let all: Mutex<Vec<Option<Ran>>> = Mutex::new((0..total).map(|_| None).collect());
    let begun = Instant::now();
    let work = || {
        loop {
            let job = next.fetch_add(1, Ordering::Relaxed);
            if job >= total || board.stopped() {
                return;
            }
            let mut watch = |_: &Progress| {
                if board.is_due() {
                    board.say(&line(
                        finished.load(Ordering::Relaxed),
                        total,
                        begun.elapsed().as_secs_f64(),
                    ));
                }
                if board.stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let cell = &cells[job / seeds as usize];
            let Some(ran) = one(cell, (job % seeds as usize) as u64, &mut watch) else { return };
            if let Ok(mut all) = all.lock() {
                all[job] = Some(ran);
            }
            finished.fetch_add(1, Ordering::Relaxed);
        }
    };
    thread::scope(|scope| (0..threads.min(total)).for_each(|_| _ = scope.spawn(work)));
    collect(cells, seeds, all.into_inner().unwrap_or_default())
}

/// One run; `None` if a signal cut it short.
fn one(
    cell: &Cell,
    seed: u64,
    watch: &mut impl FnMut(&Progress) -> ControlFlow<()>,
) -> Option<Ran> {
    let plan = Plan { seed: cell.plan.seed.wrapping_add(seed), ..cell.plan.clone() };
    let ran = guarded(|| {
        let mut run = virt::run(&plan, &plan.lanes[0], watch)
            .map_err(|error| Stop::runtime(format!("error: lane {}: {error}", cell.lane)))?;
        let faults = faults(&run);
        let summary = Summary::new(plan.window(), &mut run.requests, &mut run.origin, &run.cache);
        Ok((!run.partial).then_some((summary, faults)))
    });
    ran.transpose()
}

/// What a strategy did that no strategy should: then a row's figures are worth nothing.
fn faults(run: &LaneRun) -> Vec<String> {
    let failed = |failure| count(run.requests.failures(failure));
    let panicked = run.panic.iter().map(|message| {
        format!(
            "the strategy panicked, and {} requests failed by it: {message}",
            failed(Failure::Panic)
        )
    });
    let spun = (run.requests.failures(Failure::Spin) > 0).then(|| {
        format!(
            "the strategy let no time pass, and {} requests failed by it",
            failed(Failure::Spin)
        )
    });
    panicked.chain(spun).collect()
}

fn collect(cells: &[Cell], seeds: u32, all: Vec<Option<Ran>>) -> Done {
    let mut done = Done::default();
    let mut all = all.into_iter();
    for cell in cells {
        let (mut runs, mut wrong, mut failed) = (Vec::new(), 0_u64, None);
        for (seed, ran) in all.by_ref().take(seeds as usize).enumerate() {
            match ran {
                Some(Ok((summary, faults))) => {
                    runs.push(summary);
                    wrong += u64::from(!faults.is_empty());
                    if wrong == 1 {
                        let seed = cell.plan.seed.wrapping_add(seed as u64);
                        done.faults.extend(
                            faults
                                .iter()
                                .map(|fault| format!("{}, seed {seed}: {fault}", cell.lane)),
                        );
                    }
                }
                Some(Err(stop)) if failed.is_none() => failed = Some((seed, stop)),
                Some(Err(_)) => {}
                None => {}
            }
        }
        if let Some((seed, stop)) = failed {
            let seed = cell.plan.seed.wrapping_add(seed as u64);
            let said = stop.message.trim_start_matches("error: ");
            done.faults.push(format!("a row is missing: seed {seed}: {said}"));
            done.stop = done.stop.or(Some(stop));
        }
        if wrong > 1 {
            done.faults.push(format!(
                "{}: so or alike in {} of {seeds} runs",
                cell.lane,
                count(wrong)
            ));
        }
        done.runs.push((runs.len() == seeds as usize).then_some(runs));
    }
    done
}

/// How far it is.
fn line(finished: usize, total: usize, seconds: f64) -> String {
    let (done, all) = (count(finished as u64), count(total as u64));
    if finished == 0 {
        return format!("[{done}/{all} runs]");
    }
    let left = seconds / finished as f64 * (total - finished) as f64;
    let left = match left {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5_400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    };
    format!("[{done}/{all} runs] {}%, about {left} left", finished * 100 / total)
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn progress_tells_how_much_is_left() {
        assert_eq!(line(0, 320, 1.0), "[0/320 runs]");
        assert_eq!(line(80, 320, 2.0), "[80/320 runs] 25%, about 6 s left");
        assert_eq!(line(1_000, 100_000, 120.0), "[1,000/100,000 runs] 1%, about 3.3 h left");
    }
}
