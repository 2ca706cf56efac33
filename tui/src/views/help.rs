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

/// Draws it over everything.
pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let width = area.width.saturating_sub(2).min(118);
    let height = area.height.saturating_sub(2).min(34);
    let (x, y) = ((area.width - width) / 2, (area.height - height) / 2);
    let place = Rect { x: area.x + x, y: area.y + y, width, height };
    for position in place.positions() {
        buf[position].reset();
    }
    let inner = boxed(buf, place, "help: any key closes it", theme);
    let shades = format!("herds, identical computes at once: {}", legend(theme));
    put(buf, rows(inner, inner.height.saturating_sub(1), 1), 1, 0, &shades, theme.dim());
    let inner = rows(inner, 0, inner.height.saturating_sub(1));
    let lines: Vec<Line> = Group::ALL.into_iter().flat_map(lines_of).collect();
    let wide = inner.width >= 100 || lines.len() > usize::from(inner.height);
    let half = if wide { inner.width / 2 } else { inner.width };
    let per_column = usize::from(inner.height.max(1));
    for (nth, line) in lines.iter().enumerate() {
        let column = columns(inner, half * (nth / per_column) as u16, half);
        let row = rows(column, (nth % per_column) as u16, 1);
        match line {
            Line::Title(text) => put(buf, row, 1, 0, text, theme.accent()),
            Line::Key(binding) => {
                let refused = refusal(model, binding.group, binding.action).is_some();
                let style = if refused { theme.dim() } else { theme.bold() };
                put(buf, row, 1, 0, &binding.key.name(), style);
                put(
                    buf,
                    row,
                    9,
                    0,
                    binding.about,
                    if refused { theme.dim() } else { theme.plain() },
                );
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
