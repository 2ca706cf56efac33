//! The rounds: in each every cache has its turn, so that what the machine does hits all of them.

use herdlab_loadgen::bench::{Contender, Course, Round};

use super::plan::Plan;
use super::record::Record;
use super::watch::Desk;
use crate::exit::Stop;

/// Runs all rounds, or those that were complete when somebody or something ended them.
pub(super) fn run(
    plan: &Plan,
    contenders: &mut [Contender],
    desk: &Desk,
    record: &mut Record,
) -> Result<(), Stop> {
    let turns = f64::from(plan.rounds) * contenders.len() as f64;
    let mut turn = 0.0;
    for number in 0..plan.rounds {
        let course = Course { number: u64::from(number), ..plan.course };
        // Whoever comes first finds another machine than whoever comes last: each begins in turn.
        let mut order: Vec<usize> = (0..contenders.len()).collect();
        order.rotate_left(number as usize % contenders.len());
        let mut done: Vec<Option<Round>> = contenders.iter().map(|_| None).collect();
        for at in order {
            let what = format!("round {}/{} {}", number + 1, plan.rounds, plan.places[at].0);
            let all = [turn / turns, (turn + 1.0) / turns];
            let mut watcher = |share: f64| desk.look(&what, share, Some(all));
            let Some(one) = contenders[at].round(&course, &mut watcher)? else { return Ok(()) };
            if one.overloaded.is_some() {
                desk.mark_overloaded();
            }
            done[at] = Some(one);
            turn += 1.0;
        }
        record.add(done.into_iter().flatten().collect());
    }
    record.partial = false;
    Ok(())
}
