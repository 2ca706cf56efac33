//! Walker's alias table: one draw and one memory access a sample, from any discrete law.
//!
//! Vose, A Linear Algorithm for Generating Random Numbers with a Given Distribution, IEEE TSE 17(9), 1991. It is here
//! because `rand_distr::Zipf` costs five times as much a sample at 1e6 items and would be half of a simulated request
//! (`cargo bench -p herdlab-benches --bench sampling`); `rand_distr`'s own alias method draws twice.

use rand::Rng;

/// A law over 0..n, ready to be drawn from.
#[derive(Clone, Debug)]
pub struct Alias {
    /// For each column: the threshold below which it stands for itself, of 2^32, and whom it stands for otherwise.
    columns: Vec<(u32, u32)>,
}

impl Alias {
    /// The table of these weights, which need not sum to one. Probabilities are kept to 2^-32 of a column.
    #[must_use]
    pub fn new(weights: &[f64]) -> Self {
        let n = weights.len();
        let scale = n as f64 / weights.iter().sum::<f64>();
        let mut scaled: Vec<f64> = weights.iter().map(|w| w * scale).collect();
        let mut columns: Vec<(u32, u32)> = (0..n as u32).map(|i| (u32::MAX, i)).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0..n as u32).partition(|&i| scaled[i as usize] < 1.0);
        while let (Some(s), Some(&l)) = (small.pop(), large.last()) {
            columns[s as usize] = ((scaled[s as usize] * 4_294_967_296.0) as u32, l);
            scaled[l as usize] -= 1.0 - scaled[s as usize];
            if scaled[l as usize] < 1.0 {
                large.pop();
                small.push(l);
            }
        }
        Self { columns }
    }

    /// One sample. The high bits of one draw choose the column, the bits below decide within it.
    #[inline]
    pub fn sample(&self, rng: &mut impl Rng) -> u32 {
        let wide = u128::from(rng.next_u64()) * self.columns.len() as u128;
        let column = (wide >> 64) as usize;
        let within = ((wide as u64) >> 32) as u32;
        let (threshold, other) = self.columns[column];
        // Without a branch: a processor cannot guess it, and would wait for the table's memory at each wrong guess.
        let own = u32::from(within < threshold).wrapping_neg();
        other ^ ((other ^ column as u32) & own)
    }
}
