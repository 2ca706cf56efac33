//! The knee of a curve: where more of a parameter stops paying.
//!
//! Satopaa, Albrecht, Irwin, Raghavan: Finding a "Kneedle" in a Haystack, ICDCS Workshops 2011. Both axes are scaled to
//! 0..1, and the knee is the point farthest from the chord between the ends. The curves here are means over seeds, so
//! the paper's smoothing is left out; and a curve that nowhere leaves its chord by much has no knee.

/// A curve that leaves its chord by less than this share of its height is a straight line with noise.
const LEAST: f64 = 0.1;

/// The index of the knee of the curve through `(xs, ys)`; the xs rise or fall. `None` with fewer than five points, for a
/// flat curve and for one that is nearly straight.
#[must_use]
pub fn knee(xs: &[f64], ys: &[f64]) -> Option<usize> {
    let (x, y) = (scale(xs)?, scale(ys)?);
    if x.len() != y.len() || x.len() < 5 {
        return None;
    }
    let last = x.len() - 1;
    let slope = (y[last] - y[0]) / (x[last] - x[0]);
    let off = |index: usize| (y[index] - y[0] - slope * (x[index] - x[0])).abs();
    let farthest = (1..last).max_by(|a, b| off(*a).total_cmp(&off(*b)).then(b.cmp(a)))?;
    (slope.is_finite() && off(farthest) >= LEAST).then_some(farthest)
}

/// The values in 0..1; `None` if they are all alike or not finite.
fn scale(values: &[f64]) -> Option<Vec<f64>> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let height = high - low;
    (height.is_finite() && height > 0.0)
        .then(|| values.iter().map(|value| (value - low) / height).collect())
}

#[cfg(test)]
mod tests {
    use super::knee;
    use proptest::prelude::*;

    /// Figure 2 of the paper: y = -1 / (x + 0.1) + 5 at ten points of 0..1; its knee is at x = 0.22.
    #[test]
    fn the_papers_own_curve_has_its_knee_where_the_paper_says() {
        let xs: Vec<f64> = (0..10).map(|i| f64::from(i) / 9.0).collect();
        let ys: Vec<f64> = xs.iter().map(|x| -1.0 / (x + 0.1) + 5.0).collect();
        assert_eq!(knee(&xs, &ys), Some(2));
        let falling: Vec<f64> = ys.iter().map(|y| -y).collect();
        assert_eq!(knee(&xs, &falling), Some(2), "an elbow is a knee upside down");
    }

    #[test]
    fn a_line_a_constant_and_a_few_points_have_none() {
        let xs: Vec<f64> = (0..10).map(f64::from).collect();
        assert_eq!(knee(&xs, &xs), None);
        assert_eq!(knee(&xs, &[3.0; 10]), None);
        assert_eq!(knee(&xs[..3], &[0.0, 0.0, 9.0]), None);
        assert_eq!(knee(&xs, &[f64::NAN; 10]), None);
    }

    proptest! {
        #[test]
        fn units_do_not_move_the_knee(bend in 1..9_usize, by in 1e-3..1e3_f64, up in -1e3..1e3_f64) {
            let xs: Vec<f64> = (0..11).map(f64::from).collect();
            let ys: Vec<f64> = (0..11).map(|i| if i < bend { i as f64 * 10.0 } else { bend as f64 * 10.0 }).collect();
            let scaled = |v: &[f64]| v.iter().map(|v| v * by + up).collect::<Vec<_>>();
            prop_assert_eq!(knee(&xs, &ys), Some(bend));
            prop_assert_eq!(knee(&scaled(&xs), &scaled(&ys)), Some(bend));
        }
    }
}
