//! From a rank to what is cached of it: the variant a request is for, and the items of a page.
//!
//! Functions of (seed, request), so that both clocks and all lanes agree without a word. What is cached is an item in a
//! variant: `rank * kept + variant of the key`; to a strategy that is an [`Item`] like any other.

use crate::key::Item;
use crate::plan::{Traffic, Variants};
use crate::random::{bits, generator, purpose, unit};
use crate::traffic::Items;

/// Makes requests out of ranks.
#[derive(Clone, Debug)]
pub struct Fan {
    seed: u64,
    variants: Variants,
    /// Items of a page.
    page: u32,
    /// What pages are drawn from; a request for one item needs no draws.
    ranks: Option<Items>,
    count: u32,
    /// The share of items that there are not.
    absent: f64,
}

impl Fan {
    /// The fan of that traffic.
    #[must_use]
    pub fn new(seed: u64, traffic: &Traffic) -> Self {
        Self {
            seed,
            variants: traffic.variants,
            page: traffic.page,
            ranks: (traffic.page > 1).then(|| Items::new(&traffic.keys)),
            count: traffic.keys.count(),
            absent: traffic.absent,
        }
    }

    /// The language or user that a request is for.
    #[inline]
    #[must_use]
    pub fn variant(&self, request: u64) -> u16 {
        if self.variants.all == 1 { 0 } else { self.draw_variant(request) }
    }

    fn draw_variant(&self, request: u64) -> u16 {
        let draw = bits(self.seed, request, purpose::VARIANT);
        ((u128::from(draw) * u128::from(self.variants.all)) >> 64) as u16
    }

    /// What a request for the item of that rank looks up.
    #[inline]
    #[must_use]
    pub fn item(&self, rank: u32, request: u64) -> Item {
        let kept = self.variants.kept;
        if kept == 1 {
            return Item(rank);
        }
        Item(rank * kept + u32::from(self.variant(request)) % kept)
    }

    /// The rank of what is cached.
    #[inline]
    #[must_use]
    pub fn rank(&self, item: Item) -> u32 {
        if self.variants.kept == 1 { item.0 } else { item.0 / self.variants.kept }
    }

    /// All that is cached of the item of that rank.
    pub fn of_rank(&self, rank: u32) -> impl Iterator<Item = Item> + use<> {
        let kept = self.variants.kept;
        (rank * kept..(rank + 1) * kept).map(Item)
    }

    /// How many items there are.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Whether there is no such item at the origin.
    #[must_use]
    pub fn is_absent(&self, item: Item) -> bool {
        self.absent > 0.0 && {
            let draw = bits(self.seed, u64::from(self.rank(item)), purpose::ABSENT);
            unit(draw) <= self.absent
        }
    }

    /// Whether requests are for pages of several items.
    #[must_use]
    pub const fn pages(&self) -> bool {
        self.page > 1
    }

    /// The items of the page whose first one is `first`: different ones, by their popularity.
    #[must_use]
    pub fn page(&self, first: Item, request: u64) -> Vec<Item> {
        let mut rng = generator(self.seed, request, purpose::PAGE);
        let mut ranks = vec![self.rank(first)];
        let mut others = self.ranks.clone();
        while ranks.len() < self.page.min(self.count) as usize {
            let mut rank = others.as_mut().map_or(0, |others| others.next(&mut rng).0);
            while ranks.contains(&rank) {
                rank = (rank + 1) % self.count; // the next that is free: popular items are drawn again and again
            }
            ranks.push(rank);
        }
        ranks.into_iter().map(|rank| self.item(rank, request)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Keys;

    fn fan(variants: Variants, page: u32) -> Fan {
        let keys = Keys::Zipf { exponent: 1.0, count: 50 };
        Fan::new(42, &Traffic { keys, variants, page, ..Traffic::default() })
    }

    #[test]
    fn a_requests_variant_is_part_of_its_item_unless_the_key_forgets_it() {
        let (kept, forgotten) =
            (fan(Variants { kept: 3, all: 6 }, 1), fan(Variants { kept: 1, all: 6 }, 1));
        for request in 0..100 {
            let variant = kept.variant(request);
            assert!(variant < 6);
            assert_eq!(kept.item(7, request), Item(21 + u32::from(variant) % 3));
            assert_eq!(kept.rank(kept.item(7, request)), 7);
            assert_eq!(forgotten.item(7, request), Item(7));
            assert_eq!(
                forgotten.variant(request),
                variant,
                "forgetting it does not change who asks"
            );
        }
        assert_eq!(kept.of_rank(1).collect::<Vec<_>>(), [Item(3), Item(4), Item(5)]);
    }

    #[test]
    fn every_variant_is_as_likely_as_any_other() {
        let fan = fan(Variants { kept: 1, all: 5 }, 1);
        let mut seen = [0_u32; 5];
        (0..50_000).for_each(|request| seen[usize::from(fan.variant(request))] += 1);
        assert!(seen.iter().all(|n| n.abs_diff(10_000) < 400), "{seen:?}, seed 42");
    }

    #[test]
    fn a_page_has_its_first_item_and_different_ones_of_one_variant() {
        let fan = fan(Variants { kept: 3, all: 3 }, 20);
        for request in 0..50 {
            let first = fan.item(request as u32 % 50, request);
            let mut page = fan.page(first, request);
            assert_eq!((page[0], page.len()), (first, 20));
            assert!(page.iter().all(|item| item.0 % 3 == first.0 % 3));
            page.sort_unstable();
            page.dedup();
            assert_eq!(page.len(), 20);
        }
    }

    #[test]
    fn a_page_is_no_longer_than_there_are_items() {
        assert_eq!(fan(Variants::default(), 500).page(Item(3), 1).len(), 50);
    }
}
