//! The article's XFetch on one hot key: its sign is reversed, and its expiry is from before the compute.
//!
//! The backend keeps an entry for one compute longer than its own expiry says. In that time a reader at `s` seconds
//! past the expiry computes with probability 1 - e^(-s / (beta delta)); before it never, after it always. The argument is
//! that of [`super::xfetch`]; the integral has no closed form.

use super::special::integrate;
use super::xfetch::XFetch;

/// One hot key under the article's XFetch, with a constant compute time.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct ArticleXFetch {
    /// Requests a second for the key.
    pub rate: f64,
    /// Seconds a compute takes.
    pub delta: f64,
    /// The article's tuning knob.
    pub beta: f64,
}

impl ArticleXFetch {
    /// Computes a herd: 1 + the integral over s > 0 of h(s) e^-H(s) (H(s + delta) - H(s)), with h the rate of triggers
    /// `s` seconds past the expiry and H its integral.
    #[must_use]
    pub fn herd_mean(&self) -> f64 {
        let later = |s: f64| self.hazard(s + self.delta) - self.hazard(s);
        1.0 + self
            .over_first_triggers(|s| self.trigger_rate(s) * (-self.hazard(s)).exp() * later(s))
    }

    /// Mean seconds from the expiry to a herd's first compute: the integral of e^-H(s).
    #[must_use]
    pub fn first_trigger_mean(&self) -> f64 {
        self.over_first_triggers(|s| (-self.hazard(s)).exp())
    }

    fn trigger_rate(&self, s: f64) -> f64 {
        if s < self.delta { self.rate * -(-s / self.look()).exp_m1() } else { self.rate }
    }

    fn hazard(&self, s: f64) -> f64 {
        let within = s.clamp(0.0, self.delta);
        let certain = (s - self.delta).max(0.0);
        let look = self.look();
        self.rate * (within + look * (-within / look).exp_m1() + certain)
    }

    /// The mean look-back in seconds; a knob at zero is one that hardly looks back.
    fn look(&self) -> f64 {
        (self.beta * self.delta).max(f64::MIN_POSITIVE)
    }

    /// Integrates over where the first trigger may fall, in pieces: the integrand lives on the scale of that trigger and
    /// has a corner at one compute.
    fn over_first_triggers(&self, f: impl Fn(f64) -> f64) -> f64 {
        let typical = (2.0 * self.look() / self.rate).sqrt().max(1.0 / self.rate);
        let inside = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 40.0].map(|k| k * typical);
        let behind = [1.0, 5.0, 40.0].map(|k| self.delta + k / self.rate);
        let inside = inside.into_iter().filter(|&at| at < self.delta);
        let ends: Vec<f64> = inside.chain([self.delta]).chain(behind).collect();
        let starts = std::iter::once(0.0).chain(ends.iter().copied());
        starts.zip(&ends).map(|(from, &to)| integrate(&f, from, to)).sum()
    }
}

/// Mean seconds from one herd to the next with the sign put right and the expiry still from before the compute: one
/// compute less than [`XFetch::cycle_mean`]. Herds are those of [`XFetch`].
#[must_use]
pub fn sign_fixed_cycle_mean(key: &XFetch, ttl: f64) -> f64 {
    key.cycle_mean(ttl) - key.delta
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_look_back_it_is_a_bare_ttl() {
        let bare = ArticleXFetch { rate: 100.0, delta: 0.1, beta: 0.0 };
        assert!((bare.herd_mean() - 11.0).abs() < 1e-6, "{}", bare.herd_mean());
        assert!((bare.first_trigger_mean() - 0.01).abs() < 1e-8);
    }

    #[test]
    fn the_first_trigger_of_a_hot_key_falls_where_a_linear_hazard_puts_it() {
        // For large rate delta the hazard is rate s^2 / (2 beta delta) where it matters: Rayleigh's mean.
        let hot = ArticleXFetch { rate: 1e6, delta: 0.1, beta: 1.0 };
        let rayleigh = (std::f64::consts::PI * 0.1 / 2e6).sqrt();
        assert!((hot.first_trigger_mean() / rayleigh - 1.0).abs() < 0.01);
    }
}
