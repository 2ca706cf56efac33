//! The screens: pure functions of the model, at any size.

mod compare;
mod events;
mod help;
mod keys;
mod lanes;
mod parts;
mod run;
mod tiny;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::{Model, View};
use crate::theme::Theme;
use crate::widgets::{columns, rows};

/// Below this, four lines of figures are all there is.
pub(crate) const LEAST: (u16, u16) = (60, 16);

/// Draws the model.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let buf = frame.buffer_mut();
    draw(model, area, buf);
    if model.theme.is_ascii() {
        asciify(buf);
    }
}

fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    if area.width < LEAST.0 || area.height < LEAST.1 {
        tiny::draw(model, area, buf);
        return;
    }
    parts::header(model, rows(area, 0, 1), buf);
    parts::footer(model, rows(area, area.height - 1, 1), buf);
    let body = rows(area, 1, area.height - 2);
    match model.view {
        View::Run => run::draw(model, body, buf),
        View::Compare => compare::draw(model, body, buf),
        View::Keys => keys::draw(model, body, buf),
        View::Events => events::draw(model, body, buf),
    }
    if let Some(page) = model.help {
        help::draw(model, page, area, buf);
    }
}

/// Whatever is no plain character becomes one: names and signs come from anywhere.
fn asciify(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if !cell.symbol().is_ascii() {
            let plain = match cell.symbol() {
                "·" | "…" | "•" => ".",
                "│" => "|",
                "─" | "┄" | "–" | "—" => "-",
                _ => "?",
            };
            cell.set_symbol(plain);
        }
    }
}

/// The mouse was pressed somewhere on a screen of that size: on a row of the table it chooses the lane, on a chart the
/// instant.
pub(crate) fn click(model: &mut Model, x: u16, y: u16, (width, height): (u16, u16)) {
    let area = Rect::new(0, 0, width, height);
    if width < LEAST.0 || height < LEAST.1 || !area.contains((x, y).into()) {
        return;
    }
    let body = rows(area, 1, height - 2);
    if model.view == View::Compare
        && let Some(lane) = compare::lane_at(model, body, y)
    {
        model.selected = lane;
        return;
    }
    let chart = match model.view {
        View::Compare => lanes::chart(model, body),
        View::Keys => keys::chart(body),
        View::Run | View::Events => columns(body, 0, 0),
    };
    if x >= chart.x && x < chart.x + chart.width {
        let at = model.window().begin(usize::from(x - chart.x) + 1, usize::from(chart.width));
        let last = model.lanes.iter().filter_map(|lane| Some(lane.points.last()?.at)).max();
        model.cursor = last.filter(|last| at < *last).map(|_| at);
    }
}

/// Whether a screen is large, so that it has room for more.
pub(crate) const fn is_large(area: Rect) -> bool {
    area.width >= 150 && area.height >= 40
}

/// The style that a level of an insight has.
pub(crate) fn style_of(level: crate::insight::Level, theme: &Theme) -> ratatui::style::Style {
    match level {
        crate::insight::Level::Good => theme.good(),
        crate::insight::Level::Warn => theme.warn(),
        crate::insight::Level::Bad => theme.bad(),
    }
}
