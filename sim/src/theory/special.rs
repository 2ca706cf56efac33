//! The few special functions that the formulas need, and a quadrature for the one that has no closed form.
//!
//! Definitions: Abramowitz and Stegun, Handbook of Mathematical Functions, chapters 5 (exponential integral) and 13
//! (confluent hypergeometric functions). The tests hold them against `statrs`.

/// Euler's constant, the limit of 1 + 1/2 + ... + 1/n - ln n.
pub const EULER: f64 = 0.577_215_664_901_532_9;

/// Below this the power series of the exponential integral is short, above it the continued fraction is.
const SERIES_LIMIT: f64 = 2.0;

/// The entire exponential integral: the integral of (1 - e^-t) / t over 0 < t < x, for x >= 0.
#[must_use]
pub fn ein(x: f64) -> f64 {
    if x > SERIES_LIMIT {
        return e1_fraction(x) + x.ln() + EULER;
    }
    let (mut sum, mut power) = (0.0, -1.0);
    for k in 1..60 {
        let k = f64::from(k);
        power *= -x / k; // -(-x)^k / k!
        sum += power / k;
    }
    sum
}

/// The exponential integral E1: the integral of e^-t / t over t > x, for x > 0.
#[must_use]
pub fn e1(x: f64) -> f64 {
    if x > SERIES_LIMIT { e1_fraction(x) } else { ein(x) - x.ln() - EULER }
}

/// E1 by its continued fraction e^-x / (x + 1 - 1 / (x + 3 - 4 / (x + 5 - ...))), from the inside out.
fn e1_fraction(x: f64) -> f64 {
    let tail = (1..200).rev().fold(0.0, |tail, k| {
        let k = f64::from(k);
        k * k / (x + 2.0 * k + 1.0 - tail)
    });
    (-x).exp() / (x + 1.0 - tail)
}

/// Kummer's function 1F1(1; b; x) = 1 + x/b + x^2/(b(b+1)) + ..., for b > 0 and x >= 0.
#[must_use]
pub fn kummer_1(b: f64, x: f64) -> f64 {
    let (mut sum, mut term, mut next) = (1.0, 1.0, b);
    while term > sum * f64::EPSILON {
        term *= x / next;
        next += 1.0;
        sum += term;
    }
    sum
}

/// The integral of `f` over [from, to] by adaptive Simpson, to about ten digits of a smooth integrand.
#[must_use]
pub fn integrate(f: impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    let ends = (f(from), f(to));
    let whole = Panel { from, to, left: ends.0, middle: f(0.5 * (from + to)), right: ends.1 };
    let scale = whole.simpson().abs().max((to - from).abs() * 1e-3);
    whole.refine(&f, scale * 1e-11, 40)
}

/// A stretch of an integral with what is known of it: the integrand at its ends and its middle.
#[derive(Copy, Clone)]
struct Panel {
    from: f64,
    to: f64,
    left: f64,
    middle: f64,
    right: f64,
}

impl Panel {
    fn simpson(&self) -> f64 {
        (self.to - self.from) / 6.0 * (self.left + 4.0 * self.middle + self.right)
    }

    /// Halves until the halves agree with the whole to `tolerance` (Lyness's correction, a fifteenth of the difference).
    fn refine(&self, f: &impl Fn(f64) -> f64, tolerance: f64, depth: u32) -> f64 {
        let centre = 0.5 * (self.from + self.to);
        let first =
            Self { to: centre, middle: f(0.5 * (self.from + centre)), right: self.middle, ..*self };
        let second =
            Self { from: centre, left: self.middle, middle: f(0.5 * (centre + self.to)), ..*self };
        let halves = first.simpson() + second.simpson();
        let error = halves - self.simpson();
        if depth == 0 || error.abs() <= 15.0 * tolerance || error.is_nan() {
            return halves + error / 15.0;
        }
        first.refine(f, tolerance / 2.0, depth - 1) + second.refine(f, tolerance / 2.0, depth - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::exponential::integral;
    use statrs::function::gamma::{gamma_lr, ln_gamma};

    fn close(got: f64, expected: f64, relative: f64, what: &str) {
        assert!((got / expected - 1.0).abs() < relative, "{what}: {got}, expected {expected}");
    }

    #[test]
    fn e1_agrees_with_statrs_on_both_sides_of_the_switch() {
        for x in [1e-6, 0.01, 0.5, 1.0, 1.999, 2.001, 3.0, 10.0, 100.0, 600.0] {
            let expected = integral(x, 1).unwrap();
            // Where the oracle itself is better than this, it does not say.
            close(e1(x), expected, 1e-9, &format!("E1({x})"));
        }
        assert_eq!(e1(1e6), 0.0);
    }

    #[test]
    fn ein_is_e1_with_the_logarithm_taken_out_and_zero_at_zero() {
        assert_eq!(ein(0.0), 0.0);
        close(ein(1e-9), 1e-9, 1e-8, "Ein(1e-9)");
        for x in [0.3, 1.0, 1.9, 2.1, 50.0, 1e5] {
            close(ein(x), e1(x) + x.ln() + EULER, 1e-14, &format!("Ein({x})"));
            let by_quadrature =
                integrate(|t| if t == 0.0 { 1.0 } else { -(-t).exp_m1() / t }, 0.0, x);
            close(ein(x), by_quadrature, 1e-8, &format!("Ein({x}) by quadrature"));
        }
    }

    #[test]
    fn kummers_function_agrees_with_statrs_incomplete_gamma() {
        // 1F1(1; 1 + a; x) = a x^-a e^x gamma(a, x): Abramowitz and Stegun 6.5.12.
        for (a, x) in
            [(0.5, 0.5), (1.0, 3.0), (10.0, 10.0), (100.0, 100.0), (1e3, 1e3), (7.0, 30.0)]
        {
            let scale: f64 = x - a * f64::ln(x) + f64::ln(a) + ln_gamma(a);
            close(
                kummer_1(1.0 + a, x),
                scale.exp() * gamma_lr(a, x),
                1e-9,
                &format!("a {a}, x {x}"),
            );
        }
    }

    #[test]
    fn quadrature_is_exact_where_the_integral_is_known() {
        close(integrate(|x| x.exp(), 0.0, 1.0), 1_f64.exp_m1(), 1e-12, "e^x");
        close(integrate(|x| 1.0 / (1.0 + x * x), 0.0, 50.0), 50_f64.atan(), 1e-9, "1/(1+x^2)");
    }
}
