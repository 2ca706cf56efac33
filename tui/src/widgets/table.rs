//! The lanes side by side in figures; the best of each column has a star, whatever the colours.

use herdlab_sim::measure::Totals;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{put, put_right, rows};
use crate::model::Model;
use crate::words::{count, micros, percent};

/// A column: its heading, its figure, its text, whether less is better, and how soon it goes when room is scarce.
struct Column {
    name: &'static str,
    value: fn(&Totals) -> f64,
    text: fn(f64) -> String,
    less: bool,
    rank: u8,
}

fn whole(n: f64) -> String {
    count(n as u64)
}

const COLUMNS: [Column; 10] = [
    Column { name: "hit", value: |t| t.hit_rate(), text: percent, less: false, rank: 0 },
    Column { name: "in time", value: |t| t.goodput(), text: percent, less: false, rank: 4 },
    Column { name: "calls", value: |t| t.calls as f64, text: whole, less: true, rank: 3 },
    Column { name: "again", value: again, text: percent, less: true, rank: 6 },
    Column { name: "peak/s", value: |t| f64::from(t.peak), text: whole, less: true, rank: 1 },
    Column { name: "herd", value: |t| f64::from(t.herd_max), text: whole, less: true, rank: 0 },
    Column { name: "wasted", value: |t| t.wasted as f64, text: whole, less: true, rank: 7 },
    Column { name: "p50", value: |t| t.latency_us[0] as f64, text: micros, less: true, rank: 8 },
    Column { name: "p99", value: |t| t.latency_us[3] as f64, text: micros, less: true, rank: 5 },
    Column { name: "p99.9", value: |t| t.latency_us[4] as f64, text: micros, less: true, rank: 2 },
];

/// The share of origin calls that were duplicates.
fn again(totals: &Totals) -> f64 {
    if totals.calls == 0 { 0.0 } else { totals.duplicates as f64 / totals.calls as f64 }
}

/// What a column takes.
const WIDTH: u16 = 9;

/// How many rows the table has.
pub(crate) fn height(model: &Model) -> u16 {
    model.lanes.len() as u16 + 1
}

/// Draws it.
pub(crate) fn table(buf: &mut Buffer, area: Rect, model: &Model) {
    let theme = &model.theme;
    let longest =
        model.lanes.iter().map(|lane| lane.name.chars().count()).max().unwrap_or(0) as u16;
    let names = (longest + 4).clamp(10, (area.width / 3).max(12));
    let room = usize::from(area.width.saturating_sub(names) / WIDTH);
    let mut kept: Vec<&Column> = COLUMNS.iter().collect();
    while kept.len() > room {
        let last = kept.iter().enumerate().max_by_key(|(_, column)| column.rank);
        let Some((index, _)) = last else { break };
        kept.remove(index);
    }
    let now = model.looked_at();
    let totals: Vec<Totals> = model.lanes.iter().map(|lane| lane.totals(now)).collect();
    put(buf, area, 3, 0, "strategy", theme.dim());
    for (index, lane) in model.lanes.iter().enumerate() {
        let row = rows(area, index as u16 + 1, 1);
        let chosen = index == model.selected;
        let sign = if chosen { ">" } else { " " };
        let name: String = lane.name.chars().take(usize::from(names.saturating_sub(4))).collect();
        let style = if chosen { theme.accent() } else { theme.plain() };
        put(buf, row, 0, 0, &format!("{sign}{} {name}", index + 1), style);
    }
    for (nth, column) in kept.iter().enumerate() {
        let right = names + WIDTH * (nth as u16 + 1);
        put_right(buf, area, right - 1, 0, column.name, theme.dim());
        let figures: Vec<f64> = totals.iter().map(column.value).collect();
        let measured = |index: usize| totals[index].requests() > 0;
        let best = best(&figures, column.less, measured);
        for (index, figure) in figures.iter().enumerate() {
            let row = rows(area, index as u16 + 1, 1);
            if let Some(gap) = gap(model, column.name, &totals[index]) {
                put_right(buf, row, right - 1, 0, gap, theme.dim());
                continue;
            }
            let is_best = best == Some(*figure);
            let style = if is_best { theme.good() } else { theme.plain() };
            put_right(buf, row, right - 1, 0, &(column.text)(*figure), style);
            if is_best {
                put(buf, row, right - 1, 0, "*", style);
            }
        }
    }
}

/// What stands in a column that has no figure.
fn gap(model: &Model, column: &str, totals: &Totals) -> Option<&'static str> {
    match column {
        _ if totals.requests() == 0 => Some("-"),
        "hit" if totals.is_untold() => Some("unknown"),
        "calls" | "again" | "peak/s" | "herd" | "wasted" => model.silence().map(|_| "-"),
        _ => None,
    }
}

/// The best figure, if the lanes differ in it.
fn best(figures: &[f64], less: bool, measured: impl Fn(usize) -> bool) -> Option<f64> {
    let all: Vec<f64> =
        figures.iter().enumerate().filter(|(index, _)| measured(*index)).map(|(_, n)| *n).collect();
    let (least, most) = all.iter().fold((f64::MAX, f64::MIN), |(l, m), n| (l.min(*n), m.max(*n)));
    (all.len() > 1 && least < most).then_some(if less { least } else { most })
}
