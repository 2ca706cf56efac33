//! XFetch on one hot key: how large its herds are, how early they begin, what it costs.
//!
//! A reader at `u` seconds before the expiry triggers a compute with probability e^(-u / (beta delta)) (Vattani,
//! Chierichetti, Lowenstein, PVLDB 8(8), 2015). So triggers are an inhomogeneous Poisson process whose cumulative hazard
//! up to the gap u is H(u) = h0 e^(-u / (beta delta)), with h0 = rate beta delta, and grows by the rate after the
//! expiry. At the first trigger H is exponential with mean one; given that, the herd is one more than Poisson with mean
//! H(one delta later) - H. All below follows from that, for a constant compute time and a TTL well above the early gap
//! plus several beta delta; with a shorter one the key refreshes all the time.

use super::special::{EULER, e1, ein};

/// One hot key under XFetch.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct XFetch {
    /// Requests a second for the key.
    pub rate: f64,
    /// Seconds a compute takes, always the same.
    pub delta: f64,
    /// The look-ahead's mean, in computes.
    pub beta: f64,
}

impl XFetch {
    /// The hazard that has accumulated when the entry expires: how many early triggers there would be if none helped.
    #[must_use]
    pub fn early_triggers(&self) -> f64 {
        self.rate * self.beta * self.delta
    }

    /// Computes a herd.
    ///
    /// e^(1/beta) (1 - e^-h1) + e^-h0 + h0 (E1(h1) - E1(h0)), with h1 = h0 e^(-1/beta). Its limits are e^(1/beta) for
    /// large h1 and 1 + rate delta, a bare TTL's herd, for beta = 0.
    #[must_use]
    pub fn herd_mean(&self) -> f64 {
        let h0 = self.early_triggers();
        if h0 == 0.0 {
            return 1.0 + self.rate * self.delta;
        }
        let h1 = h0 * (-1.0 / self.beta).exp();
        // e^(1/beta) alone overflows where beta is small.
        let during = if h1 == 0.0 { h0 } else { h0 * -(-h1).exp_m1() / h1 };
        let spread = if h1 > 1.0 {
            e1(h1) - e1(h0)
        } else {
            1.0 / self.beta + ein(h1) - ein(h0) // the same with ln h1 = ln h0 - 1/beta, which stays finite
        };
        during + (-h0).exp() + h0 * spread
    }

    /// Seconds from a herd's first compute to the expiry, 0 if it began after: beta delta Ein(h0).
    #[must_use]
    pub fn early_gap_mean(&self) -> f64 {
        self.beta * self.delta * ein(self.early_triggers())
    }

    /// The share of herds that begin less than `gap` seconds before the expiry, or after it: exp(-H(gap)), Gumbel's law.
    #[must_use]
    pub fn gap_below(&self, gap: f64) -> f64 {
        (-self.early_triggers() * (-gap / (self.beta * self.delta)).exp()).exp()
    }

    /// The share of herds that begin after the expiry: e^-h0.
    #[must_use]
    pub fn no_early_refresh(&self) -> f64 {
        (-self.early_triggers()).exp()
    }

    /// The share of herds of exactly `size`, for large h1: geometric with p = e^(-1/beta).
    #[must_use]
    pub fn herd_share(&self, size: u32) -> f64 {
        let p = (-1.0 / self.beta).exp();
        if size == 0 { 0.0 } else { p * (1.0 - p).powf(f64::from(size) - 1.0) }
    }

    /// The size that a share `q` of herds does not exceed, for large h1.
    #[must_use]
    pub fn herd_quantile(&self, q: f64) -> f64 {
        let p = (-1.0 / self.beta).exp();
        ((1.0 - q).ln() / (-p).ln_1p()).ceil().max(1.0)
    }

    /// Mean seconds from a herd's first to its last start, for large h1: delta tanh(1 / (2 beta)).
    #[must_use]
    pub fn spread_mean(&self) -> f64 {
        self.delta * (0.5 / self.beta).tanh()
    }

    /// Mean seconds from one herd to the next for large h1, when the last writer's TTL of `ttl` seconds counts.
    #[must_use]
    pub fn cycle_mean(&self, ttl: f64) -> f64 {
        // The early gap without E1(h0), which vanishes in the same limit.
        let gap = self.beta * self.delta * (self.early_triggers().ln() + EULER);
        ttl + self.delta + self.spread_mean() - gap
    }

    /// The same key when the entries remember `remembered` seconds but a compute now takes `delta`: what was a mean
    /// look-ahead of beta computes is one of beta remembered / delta.
    #[must_use]
    pub fn remembering(&self, remembered: f64) -> Self {
        Self { beta: self.beta * remembered / self.delta, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(rate: f64, delta: f64, beta: f64) -> XFetch {
        XFetch { rate, delta, beta }
    }

    #[test]
    fn the_herd_is_geometric_for_a_hot_key_and_a_bare_ttls_for_no_look_ahead() {
        let hot = key(1e6, 0.1, 1.0);
        assert!((hot.herd_mean() - 1_f64.exp()).abs() < 1e-9);
        let mean: f64 = (1..200).map(|size| f64::from(size) * hot.herd_share(size)).sum();
        assert!((mean - hot.herd_mean()).abs() < 1e-9, "the law's mean is the mean: {mean}");
        assert_eq!(key(1_000.0, 0.1, 0.0).herd_mean(), 101.0);
        assert!((key(1_000.0, 0.1, 1e-6).herd_mean() - 101.0).abs() < 1e-3);
    }

    #[test]
    fn both_forms_of_the_mean_are_the_formula() {
        let plain = |k: &XFetch| {
            let h0 = k.early_triggers();
            let h1 = h0 * (-1.0 / k.beta).exp();
            (1.0 / k.beta).exp() * (1.0 - (-h1).exp()) + (-h0).exp() + h0 * (e1(h1) - e1(h0))
        };
        // h1 crosses 1, where the form changes, between the first two; it is far below for the last.
        for beta in [0.29, 0.3, 0.32, 0.35, 0.1] {
            let k = key(1_000.0, 0.1, beta);
            assert!((k.herd_mean() / plain(&k) - 1.0).abs() < 1e-12, "{k:?}: {}", plain(&k));
        }
    }

    #[test]
    fn half_of_all_herds_begin_before_the_median_gap() {
        let k = key(1_000.0, 0.1, 1.0);
        let median = 0.1 * (100_f64.ln() - 2_f64.ln().ln());
        assert!((k.gap_below(median) - 0.5).abs() < 1e-12);
        assert_eq!(k.gap_below(0.0), k.no_early_refresh());
    }

    #[test]
    fn an_origin_ten_times_slower_than_remembered_is_a_tenth_of_beta() {
        let slowed = key(1_000.0, 1.0, 1.0).remembering(0.1);
        assert!((slowed.beta - 0.1).abs() < 1e-15);
        assert!((slowed.herd_mean() / 581.988 - 1.0).abs() < 1e-5);
    }
}
