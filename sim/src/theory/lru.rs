//! LRU's hit rate by Che's approximation: every item stays for the same time after it was last asked for.
//!
//! Che, Tung, Wang: Hierarchical Web Caching Systems, IEEE JSAC 20(7), 2002. For independent requests and caches of a
//! hundred entries and more it is right to a few ten-thousandths.

/// What the approximation says of a cache.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Che {
    /// How long an entry that nobody asks for stays, in requests.
    pub stay: f64,
    /// The share of requests that hit.
    pub hit_rate: f64,
}

impl Che {
    /// A cache of `capacity` entries, for items asked for in these shares. If all fit, entries stay for ever.
    #[must_use]
    pub fn new(shares: &[f64], capacity: f64) -> Self {
        let wanted = shares.iter().filter(|share| **share > 0.0).count() as f64;
        if capacity >= wanted {
            return Self { stay: f64::INFINITY, hit_rate: shares.iter().sum() };
        }
        let stay = stay(shares, capacity.max(0.0));
        let hit_rate = shares.iter().map(|p| p * -(-p * stay).exp_m1()).sum();
        Self { stay, hit_rate }
    }
}

/// Solves capacity = sum of (1 - e^(-p stay)). The sum is concave in the stay and at most the stay itself, so Newton's
/// method climbs to the root from the capacity and never passes it.
fn stay(shares: &[f64], capacity: f64) -> f64 {
    let mut stay = capacity;
    for _ in 0..200 {
        let (mut filled, mut slope) = (0.0, 0.0);
        for p in shares {
            let absent = (-p * stay).exp();
            filled += 1.0 - absent;
            slope += p * absent;
        }
        let step = (capacity - filled) / slope;
        stay += step;
        if step.is_nan() || step.abs() <= stay * 1e-12 {
            break;
        }
    }
    stay
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_items_hit_as_often_as_they_fit() {
        let che = Che::new(&[0.001; 1_000], 300.0);
        assert!((che.hit_rate - 0.3).abs() < 1e-9);
        assert!((che.stay + 1_000.0 * 0.7_f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn a_cache_that_holds_everything_always_hits_and_one_that_holds_nothing_never() {
        assert_eq!(Che::new(&[0.5, 0.5], 2.0).hit_rate, 1.0);
        assert_eq!(Che::new(&[0.5, 0.5], 0.0).hit_rate, 0.0);
        assert_eq!(Che::new(&[], 5.0).hit_rate, 0.0);
    }
}
