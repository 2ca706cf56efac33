//! Tidy CSV (RFC 4180): a line a round, cache and metric; of a search a line a run.

use super::record::{Backend, Record};

/// What was measured, for another program's table.
pub(super) fn csv(record: &Record) -> String {
    if record.bound.is_some() {
        let head = "cache,run,rate,value_us,met,throughput,lateness.p99_us,errors,overloaded\n";
        return head.to_owned() + &record.backends.iter().map(runs).collect::<String>();
    }
    "cache,round,metric,value\n".to_owned()
        + &record.backends.iter().map(rounds).collect::<String>()
}

fn rounds(backend: &Backend) -> String {
    let lines = backend.metrics.iter().flat_map(|(metric, case)| {
        let numbered = case.values.iter().zip(1..);
        numbered.map(move |(value, round)| {
            format!("{},{round},{metric},{value}\n", cell(&backend.name))
        })
    });
    lines.collect()
}

fn runs(backend: &Backend) -> String {
    let Some(search) = &backend.search else { return String::new() };
    let line = |(run, number): (&super::record::Point, u32)| {
        format!(
            "{},{number},{},{},{},{},{},{},{}\n",
            cell(&backend.name),
            run.rate,
            run.value_us,
            run.met,
            run.throughput,
            run.lateness_p99_us,
            run.errors,
            run.overloaded
        )
    };
    search.runs.iter().zip(1..).map(line).collect()
}

/// A cell, quoted where it has to be.
pub(crate) fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
