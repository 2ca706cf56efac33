//! Latencies over time: rows are latencies, two to a doubling or more, and the shade is how many had it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{columns, put, put_right};
use crate::lane::Lane;
use crate::point::{STEPS, least_of};
use crate::theme::Theme;
use crate::window::Window;
use crate::words::micros;

/// The width of the labels.
const LABELS: u16 = 7;

/// Draws the map of a lane, as far as `until` columns were played.
pub(crate) fn heatmap(buf: &mut Buffer, area: Rect, lane: &Lane, window: Window, theme: &Theme) {
    let chart = columns(area, LABELS, area.width);
    if chart.width == 0 || area.height == 0 {
        return;
    }
    let counted: Vec<[u32; STEPS]> = window
        .columns(lane, usize::from(chart.width))
        .map(|points| {
            let mut sums = [0; STEPS];
            for point in points {
                sums.iter_mut().zip(point.heat).for_each(|(sum, n)| *sum += u32::from(n));
            }
            sums
        })
        .collect();
    let used = |step: &usize| counted.iter().any(|sums| sums[*step] > 0);
    let (Some(least), Some(most)) = ((0..STEPS).find(used), (0..STEPS).rev().find(used)) else {
        return;
    };
    let rows = usize::from(area.height);
    let each = (most - least + 1).div_ceil(rows).max(1);
    for row in 0..rows {
        let from = least + row * each;
        if from > most {
            break;
        }
        let y = area.height - 1 - row as u16;
        if row % 2 == 0 {
            put_right(buf, area, LABELS - 1, y, &micros(least_of(from)), theme.dim());
        }
        for (x, sums) in (0..chart.width).zip(&counted) {
            let here: u32 = sums[from..(from + each).min(STEPS)].iter().sum();
            let all = sums.iter().sum::<u32>().max(1);
            if here > 0 {
                let (glyph, style) = theme.heat(f64::from(here) / f64::from(all));
                put(buf, chart, x, y, glyph, style);
            }
        }
    }
}
