//! A plot in characters: one metric over one field, a mark a lane, theory as dots.
//!
//! Drawn here: a plotting library has no marks for lanes, no theory beside them and no units on its axes.

use herdlab_sim::sweep::Study;

use super::figure::{finer, setting};

const MARKS: [char; 8] = ['o', 'x', '+', '#', '@', '%', '&', '='];
const THEORY: char = '·';
const HEIGHT: usize = 14;

/// Values that differ by more than this factor are shown by their logarithms: else all but the largest lie on the floor.
const WIDE: f64 = 30.0;

/// One curve: its name, its mark, its points as (place on the x axis, value).
struct Curve {
    name: String,
    mark: char,
    points: Vec<(f64, f64)>,
}

/// An axis from `low` to `high`, perhaps by logarithms.
#[derive(Copy, Clone)]
struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    fn of(values: &[f64]) -> Option<Self> {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let log = low > 0.0 && high / low > WIDE;
        (high.is_finite() && low.is_finite()).then_some(Self { low, high, log })
    }

    /// Where a value stands between 0 and `cells - 1`.
    fn cell(&self, value: f64, cells: usize) -> usize {
        let at = |value: f64| if self.log { value.ln() } else { value };
        let height = at(self.high) - at(self.low);
        let share = if height > 0.0 { (at(value) - at(self.low)) / height } else { 0.5 };
        (share.clamp(0.0, 1.0) * (cells - 1) as f64).round() as usize
    }

    /// The value at a cell.
    fn value(&self, cell: usize, cells: usize) -> f64 {
        let share = cell as f64 / (cells - 1) as f64;
        if self.log {
            self.low * (self.high / self.low).powf(share)
        } else {
            self.low + (self.high - self.low) * share
        }
    }
}

/// A plot of anything.
pub(crate) struct Chart {
    pub(crate) title: String,
    /// What the x axis is.
    pub(crate) axis: String,
    /// Values below the x axis, and where they stand.
    pub(crate) ticks: Vec<(f64, String)>,
    /// Curves by name, each a list of points.
    pub(crate) curves: Vec<(String, Vec<(f64, f64)>)>,
    /// How a value is written beside the y axis.
    pub(crate) label: fn(f64) -> String,
}

/// The plot of a chart, at most `width` columns of text wide; `None` if it has no points.
pub(crate) fn draw(chart: &Chart, width: usize) -> Option<String> {
    let marked = chart.curves.iter().zip(MARKS.into_iter().cycle());
    let curves: Vec<Curve> = marked
        .map(|((name, points), mark)| Curve { name: name.clone(), mark, points: points.clone() })
        .collect();
    let places: Vec<f64> = chart.ticks.iter().map(|(at, _)| *at).collect();
    let names: Vec<String> = chart.ticks.iter().map(|(_, name)| name.clone()).collect();
    let label = |value, _| (chart.label)(value);
    picture(&chart.title, &chart.axis, &curves, &places, &names, &label, width)
}

/// The plot of `metric`, at most `width` columns of text wide; `None` if no single field with an axis is varied, or there
/// is only one point.
pub(super) fn plot(study: &Study, metric: &str, width: usize) -> Option<String> {
    let [axis] = study.axes() else { return None };
    let places = axis.places.as_ref().filter(|places| places.len() > 1)?;
    let curves = curves(study, metric, places);
    let names: Vec<String> = axis.values.iter().map(setting).collect();
    let label = |value, apart| finer(metric, value, apart);
    picture(metric, &axis.path, &curves, places, &names, &label, width)
}

fn picture(
    title: &str,
    axis: &str,
    curves: &[Curve],
    places: &[f64],
    names: &[String],
    label: &dyn Fn(f64, f64) -> String,
    width: usize,
) -> Option<String> {
    let values: Vec<f64> =
        curves.iter().flat_map(|curve| curve.points.iter().map(|(_, y)| *y)).collect();
    let (ys, mut xs) = (Scale::of(&values)?, Scale::of(places)?);
    xs.log = false; // a range at equal ratios has logarithms for places already
    let apart = if ys.log { ys.low } else { (ys.high - ys.low) / 2.0 };
    let label = [0, HEIGHT / 2, HEIGHT - 1].map(|row| (row, label(ys.value(row, HEIGHT), apart)));
    let margin = label.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0);
    let room = width.saturating_sub(margin + 3).clamp(20, 100);
    let mut cells = vec![vec![' '; room]; HEIGHT];
    // The first lanes are drawn last, over the others and over theory.
    for curve in curves.iter().rev() {
        for (x, y) in &curve.points {
            cells[ys.cell(*y, HEIGHT)][xs.cell(*x, room)] = curve.mark;
        }
    }
    let log = if ys.log { " (log scale)" } else { "" };
    let mut text = format!("{title}{log}\n");
    for (row, cells) in cells.iter().enumerate().rev() {
        let label = label.iter().find(|(at, _)| *at == row).map_or("", |(_, text)| text);
        let line: String = cells.iter().collect();
        text.push_str(format!("{label:>margin$} |{line}").trim_end());
        text.push('\n');
    }
    text.push_str(&format!("{:margin$} +{}\n", "", "-".repeat(room)));
    let named: Vec<(usize, String)> = places
        .iter()
        .zip(names)
        .map(|(place, name)| (xs.cell(*place, room), name.clone()))
        .collect();
    text.push_str(&format!("{:margin$}  {}\n", "", ticks(&named, room)));
    text.push_str(&legend(axis, curves, margin, width));
    Some(text)
}

fn curves(study: &Study, metric: &str, places: &[f64]) -> Vec<Curve> {
    let mut curves = Vec::new();
    let mut theory = Curve { name: "theory".to_owned(), mark: THEORY, points: Vec::new() };
    for (lane, mark) in study.lanes().into_iter().zip(MARKS.into_iter().cycle()) {
        let mut points = Vec::new();
        for row in study.rows_of(lane) {
            let Some(case) = study.rows()[row].metrics.get(metric) else { continue };
            // A lane that the field does not concern is the same everywhere.
            let at = match study.place(row)[0] {
                Some(at) => &places[at..=at],
                None => places,
            };
            points.extend(at.iter().map(|x| (*x, case.estimate.mean)));
            if let Some(form) = &case.theory {
                theory.points.extend(at.iter().map(|x| (*x, form.value)));
            }
        }
        curves.push(Curve { name: lane.to_owned(), mark, points });
    }
    if !theory.points.is_empty() {
        curves.push(theory);
    }
    curves
}

/// The values below the axis, as many as stand apart: the first, the last, and what fits between.
fn ticks(named: &[(usize, String)], room: usize) -> String {
    let mut line = vec![' '; room];
    let mut put = |at: usize, name: &str| {
        let length = name.chars().count();
        let start = at.saturating_sub(length / 2).min(room.saturating_sub(length));
        let around = start.saturating_sub(1)..(start + length + 1).min(room);
        if length <= room && line[around].iter().all(|c| *c == ' ') {
            name.chars().zip(start..).for_each(|(c, at)| line[at] = c);
        }
    };
    let ends = [named.first(), named.last()].into_iter().flatten();
    ends.chain(named).for_each(|(at, name)| put(*at, name));
    line.into_iter().collect::<String>().trim_end().to_owned()
}

/// What the axis and the marks are, in as many lines as it takes.
fn legend(path: &str, curves: &[Curve], margin: usize, width: usize) -> String {
    let mut lines = vec![format!("{:margin$}  {path} ", "")];
    for curve in curves {
        let entry = format!("  {} {}", curve.mark, curve.name);
        let length = |text: &str| text.chars().count();
        match lines.last_mut() {
            Some(line) if length(line) + length(&entry) <= width => line.push_str(&entry),
            _ => lines.push(format!("{:margin$}{entry}", "")),
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use herdlab_sim::measure::Summary;
    use herdlab_sim::sweep::{Axis, Setting};

    fn study(points: usize, value: fn(usize) -> f64) -> Study {
        let numbers: Vec<f64> = (0..points).map(|n| n as f64 / 4.0).collect();
        let axis = Axis {
            path: "strategy.beta".to_owned(),
            values: numbers.iter().map(|n| Setting::Number(*n)).collect(),
            places: Some(numbers),
        };
        let mut study = Study::new(vec![axis]);
        let run = |herd_avg: f64| Summary { herd_avg, ..Summary::default() };
        study.add("ttl", vec![None], &[run(500.0)], &[]);
        (0..points).for_each(|at| study.add("xfetch", vec![Some(at)], &[run(value(at))], &[]));
        study
    }

    #[test]
    fn a_plot_fits_its_width_and_has_a_mark_for_every_lane() {
        for width in [60, 80, 120] {
            let text = plot(&study(16, |at| 50.0 / (at + 1) as f64), "herd.avg", width).unwrap();
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}:\n{text}");
            assert!(
                text.contains("herd.avg (log scale)") && text.contains("o ttl  x xfetch"),
                "{text}"
            );
            assert_eq!(
                text.matches('x').count(),
                16 + 2,
                "each point, and the legend's two:\n{text}"
            );
        }
    }

    #[test]
    fn a_rising_line_rises_from_corner_to_corner() {
        let mut alone = Study::new(study(4, |_| 0.0).axes().to_vec());
        for at in 0..4 {
            let run = Summary { herd_avg: at as f64, ..Summary::default() };
            alone.add("xfetch", vec![Some(at)], &[run], &[]);
        }
        let text = plot(&alone, "herd.avg", 40).unwrap();
        let columns: Vec<usize> =
            text.lines().skip(1).take(HEIGHT).filter_map(|line| line.find('o')).collect();
        assert_eq!(columns.len(), 4, "{text}");
        assert!(columns.is_sorted_by(|a, b| a > b), "from the top down to the left:\n{text}");
    }

    #[test]
    fn a_long_legend_is_broken_between_lanes() {
        let curve = |name: &str| Curve { name: name.to_owned(), mark: 'o', points: Vec::new() };
        let curves = ["ttl", "single-flight", "stale-while-revalidate"].map(curve);
        let text = legend("traffic.rate", &curves, 4, 40);
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert!(text.contains("\n      o stale-while-revalidate\n"), "{text}");
    }

    #[test]
    fn ticks_do_not_run_into_each_other() {
        let named: Vec<(usize, String)> = (0..40).map(|at| (at, format!("{at}.5"))).collect();
        let line = ticks(&named, 40);
        assert!(line.starts_with("0.5 ") && line.ends_with(" 39.5"), "{line:?}");
        assert!(line.split_whitespace().all(|word| word.len() <= 4), "{line:?}");
    }
}
