//! The load itself, told in lines or watched on the screen.

use std::path::Path;

use herdlab_loadgen::http::{Behind, HttpRun, run};
use herdlab_sim::measure::{Observer, ThresholdRecord};
use herdlab_sim::plan::Event;
use herdlab_tui::{Clock, Ended, Model, Site, Turn};

use super::args::LoadArgs;
use super::plan::Plan;
use crate::exit::{Exit, Stop};
use crate::gate::{Cut, Gate, Guard};
use crate::lanes::{Both, guarded};
use crate::progress::Board;
use crate::record::folder_of;
use crate::repeat;
use crate::screen::{Around, exit_of, really, shows, theme};
use crate::signals::Signals;

/// What came of a load.
pub(super) struct Loaded {
    pub(super) run: HttpRun,
    /// The threshold that ended it.
    pub(super) aborted: Option<ThresholdRecord>,
    /// What was done by hand, and the scenario that was written last, if it has all of that.
    pub(super) acts: Vec<Event>,
    pub(super) written: Option<String>,
    /// The exit code, if somebody left in a way that has one.
    pub(super) exit: Option<Exit>,
}

/// Runs it, on the screen where there is one.
pub(super) fn watch(
    plan: &Plan,
    gate: &Gate,
    args: &LoadArgs,
    signals: &Signals,
) -> Result<Loaded, Stop> {
    let screen = shows(&args.show, args.quiet, args.result.format);
    let board = Board::new(args.quiet || screen, 1, plan.plan.duration, signals.clone());
    if screen {
        return on_screen(plan, gate, args, &board, signals);
    }
    let loaded = once(plan, gate, &board, &mut ());
    board.clear();
    loaded
}

fn once(
    Plan { plan, job, settings, .. }: &Plan,
    gate: &Gate,
    board: &Board,
    also: &mut dyn Observer,
) -> Result<Loaded, Stop> {
    let (lane, cut) = (&plan.lanes[0], Cut::default());
    let mut guard = Guard::new(board.watch(&lane.name), gate, &cut, plan, lane);
    let run = guarded(|| Ok(run(plan, job, settings, &mut Both(&mut guard, also))?))?;
    Ok(Loaded { run, aborted: guard.aborted, acts: Vec::new(), written: None, exit: None })
}

fn on_screen(
    plan: &Plan,
    gate: &Gate,
    args: &LoadArgs,
    board: &Board,
    signals: &Signals,
) -> Result<Loaded, Stop> {
    let look = &args.show.look;
    let model = Model::new(&plan.url, &plan.plan, Clock::Real, theme(look, args.color, false))
        .of_site(site(&plan.job.behind));
    let around = Around {
        scenario: &plan.opened.scenario,
        files: plan.opened.files(),
        folder: folder_of(Path::new(args.scenario.as_deref().unwrap_or_default())).to_path_buf(),
        plays: format!("herdlab load{} --scenario", said(args)),
    };
    let run = |_: Turn<'_>, observer: &mut dyn Observer| once(plan, gate, board, observer);
    let Ended { model, lanes, leave } = really(&plan.plan, model, &around, &run, look, signals)?;
    let exit = exit_of(leave);
    let never = || {
        let message = "error: ended before anything was measured".to_owned();
        Stop { exit: exit.unwrap_or(Exit::Runtime), message }
    };
    let loaded = lanes.into_iter().next().ok_or_else(never)??;
    let (acts, written) = (model.acts().to_vec(), model.written().map(str::to_owned));
    Ok(Loaded { acts, written, exit, ..loaded })
}

/// The URL, if the command line says it: what is played again on another has to say so again.
fn said(args: &LoadArgs) -> String {
    args.url.as_deref().map_or_else(String::new, |url| format!(" {}", repeat::quoted(url)))
}

/// What the screen can know of the origin.
const fn site(behind: &Behind) -> Site {
    match behind {
        Behind::Start(_) => Site::Ours,
        Behind::Running(_) => Site::Elsewhere,
        Behind::Unknown => Site::Unknown,
    }
}
