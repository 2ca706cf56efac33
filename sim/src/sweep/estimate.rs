//! A mean over seeds, and how far it may be off.
//!
//! Runs of different seeds are independent, so the mean of n of them lies within t s / sqrt(n) of the truth 95 times of
//! 100, with s their standard deviation and t Student's quantile for n - 1 degrees of freedom. Two lanes at the same seed
//! see the same requests (common random numbers): their *differences* are taken seed by seed, and the interval of those
//! is narrower than what the two intervals suggest.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean and its 95 % confidence interval.
#[derive(Copy, Clone, PartialEq, Debug, Serialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// From where to where; `None` for a single value, which says nothing of its own spread.
    pub ci95: Option<[f64; 2]>,
}

impl Estimate {
    /// The estimate of independent values. There is at least one.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        // Welford 1962: the mean of equal values is exactly that value, and their variance 0.
        let (mut mean, mut squares) = (0.0, 0.0);
        for (value, n) in values.iter().zip(1..) {
            let before = value - mean;
            mean += before / f64::from(n);
            squares += before * (value - mean);
        }
        let n = values.len() as f64;
        let ci95 = (values.len() > 1).then(|| {
            let half = quantile(n - 1.0, CONFIDENCE) * (squares / (n - 1.0) / n).sqrt();
            [mean - half, mean + half]
        });
        Self { mean, ci95 }
    }

    /// The estimate of `a - b`, value by value: the two lists are of the same seeds in the same order.
    #[must_use]
    pub fn of_differences(a: &[f64], b: &[f64]) -> Self {
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        Self::of(&differences)
    }

    /// Whether the interval in which the mean lies with this `confidence` (0 to 1) does not include zero.
    #[must_use]
    pub fn is_not_zero_at(&self, confidence: f64, values: usize) -> bool {
        let freedom = values.saturating_sub(1) as f64;
        let wider = quantile(freedom, confidence) / quantile(freedom, CONFIDENCE);
        self.ci95.is_some() && self.mean.abs() > self.half_width() * wider
    }

    /// Half the interval's width; 0 without one.
    #[must_use]
    pub fn half_width(&self) -> f64 {
        self.ci95.map_or(0.0, |[low, high]| (high - low) / 2.0)
    }

    /// Whether the interval does not include zero.
    #[must_use]
    pub fn is_not_zero(&self) -> bool {
        self.ci95.is_some_and(|[low, high]| low > 0.0 || high < 0.0)
    }
}

/// Of the intervals that are told.
const CONFIDENCE: f64 = 0.95;

/// Student's t: a share `confidence` lies between minus this and this, for so many degrees of freedom.
fn quantile(freedom: f64, confidence: f64) -> f64 {
    let below = f64::midpoint(1.0, confidence);
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Student's t, two-sided 95 %: the column of every printed table (NIST/SEMATECH e-Handbook, section 1.3.6.7.2).
    #[test]
    fn the_quantiles_are_those_of_the_printed_table() {
        for (freedom, t) in [
            (1.0, 12.706),
            (2.0, 4.303),
            (4.0, 2.776),
            (9.0, 2.262),
            (19.0, 2.093),
            (30.0, 2.042),
            (100.0, 1.984),
        ] {
            assert!(
                (quantile(freedom, 0.95) - t).abs() < 5e-4,
                "{freedom}: {}",
                quantile(freedom, 0.95)
            );
        }
    }

    /// Student's own example (Biometrika 1908, the sleep data of Cushny and Peebles), as R's `t.test(paired = TRUE)`
    /// prints it: -1.58, interval -2.4598858 to -0.7001142.
    #[test]
    fn the_paired_interval_of_students_sleep_data_is_the_known_one() {
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let difference = Estimate::of_differences(&first, &second);
        let [low, high] = difference.ci95.unwrap();
        assert!((difference.mean + 1.58).abs() < 1e-12);
        assert!(
            (low + 2.459_885_8).abs() < 1e-6 && (high + 0.700_114_2).abs() < 1e-6,
            "{low} {high}"
        );
        assert!(difference.is_not_zero());
    }

    #[test]
    fn one_value_has_no_interval_and_equal_ones_an_empty_one() {
        assert_eq!(Estimate::of(&[3.0]), Estimate { mean: 3.0, ci95: None });
        assert_eq!(Estimate::of(&[0.1; 7]), Estimate { mean: 0.1, ci95: Some([0.1, 0.1]) });
        assert_eq!(Estimate::of(&[3.0]).half_width(), 0.0);
    }

    proptest! {
        #[test]
        fn the_interval_moves_and_grows_with_the_values(values in prop::collection::vec(-1e3..1e3_f64, 2..40), by in 0.5..4.0_f64) {
            let plain = Estimate::of(&values);
            let moved: Vec<f64> = values.iter().map(|value| value * by + 7.0).collect();
            let moved = Estimate::of(&moved);
            prop_assert!((moved.mean - plain.mean * by - 7.0).abs() < 1e-8);
            prop_assert!((moved.half_width() - plain.half_width() * by).abs() < 1e-6);
        }
    }
}
