//! What fits when nothing fits: the chosen lane in a few lines.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{LEAST, parts};
use crate::model::Model;
use crate::widgets::{put, rows};
use crate::words::{hit_rate, micros, short};

/// Draws it.
pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    parts::header(model, rows(area, 0, 1), buf);
    if let Some(lane) = model.lane() {
        let totals = lane.totals(model.looked_at());
        let lines = [
            format!("{}: hit {}", lane.name, hit_rate(totals.hit_rate(), totals.is_untold())),
            model.silence().map_or_else(
                || {
                    let (herd, peak) = (short(totals.herd_max.into()), short(totals.peak.into()));
                    format!("herd {herd}  peak {peak}/s")
                },
                str::to_owned,
            ),
            format!("p99 {}", micros(totals.latency_us[3] as f64)),
        ];
        for (y, line) in (1..).zip(&lines) {
            put(buf, rows(area, y, 1), 0, 0, line, theme.plain());
        }
    }
    let wants = format!("{}x{} shows more; q quits", LEAST.0, LEAST.1);
    put(buf, rows(area, 4, 1), 0, 0, &wants, theme.dim());
    if area.height > 6 {
        parts::footer(model, rows(area, area.height - 1, 1), buf);
    }
}
