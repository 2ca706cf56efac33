//! Running the cells: each lane of each fault, on all cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use herdlab_scenarios::MatrixFault;
use herdlab_sim::measure::Summary;
use herdlab_sim::plan::{Lane, Plan};
use herdlab_sim::virt;

use super::{unknown, wanted};
use crate::exit::Stop;

/// A fault's lanes by name, with their figures; the bare one is the first.
pub(super) type Column = Vec<(String, Summary)>;

/// One column a fault.
pub(super) fn run(faults: &[MatrixFault], lanes: &[String]) -> Result<Vec<Column>, Stop> {
    let plans = faults.iter().map(|fault| plan(fault, lanes)).collect::<Result<Vec<Plan>, _>>()?;
    let cells: Vec<(usize, &Lane)> = (plans.iter().enumerate())
        .flat_map(|(nth, plan)| plan.lanes.iter().map(move |lane| (nth, lane)))
        .collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((index, (nth, lane))) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            cells.get(index).map(|cell| (index, *cell))
        } {
            let ran = cell(&plans[nth], lane);
            if let Ok(mut done) = done.lock() {
                done.push((index, nth, lane.name.clone(), ran));
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(cells.len());
    thread::scope(|scope| (0..threads).for_each(|_| _ = scope.spawn(work)));
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(index, ..)| *index);
    let mut columns = vec![Column::new(); faults.len()];
    for (_, nth, name, ran) in done {
        columns[nth].push((name, ran?));
    }
    Ok(columns)
}

/// The fault's plan with the lanes that are asked for.
fn plan(fault: &MatrixFault, lanes: &[String]) -> Result<Plan, Stop> {
    let mut plan = fault.plan().map_err(|faults| Stop::runtime(faults.render(false)))?;
    let known = |name: &str| plan.lanes.iter().any(|lane| lane.name == name);
    if let Some(name) = lanes.iter().find(|name| !known(name)) {
        return Err(unknown("lane", name, plan.lanes.iter().map(|lane| lane.name.as_str())));
    }
    plan.lanes.retain(|lane| wanted(&lane.name, lanes));
    Ok(plan)
}

fn cell(plan: &Plan, lane: &Lane) -> Result<Summary, Stop> {
    virt::run(plan, lane, &mut ())
        .map(|mut ran| ran.record(plan, lane).summary)
        .map_err(|error| Stop::runtime(format!("error: lane {}: {error}", lane.name)))
}
