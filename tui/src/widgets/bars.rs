//! A figure over time: a bar a column, of two parts, with a rule across at a limit.
//!
//! What is not nothing is always seen, at least as the lowest glyph.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::put;
use crate::theme::{Glyphs, Theme};

/// One column: all of it, and the part on top that should not be.
#[derive(Copy, Clone, PartialEq, Default, Debug)]
pub(crate) struct Bar {
    pub(crate) whole: f64,
    pub(crate) part: f64,
}

/// What bars are drawn against.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Scale {
    pub(crate) most: f64,
    pub(crate) log: bool,
    /// Where a rule goes across.
    pub(crate) rule: Option<f64>,
}

impl Scale {
    /// How high a figure is, 0 to 1.
    fn height(&self, value: f64) -> f64 {
        let most = self.most.max(f64::MIN_POSITIVE);
        let height = if self.log { (1.0 + value).ln() / (1.0 + most).ln() } else { value / most };
        height.clamp(0.0, 1.0)
    }
}

/// How many bars an area has room for.
pub(crate) fn bars_of(area: Rect, theme: &Theme) -> usize {
    let each = if theme.glyphs == Glyphs::Braille { 2 } else { 1 };
    usize::from(area.width) * each
}

/// Draws the bars. `styles` are those of the whole and of its upper part.
pub(crate) fn bars(
    buf: &mut Buffer,
    area: Rect,
    all: &[Option<Bar>],
    scale: Scale,
    styles: (Style, Style),
    theme: &Theme,
) {
    if area.height == 0 {
        return;
    }
    rule(buf, area, scale, theme);
    match theme.glyphs {
        Glyphs::Braille => dots(buf, area, all, scale, styles),
        Glyphs::Block | Glyphs::Ascii => blocks(buf, area, all, scale, styles, theme),
    }
}

fn rule(buf: &mut Buffer, area: Rect, scale: Scale, theme: &Theme) {
    let Some(at) = scale.rule.filter(|at| *at <= scale.most) else { return };
    let row = ((1.0 - scale.height(at)) * f64::from(area.height)) as u16;
    let line = theme.rule().repeat(usize::from(area.width));
    put(buf, area, 0, row.min(area.height - 1), &line, theme.warn());
}

fn blocks(
    buf: &mut Buffer,
    area: Rect,
    all: &[Option<Bar>],
    scale: Scale,
    styles: (Style, Style),
    theme: &Theme,
) {
    const EIGHTHS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    let rows = f64::from(area.height) * 8.0;
    for (x, bar) in (0..area.width).zip(all) {
        let Some(bar) = bar.filter(|bar| bar.whole > 0.0) else { continue };
        let height = (scale.height(bar.whole) * rows).round().max(1.0) as u32;
        let below = scale.height(bar.whole - bar.part) * rows;
        for row in 0..area.height {
            let filled = height.saturating_sub(u32::from(row) * 8).min(8);
            if filled == 0 {
                break;
            }
            let middle = f64::from(row) * 8.0 + f64::from(filled) / 2.0;
            let upper = bar.part > 0.0 && middle > below;
            let glyph = match (theme.is_ascii(), upper, filled) {
                (false, _, filled) => EIGHTHS[filled as usize - 1],
                (true, true, 5..) => "#",
                (true, true, _) => "+",
                (true, false, 5..) => ":",
                (true, false, _) => ".",
            };
            let style = if upper { styles.1 } else { styles.0 };
            put(buf, area, x, area.height - 1 - row, glyph, style);
        }
    }
}

fn dots(buf: &mut Buffer, area: Rect, all: &[Option<Bar>], scale: Scale, styles: (Style, Style)) {
    const LEFT: [u32; 4] = [0x40, 0x04, 0x02, 0x01];
    const RIGHT: [u32; 4] = [0x80, 0x20, 0x10, 0x08];
    let rows = f64::from(area.height) * 4.0;
    for (x, pair) in (0..area.width).zip(all.chunks(2)) {
        for row in 0..area.height {
            let (mut bits, mut upper) = (0, false);
            for (bar, side) in pair.iter().zip([LEFT, RIGHT]) {
                let Some(bar) = bar.filter(|bar| bar.whole > 0.0) else { continue };
                let height = (scale.height(bar.whole) * rows).round().max(1.0) as u32;
                let below = scale.height(bar.whole - bar.part) * rows;
                let filled = height.saturating_sub(u32::from(row) * 4).min(4);
                bits |= side[..filled as usize].iter().sum::<u32>();
                let middle = f64::from(row) * 4.0 + f64::from(filled) / 2.0;
                upper |= filled > 0 && bar.part > 0.0 && middle > below;
            }
            if bits > 0 {
                let glyph = char::from_u32(0x2800 + bits).unwrap_or(' ').to_string();
                let style = if upper { styles.1 } else { styles.0 };
                put(buf, area, x, area.height - 1 - row, &glyph, style);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Palette;

    fn drawn(glyphs: Glyphs, all: &[Bar]) -> Vec<String> {
        let area = Rect::new(0, 0, 4, 2);
        let mut buf = Buffer::empty(area);
        let theme = Theme::new(Palette::Mono, glyphs);
        let all: Vec<Option<Bar>> = all.iter().copied().map(Some).collect();
        let scale = Scale { most: 16.0, log: false, rule: None };
        bars(&mut buf, area, &all, scale, (theme.useful(), theme.duplicate()), &theme);
        let row = |y| (0..4).map(|x| buf[(x, y)].symbol()).collect();
        vec![row(0), row(1)]
    }

    fn bar(whole: f64, part: f64) -> Bar {
        Bar { whole, part }
    }

    #[test]
    fn whatever_is_not_nothing_is_seen() {
        let all = [bar(0.0, 0.0), bar(0.001, 0.0), bar(8.0, 0.0), bar(16.0, 0.0)];
        assert_eq!(drawn(Glyphs::Block, &all), ["   █", " ▁██"]);
        assert_eq!(drawn(Glyphs::Ascii, &all), ["   :", " .::"]);
    }

    #[test]
    fn the_part_that_should_not_be_is_on_top_and_told_apart_without_colour() {
        assert_eq!(drawn(Glyphs::Ascii, &[bar(16.0, 15.0), bar(16.0, 8.0)]), ["##  ", "#:  "]);
    }

    #[test]
    fn dots_have_two_bars_a_cell() {
        assert_eq!(drawn(Glyphs::Braille, &[bar(16.0, 0.0), bar(8.0, 0.0)]), ["⡇   ", "⣿   "]);
    }
}
