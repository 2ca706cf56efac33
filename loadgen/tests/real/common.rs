//! Small plans for real runs, and a private server for each test.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use herdlab_loadgen::{PrivateServer, RealRun, RunError, Service, Settings, Target};
use herdlab_sim::law::Law;
use herdlab_sim::measure::Observer;
use herdlab_sim::plan::{
    Arrivals, Cache, Client, Keys, Lane, Load, OnError, Origin, Plan, Rules, Traffic,
};
use herdlab_sim::strategy::{AnyStrategy, Strategy};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Schedule;

/// The seed of every plan here.
pub(crate) const SEED: u64 = 42;

pub(crate) fn ms(n: u64) -> Nanos {
    Nanos::from_millis(n)
}

/// One hot key, an origin of 50 ms, two processes, no warmup, patient clients.
pub(crate) fn hot_key(rate: f64, duration: Nanos) -> Plan {
    Plan {
        seed: SEED,
        duration,
        traffic: Traffic {
            load: Load::open(rate, Arrivals::Poisson),
            keys: Keys::Uniform { count: 1 },
            processes: 2,
            timeout: Some(Nanos::from_secs(5)),
            ..Traffic::default()
        },
        cache: Cache { on_error: OnError::Origin, value_size: 512, ..Cache::default() },
        client: Client::default(),
        origin: Origin { latency: Law::Constant(ms(50)), ..Origin::default() },
        ..Plan::default()
    }
}

/// A lane with the strategy of that name, its TTL set.
pub(crate) fn lane(name: &str, ttl: Nanos) -> Lane {
    use herdlab_sim::strategy::Slot;
    let mut strategy = AnyStrategy::named(name).expect("a strategy of the list");
    for parameter in strategy.parameters() {
        if let ("ttl", Slot::Span(span)) = (parameter.name, parameter.slot) {
            *span = ttl;
        }
    }
    Lane { name: name.to_owned(), strategy, rules: Rules::default() }
}

/// How many requests the plan's schedule has.
pub(crate) fn scheduled(plan: &Plan) -> u64 {
    let schedule = Schedule::new(plan.seed, &plan.traffic.load, &plan.events, plan.duration);
    schedule.expect("an open loop").count() as u64
}

/// A private server; a machine without redis-server fails the test.
pub(crate) fn private() -> Target {
    Target::Private(
        PrivateServer::start(Service::Redis).expect("redis-server is installed and starts"),
    )
}

/// Two cores, whatever the machine has.
pub(crate) fn settings() -> Settings {
    Settings { cores: 2, ..Settings::default() }
}

/// Runs share the machine; who needs it quiet waits until none is under way, and then has it alone.
static MACHINE: RwLock<()> = RwLock::new(());

/// The machine without anybody else's runs, for who measures times to a few milliseconds. The runs of whoever holds it
/// are those of `herdlab_loadgen` itself, not those below.
pub(crate) fn alone() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().unwrap_or_else(PoisonError::into_inner)
}

/// The machine beside others.
pub(crate) fn beside() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().unwrap_or_else(PoisonError::into_inner)
}

/// [`herdlab_loadgen::run`], beside others.
pub(crate) fn run(
    plan: &Plan,
    lane: &Lane,
    target: &Target,
    settings: &Settings,
    observer: &mut dyn Observer,
) -> Result<RealRun, RunError> {
    let _beside = beside();
    herdlab_loadgen::run(plan, lane, target, settings, observer)
}

/// [`herdlab_loadgen::run_strategy`], beside others.
pub(crate) fn run_strategy<S: Strategy + Clone + Send>(
    plan: &Plan,
    strategy: &S,
    target: &Target,
) -> Result<RealRun, RunError> {
    let _beside = beside();
    herdlab_loadgen::run_strategy(plan, strategy, target, &settings(), &mut ())
}

/// Runs a lane without anybody looking on.
pub(crate) fn run_lane(plan: &Plan, lane: &Lane, target: &Target) -> RealRun {
    run(plan, lane, target, &settings(), &mut ()).expect("a run")
}

/// A blocking connection to a private server.
pub(crate) fn connect(target: &Target) -> redis::Connection {
    let Target::Private(server) = target else { panic!("a private server") };
    let client = redis::Client::open(server.url()).expect("our own URL");
    client.get_connection().expect("the server is up")
}

/// The value of a line `name:value,...` or `name:value` of INFO, after `prefix`.
pub(crate) fn info(target: &Target, section: &str, line: &str) -> Option<String> {
    let text: String =
        redis::cmd("INFO").arg(section).query(&mut connect(target)).expect("INFO answers");
    let found = text.lines().find_map(|l| l.strip_prefix(&format!("{line}:")))?;
    Some(found.trim().to_owned())
}

/// How often the server says that it was sent a command.
pub(crate) fn server_calls(target: &Target, command: &str) -> u64 {
    let Some(stat) = info(target, "commandstats", &format!("cmdstat_{command}")) else { return 0 };
    let calls = stat.split(',').find_map(|field| field.strip_prefix("calls="));
    calls.expect("calls").parse().expect("a count")
}

/// How many keys the server holds.
pub(crate) fn keys(target: &Target) -> u64 {
    redis::cmd("DBSIZE").query(&mut connect(target)).expect("DBSIZE answers")
}
