//! Django's `get_or_set`: the first writer wins, and all who computed return his value.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use herdlab_sim::key::Item;
use herdlab_sim::plan::Variants;
use herdlab_sim::strategy::{GetOrSet, Strategy, TtlOnly};
use herdlab_sim::theory::reported;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Failure, Served, World};

use crate::support::{Serve, outcomes, plan, run, script};

/// Serves as the strategy does, and keeps the value.
struct Keeps<S>(S, Rc<RefCell<HashSet<u64>>>);

impl<S: Strategy> Serve for Keeps<S> {
    async fn serve<W: World>(&self, w: &W, item: Item, _: u64) -> Result<Served, Failure> {
        let served = self.0.serve(w, item).await?;
        self.1.borrow_mut().insert(served.value().bits());
        Ok(served)
    }
}

fn values(strategy: impl Strategy) -> usize {
    let values = Rc::default();
    let ran = run(&plan(100), &script(Keeps(strategy, Rc::clone(&values))));
    assert_eq!(outcomes(&ran)[3], 100, "100 misses in 200 ms");
    values.take().len()
}

#[test]
fn all_who_compute_at_a_time_return_the_first_writers_value() {
    assert_eq!(values(GetOrSet::default()), 1);
    assert_eq!(values(TtlOnly::default()), 100, "where the last writer wins each has his own");
}

#[test]
fn a_miss_costs_three_commands_and_later_ones_store_nothing() {
    let ran = run(&plan(100), &GetOrSet::default());
    assert_eq!((ran.cache.gets, ran.cache.adds, ran.cache.sets), (200, 100, 0));
    assert_eq!(ran.cache.hits, 100, "the second read of each");
    assert_eq!(ran.cache.hits as f64 / ran.cache.gets as f64, reported::get_or_set(1.0));
}

#[test]
fn under_a_forgotten_variant_even_those_who_computed_are_served_anothers() {
    let mut plan = plan(100);
    plan.traffic.variants = Variants { kept: 1, all: 2 };
    let ran = run(&plan, &GetOrSet::default());
    assert_eq!(outcomes(&ran)[3], 100);
    assert!((30..70).contains(&ran.requests.leaked()), "{}, seed 42", ran.requests.leaked());
}

#[test]
fn an_entry_gone_before_the_second_read_leaves_ones_own_value() {
    let ran = run(&plan(100), &GetOrSet { ttl: Nanos::ZERO });
    assert_eq!((outcomes(&ran)[3], ran.cache.hits), (100, 0));
}
