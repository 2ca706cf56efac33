//! What a Redis reports as its hit rate (`keyspace_hits / (keyspace_hits + keyspace_misses)`), and what is true.
//!
//! The server counts reads, not requests: a strategy that reads twice moves the figure, and an alarm on it with it. Here
//! `miss` is the true share of requests that had to compute, 0 to 1. The commands of each are counted in Django's source
//! (django/core/cache/backends/base.py) and were seen on a Redis 7.0.15.

/// Django's `get_or_set`: a hit reads once, a miss reads once more after its `add`, and finds it. 1 / (1 + miss).
#[must_use]
pub fn get_or_set(miss: f64) -> f64 {
    1.0 / (1.0 + miss)
}

/// The same under a version key that is read first and always found: 2 / (2 + miss).
#[must_use]
pub fn versioned_get_or_set(miss: f64) -> f64 {
    2.0 / (2.0 + miss)
}

/// A version key and then a plain read, with a plain write after a miss: half of all reads always hit. 1 - miss / 2.
#[must_use]
pub fn versioned(miss: f64) -> f64 {
    1.0 - 0.5 * miss
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_misses_the_report_is_true_and_otherwise_it_flatters() {
        for report in [get_or_set, versioned_get_or_set, versioned] {
            assert_eq!(report(0.0), 1.0);
            assert!(report(0.5) > 0.5 && report(1.0) >= 0.5);
        }
    }
}
