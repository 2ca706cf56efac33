//! All lanes over time, one under the other on one scale: what reached the origin, and the herd behind it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::parts;
use crate::lane::Lane;
use crate::model::Model;
use crate::point::Point;
use crate::theme::Theme;
use crate::widgets::bars::{Bar, Scale, bars, bars_of};
use crate::widgets::herd_map::{Row, herd_row};
use crate::widgets::{axis, columns, nice, put, put_right, rows};
use crate::words::short;

/// The columns left of the charts: names and figures.
pub(crate) fn gutter(model: &Model, area: Rect) -> u16 {
    let longest =
        model.lanes.iter().map(|lane| lane.name.chars().count()).max().unwrap_or(0) as u16;
    (longest + 2).clamp(12, (area.width / 4).max(12))
}

/// Where the charts of the compare screen are.
pub(crate) fn chart(model: &Model, body: Rect) -> Rect {
    let area = super::compare::regions(model, body).lanes;
    columns(area, gutter(model, area), area.width)
}

/// Calls a second and duplicates of each bar.
pub(crate) fn calls(model: &Model, lane: &Lane, area: Rect) -> Vec<Option<Bar>> {
    let per_second = |points: &[Point]| {
        let seconds = points.len() as f64 * model.tick.as_secs_f64();
        let sum = |pick: fn(&Point) -> u32| points.iter().map(pick).map(f64::from).sum::<f64>();
        (!points.is_empty()).then(|| Bar {
            whole: sum(|point| point.calls) / seconds,
            part: sum(|point| point.duplicates) / seconds,
        })
    };
    model.window().columns(lane, bars_of(area, &model.theme)).map(per_second).collect()
}

/// The highest bar.
pub(crate) fn most(all: &[Option<Bar>]) -> f64 {
    all.iter().flatten().map(|bar| bar.whole).fold(0.0, f64::max)
}

/// Draws all lanes.
pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    if parts::silence(model, rows(area, 1, 3), buf) {
        return;
    }
    let theme = &model.theme;
    let lanes = model.lanes.len().max(1) as u16;
    let gutter = gutter(model, area);
    let charts = columns(area, gutter, area.width);
    let all: Vec<Vec<Option<Bar>>> =
        model.lanes.iter().map(|lane| calls(model, lane, charts)).collect();
    let shared = nice(all.iter().map(|bars| most(bars)).fold(0.0, f64::max));
    let window = model.window();
    axis::marks(buf, rows(charts, 0, 1), model, window);
    let room = area.height.saturating_sub(2);
    let each = (room / lanes).clamp(1, 12);
    let keys = model.keys();
    for (index, (lane, all)) in model.lanes.iter().zip(&all).enumerate() {
        let block = rows(area, 1 + each * index as u16, each);
        let most = if model.own_scales { nice(most(all)) } else { shared };
        let herds = herds(each).min(keys.saturating_add(1) as u16);
        one(model, lane, index, all, most, block, (gutter, herds), buf);
    }
    let below = rows(area, 1 + each * lanes, 1);
    axis::times(buf, columns(below, gutter, below.width), model, window);
    let scale =
        if model.own_scales { "own scales".to_owned() } else { format!("max {}/s", short(shared)) };
    put(buf, columns(below, 0, gutter), 1, 0, &scale, theme.dim());
    axis::cursor(buf, rows(charts, 1, each * lanes), model, window);
}

/// How many rows of a lane are for herds.
const fn herds(height: u16) -> u16 {
    match height {
        0..=1 => 0,
        2..=4 => 1,
        5..=6 => 2,
        7..=8 => 3,
        _ => 4,
    }
}

#[expect(clippy::too_many_arguments, reason = "what one lane is drawn from, all of it different")]
fn one(
    model: &Model,
    lane: &Lane,
    index: usize,
    all: &[Option<Bar>],
    most: f64,
    block: Rect,
    (gutter, herds): (u16, u16),
    buf: &mut Buffer,
) {
    let theme = &model.theme;
    let gap = u16::from(block.height >= 5); // a blank line between lanes, where there is room
    let tall = block.height.saturating_sub(herds + gap).max(1);
    let (left, charts) = (columns(block, 0, gutter), columns(block, gutter, block.width));
    let scale = Scale { most, log: model.log, rule: capacity(model) };
    bars(buf, rows(charts, 0, tall), all, scale, (theme.useful(), theme.duplicate()), theme);
    let chosen = index == model.selected;
    let style = if chosen { theme.accent() } else { theme.bold() };
    let name: String = lane.name.chars().take(usize::from(gutter.saturating_sub(2))).collect();
    put(buf, left, 1, 0, &name, style);
    if tall >= 2 {
        now(model, lane, left, buf);
    }
    for nth in 0..herds {
        let (row, label) = match usize::from(nth) {
            0 => (Row::Worst, "herd".to_owned()),
            n => (Row::Item(n - 1), format!("key #{}", n - 1)),
        };
        let line = rows(block, tall + nth, 1);
        put_right(buf, columns(line, 0, gutter), gutter - 1, 0, &label, theme.dim());
        herd_row(buf, columns(line, gutter, line.width), lane, model.window(), row, theme);
    }
}

/// What a lane does in the second that is looked at.
fn now(model: &Model, lane: &Lane, left: Rect, buf: &mut Buffer) {
    let theme: &Theme = &model.theme;
    let Some(last) = lane.at(model.looked_at()) else { return };
    let second = herdlab_sim::time::Nanos::SECOND.max(model.tick);
    let points = lane.between(last.at - second, last.at);
    let calls: u32 = points.iter().map(|point| point.calls).sum();
    let again: u32 = points.iter().map(|point| point.duplicates).sum();
    let per = second.as_secs_f64();
    let style = if again * 2 > calls { theme.duplicate() } else { theme.plain() };
    let text = format!("{}/s", short(f64::from(calls) / per));
    put_right(buf, left, left.width.saturating_sub(1), 1, &text, style);
    if left.height >= 6 {
        let text = format!("{}/s dup", short(f64::from(again) / per));
        let style = if again > 0 { theme.duplicate() } else { theme.dim() };
        put_right(buf, left, left.width.saturating_sub(1), 2, &text, style);
    }
}

/// What the origin can do a second.
pub(crate) fn capacity(model: &Model) -> Option<f64> {
    let plan = model.plan.as_ref().filter(|_| model.silence().is_none())?;
    model.knobs()?.capacity(plan)
}
