//! The table: a row a cache, a mean and half its interval a cell; of a search, a row a rate.

use super::figure::{figure, title};
use super::record::{Backend, Case, Record};
use crate::summary::format::{count, micros};

/// What a person is shown.
const SHOWN: [&str; 6] =
    ["throughput", "latency.p50_us", "latency.p99_us", "latency.p99.9_us", "cpu_us", "hit.rate"];

/// Rows of cells, the head first. The first column is set to the left.
pub(crate) type Rows = Vec<Vec<String>>;

/// The table of the rounds, or of the search.
pub(super) fn rows(record: &Record) -> Rows {
    if record.bound.is_some() { curves(record) } else { means(record) }
}

fn means(record: &Record) -> Rows {
    let shown: Vec<&str> = SHOWN
        .into_iter()
        .filter(|metric| record.backends.iter().any(|one| one.metrics.contains_key(metric)))
        .collect();
    let head = ["cache"].into_iter().chain(shown.iter().map(|metric| title(metric)));
    let row = |backend: &Backend| {
        let cell = |metric: &&str| {
            backend
                .metrics
                .get(metric)
                .map_or_else(|| "-".to_owned(), |case| estimate(metric, case))
        };
        [backend.name.clone()].into_iter().chain(shown.iter().map(cell)).collect()
    };
    let head: Vec<String> = head.map(str::to_owned).collect();
    [head].into_iter().chain(record.backends.iter().map(row)).collect()
}

/// A mean, and half its interval as a share of it.
fn estimate(metric: &str, case: &Case) -> String {
    let mean = figure(metric, case.mean);
    match case.ci95 {
        Some([low, high]) if case.mean > 0.0 && metric != "hit.rate" => {
            format!("{mean} ±{:.0}%", (high - low) / 2.0 / case.mean * 100.0)
        }
        _ => mean,
    }
}

/// Each rate once, with the worst, the middle and the best of its runs.
fn curves(record: &Record) -> Rows {
    let head = ["cache", "rate/s", "runs", "bound", "answers/s", "late p99", "meets"];
    let mut rows: Rows = vec![head.map(str::to_owned).into()];
    for backend in &record.backends {
        let Some(search) = &backend.search else { continue };
        let mut rates: Vec<f64> = search.runs.iter().map(|run| run.rate).collect();
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        for rate in rates {
            let runs: Vec<_> = search.runs.iter().filter(|run| run.rate == rate).collect();
            let mut values: Vec<u64> = runs.iter().map(|run| run.value_us).collect();
            values.sort_unstable();
            let values: Vec<String> = values.into_iter().map(|us| micros(us as f64)).collect();
            let met = runs.iter().filter(|run| run.met).count();
            let answers = runs.iter().map(|run| run.throughput).sum::<f64>() / runs.len() as f64;
            let late = runs.iter().map(|run| run.lateness_p99_us).max().unwrap_or(0);
            rows.push(vec![
                backend.name.clone(),
                count(rate.round() as u64),
                runs.len().to_string(),
                values.join(" "),
                figure("throughput", answers),
                micros(late as f64),
                if met * 2 > runs.len() { "yes" } else { "no" }.to_owned(),
            ]);
        }
    }
    rows
}

/// As columns for a terminal.
pub(crate) fn aligned(rows: &Rows) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cell = |(at, cell): (usize, &String)| {
            let pad = " ".repeat(widths[at].saturating_sub(cell.chars().count()));
            if at == 0 { format!("{cell}{pad}") } else { format!("{pad}{cell}") }
        };
        row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// As a table of Markdown.
pub(crate) fn markdown(rows: &Rows) -> String {
    let mut text = String::new();
    for (nth, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
        if nth == 0 {
            text.push_str(&format!("|{}{}\n", " --- |", " ---: |".repeat(row.len() - 1)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        [["cache", "p99"], ["redis|2", "1.2ms ±3%"]].map(|row| row.map(str::to_owned).into()).into()
    }

    #[test]
    fn figures_stand_below_each_other() {
        assert_eq!(aligned(&rows()), "cache          p99\nredis|2  1.2ms ±3%\n");
    }

    #[test]
    fn a_name_cannot_break_a_table_of_markdown() {
        let expected = "| cache | p99 |\n| --- | ---: |\n| redis\\|2 | 1.2ms ±3% |\n";
        assert_eq!(markdown(&rows()), expected);
    }
}
