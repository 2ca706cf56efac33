//! What the rounds say, in sentences: who is better, by how much, and whether that may be chance.

use super::figure::{change, figure, title};
use super::record::{Backend, Difference, Paired, Record};
use crate::summary::format::{count, list};

/// What a difference is told of, the most important first.
const JUDGED: [&str; 5] =
    ["throughput", "latency.p50_us", "latency.p99_us", "latency.p99.9_us", "cpu_us"];
/// A closed loop on so busy a generator measures the generator.
const BUSY: f64 = 0.9;

/// The sentences; open loops send as many requests whatever the cache does.
pub(super) fn verdict(record: &Record, open: bool) -> Vec<String> {
    if record.bound.is_some() {
        return searched(record);
    }
    let mut said: Vec<String> = match record.paired.as_slice() {
        [] => record.backends.iter().filter_map(alone).collect(),
        paired => paired.iter().map(|pair| compared(pair, record, open)).collect(),
    };
    for backend in &record.backends {
        said.extend(doubts(backend, open));
    }
    if record.partial && !record.is_empty() {
        let complete = record.backends.first().map_or(0, |backend| backend.rounds.len());
        said.push(format!("Cut short: {complete} of {} rounds are complete.", record.rounds));
    }
    said
}

fn alone(backend: &Backend) -> Option<String> {
    let of = |metric| Some(figure(metric, backend.metrics.get(metric)?.mean));
    Some(format!(
        "{} answers {} requests a second, half within {} and 99% within {}, for {} of the client's CPU each.",
        backend.name,
        of("throughput")?,
        of("latency.p50_us")?,
        of("latency.p99_us")?,
        of("cpu_us")?,
    ))
}

/// What is sure, then what may be chance.
fn compared(pair: &Paired, record: &Record, open: bool) -> String {
    let judged = || JUDGED.into_iter().filter(|metric| !open || *metric != "throughput");
    let of = |better: Option<bool>| -> Vec<String> {
        let told = |metric| {
            let by = pair.metrics.get(metric).filter(|by| by.better == better)?;
            Some(format!("{} {}", title(metric), by_how_much(metric, by)))
        };
        judged().filter_map(told).collect()
    };
    let (better, worse, chance) = (of(Some(true)), of(Some(false)), of(None));
    let joined = |words: &[String]| list(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let (name, against) = (&pair.backend, &pair.against);
    if record.backends.iter().any(|backend| backend.rounds.len() < 2) {
        return format!(
            "{name} against {against}: one round says nothing of chance; take --rounds 5 ({}).",
            joined(&chance)
        );
    }
    match (better.is_empty(), worse.is_empty()) {
        (true, true) => {
            format!("{name} and {against} do not differ by more than chance: {}.", joined(&chance))
        }
        (false, true) => {
            format!("{name} is better than {against}, and not by chance: {}.", joined(&better))
        }
        (true, false) => {
            format!("{name} is worse than {against}, and not by chance: {}.", joined(&worse))
        }
        (false, false) => format!(
            "{name} against {against}, not by chance: better in {}; worse in {}.",
            joined(&better),
            joined(&worse)
        ),
    }
}

/// `+12% (+10% to +14%)`: as shares of the first one's mean, where there is one.
fn by_how_much(metric: &str, by: &Difference) -> String {
    let Some(relative) = by.relative else { return figure(metric, by.mean.abs()) };
    let scale = if by.mean == 0.0 { None } else { Some(relative / by.mean) };
    match (by.ci95, scale) {
        (Some([low, high]), Some(scale)) => {
            format!("{} ({} to {})", change(relative), change(low * scale), change(high * scale))
        }
        _ => change(relative),
    }
}

/// What makes figures less than they seem.
fn doubts(backend: &Backend, open: bool) -> Vec<String> {
    let mut said = Vec::new();
    let errors = backend.errors();
    let kinds = [
        (errors.down, "found no connection"),
        (errors.lost, "lost theirs on the way"),
        (errors.refused, "were refused"),
        (errors.unanswered, "had no answer long after the round"),
    ];
    let kinds: Vec<String> = kinds
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{} {what}", count(n)))
        .collect();
    if !kinds.is_empty() {
        let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
        said.push(format!(
            "{}: {} requests failed: {}.",
            backend.name,
            count(errors.total()),
            list(&kinds)
        ));
    }
    let busiest = backend.rounds.iter().map(|round| round.busy).fold(0.0, f64::max);
    if !open && busiest > BUSY {
        said.push(format!(
            "{}: the generator used {:.0}% of its cores: its figures are as much the generator's as the cache's.",
            backend.name,
            busiest * 100.0
        ));
    }
    let late = backend.metrics.get("lateness.p99_us").filter(|_| open);
    if let Some(late) = late {
        let late = late.values.iter().copied().fold(0.0, f64::max);
        let late = figure("lateness.p99_us", late);
        said.push(format!("{}: 99% of requests were sent at most {late} late.", backend.name));
    }
    said
}

fn searched(record: &Record) -> Vec<String> {
    let bound = record.bound.as_deref().unwrap_or_default();
    let rate = |rate: f64| format!("{}/s", count(rate.round() as u64));
    let mut said: Vec<String> = Vec::new();
    for backend in &record.backends {
        let Some(search) = &backend.search else { continue };
        let name = &backend.name;
        let limit = if backend.is_limited_by_the_generator() {
            " There the generator itself cannot keep up; the cache may go further."
        } else {
            ""
        };
        said.push(match (search.edge.meets, search.edge.fails) {
            (Some(meets), Some(fails)) => {
                format!(
                    "{name} meets {bound} up to {}; at {} it does not.{limit}",
                    rate(meets),
                    rate(fails)
                )
            }
            (Some(meets), None) => {
                format!("{name} meets {bound} at every rate tried, up to {}.", rate(meets))
            }
            (None, Some(fails)) => {
                format!("{name} meets {bound} at no rate tried, down to {}.{limit}", rate(fails))
            }
            (None, None) => format!("{name} was not tried."),
        });
    }
    if record.partial {
        said.push("Cut short: the search was not over.".to_owned());
    }
    said
}
