//! All lanes on the same requests: one table, one scale, one clock.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{events, is_large, lanes, parts};
use crate::lane::Lane;
use crate::model::Model;
use crate::widgets::boxed::boxed;
use crate::widgets::heatmap::heatmap;
use crate::widgets::herd_map::legend;
use crate::widgets::percentiles::percentiles;
use crate::widgets::table::{height, table};
use crate::widgets::{columns, put, rows};

/// Where everything is.
pub(crate) struct Regions {
    sentence: Rect,
    table: Rect,
    pub(crate) lanes: Rect,
    /// What a large screen has of the chosen lane.
    side: Option<Rect>,
    key: Rect,
}

/// Divides the body.
pub(crate) fn regions(model: &Model, body: Rect) -> Regions {
    let said = if body.height >= 30 { 2 } else { 1 };
    let table = height(model).min(body.height / 2);
    let gap = u16::from(body.height >= 30);
    let top = said + table + gap;
    let below = rows(body, top, body.height);
    let side = is_large(body).then(|| columns(below, below.width * 2 / 3, below.width));
    let left = columns(below, 0, side.map_or(below.width, |_| below.width * 2 / 3 - 1));
    Regions {
        sentence: rows(body, 0, said),
        table: rows(body, said, table),
        key: rows(left, 0, 1),
        lanes: rows(left, 1, left.height),
        side,
    }
}

/// The lane whose row of the table that is.
pub(crate) fn lane_at(model: &Model, body: Rect, y: u16) -> Option<usize> {
    let table = regions(model, body).table;
    let row = usize::from(y.checked_sub(table.y + 1)?);
    (y < table.y + table.height && row < model.lanes.len()).then_some(row)
}

/// Draws the screen.
pub(crate) fn draw(model: &Model, body: Rect, buf: &mut Buffer) {
    let regions = regions(model, body);
    let all: Vec<&Lane> = model.lanes.iter().collect();
    parts::sentence(model, &all, regions.sentence, buf);
    table(buf, regions.table, model);
    key(model, regions.key, buf);
    lanes::draw(model, regions.lanes, buf);
    if let (Some(side), Some(lane)) = (regions.side, model.lane()) {
        chosen(model, lane, side, buf);
    }
}

/// What is drawn how.
fn key(model: &Model, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let (useful, again) = if theme.is_ascii() { (":", "#") } else { ("█", "█") };
    let mut x = 1;
    let mut say = |text: &str, style| {
        put(buf, area, x, 0, text, style);
        x += text.chars().count() as u16;
    };
    say("origin calls/s ", theme.bold());
    say(useful, theme.useful());
    say(" needed  ", theme.dim());
    say(again, theme.duplicate());
    say(" duplicate    ", theme.dim());
    say("identical at once ", theme.bold());
    for (shade, text) in legend(theme).split("  ").enumerate() {
        say(text, theme.herd_style(shade));
        say("  ", theme.plain());
    }
    if lanes::capacity(model).is_some() {
        say(&format!("{} capacity", theme.rule().repeat(2)), theme.warn());
    }
}

/// The chosen lane in more detail.
fn chosen(model: &Model, lane: &Lane, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let third = area.height / 3;
    let inner =
        boxed(buf, rows(area, 0, 9.min(third)), &format!("{} latency so far", lane.name), theme);
    let timeout = model.plan.as_ref().and_then(|plan| plan.traffic.timeout);
    let us = lane.totals(model.looked_at()).latency_us;
    percentiles(buf, inner, us, timeout.map(|span| span.as_micros()), theme);
    let y = 9.min(third);
    let heat = (area.height - y) / 2;
    let title = format!("{} latency over time", lane.name);
    let inner = boxed(buf, rows(area, y, heat), &title, theme);
    heatmap(buf, inner, lane, model.window(), theme);
    let inner = boxed(buf, rows(area, y + heat, area.height), "events", theme);
    events::log(model, inner, buf);
}
