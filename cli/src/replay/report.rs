//! A replay's record in each of its formats.

use herdlab_sim::replay::{Curve, Replay, Row};

use crate::args::Format;
use crate::bench::table::{Rows, aligned, markdown};
use crate::exit::Stop;
use crate::record::no_log;
use crate::summary::format::{count, percent, plain, wrapped};
use crate::sweep::plot::{Chart, draw};

/// The record as text; `width` columns wide if a person reads it.
pub(super) fn text(record: &Replay, format: Format, width: usize) -> Result<String, Stop> {
    match format {
        Format::Json => serde_json::to_string(record)
            .map(|text| text + "\n")
            .map_err(|error| Stop::runtime(format!("error: no record: {error}"))),
        Format::Csv => Ok(csv(record)),
        Format::Markdown => Ok(plain(&page(record))),
        Format::Human => Ok(plain(&human(record, width))),
        Format::IntervalLog => Err(no_log()),
    }
}

fn titles(record: &Replay) -> Vec<String> {
    let cut = if record.partial { "; not read to its end" } else { "" };
    let title = |trace: &herdlab_sim::replay::Recorded| {
        let keys = trace.distinct.map(|keys| format!(" for {} keys", count(keys)));
        let (requests, keys) = (count(trace.requests), keys.unwrap_or_default());
        format!("{} ({}): {requests} requests{keys}{cut}", trace.trace, trace.format)
    };
    record.traces.iter().map(title).collect()
}

/// A row each, with the columns that say something.
fn rows(record: &Replay) -> Rows {
    let many = record.traces.len() > 1;
    let expired = record.rows.iter().any(|row| row.expired > 0);
    let sized = record.rows.iter().any(|row| row.byte_miss_ratio.is_some() && row.unit == "bytes");
    let refused = record.rows.iter().any(|row| row.refused > 0);
    let mut head = vec![
        "policy".to_owned(),
        "size".to_owned(),
        "misses".to_owned(),
        "miss".to_owned(),
        "hit".to_owned(),
    ];
    if many {
        head.insert(0, "trace".to_owned());
    }
    for (shown, name) in [(sized, "byte miss"), (expired, "expired"), (refused, "refused")] {
        head.extend(shown.then(|| name.to_owned()));
    }
    let line = |row: &Row| {
        let size = if row.size.ends_with('%') {
            format!("{} ({})", count(row.capacity), row.size)
        } else if row.unit == "bytes" {
            row.size.clone()
        } else {
            count(row.capacity)
        };
        let error = row
            .ci95
            .map_or_else(String::new, |[low, high]| format!(" ±{}", percent((high - low) / 2.0)));
        let mut cells = vec![
            row.policy.clone(),
            size,
            count(row.misses),
            percent(row.miss_ratio) + &error,
            percent(1.0 - row.miss_ratio),
        ];
        if many {
            cells.insert(0, row.trace.clone());
        }
        cells.extend(sized.then(|| row.byte_miss_ratio.map_or_else(|| "-".to_owned(), percent)));
        cells.extend(expired.then(|| count(row.expired)));
        cells.extend(refused.then(|| count(row.refused)));
        cells
    };
    [head].into_iter().chain(record.rows.iter().map(line)).collect()
}

fn human(record: &Replay, width: usize) -> String {
    let titles =
        titles(record).iter().map(|title| wrapped(title, width) + "\n").collect::<String>();
    let mut text = format!("{titles}\n{}", aligned(&rows(record)));
    for trace in &record.traces {
        let curve = record.curves.iter().find(|curve| curve.trace == trace.trace);
        if let Some(picture) =
            chart(record, &trace.trace, curve).and_then(|chart| draw(&chart, width))
        {
            text.push_str(&format!("\n{picture}"));
        }
    }
    for note in &record.notes {
        text.push_str(&format!("\n{}\n", wrapped(&format!("note: {note}"), width)));
    }
    text + &format!("\nrepeat: {}\n", record.command)
}

/// Miss ratio over size: a mark a policy, and LRU at every size if that is known. `None` for a single size.
fn chart(record: &Replay, trace: &str, curve: Option<&Curve>) -> Option<Chart> {
    let mine: Vec<&Row> =
        record.rows.iter().filter(|row| row.trace == trace && row.unit == "entries").collect();
    let mut sizes: Vec<u64> = mine.iter().map(|row| row.capacity).collect();
    sizes.extend(curve.iter().flat_map(|curve| &curve.sizes));
    sizes.sort_unstable();
    sizes.dedup();
    let mut policies: Vec<&str> = mine.iter().map(|row| row.policy.as_str()).collect();
    policies.dedup();
    let at = |size: u64| (size.max(1) as f64).log10();
    let points = |policy: &str| {
        mine.iter()
            .filter(|row| row.policy == policy)
            .map(|row| (at(row.capacity), row.miss_ratio))
            .collect()
    };
    let mut curves: Vec<(String, Vec<(f64, f64)>)> =
        policies.iter().map(|policy| ((*policy).to_owned(), points(policy))).collect();
    let whole = curve.zip(mine.first()).map(|(curve, row)| {
        let ratio = |misses: &u64| *misses as f64 / (row.requests as f64).max(1.0);
        curve.sizes.iter().map(|size| at(*size)).zip(curve.misses.iter().map(ratio)).collect()
    });
    curves.extend(whole.map(|points| ("lru at every size".to_owned(), points)));
    (sizes.len() > 1).then(|| Chart {
        title: format!("miss ratio of {trace}"),
        axis: "entries (log scale)".to_owned(),
        ticks: sizes.iter().map(|size| (at(*size), count(*size))).collect(),
        curves,
        label: percent,
    })
}

fn csv(record: &Replay) -> String {
    let mut text = "trace,policy,size,capacity,unit,requests,misses,miss_ratio,low,high,byte_miss_ratio,expired,writes,evictions,refused\n".to_owned();
    for row in &record.rows {
        let [low, high] =
            row.ci95.map_or_else(Default::default, |ends| ends.map(|end| end.to_string()));
        let bytes = row.byte_miss_ratio.map_or_else(String::new, |ratio| ratio.to_string());
        let trace = if row.trace.contains([',', '"', '\n']) {
            format!("\"{}\"", row.trace.replace('"', "\"\""))
        } else {
            row.trace.clone()
        };
        text.push_str(&format!(
            "{trace},{},{},{},{},{},{},{},{low},{high},{bytes},{},{},{},{}\n",
            row.policy,
            row.size,
            row.capacity,
            row.unit,
            row.requests,
            row.misses,
            row.miss_ratio,
            row.expired,
            row.writes,
            row.evictions,
            row.refused
        ));
    }
    text
}

fn page(record: &Replay) -> String {
    let titles: String = titles(record).iter().map(|title| format!("## {title}\n\n")).collect();
    let notes: String = record.notes.iter().map(|note| format!("- Note: {note}\n")).collect();
    format!("{titles}{}\n{notes}\n```sh\n{}\n```\n", markdown(&rows(record)), record.command)
}
