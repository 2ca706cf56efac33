//! The search for the highest rate that meets a bound: caches in turn, a short run each, until all have their edge.

use herdlab_loadgen::bench::{Contender, Course, Found, Pace, Round, Search};

use super::plan::Plan;
use super::record::{Edge, Point, Record};
use super::watch::Desk;
use super::words::Bound;
use crate::exit::Stop;
use crate::summary::format::{count, micros};

/// A cache that answers less of what is due has a queue that grows, whatever the quantiles of a short run say.
const KEEPS_UP: f64 = 0.97;

/// Runs every search to its end, or as far as somebody let it.
pub(super) fn search(
    plan: &Plan,
    bound: &Bound,
    contenders: &mut [Contender],
    desk: &Desk,
    record: &mut Record,
) -> Result<(), Stop> {
    let Pace::Rate { per_second, arrivals } = plan.course.pace else {
        return Err(Stop::runtime("error: a search needs an open loop"));
    };
    let mut searches: Vec<Search> = contenders.iter().map(|_| Search::new(per_second)).collect();
    let mut last = String::new();
    for number in 0.. {
        let mut over = true;
        for (at, contender) in contenders.iter_mut().enumerate() {
            let Some(rate) = searches[at].next() else { continue };
            over = false;
            let pace = Pace::Rate { per_second: rate, arrivals };
            let course = Course { pace, number, ..plan.course };
            let what = format!("{}: {}/s{last}", plan.places[at].0, count(rate.round() as u64));
            let mut watcher = |share: f64| desk.look(&what, share, None);
            let Some(round) = contender.round(&course, &mut watcher)? else { return Ok(()) };
            let point = point(bound, rate, round);
            searches[at].tell(rate, point.met);
            last = format!("  (before: {} {})", bound.name, micros(point.value_us as f64));
            record.backends[at].add_point(point, edge(searches[at].found()));
        }
        if over {
            break;
        }
    }
    record.partial = false;
    if record.backends.iter().any(|backend| backend.is_limited_by_the_generator()) {
        desk.mark_overloaded();
    }
    Ok(())
}

fn point(bound: &Bound, rate: f64, mut round: Round) -> Point {
    let answered = round.requests > 0 && round.latency.count() > 0;
    let value_us = round.latency.quantile_us(bound.quantile);
    let keeps_up = round.answered as f64 >= KEEPS_UP * round.requests as f64;
    Point {
        rate,
        value_us,
        met: answered && keeps_up && round.errors.total() == 0 && bound.is_met_by(value_us),
        throughput: round.throughput,
        lateness_p99_us: round.lateness.quantile_us(0.99),
        errors: round.errors.total(),
        overloaded: round.overloaded.is_some()
            || round.lateness.quantile_us(0.99) > bound.limit.as_micros() / 10,
    }
}

fn edge(found: Option<Found>) -> Edge {
    match found {
        Some(Found::Edge { meets, fails }) => Edge { meets: Some(meets), fails: Some(fails) },
        Some(Found::AtLeast(meets)) => Edge { meets: Some(meets), fails: None },
        Some(Found::Below(fails)) => Edge { meets: None, fails: Some(fails) },
        None => Edge::default(),
    }
}
