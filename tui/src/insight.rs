//! One sentence about the run as it is looked at: the worst that can be said with the figures at hand.
//!
//! The rules of [`findings`](herdlab_sim::findings) judge a run that is over; these are quick, and about what is on the
//! screen.

use herdlab_sim::time::Nanos;

use crate::lane::{HERD, Lane};
use crate::model::Model;
use crate::words::{count, percent};

/// How bad it is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Level {
    Good,
    Warn,
    Bad,
}

/// A sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Insight {
    pub(crate) level: Level,
    pub(crate) text: String,
}

impl Insight {
    fn new(level: Level, text: String) -> Option<Self> {
        Some(Self { level, text })
    }
}

/// What counts as the present.
const PRESENT: Nanos = Nanos::from_secs(3);
/// How long a lane must be down to be called so.
const DOWN: Nanos = Nanos::from_secs(5);

type Rule = fn(&Model, Nanos, &[&Lane]) -> Option<Insight>;

/// The worst first.
const RULES: &[Rule] = &[leak, down, stampede, duplicates, outdated, calm];

/// The sentence for these lanes; there is always one.
pub(crate) fn insight(model: &Model, lanes: &[&Lane]) -> Insight {
    let last = lanes.iter().filter_map(|lane| Some(lane.points.last()?.at)).max();
    let now = model.cursor.or(last).unwrap_or(Nanos::ZERO);
    if model.is_over()
        && model.cursor.is_none()
        && let Some(found) = model.findings.first()
    {
        return Insight { level: Level::Warn, text: found.clone() };
    }
    RULES
        .iter()
        .find_map(|rule| rule(model, now, lanes))
        .unwrap_or(Insight { level: Level::Good, text: "nothing has happened yet".to_owned() })
}

fn leak(_: &Model, now: Nanos, lanes: &[&Lane]) -> Option<Insight> {
    let lane = lanes.iter().max_by_key(|lane| lane.totals(now).leaked)?;
    let leaked = lane.totals(now).leaked;
    if leaked == 0 {
        return None;
    }
    let text = format!(
        "LEAK {} served {} answers that were computed for somebody else",
        lane.name,
        count(leaked)
    );
    Insight::new(Level::Bad, text)
}

fn down(model: &Model, now: Nanos, lanes: &[&Lane]) -> Option<Insight> {
    let in_time = |lane: &Lane, span: Nanos| {
        let points = lane.between(now - span, now);
        let requests: u32 = points.iter().map(|point| point.requests()).sum();
        let in_time: u32 = points.iter().map(|point| point.in_time).sum();
        (requests > 0).then(|| f64::from(in_time) / f64::from(requests))
    };
    let down: Vec<&&Lane> =
        lanes.iter().filter(|lane| in_time(lane, DOWN).is_some_and(|share| share < 0.5)).collect();
    let worst = down.first()?;
    let up = lanes.iter().find(|lane| in_time(lane, DOWN).is_some_and(|share| share > 0.95));
    let point = worst.at(now)?;
    let names: Vec<&str> = down.iter().map(|lane| lane.name.as_str()).collect();
    let share = percent(in_time(worst, DOWN).unwrap_or(0.0));
    let mut text =
        format!("DOWN {}: {share} answered in time in the last {DOWN}", names.join(" and "));
    if model.silence().is_none() {
        let queued = count(point.queued.into());
        text.push_str(&format!(", {queued} calls queue at the origin"));
    }
    if let Some(up) = up {
        text.push_str(&format!("; {} is up", up.name));
    }
    Insight::new(Level::Bad, text)
}

fn stampede(_: &Model, now: Nanos, lanes: &[&Lane]) -> Option<Insight> {
    let herd = |lane: &Lane| {
        lane.between(now - PRESENT, now).iter().map(|p| p.largest).max_by_key(|l| l.1)
    };
    let worst = lanes.iter().max_by_key(|lane| herd(lane).map_or(0, |herd| herd.1))?;
    let (item, most) = herd(worst)?;
    if most < HERD {
        return None;
    }
    let mut text = format!(
        "STAMPEDE {} computes key #{item} {} times at once",
        worst.name,
        count(most.into())
    );
    let most_ever = |lane: &Lane| {
        lane.between(Nanos::ZERO, now).iter().map(|point| point.largest.1).max().unwrap_or(0)
    };
    let others = lanes.iter().filter(|lane| lane.name != worst.name && !lane.points.is_empty());
    let best = others.map(|lane| (most_ever(lane), lane)).min_by_key(|(most, _)| *most);
    if let Some((most, best)) = best {
        text.push_str(&format!(
            "; {} at most {}",
            best.name,
            if most <= 1 { "once".to_owned() } else { format!("{most} times") }
        ));
    }
    Insight::new(Level::Bad, text)
}

fn duplicates(_: &Model, now: Nanos, lanes: &[&Lane]) -> Option<Insight> {
    let share = |lane: &Lane| {
        let totals = lane.totals(now);
        if totals.calls < 10 { 0.0 } else { totals.duplicates as f64 / totals.calls as f64 }
    };
    let worst = lanes.iter().max_by(|a, b| share(a).total_cmp(&share(b)))?;
    if share(worst) < 0.2 {
        return None;
    }
    let totals = worst.totals(now);
    let mut text = format!(
        "{} of what {} asked of the origin was asked already ({} of {} calls, herds of up to {})",
        percent(share(worst)),
        worst.name,
        count(totals.duplicates),
        count(totals.calls),
        count(totals.herd_max.into()),
    );
    let best = lanes.iter().min_by_key(|lane| lane.totals(now).calls)?;
    if best.name != worst.name {
        text.push_str(&format!("; {} makes {} calls", best.name, count(best.totals(now).calls)));
    }
    Insight::new(Level::Warn, text)
}

fn outdated(_: &Model, now: Nanos, lanes: &[&Lane]) -> Option<Insight> {
    let lane = lanes.iter().max_by_key(|lane| lane.totals(now).outdated)?;
    let totals = lane.totals(now);
    if totals.outdated * 1_000 < totals.requests().max(1) {
        return None;
    }
    let text = format!(
        "{} served {} answers older than the last write",
        lane.name,
        count(totals.outdated)
    );
    Insight::new(Level::Warn, text)
}

fn calm(model: &Model, now: Nanos, lanes: &[&Lane]) -> Option<Insight> {
    let so_far = if now < model.warmup { "warming up" } else { "calm" };
    if let Some(why) = model.silence() {
        return Insight::new(Level::Good, format!("{so_far}: {why}"));
    }
    let largest =
        lanes.iter().flat_map(|lane| lane.between(Nanos::ZERO, now)).map(|p| p.largest.1).max()?;
    let text = match largest {
        0 => format!("{so_far}: no call has reached the origin"),
        1 => format!("{so_far}: no key was ever computed twice at once"),
        n => format!("{so_far}: at most {n} identical computes at once so far"),
    };
    Insight::new(Level::Good, text)
}
