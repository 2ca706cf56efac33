//! Items by popularity, in classes of items that are asked for alike: a forecast has no use for each of 1e8 of them.

use herdlab_sim::plan::Keys;

/// So many ranks of a Zipf law are looked at one by one; those behind in blocks.
const EXACT: u32 = 10_000;

/// Ranks a block, as a part of its first: within one, popularity differs by as little.
const BLOCK: u32 = 1_000;

/// Items that are asked for alike.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(crate) struct Class {
    /// How many.
    pub(crate) items: f64,
    /// Each one's share of what is asked for.
    pub(crate) share: f64,
}

/// The classes of these keys, the most popular first.
pub(crate) fn classes(keys: &Keys) -> Vec<Class> {
    let mut classes = match keys {
        Keys::Uniform { count } => vec![Class { items: f64::from(*count), share: 1.0 }],
        Keys::Zipf { exponent, count } => zipf(*exponent, *count),
        Keys::Hotspot { hot, share, count } => {
            let (hot, cold) = (f64::from(*hot), f64::from(count - hot));
            vec![
                Class { items: hot, share: share / hot },
                Class { items: cold, share: (1.0 - share) / cold.max(1.0) },
            ]
        }
        Keys::Trace(trace) => {
            let counts = trace.counts().into_iter();
            counts.map(|count| Class { items: 1.0, share: count as f64 }).collect()
        }
    };
    let all: f64 = classes.iter().map(|class| class.items * class.share).sum();
    for class in &mut classes {
        class.share /= all;
    }
    classes.sort_by(|a, b| b.share.total_cmp(&a.share));
    classes
}

fn zipf(exponent: f64, count: u32) -> Vec<Class> {
    let mut classes = Vec::new();
    let mut rank = 1;
    while rank <= count {
        let items = if rank <= EXACT { 1 } else { (rank / BLOCK).min(count - rank + 1) };
        let middle = f64::from(rank) + f64::from(items - 1) / 2.0;
        classes.push(Class { items: f64::from(items), share: middle.powf(-exponent) });
        rank += items;
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;
    use herdlab_sim::traffic::shares;

    #[test]
    fn blocks_of_ranks_have_the_shares_of_their_items() {
        for exponent in [0.0, 0.7, 1.0, 1.3] {
            let keys = Keys::Zipf { exponent, count: 300_000 };
            let (exact, classes) = (shares(&keys), classes(&keys));
            assert!(classes.len() < 20_000, "{} classes", classes.len());
            assert!((classes[0].share / exact[0] - 1.0).abs() < 1e-6, "{exponent}");
            let missed = |share: f64| share / (1.0 + 1e5 * share);
            let exact: f64 = exact.into_iter().map(missed).sum();
            let found: f64 = classes.iter().map(|class| class.items * missed(class.share)).sum();
            assert!((found / exact - 1.0).abs() < 1e-6, "{exponent}: {found}, exactly {exact}");
        }
    }

    #[test]
    fn all_classes_together_are_all_items_and_all_traffic() {
        for keys in [
            Keys::Uniform { count: 7 },
            Keys::Hotspot { hot: 5, share: 0.8, count: 100 },
            Keys::Hotspot { hot: 50, share: 0.1, count: 100 },
            Keys::Zipf { exponent: 1.0, count: 100_000_000 },
        ] {
            let classes = classes(&keys);
            let items: f64 = classes.iter().map(|class| class.items).sum();
            let shares: f64 = classes.iter().map(|class| class.items * class.share).sum();
            assert!((items - f64::from(keys.count())).abs() < 0.5 && (shares - 1.0).abs() < 1e-9);
            assert!(classes.windows(2).all(|pair| pair[0].share >= pair[1].share));
        }
    }
}
