//! Stale-while-revalidate on one hot key: what is served stale, and who waits all the same.
//!
//! A cycle: fresh for `ttl`; the next request comes x later, x exponential. Within the grace it is answered stale and
//! begins a refresh behind it; past the grace it computes while others wait. Derived here from that; the golden tests
//! hold it against a simulation.

/// One hot key under stale-while-revalidate with one refresh at a time, and a constant compute time.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct StaleWhileRevalidate {
    /// Requests a second for the key.
    pub rate: f64,
    /// Seconds a compute takes.
    pub delta: f64,
    /// Seconds an entry is fresh.
    pub ttl: f64,
    /// Seconds after that in which it may be served.
    pub grace: f64,
}

impl StaleWhileRevalidate {
    /// Mean seconds from one herd, of one compute, to the next: ttl + 1/rate + delta.
    #[must_use]
    pub fn cycle_mean(&self) -> f64 {
        self.ttl + 1.0 / self.rate + self.delta
    }

    /// The share of expiries that nobody notices before the grace is over: e^(-rate grace).
    #[must_use]
    pub fn hard_miss(&self) -> f64 {
        (-self.rate * self.grace).exp()
    }

    /// The share of requests answered past the expiry: in a cycle one that begins the refresh, and those that come until
    /// it is done or the grace is over.
    #[must_use]
    pub fn stale_share(&self) -> f64 {
        let Self { rate, delta, grace, .. } = *self;
        let in_time = self.last_in_time(); // a refresh begun before that is done within the grace
        let (begun, never) = ((-rate * in_time).exp(), self.hard_miss());
        let whole = (1.0 - begun) * delta;
        let cut = (grace - in_time) * begun - (begun - never) / rate;
        (1.0 - never + rate * (whole + cut)) / (rate * self.cycle_mean())
    }

    /// Mean seconds a request takes. A refresh that began x past the expiry leaves a window of x + delta - grace in
    /// which requests wait, half of it on average; a hard miss one of delta, with one request that waits it out.
    #[must_use]
    pub fn latency_mean(&self) -> f64 {
        let Self { rate, delta, grace, .. } = *self;
        // The integral of e^(-rate x) w^2 over x, by the window w = x + delta - grace.
        let upto = |w: f64| {
            let weight = (-rate * (w + grace - delta)).exp();
            -weight * (w * w / rate + 2.0 * w / rate.powi(2) + 2.0 / rate.powi(3))
        };
        let least = (delta - grace).max(0.0);
        let refreshed = rate * rate / 2.0 * (upto(delta) - upto(least));
        let missed = self.hard_miss() * (delta + rate * delta * delta / 2.0);
        (refreshed + missed) / (rate * self.cycle_mean())
    }

    fn last_in_time(&self) -> f64 {
        (self.grace - self.delta).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::flight::SingleFlight;
    use crate::theory::special::integrate;

    #[test]
    fn without_a_grace_it_is_single_flight() {
        let key = StaleWhileRevalidate { rate: 10.0, delta: 0.5, ttl: 4.0, grace: 0.0 };
        let flight = SingleFlight { rate: 10.0, delta: 0.5, ttl: 4.0 };
        assert!((key.latency_mean() - flight.latency_mean()).abs() < 1e-12);
        assert!(key.stale_share().abs() < 1e-12);
    }

    #[test]
    fn with_a_long_grace_nobody_waits() {
        let key = StaleWhileRevalidate { rate: 100.0, delta: 0.1, ttl: 10.0, grace: 5.0 };
        assert!(key.latency_mean() < 1e-12);
        assert!((key.stale_share() - 11.0 / 1_011.0).abs() < 1e-12, "the first and ten more");
    }

    #[test]
    fn the_closed_forms_are_their_integrals() {
        for (rate, delta, grace) in [(1.0, 2.0, 1.0), (3.0, 0.5, 1.0), (100.0, 1.0, 0.5)] {
            let key = StaleWhileRevalidate { rate, delta, ttl: 10.0, grace };
            let over = |f: &dyn Fn(f64) -> f64| {
                let density = |x: f64| rate * (-rate * x).exp();
                let corner = key.last_in_time();
                integrate(|x| density(x) * f(x), 0.0, corner)
                    + integrate(|x| density(x) * f(x), corner, grace)
            };
            let requests = rate * key.cycle_mean();
            let stale = over(&|x| 1.0 + rate * delta.min(grace - x)) / requests;
            assert!((key.stale_share() / stale - 1.0).abs() < 1e-7, "{key:?}: {stale}");
            let waits = over(&|x| rate / 2.0 * (x + delta - grace).max(0.0).powi(2));
            let waits = waits + key.hard_miss() * (delta + rate * delta * delta / 2.0);
            assert!((key.latency_mean() / (waits / requests) - 1.0).abs() < 1e-7, "{key:?}");
        }
    }
}
