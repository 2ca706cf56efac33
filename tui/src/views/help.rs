//! Every key, from the table that dispatches them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::keys::{Binding, Group, KEYS};
use crate::model::Model;
use crate::update::refusal;
use crate::widgets::boxed::boxed;
use crate::widgets::herd_map::legend;
use crate::widgets::{columns, put, rows};

/// The bindings that the help has of a group.
fn bindings(group: Group) -> impl Iterator<Item = &'static Binding> {
    KEYS.iter().filter(move |binding| binding.group == group && !binding.about.is_empty())
}

/// Draws a page of it over everything; behind the last one comes the first.
pub(crate) fn draw(model: &Model, page: usize, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let width = area.width.saturating_sub(2).min(118);
    let height = area.height.saturating_sub(2).min(34);
    let (x, y) = ((area.width - width) / 2, (area.height - height) / 2);
    let place = Rect { x: area.x + x, y: area.y + y, width, height };
    for position in place.positions() {
        buf[position].reset();
    }
    let lines: Vec<Line> = Group::ALL.into_iter().flat_map(lines_of).collect();
    let per_column = usize::from(height.saturating_sub(3).max(1));
    let pages = lines.len().div_ceil(2 * per_column);
    let page = page % pages;
    let title = match pages {
        1 => "help: any key closes it".to_owned(),
        _ => format!("help {} of {pages}: ? for the next, any other key closes it", page + 1),
    };
    let inner = boxed(buf, place, &title, theme);
    let shades = format!("herds, identical computes at once: {}", legend(theme));
    put(buf, rows(inner, inner.height.saturating_sub(1), 1), 1, 0, &shades, theme.dim());
    let half = inner.width / 2;
    let shown = lines.iter().skip(page * 2 * per_column).take(2 * per_column);
    for (nth, line) in shown.enumerate() {
        let column = columns(inner, half * (nth / per_column) as u16, half);
        let row = rows(column, (nth % per_column) as u16, 1);
        match line {
            Line::Title(text) => put(buf, row, 1, 0, text, theme.accent()),
            Line::Key(binding) => {
                let refused = refusal(model, binding.group, binding.action).is_some();
                let style = if refused { theme.dim() } else { theme.bold() };
                put(buf, row, 1, 0, &binding.key.name(), style);
                let style = if refused { theme.dim() } else { theme.plain() };
                put(buf, row, 9, 0, binding.about, style);
            }
        }
    }
}

enum Line {
    Title(&'static str),
    Key(&'static Binding),
}

fn lines_of(group: Group) -> impl Iterator<Item = Line> {
    std::iter::once(Line::Title(group.title())).chain(bindings(group).map(Line::Key))
}
