//! The herd map: rows are keys, columns time, and the shade is how many identical computes were in flight at once.
//!
//! A stampede is a dark bar, a lock turns it into a dot, early refresh into dots before the expiry.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::put;
use crate::lane::Lane;
use crate::theme::{SHADES, Theme};
use crate::window::Window;

/// Which keys a row is of.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Row {
    /// The item of that rank.
    Item(usize),
    /// Whichever key has most.
    Worst,
}

/// Draws one row.
pub(crate) fn herd_row(
    buf: &mut Buffer,
    area: Rect,
    lane: &Lane,
    window: Window,
    row: Row,
    theme: &Theme,
) {
    let columns = usize::from(area.width);
    for (x, points) in (0..area.width).zip(window.columns(lane, columns)) {
        let most = points.iter().map(|point| match row {
            Row::Item(rank) => u32::from(point.herds[rank]),
            Row::Worst => point.largest.1,
        });
        if let Some((glyph, style)) = theme.herd(most.max().unwrap_or(0)) {
            put(buf, area, x, 0, glyph, style);
        }
    }
}

/// What the shades mean: `· 1  ▖ 2+  ▌ 8+  ▓ 32+  █ 100+`.
pub(crate) fn legend(theme: &Theme) -> String {
    let shades = SHADES.iter().enumerate().map(|(shade, least)| {
        let more = if shade == 0 { "" } else { "+" };
        format!("{} {least}{more}", theme.shade(shade))
    });
    shades.collect::<Vec<_>>().join("  ")
}
