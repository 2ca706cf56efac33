//! Snippets of the article that break, beside what does not: those that no strategy of the list already is.

use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::plan::Plan;
use herdlab_sim::strategy::Lock;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Entry, Failure, Served, Ttl, World};

use crate::support::{DONE, Serve, ms, plan, run, script};

const COUNTER: Item = Item(0);

/// Fifty views at once, a millisecond apart from the cache, and then one reader who panics with what he counts.
fn fifty_at_once() -> Plan {
    let mut plan = plan(51);
    plan.traffic.load = herdlab_sim::plan::Load::open(1e6, herdlab_sim::plan::Arrivals::Constant);
    plan.duration = Nanos::from_micros(51) + Nanos::from_nanos(1);
    plan.cache.latency = Law::Constant(ms(1));
    plan
}

/// `record_view`: `incr`, and on ValueError `set(key, 1)`; or `add(key, 0)` before the `incr`.
struct RecordView {
    adds_first: bool,
    expected: u64,
}

impl Serve for RecordView {
    async fn serve<W: World>(&self, w: &W, _: Item, nth: u64) -> Result<Served, Failure> {
        let key = COUNTER.version();
        if nth == 50 {
            w.sleep(ms(100)).await;
            let counted = w.get(key).await?.map(|entry| entry.value.bits());
            assert_eq!(counted, Some(self.expected));
            return DONE;
        }
        if self.adds_first {
            w.add(key, Entry::token(0), Ttl::FOREVER).await?;
        }
        if w.incr(key).await?.is_none() {
            w.set(key, Entry::token(1), Ttl::FOREVER).await?;
        }
        DONE
    }
}

#[test]
fn fifty_concurrent_first_views_are_not_fifty_unless_the_counter_is_added_first() {
    for (adds_first, expected) in [(false, 1), (true, 50)] {
        let ran = run(&fifty_at_once(), &script(RecordView { adds_first, expected }));
        assert_eq!(ran.panic, None, "adds first: {adds_first}");
    }
}

/// Two invalidations whose version key is gone both set 2; a reader in between stored old data under version 2.
struct BothSetTwo {
    /// Whether a lost counter begins at the time, and not at 2.
    unique: bool,
}

impl Serve for BothSetTwo {
    async fn serve<W: World>(&self, w: &W, _: Item, nth: u64) -> Result<Served, Failure> {
        let (counter, begin) =
            (COUNTER.version(), if self.unique { w.now().as_micros() } else { 2 });
        match nth {
            0 | 2 => w.set(counter, Entry::token(begin), Ttl::FOREVER).await?, // except ValueError
            1 => {
                let version = w.get(counter).await?.map_or(1, |entry| entry.value.bits());
                w.set(COUNTER.at_version(version as u32), Entry::token(7), Ttl::FOREVER).await?;
            }
            _ => {
                let version = w.get(counter).await?.map_or(1, |entry| entry.value.bits());
                let old = w.get(COUNTER.at_version(version as u32)).await?;
                assert_eq!(old.is_none(), self.unique, "the value from before the second update");
            }
        }
        DONE
    }
}

#[test]
fn two_invalidations_that_both_set_two_are_one_and_a_lost_counter_has_to_begin_anew_elsewhere() {
    for unique in [false, true] {
        assert_eq!(run(&plan(4), &script(BothSetTwo { unique })).panic, None, "unique: {unique}");
    }
}

/// Django's base `incr` is get and set with the default timeout, 300 s; Redis and LocMem keep the key's own.
struct Bumps {
    keeps_ttl: bool,
}

impl Serve for Bumps {
    async fn serve<W: World>(&self, w: &W, _: Item, nth: u64) -> Result<Served, Failure> {
        let counter = COUNTER.version();
        match nth {
            0 => w.set(counter, Entry::token(6), Ttl::FOREVER).await?,
            1 if self.keeps_ttl => _ = w.incr(counter).await?,
            1 => w.set(counter, Entry::token(7), Ttl::after(Nanos::from_secs(300))).await?,
            _ => {
                w.sleep(Nanos::from_secs(301)).await;
                let version = w.get(counter).await?.map(|entry| entry.value.bits());
                assert_eq!(version, self.keeps_ttl.then_some(7), "after five minutes");
            }
        }
        DONE
    }
}

#[test]
fn a_version_key_without_a_timeout_has_one_after_its_first_bump_in_files_and_databases() {
    for keeps_ttl in [false, true] {
        assert_eq!(run(&plan(3), &script(Bumps { keeps_ttl })).panic, None, "keeps: {keeps_ttl}");
    }
}

/// Django's Redis `incr` is EXISTS and then INCR: evicted in between, the counter begins at 1 and never ends.
struct ExistsThenIncr {
    atomic: bool,
}

impl Serve for ExistsThenIncr {
    async fn serve<W: World>(&self, w: &W, _: Item, nth: u64) -> Result<Served, Failure> {
        let counter = COUNTER.version();
        match nth {
            0 => w.set(counter, Entry::token(7), Ttl::FOREVER).await?,
            1 => {
                let exists = self.atomic || w.get(counter).await?.is_some();
                w.delete(counter).await?; // the eviction
                let raised = if exists { w.incr(counter).await? } else { None };
                if raised.is_none() && !self.atomic {
                    w.set(counter, Entry::token(1), Ttl::FOREVER).await?; // what INCR makes of a key that is not there
                }
            }
            _ => {
                let version = w.get(counter).await?.map(|entry| entry.value.bits());
                assert_eq!(version, (!self.atomic).then_some(1));
            }
        }
        DONE
    }
}

#[test]
fn an_incr_of_two_commands_brings_a_lost_version_back_at_one() {
    for atomic in [false, true] {
        assert_eq!(run(&plan(3), &script(ExistsThenIncr { atomic })).panic, None, "{atomic}");
    }
}

#[test]
fn who_gives_up_on_the_articles_lock_stores_nothing() {
    let mut plan = plan(3_000);
    plan.origin.latency = Law::Constant(Nanos::from_secs(3));
    let ran = run(&plan, &Lock { ttl: Nanos::from_secs(1_000), ..Lock::article() });
    assert!(ran.origin.calls() > 900, "{}", ran.origin.calls());
    assert_eq!(ran.cache.sets, 1);
    let patient = run(&plan, &Lock { ttl: Nanos::from_secs(1_000), ..Lock::default() });
    assert_eq!((patient.origin.calls(), patient.cache.sets), (1, 1));
}

/// A compute of 2 s, ten times as long as usual, is what readers look ahead by from then on.
#[test]
fn a_delta_with_a_memory_is_thrown_less_by_one_slow_compute() {
    use herdlab_sim::plan::{Change, Event, Warm};
    use herdlab_sim::strategy::XFetch;
    use herdlab_sim::theory;
    let early = |memory| {
        let mut plan = plan(200_000);
        plan.cache.warm = Warm::Full;
        plan.events = vec![
            Event { at: ms(40_000), change: Change::SlowOrigin(10.0) },
            Event { at: ms(49_000), change: Change::RestoreOrigin },
        ];
        let xfetch = XFetch { ttl: Nanos::from_secs(50), beta: 4.0, memory, ..XFetch::default() };
        let herds = run(&plan, &xfetch).origin.herds();
        assert_eq!(herds.count, 5, "one while computes are slow, and four after it");
        herds.gap_mean_us / 1e6
    };
    let gap = |delta| theory::xfetch::XFetch { rate: 1_000.0, delta, beta: 4.0 }.early_gap_mean();
    // The last writer's 2 s are 76 s of looking ahead, more than the TTL: the next herd comes at once. The others are usual.
    let last = (50.0 + 4.0 * gap(0.2)) / 5.0;
    // With a memory of 0.9 each herd sees what the one before it left: 0.2, 0.38, and from there back towards 0.2.
    let seen = [0.2, 0.38, 0.362, 0.3458, 0.33122];
    let remembered = seen.map(gap).iter().sum::<f64>() / 5.0;
    // So the two are 1.4 apart and no more. A gap scatters by beta delta pi / sqrt(6), Gumbel's law; three sigma of the mean.
    let three_sigma = |deltas: &[f64]| {
        let variance = |delta: &f64| (4.0 * delta * std::f64::consts::PI).powi(2) / 6.0;
        3.0 * deltas.iter().map(variance).sum::<f64>().sqrt() / 5.0
    };
    let (found, off) = (early(0.0), three_sigma(&[0.2; 4]));
    assert!((found - last).abs() < off, "{found} s early with the last writer's, {last} in theory");
    let (found, off) = (early(0.9), three_sigma(&seen));
    assert!(
        (found - remembered).abs() < off,
        "{found} s early with a memory, {remembered} in theory"
    );
    assert!(last > 1.4 * remembered);
}
