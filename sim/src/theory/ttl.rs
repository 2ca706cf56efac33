//! A bare TTL: every reader that finds nothing computes.
//!
//! One key: renewal theory. A cycle begins when an entry expires; the next request, 1/rate later, begins a herd of
//! 1 + rate delta computes. Many keys with an instant origin: each is a renewal process of its own.

use super::special::kummer_1;

/// One hot key under a bare TTL.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Ttl {
    /// Requests a second for the key.
    pub rate: f64,
    /// Mean seconds a compute takes; below the TTL.
    pub delta: f64,
    /// Seconds an entry lives.
    pub ttl: f64,
}

impl Ttl {
    /// Requests that arrive during a compute.
    fn crowd(&self) -> f64 {
        self.rate * self.delta
    }

    /// Computes a herd, for a constant compute time: 1 + rate delta.
    #[must_use]
    pub fn herd_mean(&self) -> f64 {
        1.0 + self.crowd()
    }

    /// Computes a herd, for an exponential compute time: the first of many to finish ends it, so a herd is only about
    /// sqrt(pi rate delta / 2) + 1/3 large (the birthday problem). Exactly 1F1(1; 1 + a; a) with a = rate delta: the herd
    /// grows from k to k + 1 before one of its k computes ends with probability a / (a + k).
    #[must_use]
    pub fn herd_mean_exponential(&self) -> f64 {
        kummer_1(1.0 + self.crowd(), self.crowd())
    }

    /// Computes / requests when every compute stores (SET, the last one's TTL counts), for a constant compute time:
    /// (1 + a) / (rate ttl + 2a + e^-a), with a = rate delta.
    #[must_use]
    pub fn set_calls_per_request(&self) -> f64 {
        let a = self.crowd();
        (1.0 + a) / (self.rate * self.ttl + 2.0 * a + (-a).exp())
    }

    /// Computes / requests when only the first compute of a herd stores (ADD, Django's `get_or_set`), for a constant
    /// compute time: (1 + a) / (1 + a + rate ttl).
    #[must_use]
    pub fn add_calls_per_request(&self) -> f64 {
        self.herd_mean() / (self.herd_mean() + self.rate * self.ttl)
    }

    /// The same key in one of `processes` application workers, each with a cache of its own and its share of requests.
    #[must_use]
    pub fn in_one_of(&self, processes: u32) -> Self {
        Self { rate: self.rate / f64::from(processes), ..*self }
    }
}

/// The share of requests that a TTL cache without a limit answers, when computes take no time: item i is asked for
/// `rate shares[i]` times a second, and l ttl of its 1 + l ttl requests a cycle are hits.
#[must_use]
pub fn hit_rate(shares: &[f64], rate: f64, ttl: f64) -> f64 {
    shares
        .iter()
        .map(|share| {
            let load = rate * share * ttl;
            share * load / (1.0 + load)
        })
        .sum()
}

/// Share of hits that are older than the item's last write, when nothing invalidates: 1 - (1 - e^(-wT)) / (wT), for `w`
/// writes a second of the item and a TTL of `ttl` seconds; a compute takes no time and requests are many.
///
/// A hit finds an entry whose age is uniform in (0, T), and a Poisson stream of writes spares an age a with probability
/// e^(-wa); the mean of that over the ages is (1 - e^(-wT)) / (wT).
#[must_use]
pub fn outdated_share(w: f64, ttl: f64) -> f64 {
    let x = w * ttl;
    if x == 0.0 { 0.0 } else { 1.0 + (-x).exp_m1() / x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_and_add_agree_when_computes_take_no_time() {
        let key = Ttl { rate: 10.0, delta: 0.0, ttl: 6.0 };
        assert_eq!(key.set_calls_per_request(), key.add_calls_per_request());
        assert!((1.0 - key.add_calls_per_request() - hit_rate(&[1.0], 10.0, 6.0)).abs() < 1e-15);
    }

    #[test]
    fn a_herd_of_exponential_computes_is_a_birthday_problem() {
        let key = Ttl { rate: 1e5, delta: 0.1, ttl: 10.0 };
        let birthday = (std::f64::consts::PI * 1e4 / 2.0).sqrt() + 1.0 / 3.0;
        assert!((key.herd_mean_exponential() / birthday - 1.0).abs() < 1e-4);
    }

    #[test]
    fn caches_of_their_own_miss_more_often() {
        let key = Ttl { rate: 10.0, delta: 0.0001, ttl: 10.0 };
        let misses = [1, 8, 32].map(|p| key.in_one_of(p).set_calls_per_request());
        for (got, expected) in misses.into_iter().zip([0.0099, 0.0741, 0.2424]) {
            assert!((got - expected).abs() < 5e-5, "{got}, expected {expected}");
        }
    }
}
