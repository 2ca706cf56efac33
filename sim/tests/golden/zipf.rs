//! The Zipf traces of the golden miss counts, drawn again bit for bit.
//!
//! A splitmix64 stream from seed 42; u = (x >> 11) * 2^-53; the rank is the first r with cdf[r] > u * cdf[last], where cdf
//! is the plain sum of (k + 1)^-alpha in ascending k. FNV-1a over the little-endian ranks tells whether it is the same.

/// What the stream of one trace has to be.
pub(crate) struct Zipf {
    pub(crate) name: &'static str,
    alpha: f64,
    objects: usize,
    requests: usize,
    distinct: usize,
    fingerprint: u64,
}

/// The traces there are golden counts of.
pub(crate) const ALL: [Zipf; 5] = [
    Zipf::new("zipf_1.0_100k_1m", 1.0, 100_000, 1_000_000, 80_759, 0xd756_61b8_7e1b_d18c),
    Zipf::new("zipf_1.2_100k_1m", 1.2, 100_000, 1_000_000, 46_588, 0x6217_41cb_6ccb_9159),
    Zipf::new("zipf_0.8_1m_20m", 0.8, 1_000_000, 20_000_000, 996_994, 0xf37c_e15c_781c_16e2),
    Zipf::new("zipf_1.0_1m_20m", 1.0, 1_000_000, 20_000_000, 914_769, 0xd448_e868_0906_fd82),
    Zipf::new("zipf_1.2_1m_20m", 1.2, 1_000_000, 20_000_000, 513_562, 0x796d_638a_814a_baa2),
];

/// splitmix64's output function (Steele, Lea, Flood, OOPSLA 2014).
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Zipf {
    const fn new(
        name: &'static str,
        alpha: f64,
        objects: usize,
        requests: usize,
        distinct: usize,
        fingerprint: u64,
    ) -> Self {
        Self { name, alpha, objects, requests, distinct, fingerprint }
    }

    /// The ranks, held against their fingerprint.
    pub(crate) fn ranks(&self) -> Vec<u32> {
        let mut sum = 0.0;
        let weight = |k: usize| {
            if self.alpha == 1.0 { 1.0 / k as f64 } else { (k as f64).powf(-self.alpha) }
        };
        let cdf: Vec<f64> = (1..=self.objects)
            .map(|k| {
                sum += weight(k);
                sum
            })
            .collect();
        let (mut state, mut print) = (42_u64, 0xcbf2_9ce4_8422_2325_u64);
        let mut seen = vec![false; self.objects];
        let ranks: Vec<u32> = (0..self.requests)
            .map(|_| {
                state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let u = (mix(state) >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0) * sum;
                let rank = cdf.partition_point(|c| *c <= u).min(self.objects - 1) as u32;
                seen[rank as usize] = true;
                for byte in rank.to_le_bytes() {
                    print = (print ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
                }
                rank
            })
            .collect();
        assert_eq!(print, self.fingerprint, "{} is not the same stream", self.name);
        assert_eq!(seen.iter().filter(|seen| **seen).count(), self.distinct);
        ranks
    }
}
