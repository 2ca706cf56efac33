//! Many keys that were stored together, with and without jitter on their TTLs.

/// Keys that expire together.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Keys {
    /// How many.
    pub count: f64,
    /// Requests a second for each.
    pub rate: f64,
    /// Seconds an entry lives.
    pub ttl: f64,
}

impl Keys {
    /// Refreshes begun within `span` seconds of the common expiry, one a key: count (1 - e^(-rate span)).
    #[must_use]
    pub fn refreshes_within(&self, span: f64) -> f64 {
        self.count * -(-self.rate * span).exp_m1()
    }

    /// Refreshes a second when each TTL is drawn uniformly from a range of `jitter` times the TTL, and keys are asked
    /// for often enough to be refreshed when they expire: count / (jitter ttl).
    #[must_use]
    pub fn refresh_rate(&self, jitter: f64) -> f64 {
        self.count / (jitter * self.ttl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_turns_a_peak_into_a_flow() {
        let keys = Keys { count: 1_000.0, rate: 10.0, ttl: 60.0 };
        assert!((keys.refreshes_within(0.1) - 632.12).abs() < 0.01);
        assert!((keys.refresh_rate(0.5) - 33.33).abs() < 0.01);
    }
}
