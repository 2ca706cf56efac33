//! Whether two ways to a figure agree: the model and a real run, both of the same seeds.
//!
//! That no difference was found does not show that there is none: few or noisy runs find none whatever there is. So
//! equality is claimed only if the interval of the difference lies within a margin that does not matter, and a difference
//! only if it lies outside of it (confidence interval inclusion: Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987) 657,
//! whose two one-sided tests take a 90 % interval; the 95 % here is stricter). Between the two nothing is claimed.

use serde::Serialize;

use super::Estimate;

/// What can be said about a difference.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is smaller than what matters.
    Agree,
    /// It is larger.
    Differ,
    /// There are too few runs, or they vary too much, to tell.
    Open,
}

/// Two estimates of one figure, and how far they are apart.
#[derive(Copy, Clone, PartialEq, Debug, Serialize)]
pub struct Agreement {
    /// What the model says.
    pub model: Estimate,
    /// What was measured.
    pub real: Estimate,
    /// Measured less model, seed by seed.
    pub difference: Estimate,
    /// What that says.
    pub verdict: Verdict,
}

impl Agreement {
    /// Of values by seed, in the same order; `within` is the share of the model's mean that does not matter.
    #[must_use]
    pub fn of(model: &[f64], real: &[f64], within: f64) -> Self {
        let difference = Estimate::of_differences(real, model);
        let model = Estimate::of(model);
        let margin = within * model.mean.abs();
        let verdict = match difference.ci95 {
            Some([low, high]) if -margin <= low && high <= margin => Verdict::Agree,
            Some([low, high]) if high < -margin || margin < low => Verdict::Differ,
            _ => Verdict::Open,
        };
        Self { model, real: Estimate::of(real), difference, verdict }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(model: &[f64], real: &[f64]) -> Verdict {
        Agreement::of(model, real, 0.05).verdict
    }

    #[test]
    fn what_lies_within_the_margin_agrees_what_lies_beyond_differs_and_what_is_wide_is_open() {
        let model = [100.0, 102.0, 98.0, 101.0];
        assert_eq!(verdict(&model, &model), Verdict::Agree);
        assert_eq!(verdict(&model, &model.map(|x| x + 3.0)), Verdict::Agree, "always 3 more");
        assert_eq!(verdict(&model, &model.map(|x| x - 8.0)), Verdict::Differ);
        assert_eq!(verdict(&model, &[140.0, 60.0, 120.0, 80.0]), Verdict::Open);
        assert_eq!(verdict(&[1.0], &[1.0]), Verdict::Open, "one run says nothing of its spread");
        assert_eq!(verdict(&[0.0; 3], &[0.0; 3]), Verdict::Agree, "no difference at all");
        assert_eq!(verdict(&[0.0; 3], &[1.0; 3]), Verdict::Differ, "no share of nothing");
    }

    #[test]
    fn seeds_that_vary_alike_do_not_hide_a_small_difference() {
        let model = [50.0, 200.0, 120.0, 90.0];
        let agreement = Agreement::of(&model, &model.map(|x| x * 1.01), 0.05);
        assert_eq!(agreement.verdict, Verdict::Agree);
        assert!(agreement.model.half_width() > 50.0 && agreement.difference.half_width() < 2.0);
    }
}
