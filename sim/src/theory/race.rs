//! Windows between two steps that are not atomic, and how often a request falls into one.

/// The chance that a reader comes within `window` seconds of a step, at `rate` reads a second: 1 - e^(-rate window). An
/// invalidation sent before its commit lets that reader cache the old value for a whole TTL.
#[must_use]
pub fn read_in_window(rate: f64, window: f64) -> f64 {
    -(-rate * window).exp_m1()
}

/// Computes an expiry when the first reader extends the stale entry's life before it computes (Rails'
/// `race_condition_ttl`) and `window` seconds pass between its read and that write: 1 + rate window.
#[must_use]
pub fn calls_until_extended(rate: f64, window: f64) -> f64 {
    1.0 + rate * window
}

/// The chance of a second compute behind a lock whose new holder does not look again: a GET served before the holder's
/// SET and an ADD after its DELETE. With independent exponential round trips of mean `trip` seconds it is
/// 1 - (1 - e^-x) / x, x = rate trip; with equal constant ones it cannot happen.
#[must_use]
pub fn second_compute(rate: f64, trip: f64) -> f64 {
    let x = rate * trip;
    if x == 0.0 { 0.0 } else { 1.0 + (-x).exp_m1() / x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_no_race() {
        assert_eq!((read_in_window(9.0, 0.0), second_compute(9.0, 0.0)), (0.0, 0.0));
        assert_eq!(calls_until_extended(9.0, 0.0), 1.0);
        assert!(
            (second_compute(1e-4, 1.0) / 5e-5 - 1.0).abs() < 1e-3,
            "half of x where it is small"
        );
    }
}
