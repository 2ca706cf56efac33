//! Percentiles of latency as bars on a logarithmic scale, from 100 us on.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{put, put_right, rows};
use crate::theme::Theme;
use crate::words::micros;

/// The names of [`QUANTILES`](herdlab_sim::measure::QUANTILES).
pub(crate) const NAMES: [&str; 7] = ["p50", "p90", "p95", "p99", "p99.9", "p99.99", "max"];
/// Where the bars begin, in microseconds.
const LEAST: f64 = 100.0;
/// How many doublings fill a bar.
const OCTAVES: f64 = 17.0;
/// Where the bars are.
const LEFT: u16 = 16;

/// Draws them, the most telling first if there is no room for all.
pub(crate) fn percentiles(
    buf: &mut Buffer,
    area: Rect,
    us: [u64; 7],
    timeout: Option<u64>,
    theme: &Theme,
) {
    let kept: &[usize] = match area.height {
        0..=2 => &[3],
        3 => &[0, 3, 4],
        4 => &[0, 3, 4, 6],
        5..=6 => &[0, 1, 3, 4, 6],
        _ => &[0, 1, 2, 3, 4, 5, 6],
    };
    for (y, index) in (0..area.height).zip(kept) {
        let row = rows(area, y, 1);
        put_right(buf, row, 6, 0, NAMES[*index], theme.dim());
        let value = us[*index];
        put_right(buf, row, 14, 0, &micros(value as f64), theme.bold());
        let room = f64::from(area.width.saturating_sub(LEFT + 1));
        let length = ((value as f64 / LEAST).max(1.0).log2() / OCTAVES).clamp(0.0, 1.0) * room;
        let glyph = if theme.is_ascii() { "=" } else { "▆" };
        let late = timeout.is_some_and(|timeout| value >= timeout);
        let style = if late { theme.bad() } else { theme.useful() };
        let length = if value > 0 { length.max(1.0) } else { 0.0 };
        put(buf, row, LEFT, 0, &glyph.repeat(length as usize), style);
    }
}
