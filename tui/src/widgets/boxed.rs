//! A frame with a title in it, of any glyphs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::put;
use crate::theme::Theme;

/// Draws a frame and gives what is inside.
pub(crate) fn boxed(buf: &mut Buffer, area: Rect, title: &str, theme: &Theme) -> Rect {
    if area.width < 2 || area.height < 2 {
        return area;
    }
    let [corner_tl, corner_tr, corner_bl, corner_br, across, down] = if theme.is_ascii() {
        ["+", "+", "+", "+", "-", "|"]
    } else {
        ["╭", "╮", "╰", "╯", "─", "│"]
    };
    let style = theme.dim();
    let (right, bottom) = (area.width - 1, area.height - 1);
    let line = across.repeat(usize::from(area.width));
    put(buf, area, 0, 0, &line, style);
    put(buf, area, 0, bottom, &line, style);
    for y in 1..bottom {
        put(buf, area, 0, y, down, style);
        put(buf, area, right, y, down, style);
    }
    for (x, y, corner) in [
        (0, 0, corner_tl),
        (right, 0, corner_tr),
        (0, bottom, corner_bl),
        (right, bottom, corner_br),
    ] {
        put(buf, area, x, y, corner, style);
    }
    if area.width > 6 {
        let room = usize::from(area.width) - 4;
        let title: String = format!(" {title} ").chars().take(room).collect();
        put(buf, area, 2, 0, &title, theme.bold());
    }
    Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
}
