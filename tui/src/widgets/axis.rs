//! The axis of time, what happened on it, and where it is looked at.

use herdlab_sim::time::Nanos;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{put, put_right};
use crate::model::Model;
use crate::window::Window;
use crate::words;

/// Marks what happened, with as many words as there is room for.
pub(crate) fn marks(buf: &mut Buffer, area: Rect, model: &Model, window: Window) {
    let theme = &model.theme;
    let columns = usize::from(area.width);
    let happenings: Vec<_> = model
        .happenings()
        .into_iter()
        .filter_map(|(at, text, by_hand)| {
            Some((window.column(at, columns)? as u16, at, text, by_hand))
        })
        .collect();
    for (index, (x, at, text, by_hand)) in happenings.iter().enumerate() {
        let style = if *by_hand { theme.accent() } else { theme.warn() };
        let next = happenings.get(index + 1).map_or(area.width, |next| next.0);
        put(buf, area, *x, 0, theme.mark(), style);
        let words = format!("{text} {}", seconds(*at));
        let room = usize::from(next.saturating_sub(x + 2));
        if room >= words.chars().count() {
            put(buf, area, x + 1, 0, &words, style);
        } else if usize::from(*x) > words.chars().count() + 1 && index == 0 {
            put_right(buf, area, *x, 0, &words, style);
        }
    }
}

/// The ends of the window, and the instant looked at.
pub(crate) fn times(buf: &mut Buffer, area: Rect, model: &Model, window: Window) {
    let theme = &model.theme;
    put(buf, area, 0, 0, &seconds(window.from), theme.dim());
    let middle = window.begin(1, 2);
    let text = seconds(middle);
    let half = (area.width / 2).saturating_sub(text.chars().count() as u16 / 2);
    if area.width > 40 {
        put(buf, area, half, 0, &text, theme.dim());
    }
    put_right(buf, area, area.width, 0, &seconds(window.end()), theme.dim());
    if let Some(x) = model.cursor.and_then(|at| window.column(at, usize::from(area.width))) {
        let text = format!(
            "{} {}",
            if theme.is_ascii() { "^" } else { "▲" },
            words::clock(model.looked_at())
        );
        let x = (x as u16).min(area.width.saturating_sub(text.chars().count() as u16));
        put(buf, area, x, 0, &text, theme.accent());
    }
}

/// An instant as scenarios write it, of whole milliseconds.
fn seconds(at: Nanos) -> String {
    Nanos::from_millis(at.as_nanos() / 1_000_000).to_string()
}

/// A line down the charts where it is looked at.
pub(crate) fn cursor(buf: &mut Buffer, area: Rect, model: &Model, window: Window) {
    let Some(x) = model.cursor.and_then(|at| window.column(at, usize::from(area.width))) else {
        return;
    };
    let glyph = if model.theme.is_ascii() { "|" } else { "│" };
    for y in 0..area.height {
        let place = (area.x + x as u16, area.y + y);
        if buf.area.contains(place.into()) && buf[place].symbol() == " " {
            put(buf, area, x as u16, y, glyph, model.theme.accent());
        }
    }
}
