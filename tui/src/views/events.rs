//! What happened: by plan, by hand, and by itself.

use herdlab_sim::time::Nanos;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::parts;
use crate::lane::Lane;
use crate::model::Model;
use crate::widgets::{put, put_right, rows};
use crate::words::clock;

/// A line of the log.
struct Entry {
    at: Nanos,
    sign: &'static str,
    text: String,
    style: Style,
}

/// Everything up to the instant looked at, the newest first; then what is still to come.
fn entries(model: &Model) -> (Vec<Entry>, Vec<Entry>) {
    let theme = &model.theme;
    let last = model.lanes.iter().filter_map(|lane| Some(lane.points.last()?.at)).max();
    let now = model.cursor.unwrap_or(last.unwrap_or(Nanos::ZERO).max(model.limit));
    let mut all: Vec<Entry> = Vec::new();
    for (at, text, by_hand) in model.happenings() {
        let (sign, style) =
            if by_hand { ("by hand", theme.accent()) } else { ("planned", theme.warn()) };
        all.push(Entry { at, sign, text, style });
    }
    for lane in &model.lanes {
        for noted in lane.notes() {
            let text = format!("{}: {}", lane.name, noted.text);
            all.push(Entry { at: noted.at, sign: "", text, style: theme.plain() });
        }
    }
    all.sort_by_key(|entry| entry.at);
    let (mut past, future): (Vec<Entry>, Vec<Entry>) = all.into_iter().partition(|e| e.at <= now);
    past.reverse();
    (past, future)
}

/// Draws the log as far as there is room.
pub(crate) fn log(model: &Model, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let (past, future) = entries(model);
    let next = future.first().map(|entry| {
        let text = format!("next: {} at {}", entry.text, clock(entry.at));
        (text, theme.dim())
    });
    let mut y = 0;
    if let Some((text, style)) = next {
        put(buf, area, 1, 0, &text, style);
        y = 1;
    }
    for entry in past {
        if y >= area.height {
            break;
        }
        let row = rows(area, y, 1);
        put_right(buf, row, 8, 0, &clock(entry.at), theme.dim());
        put(buf, row, 9, 0, entry.sign, entry.style);
        let x = if entry.sign.is_empty() { 9 } else { 17 };
        put(buf, row, x, 0, &entry.text, entry.style);
        y += 1;
    }
}

/// Draws the screen.
pub(crate) fn draw(model: &Model, body: Rect, buf: &mut Buffer) {
    let all: Vec<&Lane> = model.lanes.iter().collect();
    parts::sentence(model, &all, rows(body, 0, 2), buf);
    let found = model.findings.len().min(usize::from(body.height) / 3) as u16;
    for (y, text) in (0..found).zip(&model.findings) {
        put(buf, rows(body, 3 + y, 1), 1, 0, text, model.theme.warn());
    }
    log(model, rows(body, 3 + found + u16::from(found > 0), body.height), buf);
}
