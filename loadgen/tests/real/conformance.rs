//! What each cache operation of the seam does, alike on the model, in memory, on Redis and on Memcached.

use crate::common::*;
use crate::memcached::ask;
use herdlab_loadgen::{RealRun, RunError, Service, Target};
use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::plan::{Arrivals, Backend, Keys, Load, OnError, Plan};
use herdlab_sim::strategy::{Parameter, Strategy};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt;
use herdlab_sim::world::{Entry, Failure, Served, Terms, Ttl, Value, World, race};

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
    Edges,
    OddKeys,
    WrongType,
    /// Somebody puts something else under our key.
    Stranger,
    /// Sub-second TTLs, as whoever has them keeps them.
    Short,
    /// What whoever keeps whole seconds makes of them.
    Rounded,
    Leases,
    LeftWrites,
}

fn entry(as_of_ms: u64) -> Entry {
    Entry { value: Value::data(ms(as_of_ms), 3), fresh_until: ms(as_of_ms + 1), delta: ms(2) }
}

impl Check {
    /// How many of its operations are answered with an error.
    const fn refused(self) -> u64 {
        match self {
            Self::WrongType | Self::Short => 1,
            Self::Stranger => 3, // one ends the wait
            _ => 0,
        }
    }

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

    /// How writes treat a TTL that is there, and TTLs as short and as long as can be.
    async fn edges<W: World>(w: &W) -> Result<(), Failure> {
        let [short, long] = [Ttl::after(Nanos::SECOND), Ttl::after(Nanos::from_secs(40 * 86_400))];
        let [none, far, counted, replaced, gone] = [1, 2, 3, 4, 5].map(|nth| Item(nth).key());
        w.set(none, entry(1), Ttl::after(Nanos::ZERO)).await?;
        w.set(far, entry(1), long).await?; // beyond 30 days memcached reads a date
        w.set(counted, Entry::token(1), short).await?;
        assert_eq!(w.incr(counted).await?, Some(2), "it keeps the TTL");
        w.set(replaced, entry(1), short).await?;
        w.set(replaced, entry(2), Ttl::FOREVER).await?;
        w.set(gone, Entry::token(1), short).await?;
        w.sleep(ms(1_100)).await;
        assert_eq!(w.get_many(&[none, counted, gone]).await?, [None; 3]);
        assert_eq!(w.get(far).await?, Some(entry(1)));
        assert_eq!(w.get(replaced).await?, Some(entry(2)), "a new value has its own TTL");
        assert_eq!(w.incr(gone).await?, None);
        assert!(!w.touch(gone, Ttl::FOREVER).await? && !w.delete(gone).await?);
        assert!(!w.delete_if(gone, Value::token(1)).await?);
        assert!(w.add(gone, entry(3), Ttl::FOREVER).await?, "what is gone is in nobody's way");
        Ok(())
    }

    /// The longest names that a key can have, in every space.
    async fn odd_keys<W: World>(w: &W) -> Result<(), Failure> {
        let item = Item(99);
        let mut keys = vec![item.key(), item.lock(), item.version(), Item(0).key()];
        keys.extend([2, u32::MAX].map(|version| item.at_version(version)));
        for (nth, key) in keys.iter().enumerate() {
            assert!(
                w.add(*key, entry(nth as u64), Ttl::FOREVER).await?,
                "{key:?} is one of its own"
            );
        }
        let found = w.get_many(&keys).await?;
        let stored: Vec<_> = (0..keys.len() as u64).map(|nth| Some(entry(nth))).collect();
        assert_eq!(found, stored);
        Ok(())
    }

    /// What is no number is not counted, and stays as it is.
    async fn wrong_type<W: World>(w: &W) -> Result<(), Failure> {
        w.set(A.key(), entry(1), Ttl::FOREVER).await?;
        assert_eq!(w.incr(A.key()).await, Err(Failure::Cache));
        assert_eq!(w.get(A.key()).await?, Some(entry(1)));
        w.set(A.key(), Entry::token(7), Ttl::FOREVER).await?;
        assert_eq!(w.incr(A.key()).await?, Some(8));
        Ok(())
    }

    async fn stranger<W: World>(w: &W) -> Result<(), Failure> {
        w.set(A.key(), Entry::token(1), Ttl::FOREVER).await?;
        while w.get(A.key()).await == Ok(Some(Entry::token(1))) {
            w.sleep(ms(1)).await;
        }
        assert_eq!(w.get(A.key()).await, Err(Failure::Cache), "it is not one of ours");
        assert_eq!(w.incr(A.key()).await, Err(Failure::Cache));
        assert!(!w.add(A.key(), entry(2), Ttl::FOREVER).await?, "something is there");
        w.set(A.key(), entry(2), Ttl::FOREVER).await?;
        assert_eq!(w.get(A.key()).await?, Some(entry(2)), "a write makes it ours again");
        Ok(())
    }

    async fn short<W: World>(w: &W) -> Result<(), Failure> {
        w.set(A.key(), entry(1), Ttl::after(ms(300))).await?;
        assert_eq!(w.get(A.key()).await?, Some(entry(1)));
        w.sleep(ms(320)).await;
        assert_eq!(w.get(A.key()).await?, None);
        w.set(A.key(), Entry::token(i64::MAX as u64), Ttl::FOREVER).await?;
        assert_eq!(w.incr(A.key()).await, Err(Failure::Cache), "it counts no further");
        Ok(())
    }

    async fn rounded<W: World>(w: &W) -> Result<(), Failure> {
        w.set(A.key(), entry(1), Ttl::after(ms(1_001))).await?;
        w.set(B.key(), entry(1), Ttl::after(ms(999))).await?;
        w.sleep(ms(950)).await;
        assert_eq!(w.get(A.key()).await?, Some(entry(1)), "two seconds, less one at most");
        w.sleep(ms(100)).await;
        assert_eq!(w.get(B.key()).await?, None, "one second at most");
        w.sleep(ms(1_000)).await;
        assert_eq!(w.get(A.key()).await?, None, "two at most");
        w.set(A.key(), Entry::token(u64::MAX), Ttl::FOREVER).await?;
        assert_eq!(w.incr(A.key()).await?, Some(0), "it begins again");
        assert_eq!(w.get(A.key()).await?, Some(Entry::token(0)));
        Ok(())
    }

    /// Who should compute, and what is stale (doc/protocol.txt of memcached, "Meta Get" and "Meta Delete").
    async fn leases<W: World>(w: &W) -> Result<(), Failure> {
        let read = async |key, recache| {
            let vivify = Ttl::after(Nanos::from_secs(30));
            let found =
                w.meta_get(key, Terms { vivify, recache: Nanos::from_secs(recache) }).await?;
            Ok::<_, Failure>((found.entry, found.won, found.stale))
        };
        let (ttl, value) = (Ttl::after(Nanos::from_secs(9)), Some(entry(1)));
        assert!(!w.mark_stale(A.key(), ttl).await?);
        assert_eq!(read(A.key(), 3).await?, (None, true, false), "the first to miss");
        assert_eq!(read(A.key(), 3).await?, (None, false, false), "he is at it");
        assert!(!w.add(A.key(), entry(1), ttl).await?, "his stub is in the way");
        w.set(A.key(), entry(1), ttl).await?;
        assert_eq!(read(A.key(), 3).await?, (value, false, false));
        assert_eq!(read(A.key(), 30).await?, (value, true, false), "less than 30 s are left");
        assert_eq!(read(A.key(), 30).await?, (value, false, false));
        assert!(w.mark_stale(A.key(), ttl).await?);
        assert_eq!(w.get(A.key()).await?, value, "it is still there");
        assert_eq!(read(A.key(), 0).await?, (value, true, true));
        assert_eq!(read(A.key(), 0).await?, (value, false, true));
        w.set(A.key(), entry(1), Ttl::FOREVER).await?;
        assert_eq!(read(A.key(), 30).await?, (value, false, false), "what never ends");
        assert_eq!(read(B.key(), 0).await?, (None, true, false));
        assert!(w.mark_stale(B.key(), ttl).await?, "also a stub");
        assert_eq!(read(B.key(), 0).await?, (None, true, true));
        assert!(w.delete(B.key()).await? && !w.delete(B.key()).await?);
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
            Self::Edges => Self::edges(w).await,
            Self::OddKeys => Self::odd_keys(w).await,
            Self::WrongType => Self::wrong_type(w).await,
            Self::Stranger => Self::stranger(w).await,
            Self::Short => Self::short(w).await,
            Self::Rounded => Self::rounded(w).await,
            Self::Leases => Self::leases(w).await,
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

/// One request, the first and only one, to a cache of such semantics.
fn one_request(check: Check, backend: Backend) -> Plan {
    let mut plan = hot_key(10.0, ms(150));
    plan.traffic.load = Load::open(10.0, Arrivals::Constant);
    plan.traffic.keys = Keys::Uniform { count: 100 };
    plan.cache.latency = Law::Constant(Nanos::from_micros(100));
    plan.cache.backend = backend;
    if check.refused() > 0 {
        plan.cache.on_error = OnError::Fail; // so that an error is seen
    }
    plan
}

/// On the model, once with the semantics of a Redis and once with those of a memcached, and on every real cache.
fn check(check: Check) {
    for backend in [Backend::Shared, Backend::Memcached] {
        check_on_model(check, backend);
    }
    for service in Service::ALL {
        check_on_own(check, *service, Backend::Shared);
    }
}

fn check_on_model(check: Check, backend: Backend) {
    let virt = virt::run_strategy(&one_request(check, backend), &check, &mut ());
    let virt = virt.expect("a run in virtual time");
    assert_eq!(virt.panic, None, "{check:?} on the model's {backend:?}");
    assert_eq!(
        virt.requests.outcomes(),
        [1, 0, 0, 0, 0, 0],
        "{check:?} on the model's {backend:?}"
    );
}

/// On a cache of our own, which is empty at the end.
fn check_on_own(check: Check, service: Service, backend: Backend) {
    let target = Target::start(service).expect("its server is installed and starts");
    check_on(&one_request(check, backend), check, &target);
    if service == Service::Redis {
        assert_eq!(keys(&target), 0);
    }
}

#[test]
fn the_crates_client_and_a_pool_do_what_our_shared_connections_do() {
    use herdlab_sim::plan::{Client, Engine, Sharing};
    let all = [
        Check::Values,
        Check::Locks,
        Check::Counters,
        Check::Several,
        Check::OddKeys,
        Check::WrongType,
        Check::LeftWrites,
    ];
    for (service, engine, sharing) in [
        (Service::Redis, Engine::RedisRs, Sharing::Shared),
        (Service::Redis, Engine::RedisRs, Sharing::Pool),
        (Service::Redis, Engine::Own, Sharing::Pool),
        (Service::Memcached, Engine::Own, Sharing::Pool),
    ] {
        let target = Target::start(service).expect("its server is installed and starts");
        for check in all {
            let mut plan = one_request(check, Backend::Shared);
            plan.client = Client { engine, sharing, ..Client::default() };
            check_on(&plan, check, &target);
        }
    }
}

fn check_on(plan: &Plan, check: Check, target: &Target) -> RealRun {
    let run: RealRun = run_strategy(plan, &check, target).expect("a run");
    assert_eq!(run.lane.panic, None, "{check:?} on {target}");
    assert_eq!(run.lane.requests.outcomes(), [1, 0, 0, 0, 0, 0], "{check:?} on {target}");
    assert_eq!(run.lane.cache.errors, check.refused(), "{check:?} on {target}");
    run
}

#[test]
fn redis_counted_the_commands_that_we_say_we_sent() {
    for check in [Check::Values, Check::Locks, Check::Several, Check::LeftWrites] {
        let target = private();
        let run = check_on(&one_request(check, Backend::Shared), check, &target);
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

#[test]
fn ttls_have_no_edge_that_one_cache_falls_over() {
    check(Check::Edges);
}

#[test]
fn every_key_has_a_place_of_its_own_however_long_its_name() {
    check(Check::OddKeys);
}

#[test]
fn what_is_no_number_is_not_counted() {
    check(Check::WrongType);
}

#[test]
fn redis_and_its_twins_keep_fractions_of_a_second_and_count_to_the_end_of_signed_numbers() {
    check_on_model(Check::Short, Backend::Shared);
    for service in [Service::Memory, Service::Redis] {
        check_on_own(Check::Short, service, Backend::Shared);
    }
}

#[test]
fn memcached_and_its_twins_keep_whole_seconds_of_a_clock_that_ticks_and_count_round_and_round() {
    check_on_model(Check::Rounded, Backend::Memcached);
    for service in [Service::Memory, Service::Memcached] {
        check_on_own(Check::Rounded, service, Backend::Memcached);
    }
}

#[test]
fn leases_are_given_alike_by_all_that_give_them() {
    for backend in [Backend::Shared, Backend::Memcached] {
        check_on_model(Check::Leases, backend);
        check_on_own(Check::Leases, Service::Memory, backend);
    }
    check_on_own(Check::Leases, Service::Memcached, Backend::Shared);
}

#[test]
fn values_of_a_mebibyte_pass_and_what_is_larger_than_an_item_is_refused_by_name() {
    let mut plan = one_request(Check::Values, Backend::Shared);
    for (size, service, fits) in [
        (1 << 20, Service::Memory, true),
        (1 << 20, Service::Redis, true),
        ((1 << 20) - 512, Service::Memcached, true),
        (1 << 20, Service::Memcached, false),
    ] {
        plan.cache.value_size = size;
        let target = Target::start(service).expect("its server is installed and starts");
        if fits {
            check_on(&plan, Check::Values, &target);
            check_on(&plan, Check::Several, &target);
        } else {
            let error = run_strategy(&plan, &Check::Values, &target).expect_err("too large");
            assert!(matches!(error, RunError::Unsuited { .. }), "{error}");
            assert!(error.to_string().contains("1048576 bytes"), "{error}");
        }
    }
}

#[test]
fn a_scenario_of_a_memcached_is_not_run_on_a_redis() {
    let plan = one_request(Check::Values, Backend::Memcached);
    let error = run_strategy(&plan, &Check::Values, &private()).expect_err("another's semantics");
    assert!(matches!(error, RunError::Unsuited { .. }), "{error}");
}

/// Puts something that is none of ours under the first key that appears, as anybody with access could.
fn replace_the_first_key(target: &Target) {
    let Target::Private(server) = target else { unreachable!() };
    if server.service() == Service::Memcached {
        let dump = || ask(server, "lru_crawler metadump all\r\n", "END\r\n");
        let key = std::iter::repeat_with(dump).find_map(|dump| {
            dump.lines().find_map(|line| {
                Some(line.strip_prefix("key=")?.split_once(' ')?.0.replace("%3A", ":"))
            })
        });
        let key = key.expect("it appears");
        ask(server, &format!("set {key} 0 0 8\r\nnonsense\r\n"), "STORED\r\n");
        return;
    }
    let mut connection = connect(target);
    let keys = std::iter::repeat_with(|| {
        redis::cmd("KEYS").arg("*").query::<Vec<String>>(&mut connection)
    });
    let key = keys
        .map(|keys| keys.expect("KEYS"))
        .find_map(|keys| keys.into_iter().next())
        .expect("it appears");
    let mut pipe = redis::pipe();
    pipe.atomic().del(&key).rpush(&key, "nonsense").exec(&mut connect(target)).expect("a list");
}

#[test]
fn what_a_stranger_puts_under_our_key_is_an_error_until_we_write_it() {
    for service in [Service::Redis, Service::Memcached] {
        let target = Target::start(service).expect("its server is installed and starts");
        std::thread::scope(|scope| {
            scope.spawn(|| replace_the_first_key(&target));
            check_on(&one_request(Check::Stranger, Backend::Shared), Check::Stranger, &target);
        });
    }
}
