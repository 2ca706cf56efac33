//! When requests are due: `rate`, `arrivals`, `burst` and `profile` of an open loop, `users` and `think` of a closed one.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Arrivals, Load, Step};
use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use super::traffic::{read_rate, show_rate};
use crate::kind::Kind;
use crate::section::Section;
use crate::tree::Node;
use crate::units;
use crate::values::{Wrong, list, only, part, part_or, span, table, with_unit};

/// `traffic.arrivals`, before the size of a burst is known.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Gaps {
    Poisson,
    Constant,
    Bursty,
}

const GAPS: &[(&str, Gaps)] =
    &[("poisson", Gaps::Poisson), ("constant", Gaps::Constant), ("bursty", Gaps::Bursty)];

/// More steps than anyone draws.
const MOST_STEPS: usize = 1_000;

/// An open loop has a rate and arrivals; a closed one has users and what they think. Where the file says one and a flag
/// the other, the flag decides.
pub(crate) fn load(section: &Section<'_>, end: Option<Nanos>) -> Load {
    if section.entry("users").is_some() && !section.outranks("rate", "users") {
        for name in ["rate", "arrivals", "burst", "profile"] {
            exclude(section, name, "users");
        }
        return closed(section);
    }
    match section.entry("think") {
        Some(_) if section.entry("users").is_some() => exclude(section, "think", "rate"),
        Some(think) => section.reading.fault(
            Some(think.place.clone()),
            "traffic.think belongs to a closed loop",
            "without users",
            Some("give traffic.users too".to_owned()),
        ),
        None => {}
    }
    open(section, end)
}

/// Notes that `name` is said beside `decided`, unless a flag has decided against the file.
fn exclude(section: &Section<'_>, name: &'static str, decided: &'static str) {
    let Some(entry) = section.entry(name) else { return };
    if !section.outranks(decided, name) {
        let what = format!("traffic.{name} and traffic.{decided} exclude each other");
        let hint = Some("an open loop has a rate, a closed one has users".to_owned());
        section.reading.fault(Some(entry.place.clone()), what, &format!("beside {decided}"), hint);
    }
}

fn open(section: &Section<'_>, end: Option<Nanos>) -> Load {
    let rate = section.field(
        "rate",
        "requests a second, on a schedule that waits for no answer",
        Kind::Rate,
        1_000.0,
        show_rate,
        read_rate,
    );
    let gaps =
        section.choice("arrivals", "the law of the gaps between requests", Gaps::Poisson, GAPS);
    let arrivals = match gaps {
        Gaps::Bursty => {
            let mean = section.count(
                "burst",
                "requests that come at one instant, on average",
                10,
                1,
                100_000,
            );
            Arrivals::Bursty { mean }
        }
        plain => {
            if section.sound("arrivals") {
                let hint = "say arrivals = \"bursty\" too";
                section.refuse(
                    "burst",
                    "arrivals",
                    "traffic.burst belongs to bursty arrivals",
                    hint,
                );
            } else {
                section.entry("burst");
            }
            if plain == Gaps::Poisson { Arrivals::Poisson } else { Arrivals::Constant }
        }
    };
    let kind = Kind::table([("at", Kind::Span), ("rate", Kind::Rate), ("ramp?", Kind::Span)]);
    let about = "how the rate changes: from when, to what, and how long it takes to get there";
    let profile = section.field(
        "profile",
        about,
        kind.list(),
        Vec::new(),
        |profile| show_profile(profile),
        |node| read_profile(node, end),
    );
    Load::Open { rate, arrivals, profile }
}

fn closed(section: &Section<'_>) -> Load {
    let users = section.count(
        "users",
        "users who each ask, wait for the answer, think, and ask again",
        1,
        1,
        1_000_000,
    );
    let think = section.law(
        "think",
        "time from an answer to the user's next request",
        Law::Constant(Nanos::SECOND),
    );
    Load::Closed { users, think }
}

fn show_profile(profile: &[Step]) -> Json {
    let show = |step: &Step| {
        let (at, rate, ramp) = (step.at.to_string(), show_rate(&step.rate), step.ramp.to_string());
        json!({ "at": at, "rate": rate, "ramp": ramp })
    };
    profile.iter().map(show).collect()
}

fn read_profile(node: &Node, end: Option<Nanos>) -> Result<Vec<Step>, Wrong> {
    let nodes = list(node, "[{ at = \"30s\", rate = \"500/s\" }]")?;
    if let Some(one_too_many) = nodes.get(MOST_STEPS) {
        let what = format!("has {} steps, more than {MOST_STEPS}", nodes.len());
        return Err(Wrong::new(what).hint("drop some").at(one_too_many));
    }
    let mut steps: Vec<Step> = Vec::new();
    for node in nodes {
        let step = read_step(node)?;
        follows(steps.last(), step, end).map_err(|wrong| wrong.at(node))?;
        steps.push(step);
    }
    Ok(steps)
}

/// Refuses a step out of its order.
fn follows(before: Option<&Step>, step: Step, end: Option<Nanos>) -> Result<(), Wrong> {
    let at = step.at;
    if let Some(end) = end.filter(|end| at >= *end) {
        let what = format!("has a step at {at}, after the end of the run at {end}");
        return Err(Wrong::new(what).hint("drop it, or raise duration"));
    }
    let Some(before) = before else { return Ok(()) };
    if at <= before.at {
        let what = format!("has a step at {at} behind one at {}", before.at);
        return Err(Wrong::new(what).hint("write the steps in order of time"));
    }
    if before.at + before.ramp > at {
        let reached = before.at + before.ramp;
        let what =
            format!("has a step at {at} that cuts the ramp before it, which ends at {reached}");
        return Err(Wrong::new(what).hint("shorten the ramp, or begin the step when it has ended"));
    }
    Ok(())
}

fn read_step(node: &Node) -> Result<Step, Wrong> {
    const EXPECTED: &str = "{ at = \"30s\", rate = \"500/s\", ramp = \"10s\" }";
    let parts = table(node, EXPECTED)?;
    only(parts, &["at", "rate", "ramp"])?;
    Ok(Step {
        at: part(node, "at", EXPECTED, span)?,
        rate: part(node, "rate", EXPECTED, |node| {
            let rate = with_unit(node, units::rate, "a rate, such as \"500/s\"")?;
            if rate <= 1e9 {
                Ok(rate)
            } else {
                Err(Wrong::new("must be at most 1e9 a second").at(node))
            }
        })?,
        ramp: part_or(parts, "ramp", Nanos::ZERO, span)?,
    })
}
