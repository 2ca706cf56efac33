//! Single flight: one compute at a time, its followers wait. "Delayed hits" in the caching literature.
//!
//! A cycle on one hot key is a wait of 1/rate for the next request, its compute, and a TTL.

/// One hot key under single flight (or a perfect lock), with a constant compute time.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct SingleFlight {
    /// Requests a second for the key.
    pub rate: f64,
    /// Seconds a compute takes.
    pub delta: f64,
    /// Seconds an entry lives.
    pub ttl: f64,
}

impl SingleFlight {
    /// Requests in a cycle: 1 that computes, rate delta that wait, rate ttl that hit.
    fn requests_per_cycle(&self) -> f64 {
        1.0 + self.rate * (self.delta + self.ttl)
    }

    /// Computes / requests.
    #[must_use]
    pub fn calls_per_request(&self) -> f64 {
        1.0 / self.requests_per_cycle()
    }

    /// The share of requests that wait for another's compute; they wait delta / 2 on average.
    #[must_use]
    pub fn waited_share(&self) -> f64 {
        self.rate * self.delta / self.requests_per_cycle()
    }

    /// Mean seconds a request takes: (delta + rate delta^2 / 2) / requests in a cycle.
    #[must_use]
    pub fn latency_mean(&self) -> f64 {
        (self.delta + self.rate * self.delta.powi(2) / 2.0) / self.requests_per_cycle()
    }
}

/// Computes a herd when each of `processes` workers coalesces its own requests only, over one shared cache: the first
/// computes, and each of the others does if one of its requests comes before that is done. `rate` is per second over
/// all workers, `delta` the seconds a compute always takes.
#[must_use]
pub fn herd_mean_per_process(rate: f64, delta: f64, processes: u32) -> f64 {
    let others = f64::from(processes) - 1.0;
    1.0 - others * (-rate * delta / f64::from(processes)).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_kinds_of_requests_make_up_the_latency() {
        let key = SingleFlight { rate: 10.0, delta: 0.5, ttl: 4.0 };
        let by_kind = key.calls_per_request() * 0.5 + key.waited_share() * 0.25;
        assert!((key.latency_mean() - by_kind).abs() < 1e-15);
    }

    #[test]
    fn one_process_computes_once_and_very_many_as_often_as_nobody_coalescing() {
        assert_eq!(herd_mean_per_process(100.0, 0.1, 1), 1.0);
        assert!((herd_mean_per_process(100.0, 0.1, 1_000_000) - 11.0).abs() < 1e-3);
    }
}
