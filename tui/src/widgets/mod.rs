//! Parts of screens. Each draws into an area and nothing beyond it, whatever its size.

pub(crate) mod axis;
pub(crate) mod bars;
pub(crate) mod boxed;
pub(crate) mod heatmap;
pub(crate) mod herd_map;
pub(crate) mod percentiles;
pub(crate) mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Writes text into an area, `x` and `y` cells from its corner, as far as it fits.
pub(crate) fn put(buf: &mut Buffer, area: Rect, x: u16, y: u16, text: &str, style: Style) {
    let area = area.intersection(buf.area);
    if x < area.width && y < area.height {
        let room = usize::from(area.width - x);
        buf.set_stringn(area.x + x, area.y + y, text, room, style);
    }
}

/// Writes text that ends at `x` cells from the left, or at the right edge.
pub(crate) fn put_right(buf: &mut Buffer, area: Rect, x: u16, y: u16, text: &str, style: Style) {
    let width = text.chars().count() as u16;
    put(buf, area, x.min(area.width).saturating_sub(width), y, text, style);
}

/// The rows of an area from `y` on, `height` at the most.
pub(crate) fn rows(area: Rect, y: u16, height: u16) -> Rect {
    let y = y.min(area.height);
    Rect { y: area.y + y, height: height.min(area.height - y), ..area }
}

/// The columns of an area from `x` on, `width` at the most.
pub(crate) fn columns(area: Rect, x: u16, width: u16) -> Rect {
    let x = x.min(area.width);
    Rect { x: area.x + x, width: width.min(area.width - x), ..area }
}

/// Text in lines of so many cells, broken between words; a longer word is cut.
pub(crate) fn wrapped(text: &str, width: usize, lines: usize) -> Vec<String> {
    let mut all: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let last = all.last_mut().expect("there is always a line");
        let used = last.chars().count();
        if used == 0 {
            *last = word.chars().take(width).collect();
        } else if used + 1 + word.chars().count() <= width {
            last.push(' ');
            last.push_str(word);
        } else {
            all.push(word.chars().take(width).collect());
        }
    }
    all.truncate(lines.max(1));
    all
}

/// The next larger of 1, 2, 5, 10, 20...: a scale that does not move with every value.
pub(crate) fn nice(most: f64) -> f64 {
    if most <= 1.0 {
        return 1.0;
    }
    let magnitude = 10_f64.powf(most.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|n| n * magnitude)
        .find(|n| *n >= most * 0.999)
        .unwrap_or(most)
}
