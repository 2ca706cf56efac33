//! The table: a lane a row, the best value of a column marked. Columns that do not fit are left out, the least
//! important first.

use herdlab_sim::measure::{LaneRecord, Summary};

use super::format::{count, list, mean, micros, percent};
use super::recovery::{Recovery, recovery};

/// One column: its head, how it is shown, what counts as better, and how important it is (0 is most).
struct Column {
    head: &'static str,
    value: fn(&Summary) -> f64,
    show: fn(f64) -> String,
    more_is_better: bool,
    rank: u8,
}

const fn less(
    head: &'static str,
    value: fn(&Summary) -> f64,
    show: fn(f64) -> String,
    rank: u8,
) -> Column {
    Column { head, value, show, more_is_better: false, rank }
}

const fn more(
    head: &'static str,
    value: fn(&Summary) -> f64,
    show: fn(f64) -> String,
    rank: u8,
) -> Column {
    Column { head, value, show, more_is_better: true, rank }
}

fn whole(value: f64) -> String {
    count(value as u64)
}

const COLUMNS: &[Column] = &[
    more("hit", |s| s.hit_rate, percent, 2),
    more("in time", |s| s.goodput, percent, 1),
    less("calls", |s| s.origin_calls as f64, whole, 4),
    less("peak/s", |s| s.origin_qps_peak as f64, whole, 0),
    less("dup/s", |s| s.stampede_qps_peak as f64, whole, 9),
    less("herd", |s| s.herd_avg, mean, 5),
    less("max", |s| s.herd_max as f64, whole, 3),
    less("wasted", |s| s.origin_wasted as f64, whole, 10),
    less("p50", |s| s.latency_p50_us as f64, micros, 11),
    less("p99", |s| s.latency_p99_us as f64, micros, 7),
    less("p99.9", |s| s.latency_p999_us as f64, micros, 6),
    less("stale", |s| s.stale as f64, whole, 12),
    less("failed", |s| s.failed as f64, whole, 8),
];

const LEGEND: &str = "* best of its column. hit: served from the cache; in time: answered within the client's timeout; calls, peak/s: \
origin calls; herd, max: calls at once for one key.";

/// The table, at most `width` columns of text wide as far as its most important columns allow.
pub(super) fn table(lanes: &[LaneRecord], width: usize) -> String {
    let name = lanes.iter().map(|lane| lane.name.chars().count()).max().unwrap_or(0).max(4);
    let cells: Vec<Vec<String>> = COLUMNS.iter().map(|column| cells(column, lanes)).collect();
    let widths: Vec<usize> =
        cells.iter().map(|cells| cells.iter().map(String::len).max().unwrap_or(0)).collect();
    let mut by_rank: Vec<usize> = (0..COLUMNS.len()).collect();
    by_rank.sort_by_key(|index| COLUMNS[*index].rank);
    let mut room = width.saturating_sub(name);
    let mut shown = vec![false; COLUMNS.len()];
    for index in by_rank {
        let needed = widths[index] + 1;
        if needed > room {
            break;
        }
        room -= needed;
        shown[index] = true;
    }
    let mut text = String::new();
    for row in 0..=lanes.len() {
        let first = if row == 0 { "lane" } else { lanes[row - 1].name.as_str() };
        let mut line = format!("{first:<name$}");
        for index in (0..COLUMNS.len()).filter(|index| shown[*index]) {
            line.push_str(&format!(" {:>width$}", cells[index][row], width = widths[index]));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if lanes.len() > 1 {
        text.push_str(&super::format::wrapped(LEGEND, width));
        text.push('\n');
    }
    text
}

/// The table in Markdown, every column of it.
pub(crate) fn markdown(lanes: &[LaneRecord]) -> String {
    let columns: Vec<Vec<String>> = COLUMNS.iter().map(|column| cells(column, lanes)).collect();
    let row = |index: usize, first: &str| {
        let cells = columns.iter().map(|cells| cells[index].trim().replace('*', "\\*"));
        let cells: Vec<String> = std::iter::once(first.to_owned()).chain(cells).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule = format!("| --- |{}\n", " ---: |".repeat(columns.len()));
    let rows = lanes.iter().zip(1..).map(|(lane, index)| row(index, &escaped(&lane.name)));
    format!("{}{rule}{}", row(0, "lane"), rows.collect::<String>())
}

/// A name that Markdown takes for nothing but text.
pub(crate) fn escaped(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let special =
        |c: char| c.is_ascii_punctuation() && !matches!(c, '-' | '.' | ',' | '%' | '/' | ':' | '=');
    plain.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

/// A column's head and its figures, the best ones marked if they differ at all.
fn cells(column: &Column, lanes: &[LaneRecord]) -> Vec<String> {
    let values: Vec<f64> = lanes.iter().map(|lane| (column.value)(&lane.summary)).collect();
    // A lane that was cut short before its first measured request is the best at nothing.
    let counts = |lane: &LaneRecord| lane.summary.requests > 0;
    let best = lanes
        .iter()
        .zip(&values)
        .filter(|(lane, _)| counts(lane))
        .map(|(_, value)| *value)
        .reduce(if column.more_is_better { f64::max } else { f64::min })
        .unwrap_or(0.0);
    let differ = lanes.iter().zip(&values).any(|(lane, value)| counts(lane) && *value != best);
    let figures = lanes.iter().zip(&values).map(|(lane, value)| {
        if !counts(lane) {
            return if differ { "- " } else { "-" }.to_owned();
        }
        let mark = if !differ {
            ""
        } else if *value == best {
            "*"
        } else {
            " "
        };
        format!("{}{mark}", (column.show)(*value))
    });
    let head = if differ { format!("{} ", column.head) } else { column.head.to_owned() };
    std::iter::once(head).chain(figures).collect()
}

/// A line an event: how long each lane took to be itself again.
pub(super) fn events(lanes: &[LaneRecord], cut: bool) -> Vec<String> {
    let Some(first) = lanes.first() else { return Vec::new() };
    let line = |index: usize| {
        let event = &first.events[index];
        let each: Vec<String> = lanes
            .iter()
            .map(|lane| match recovery(lane, index, cut) {
                Recovery::After(seconds) => format!("{} {seconds:.0}s", lane.name),
                Recovery::Never => format!("{} never", lane.name),
                Recovery::Unknown => format!("{} not known", lane.name),
            })
            .collect();
        let each: Vec<&str> = each.iter().map(String::as_str).collect();
        format!("{} at {}s, itself again after: {}", event.event, event.at_s, list(&each))
    };
    (0..first.events.len()).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::verdict::tests::lane;

    #[test]
    fn the_best_of_a_column_is_marked_and_ties_all_are() {
        let lanes = [lane("ttl", 100, 50.0), lane("lock", 1, 1.0), lane("swr", 1, 1.0)];
        let text = table(&lanes, 200).replace("in time", "in-time");
        let peak: Vec<&str> =
            text.lines().take(4).filter_map(|line| line.split_whitespace().nth(4)).collect();
        assert_eq!(peak, ["peak/s", "100", "1*", "1*"], "{text}");
    }

    #[test]
    fn a_lane_that_measured_nothing_is_the_best_at_nothing() {
        let mut nothing = lane("cut", 0, 0.0);
        nothing.summary.requests = 0;
        let text = table(&[lane("ttl", 9, 9.0), nothing, lane("lock", 1, 1.0)], 80);
        let row = text.lines().find(|line| line.starts_with("cut")).unwrap();
        assert!(!row.contains(|c: char| c.is_ascii_digit() || c == '*'), "{text}");
        assert!(text.contains("1*"), "{text}");
    }

    #[test]
    fn a_column_without_a_difference_has_no_best() {
        let lanes = [lane("a", 1, 1.0), lane("b", 1, 1.0)];
        assert!(!table(&lanes, 200).lines().take(3).any(|line| line.contains('*')));
    }

    #[test]
    fn the_table_fits_and_its_most_important_column_stays() {
        let lanes = [lane("stale-while-revalidate", 1_234_567, 1_234.5), lane("lock", 1, 1.0)];
        for width in [40, 60, 80, 100, 200] {
            let text = table(&lanes, width);
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}:\n{text}");
            assert!(text.contains("peak/s"));
        }
    }
}
