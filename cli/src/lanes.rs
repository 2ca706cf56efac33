//! Runs the lanes of a plan: virtual ones side by side, real ones one after another.

use std::any::Any;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

use herdlab_loadgen::{Figures, Settings, Target};
use herdlab_sim::findings::Facts;
use herdlab_sim::measure::{
    IntervalLog, LaneRecord, LaneRun, Live, Look, Observer, Progress, ThresholdRecord,
};
use herdlab_sim::plan::{Lane, Plan};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt;

use crate::exit::Stop;
use crate::gate::{Cut, Gate, Guard};
use crate::place::Place;
use crate::progress::Board;

/// A lane that was run, in figures.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    pub(crate) record: LaneRecord,
    /// Its seconds, if the plan keeps them.
    pub(crate) log: IntervalLog,
    pub(crate) partial: bool,
    /// How it was run, for the findings.
    pub(crate) facts: Facts,
    /// What only real time has.
    pub(crate) figures: Option<Figures>,
    /// The threshold that ended it.
    pub(crate) aborted: Option<ThresholdRecord>,
    /// The second in which a threshold ended it, its own or another lane's.
    ended: Option<u64>,
}

impl Ran {
    pub(crate) fn new(
        plan: &Plan,
        lane: &Lane,
        run: &mut LaneRun,
        figures: Option<Figures>,
    ) -> Self {
        let overloaded = figures.as_ref().and_then(|figures| figures.overloaded.clone());
        let facts = Facts { overloaded, ..Facts::from(&*run) };
        let record = run.record(plan, lane);
        let log = run.interval_log();
        Self { record, log, partial: run.partial, facts, figures, aborted: None, ended: None }
    }
}

/// The lanes that were run, and what ended it early.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lanes {
    pub(crate) ran: Vec<Ran>,
    pub(crate) stop: Option<Stop>,
}

/// Virtual time: every lane has the whole clock to itself, so they share nothing but the processor.
///
/// If one fails a threshold that aborts, all end in that second of the run, however far some were by then.
pub(crate) fn virtually(plan: &Plan, gate: &Gate, board: &Board) -> Lanes {
    let cut = Cut::default();
    let done = side_by_side(plan, &plan.lanes.iter().collect::<Vec<_>>(), gate, &cut, board);
    together(plan, done, gate, &cut, board)
}

/// Lanes in virtual time that were run, in their order; those that went past the second that ended the run are run again
/// up to there.
pub(crate) fn together(
    plan: &Plan,
    mut done: Vec<Result<Ran, Stop>>,
    gate: &Gate,
    cut: &Cut,
    board: &Board,
) -> Lanes {
    if let Some(second) = cut.second() {
        let far = |ran: &Result<Ran, Stop>| ran.as_ref().is_ok_and(|ran| ran.ended != Some(second));
        let again: Vec<usize> = (0..done.len()).filter(|index| far(&done[*index])).collect();
        let lanes: Vec<&Lane> = again.iter().map(|index| &plan.lanes[*index]).collect();
        let shorter = side_by_side(plan, &lanes, gate, cut, board);
        for (index, ran) in again.into_iter().zip(shorter) {
            done[index] = ran;
        }
    }
    collect(done.into_iter())
}

/// Lanes at once, as many as there are processors, in the order of `lanes`.
fn side_by_side(
    plan: &Plan,
    lanes: &[&Lane],
    gate: &Gate,
    cut: &Cut,
    board: &Board,
) -> Vec<Result<Ran, Stop>> {
    let next = Mutex::new(0..lanes.len());
    let done: Mutex<Vec<(usize, Result<Ran, Stop>)>> = Mutex::default();
    let work = || {
        // After a signal no lane is begun: one that never got anywhere would only look quick.
        while !board.stopped()
            && let Some(index) = next.lock().ok().and_then(|mut next| next.next())
        {
            let lane = lanes[index];
            let ran = guarded(|| virtual_lane(plan, lane, gate, cut, board, &mut ()));
            let ran = ran.map(|raw| raw.ran(plan, lane));
            if let Ok(mut done) = done.lock() {
                done.push((index, ran));
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(lanes.len());
    thread::scope(|scope| (0..threads).for_each(|_| _ = scope.spawn(work)));
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, ran)| ran).collect()
}

/// A lane in virtual time that was run, and what ended it early.
pub(crate) struct Raw {
    run: LaneRun,
    aborted: Option<ThresholdRecord>,
    ended: Option<u64>,
}

impl Raw {
    /// In figures. `plan` has everything that happened, by hand too.
    pub(crate) fn ran(self, plan: &Plan, lane: &Lane) -> Ran {
        let Self { mut run, aborted, ended } = self;
        Ran { aborted, ended, ..Ran::new(plan, lane, &mut run, None) }
    }
}

/// One lane in virtual time, with somebody else looking on.
pub(crate) fn virtual_lane(
    plan: &Plan,
    lane: &Lane,
    gate: &Gate,
    cut: &Cut,
    board: &Board,
    also: &mut dyn Observer,
) -> Result<Raw, Stop> {
    let mut guard = Guard::new(board.watch(&lane.name), gate, cut, plan, lane);
    let run = virt::run(plan, lane, &mut Both(&mut guard, also)).map_err(|error| match error {
        virt::RunError::RemoteOrigin => Stop::usage(format!("error: {error}")),
        error => Stop::runtime(format!("error: lane {}: {error}", lane.name)),
    })?;
    let Guard { aborted, ended, .. } = guard;
    Ok(Raw { run, aborted, ended })
}

/// Two who look on: the first may end the run, the second looks closely and acts.
pub(crate) struct Both<'a>(pub(crate) &'a mut dyn Observer, pub(crate) &'a mut dyn Observer);

impl Observer for Both<'_> {
    fn tick(
        &mut self,
        progress: &Progress,
        figures: &mut dyn FnMut() -> Option<LaneRun>,
    ) -> ControlFlow<()> {
        self.0.tick(progress, figures)?;
        self.1.tick(progress, figures)
    }

    fn first_look(&self) -> Nanos {
        self.1.first_look()
    }

    fn look(&mut self, live: &mut dyn Live) -> Look {
        self.1.look(live)
    }

    fn last_look(&mut self, live: &mut dyn Live) {
        self.1.last_look(live);
    }
}

/// Real time: on identical schedules, each lane under a key prefix of its own, which is gone when it ends.
///
/// A lane that fails a threshold that aborts ends there, and no other is begun: they would have run longer.
pub(crate) fn really(
    plan: &Plan,
    place: &Place,
    settings: &Settings,
    gate: &Gate,
    board: &Board,
) -> Lanes {
    let target = match place.target() {
        Ok(Some(target)) => target,
        Ok(None) => return Lanes::default(),
        Err(stop) => return Lanes { ran: Vec::new(), stop: Some(stop) },
    };
    let cut = Cut::default();
    in_turn(&plan.lanes, |lane| {
        let lane = RealLane { plan, lane, target: &target, settings };
        real_lane(&lane, gate, &cut, board, &mut ())
    })
}

/// A lane in real time, and where it runs.
pub(crate) struct RealLane<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) lane: &'a Lane,
    pub(crate) target: &'a Target,
    pub(crate) settings: &'a Settings,
}

/// Runs it, with somebody else looking on.
pub(crate) fn real_lane(
    real: &RealLane<'_>,
    gate: &Gate,
    cut: &Cut,
    board: &Board,
    also: &mut dyn Observer,
) -> Result<Ran, Stop> {
    let RealLane { plan, lane, target, settings } = *real;
    let mut guard = Guard::new(board.watch(&lane.name), gate, cut, plan, lane);
    let mut both = Both(&mut guard, also);
    let mut ran = herdlab_loadgen::run(plan, lane, target, settings, &mut both)?;
    let Guard { aborted, ended, .. } = guard;
    Ok(Ran { aborted, ended, ..Ran::new(plan, lane, &mut ran.lane, Some(ran.figures)) })
}

/// One after another, until one ends early. What was measured before that is kept, also if a lane panics.
fn in_turn(lanes: &[Lane], mut run: impl FnMut(&Lane) -> Result<Ran, Stop>) -> Lanes {
    let mut all = Lanes::default();
    for lane in lanes {
        match guarded(|| run(lane)) {
            Ok(ran) => {
                let partial = ran.partial;
                all.ran.push(ran);
                if partial {
                    break;
                }
            }
            Err(stop) => {
                all.stop = Some(stop);
                break;
            }
        }
    }
    all
}

/// A panic of ours becomes an error; on the way up servers were ended and keys deleted.
pub(crate) fn guarded<T>(run: impl FnOnce() -> Result<T, Stop>) -> Result<T, Stop> {
    let said = |thrown: Box<dyn Any + Send>| match thrown.downcast::<String>() {
        Ok(text) => *text,
        Err(thrown) => thrown
            .downcast::<&str>()
            .map_or_else(|_| "no message".to_owned(), |text| (*text).to_owned()),
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|thrown| {
        Err(Stop::runtime(format!(
            "error: herdlab panicked ({}); this is a bug, please report it",
            said(thrown)
        )))
    })
}

/// Those that were run, and the first reason why another was not.
pub(crate) fn collect(runs: impl Iterator<Item = Result<Ran, Stop>>) -> Lanes {
    let mut all = Lanes::default();
    for ran in runs {
        match ran {
            Ok(ran) => all.ran.push(ran),
            Err(stop) => all.stop = all.stop.or(Some(stop)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Colour, ScenarioArgs};
    use crate::exit::Exit;
    use crate::open::open;
    use crate::signals::Signals;

    fn small() -> Plan {
        let args = ScenarioArgs {
            set: vec!["warmup=0s".to_owned()],
            seed: None,
            duration: Some("2s".to_owned()),
            rate: None,
            strategies: vec!["ttl".to_owned(), "lock".to_owned()],
            color: Colour::Never,
        };
        open("hot-key-expiry", &args).unwrap().plan(&args).unwrap()
    }

    #[test]
    fn a_panic_in_the_middle_keeps_the_lanes_before_it_and_ends_with_code_1() {
        let plan = small();
        let board = Board::new(true, plan.lanes.len(), plan.duration, Signals::default());
        let lanes = in_turn(&plan.lanes, |lane| {
            assert!(lane.name != "lock", "the second lane goes wrong");
            let raw =
                virtual_lane(&plan, lane, &Gate::default(), &Cut::default(), &board, &mut ())?;
            Ok(raw.ran(&plan, lane))
        });
        assert_eq!(
            lanes.ran.iter().map(|ran| ran.record.name.as_str()).collect::<Vec<_>>(),
            ["ttl"]
        );
        let stop = lanes.stop.unwrap();
        assert_eq!(stop.exit, Exit::Runtime);
        assert!(stop.message.contains("the second lane goes wrong"), "{}", stop.message);
    }

    #[test]
    fn lanes_come_back_in_their_order_and_alike_however_many_run_at_once() {
        let plan = small();
        let board = Board::new(true, plan.lanes.len(), plan.duration, Signals::default());
        let (gate, cut) = (Gate::default(), Cut::default());
        let side_by_side = virtually(&plan, &gate, &board);
        let in_turn = in_turn(&plan.lanes, |lane| {
            Ok(virtual_lane(&plan, lane, &gate, &cut, &board, &mut ())?.ran(&plan, lane))
        });
        let records =
            |lanes: &Lanes| lanes.ran.iter().map(|ran| ran.record.clone()).collect::<Vec<_>>();
        assert_eq!(records(&side_by_side), records(&in_turn));
    }
}
