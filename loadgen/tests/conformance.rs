//! What each cache operation of the seam does, alike on the model, in memory, on Redis and on Memcached.

mod common;

use common::*;
use herdlab_loadgen::{RealRun, Service, Target, run_strategy};
use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::plan::{Arrivals, Keys, Load, Plan};
use herdlab_sim::strategy::{Parameter, Strategy};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt;
use herdlab_sim::world::{Entry, Failure, Served, Ttl, Value, World, race};

const A: Item = Item(1);
const B: Item = Item(2);

/// A check: what it finds wrong, it panics about.
#[derive(Copy, Clone, Debug)]
enum Check {
    Values,
    Locks,
    Counters,
    Several,
    Expiry,
    LeftWrites,
}

fn entry(as_of_ms: u64) -> Entry {
    Entry { value: Value::data(ms(as_of_ms), 3), fresh_until: ms(as_of_ms + 1), delta: ms(2) }
}

impl Check {
    async fn values<W: World>(w: &W) -> Result<(), Failure> {
        assert_eq!(w.get(A.key()).await?, None);
        w.set(A.key(), entry(1), Ttl::FOREVER).await?;
        assert_eq!(w.get(A.key()).await?, Some(entry(1)));
        assert!(!w.add(A.key(), entry(2), Ttl::FOREVER).await?);
        w.set(A.key(), entry(3), Ttl::after(Nanos::from_secs(9))).await?;
        assert_eq!(w.get(A.key()).await?, Some(entry(3)));
        assert!(w.delete(A.key()).await? && !w.delete(A.key()).await?);
        assert!(w.add(A.key(), entry(4), Ttl::FOREVER).await?);
        Ok(())
    }

    async fn locks<W: World>(w: &W) -> Result<(), Failure> {
        let token = u64::MAX - 7;
        assert!(w.add(A.lock(), Entry::token(token), Ttl::after(Nanos::from_secs(9))).await?);
        assert!(!w.add(A.lock(), Entry::token(1), Ttl::after(Nanos::from_secs(9))).await?);
        assert_eq!(w.get(A.lock()).await?, Some(Entry::token(token)));
        assert!(!w.delete_if(A.lock(), Value::token(1)).await?);
        assert!(w.delete_if(A.lock(), Value::token(token)).await?);
        assert!(!w.delete_if(A.lock(), Value::token(token)).await?);
        assert_eq!(w.get(A.lock()).await?, None);
        Ok(())
    }

    async fn counters<W: World>(w: &W) -> Result<(), Failure> {
        assert_eq!(w.incr(A.key()).await?, None);
        assert_eq!(w.get(A.key()).await?, None, "a counter that is not there is not made");
        w.set(A.key(), Entry::token(41), Ttl::FOREVER).await?;
        assert_eq!(w.incr(A.key()).await?, Some(42));
        assert_eq!(w.get(A.key()).await?, Some(Entry::token(42)));
        Ok(())
    }

    async fn several<W: World>(w: &W) -> Result<(), Failure> {
        assert!(w.get_many(&[]).await?.is_empty());
        w.set_many(&[], Ttl::FOREVER).await?;
        w.set_many(&[(A.key(), entry(1)), (B.key(), entry(2))], Ttl::FOREVER).await?;
        let found = w.get_many(&[B.key(), A.lock(), A.key()]).await?;
        assert_eq!(found, [Some(entry(2)), None, Some(entry(1))]);
        Ok(())
    }

    async fn expiry<W: World>(w: &W) -> Result<(), Failure> {
        assert!(!w.touch(A.key(), Ttl::FOREVER).await?);
        assert!(!w.touch(A.key(), Ttl::after(ms(1))).await?);
        w.set(A.key(), entry(1), Ttl::after(Nanos::from_nanos(1))).await?; // the least is a second on Memcached
        w.sleep(ms(1_100)).await;
        assert_eq!(w.get(A.key()).await?, None);
        w.set(A.key(), entry(1), Ttl::after(Nanos::from_secs(9))).await?;
        assert!(w.touch(A.key(), Ttl::FOREVER).await? && w.touch(A.key(), Ttl::FOREVER).await?);
        assert!(w.touch(A.key(), Ttl::after(ms(1))).await?);
        w.sleep(ms(1_100)).await;
        assert_eq!(w.get(A.key()).await?, None);
        Ok(())
    }

    /// Writes and reads are left as soon as they are sent.
    async fn left_writes<W: World>(w: &W) -> Result<(), Failure> {
        for nth in 0..100 {
            race(w.set(Item(nth).key(), entry(1), Ttl::FOREVER), w.sleep(Nanos::ZERO)).await;
            race(w.get(Item(nth).key()), w.sleep(Nanos::ZERO)).await;
        }
        w.sleep(ms(50)).await;
        for nth in 0..100 {
            assert_eq!(w.get(Item(nth).key()).await?, Some(entry(1)), "{nth}");
        }
        Ok(())
    }
}

impl Strategy for Check {
    async fn serve<W: World>(&self, w: &W, _: Item) -> Result<Served, Failure> {
        match self {
            Self::Values => Self::values(w).await,
            Self::Locks => Self::locks(w).await,
            Self::Counters => Self::counters(w).await,
            Self::Several => Self::several(w).await,
            Self::Expiry => Self::expiry(w).await,
            Self::LeftWrites => Self::left_writes(w).await,
        }?;
        Ok(Served::Fresh(Value::data(Nanos::ZERO, 0)))
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        Vec::new()
    }

    fn ttl(&self) -> Nanos {
        Nanos::SECOND
    }
}

/// One request, the first and only one.
fn one_request() -> Plan {
    let mut plan = hot_key(10.0, ms(150));
    plan.traffic.load = Load::open(10.0, Arrivals::Constant);
    plan.traffic.keys = Keys::Uniform { count: 100 };
    plan.cache.latency = Law::Constant(Nanos::from_micros(100));
    plan
}

/// On the model, and on every real cache.
fn check(check: Check) {
    let virt = virt::run_strategy(&one_request(), &check, &mut ());
    let virt = virt.expect("a run in virtual time");
    assert_eq!(virt.panic, None, "{check:?} on the model");
    assert_eq!(virt.requests.outcomes(), [1, 0, 0, 0, 0, 0], "{check:?} on the model");
    for service in Service::ALL {
        let target = Target::start(*service).expect("its server is installed and starts");
        check_on(check, &target);
        if *service == Service::Redis {
            assert_eq!(keys(&target), 0);
        }
    }
}

fn check_on(check: Check, target: &Target) -> RealRun {
    let run: RealRun =
        run_strategy(&one_request(), &check, target, &settings(), &mut ()).expect("a run");
    assert_eq!(run.lane.panic, None, "{check:?} on {target}");
    assert_eq!(run.lane.requests.outcomes(), [1, 0, 0, 0, 0, 0], "{check:?} on {target}");
    assert_eq!(run.lane.cache.errors, 0, "{check:?} on {target}");
    run
}

#[test]
fn redis_counted_the_commands_that_we_say_we_sent() {
    for check in [Check::Values, Check::Locks, Check::Several, Check::LeftWrites] {
        let target = private();
        let run = check_on(check, &target);
        let sent = |name: &str| run.figures.commands.get(name).copied().unwrap_or(0);
        for name in ["set", "evalsha", "pexpire", "getex", "mget"] {
            assert_eq!(server_calls(&target, name), sent(name), "{check:?}: {name}");
        }
    }
}

#[test]
fn values_are_stored_added_and_deleted() {
    check(Check::Values);
}

#[test]
fn only_its_owner_releases_a_lock() {
    check(Check::Locks);
}

#[test]
fn a_counter_counts_only_if_it_is_there() {
    check(Check::Counters);
}

#[test]
fn several_keys_come_back_in_the_order_asked_for() {
    check(Check::Several);
}

#[test]
fn entries_expire_and_are_touched() {
    check(Check::Expiry);
}

#[test]
fn what_was_sent_takes_effect_and_is_counted_though_its_sender_left() {
    check(Check::LeftWrites);
}
