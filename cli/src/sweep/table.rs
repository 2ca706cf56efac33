//! The table: a row a point and lane, a mean and half its interval a cell, theory beside it where there is one.

use herdlab_sim::sweep::{Row, Study};

use super::figure::{estimate, figure, setting};
use crate::summary::format::wrapped;

/// Head and cells of a column, and whether it is set to the right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Column {
    /// The metric's or the field's whole name.
    pub(super) name: String,
    pub(super) head: String,
    pub(super) cells: Vec<String>,
    pub(super) right: bool,
    /// A theory column goes with the metric before it.
    pub(super) beside: bool,
}

impl Column {
    fn width(&self) -> usize {
        self.cells.iter().chain([&self.head]).map(|cell| cell.chars().count()).max().unwrap_or(0)
    }
}

/// The columns: varied fields, lane, metrics. `front` are the rows on the Pareto front, which are marked.
pub(super) fn columns(study: &Study, metrics: &[&'static str], front: &[usize]) -> Vec<Column> {
    let rows = study.rows();
    let column = |name: &str, right: bool, cell: &dyn Fn(&Row) -> String| Column {
        name: name.to_owned(),
        head: short(name).to_owned(),
        cells: rows.iter().map(cell).collect(),
        right,
        beside: false,
    };
    let mut columns: Vec<Column> = study
        .axes()
        .iter()
        .map(|axis| {
            column(&axis.path, true, &|row| {
                let set = row.parameters.0.iter().find(|(path, _)| *path == axis.path);
                set.map_or_else(|| "-".to_owned(), |(_, value)| setting(value))
            })
        })
        .collect();
    let mut lanes = column("lane", false, &|row| row.lane.clone());
    for row in front {
        lanes.cells[*row].push('*');
    }
    columns.push(lanes);
    for metric in metrics {
        let case = |row: &Row| row.metrics.get(metric).cloned();
        let shown =
            |row: &Row| case(row).map_or_else(String::new, |case| estimate(metric, &case.estimate));
        columns.push(column(metric, true, &shown));
        if rows.iter().any(|row| case(row).is_some_and(|case| case.theory.is_some())) {
            let theory = |row: &Row| {
                let theory = case(row).and_then(|case| case.theory);
                theory.map_or_else(|| "-".to_owned(), |theory| figure(metric, theory.value))
            };
            columns.push(Column { beside: true, ..column("theory", true, &theory) });
        }
    }
    columns
}

/// Heads as `compare` has them; of a path its last part.
fn short(name: &str) -> &str {
    match name {
        "herd.avg" => "herd",
        "origin.qps.peak" => "peak/s",
        "stampede.qps.peak" => "dup/s",
        "latency.p50_us" => "p50",
        "latency.p99_us" => "p99",
        "latency.p99.9_us" => "p99.9",
        "hit.rate" => "hit",
        name if name.starts_with("strategy.") => name.rsplit('.').next().unwrap_or(name),
        name => name,
    }
}

/// The table, at most `width` columns of text wide: metrics that do not fit are left out from the right, and named.
/// Of very many rows the first `most` are shown.
pub(super) fn table(mut columns: Vec<Column>, width: usize, most: usize) -> String {
    let whole =
        |columns: &[Column]| columns.iter().map(|column| column.width() + 2).sum::<usize>() - 2;
    let least = columns.iter().position(|column| column.name == "lane").map_or(1, |lane| lane + 2);
    let mut dropped = Vec::new();
    while whole(&columns) > width && columns.len() > least {
        let Some(column) = columns.pop() else { break };
        if !column.beside {
            dropped.insert(0, column.name);
        }
    }
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let line = |pick: &dyn Fn(&Column) -> String| {
        let cells = columns.iter().map(|column| {
            let (text, width) = (pick(column), column.width());
            if column.right { format!("{text:>width$}") } else { format!("{text:<width$}") }
        });
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    let mut text = line(&|column| column.head.clone());
    for row in 0..rows.min(most) {
        text.push_str(&line(&|column| column.cells[row].clone()));
    }
    if rows > most {
        text.push_str(&format!("... and {} more rows: --format csv has them all\n", rows - most));
    }
    let renamed = columns.iter().filter(|column| column.head != column.name);
    let renamed: Vec<String> =
        renamed.map(|column| format!("{}: {}", column.head, column.name)).collect();
    if !renamed.is_empty() {
        text.push_str(&format!("{}\n", wrapped(&renamed.join("; "), width)));
    }
    if !dropped.is_empty() {
        text.push_str(&format!("too narrow for: {}\n", dropped.join(", ")));
    }
    text
}

/// The same as a GitHub table, whole.
pub(super) fn markdown(columns: &[Column]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let cell = |text: &str| text.replace('\\', r"\\").replace('|', r"\|").replace('\n', " ");
    let mut text = line(columns.iter().map(|column| cell(&column.name)).collect());
    text.push_str(&line(
        columns.iter().map(|c| if c.right { "---:" } else { "---" }.to_owned()).collect(),
    ));
    for row in 0..columns.first().map_or(0, |column| column.cells.len()) {
        text.push_str(&line(columns.iter().map(|column| cell(&column.cells[row])).collect()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(head: &str, cells: &[&str]) -> Column {
        Column {
            name: head.to_owned(),
            head: short(head).to_owned(),
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
            right: true,
            beside: head == "theory",
        }
    }

    fn columns() -> Vec<Column> {
        vec![
            column("strategy.beta", &["0.25", "4"]),
            column("lane", &["xfetch", "xfetch"]),
            column("herd.avg", &["54.6 ±1.2", "1.28 ±0.01"]),
            column("theory", &["54.6", "1.28"]),
            column("hit.rate", &["99.00% ±0.01", "99.10% ±0.01"]),
        ]
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_named() {
        let text = table(columns(), 40, 9);
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert!(text.contains("54.6 ±1.2") && text.contains("too narrow for: hit.rate"), "{text}");
        assert!(
            table(columns(), 80, 9).contains("hit.rate")
                && !table(columns(), 80, 9).contains("narrow")
        );
    }

    #[test]
    fn of_very_many_rows_the_rest_is_counted() {
        let text = table(columns(), 80, 1);
        assert!(text.contains("... and 1 more rows"), "{text}");
    }

    #[test]
    fn a_name_cannot_break_a_markdown_table() {
        let text = markdown(&[column("a|b", &["c\nd"])]);
        assert_eq!(text, "| a\\|b |\n| ---: |\n| c d |\n");
    }
}
