//! The most popular keys of a lane, one a row: how often each was computed, and its herds over time.

use herdlab_sim::measure::WATCHED;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::parts;
use crate::model::Model;
use crate::widgets::herd_map::{Row, herd_row, legend};
use crate::widgets::{axis, columns, put, put_right, rows};
use crate::words::short;

/// The columns of figures.
const FIGURES: u16 = 27;

/// Where the herds are.
pub(crate) fn chart(body: Rect) -> Rect {
    columns(rows(body, 3, body.height.saturating_sub(4)), FIGURES, body.width)
}

/// Draws the screen.
pub(crate) fn draw(model: &Model, body: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let Some(lane) = model.lane() else { return };
    parts::sentence(model, &[lane], rows(body, 0, 1), buf);
    put(buf, rows(body, 1, 1), 1, 0, &lane.name, theme.accent());
    if parts::silence(model, rows(body, 3, 3), buf) {
        return;
    }
    put(buf, rows(body, 1, 1), FIGURES, 0, &legend(theme), theme.dim());
    let head = rows(body, 2, 1);
    for (right, name) in [(8, "key"), (16, "calls"), (24, "herd")] {
        put_right(buf, head, right, 0, name, theme.dim());
    }
    let window = model.window();
    axis::marks(buf, columns(head, FIGURES, head.width), model, window);
    let now = lane.at(model.looked_at()).map_or(herdlab_sim::time::Nanos::ZERO, |point| point.at);
    let points = lane.between(herdlab_sim::time::Nanos::ZERO, now);
    let herds = chart(body);
    for (rank, y) in (0..WATCHED.min(model.keys())).zip(0..herds.height) {
        let line = Rect { x: body.x, width: body.width, ..rows(herds, y, 1) };
        let calls: u64 = points.iter().map(|point| u64::from(point.item_calls[rank])).sum();
        let herd = points.iter().map(|point| point.herds[rank]).max().unwrap_or(0);
        let style = theme.herd(herd.into()).map_or(theme.dim(), |(_, style)| style);
        put_right(buf, line, 8, 0, &format!("#{rank}"), theme.plain());
        put_right(buf, line, 16, 0, &short(calls as f64), theme.plain());
        put_right(buf, line, 24, 0, &short(herd.into()), style);
        herd_row(buf, columns(line, FIGURES, line.width), lane, window, Row::Item(rank), theme);
    }
    let below = rows(body, body.height - 1, 1);
    axis::times(buf, columns(below, FIGURES, below.width), model, window);
    axis::cursor(buf, herds, model, window);
}
