//! A hedged origin call: after a while a second one, and the first answer counts.
//!
//! Dean and Barroso, The Tail at Scale, CACM 56(2), 2013, for exponential service times, whose rest is memoryless.

/// A call whose service time is exponential, hedged once.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Hedge {
    /// Mean seconds a call takes.
    pub delta: f64,
    /// Seconds after which the second call is sent.
    pub after: f64,
}

impl Hedge {
    /// The share of calls that are hedged, which is the load it adds: e^(-after / delta).
    #[must_use]
    pub fn extra_load(&self) -> f64 {
        (-self.after / self.delta).exp()
    }

    /// Mean seconds to the first answer: delta (1 - e^(-after / delta) / 2), as two racing calls need delta / 2.
    #[must_use]
    pub fn latency_mean(&self) -> f64 {
        self.delta * (1.0 - self.extra_load() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hedging_at_once_halves_the_mean_and_doubles_the_load() {
        let hedge = Hedge { delta: 0.1, after: 0.0 };
        assert_eq!((hedge.latency_mean(), hedge.extra_load()), (0.05, 1.0));
    }
}
