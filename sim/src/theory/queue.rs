//! An origin with a limit: Poisson arrivals, `servers` computes at a time, first come first served.
//!
//! Two laws of service times have closed forms: exponential (M/M/c, Erlang) and constant (M/D/c, Crommelin). At a load
//! of one and above nothing is stationary, and the means are infinite.

use std::f64::consts::TAU;

/// The part of a queue that does not depend on the law of service times.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Queue {
    /// Arrivals a second.
    pub rate: f64,
    /// Mean seconds a compute takes.
    pub service: f64,
    /// Computes at a time; at least 1.
    pub servers: u32,
}

impl Queue {
    /// Mean number of busy servers, were there enough of them (erlangs).
    fn offered(&self) -> f64 {
        self.rate * self.service
    }

    /// The share of its time that a server is busy.
    #[must_use]
    pub fn utilisation(&self) -> f64 {
        self.offered() / f64::from(self.servers)
    }

    fn is_overloaded(&self) -> bool {
        self.utilisation() >= 1.0
    }

    /// Arrivals a second that fit on top of what comes.
    fn spare(&self) -> f64 {
        f64::from(self.servers) / self.service - self.rate
    }
}

/// Exponential service times: M/M/c.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Exponential(pub Queue);

impl Exponential {
    /// The share of arrivals that wait: Erlang's C formula, from his B formula by its recursion over the servers.
    #[must_use]
    pub fn wait_share(&self) -> f64 {
        let Self(queue) = self;
        if queue.is_overloaded() {
            return 1.0;
        }
        let a = queue.offered();
        let b = (1..=queue.servers).fold(1.0, |b, k| a * b / (f64::from(k) + a * b));
        b / (1.0 - queue.utilisation() * (1.0 - b))
    }

    /// Mean seconds from arrival to start: C / (c mu - rate).
    #[must_use]
    pub fn wait_mean(&self) -> f64 {
        if self.0.is_overloaded() { f64::INFINITY } else { self.wait_share() / self.0.spare() }
    }

    /// Seconds that a share `q` of arrivals does not wait longer than: those who wait, wait exponentially.
    #[must_use]
    pub fn wait_quantile(&self, q: f64) -> f64 {
        if self.0.is_overloaded() {
            return f64::INFINITY;
        }
        ((self.wait_share() / (1.0 - q)).ln() / self.0.spare()).max(0.0)
    }
}

/// Constant service times: M/D/c.
///
/// Whoever is served at an instant has left one service time later, so the number in the system obeys
/// X' = max(X - c, 0) + A with A Poisson of mean a = rate service (Crommelin 1932). Its generating function has
/// z^c - e^(a(z-1)) below, whose c roots in the unit disc must be roots above too: that fixes everything. One root is
/// 1; the others are z = w e^((a/c)(z-1)), with w the c-th roots of unity, and plain iteration finds them.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Constant(pub Queue);

impl Constant {
    /// The share of arrivals that wait: 1 - (c - a) / product of (1 - z) over the roots but 1.
    #[must_use]
    pub fn wait_share(&self) -> f64 {
        let Self(queue) = self;
        if queue.is_overloaded() {
            return 1.0;
        }
        // Roots come in conjugate pairs, so the product of the distances is the product.
        let product: f64 = self.roots().map(|(re, im)| (1.0 - re).hypot(im)).product();
        1.0 - (f64::from(queue.servers) - queue.offered()) / product
    }

    /// Mean seconds from arrival to start. The mean of X is a + a/(2(c - a)) - a/2 - (c - 1)/2 + the sum of 1/(1 - z)
    /// over the roots but 1; those of X beyond a wait, and Little's law makes them a time.
    #[must_use]
    pub fn wait_mean(&self) -> f64 {
        let Self(queue) = self;
        if queue.is_overloaded() {
            return f64::INFINITY;
        }
        let (a, c) = (queue.offered(), f64::from(queue.servers));
        let sum: f64 =
            self.roots().map(|(re, im)| (1.0 - re) / ((1.0 - re).powi(2) + im * im)).sum();
        (a / (2.0 * (c - a)) - a / 2.0 - (c - 1.0) / 2.0 + sum) / queue.rate
    }

    /// The roots in the unit disc but 1, as real and imaginary part.
    fn roots(&self) -> impl Iterator<Item = (f64, f64)> {
        let (load, servers) = (self.0.utilisation(), self.0.servers);
        (1..servers).map(move |k| {
            let angle = TAU * f64::from(k) / f64::from(servers);
            let (mut re, mut im) = (0.0_f64, 0.0_f64);
            // Contracts by |load z| a step.
            for _ in 0..100_000 {
                let size = (load * (re - 1.0)).exp();
                let (sin, cos) = (angle + load * im).sin_cos();
                let moved = (size * cos - re).abs() + (size * sin - im).abs();
                (re, im) = (size * cos, size * sin);
                if moved < 1e-15 {
                    break;
                }
            }
            (re, im)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(rate: f64, service: f64, servers: u32) -> Queue {
        Queue { rate, service, servers }
    }

    #[test]
    fn one_server_has_the_textbook_means() {
        let q = queue(9.0, 0.1, 1);
        assert!((Exponential(q).wait_mean() - 0.9).abs() < 1e-12);
        assert!((Constant(q).wait_mean() - 0.45).abs() < 1e-12, "rho D / (2 (1 - rho))");
        assert!((Constant(q).wait_share() - 0.9).abs() < 1e-12);
    }

    #[test]
    fn constant_service_agrees_with_the_recursion_it_is_derived_from() {
        // The stationary law of X' = max(X - c, 0) + A, by iterating the law itself.
        let q = queue(80.0, 0.1, 10);
        let (a, c, n) = (8.0_f64, 10, 200);
        let mut poisson = vec![(-a).exp()];
        (1..n).for_each(|k| poisson.push(poisson[k - 1] * a / k as f64));
        let mut law = vec![0.0; n];
        law[0] = 1.0;
        for _ in 0..2_000 {
            let mut next = vec![0.0; n];
            for (x, p) in law.iter().enumerate() {
                let left = x.saturating_sub(c);
                (left..n).for_each(|to| next[to] += p * poisson[to - left]);
            }
            law = next;
        }
        let mean: f64 = law.iter().enumerate().map(|(x, p)| x as f64 * p).sum();
        let waits: f64 = law[c..].iter().sum();
        assert!((Constant(q).wait_mean() - (mean - a) / 80.0).abs() < 1e-10);
        assert!((Constant(q).wait_share() - waits).abs() < 1e-10);
    }

    #[test]
    fn an_overloaded_queue_has_no_mean() {
        let q = queue(11.0, 0.1, 1);
        assert_eq!(Exponential(q).wait_mean(), f64::INFINITY);
        assert_eq!(Constant(q).wait_mean(), f64::INFINITY);
        assert_eq!((Exponential(q).wait_share(), Constant(q).wait_share()), (1.0, 1.0));
    }

    #[test]
    fn a_quantile_below_those_who_wait_is_zero() {
        let q = Exponential(queue(200.0, 0.08, 20));
        assert_eq!(q.wait_quantile(0.5), 0.0);
        assert!((q.wait_quantile(0.99) - 0.064_86).abs() < 5e-6);
    }
}
