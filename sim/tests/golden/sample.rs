//! One experiment's runs and what they say: a figure and its standard error.

use std::cell::Cell;

use herdlab_sim::key::Item;
use herdlab_sim::measure::{Distribution, HerdSizes, LaneRun};
use herdlab_sim::plan::{Lane, Plan, Rules};
use herdlab_sim::random::bits;
use herdlab_sim::strategy::{Parameter, Strategy, Visitor};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt;
use herdlab_sim::world::{Failure, Served, Task, World, within};

use crate::experiment::Experiment;
use crate::table::Row;

/// Chosen before anyone looked.
pub(crate) const SEED: u64 = 42;

/// A strategy whose first entries expire at another time than those it stores; its first request may be killed.
pub(crate) struct Preset<S> {
    pub(crate) strategy: S,
    pub(crate) expires: Nanos,
    /// Whether the next request is killed as soon as it has begun.
    pub(crate) crashes: Cell<bool>,
}

impl<S: Strategy> Strategy for Preset<S> {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let request = self.strategy.serve(w, item);
        if self.crashes.take() {
            return within(w, Nanos::from_nanos(1), request).await.unwrap_or(Err(Failure::Lost));
        }
        request.await
    }

    async fn behind<W: World>(&self, w: &W, task: Task<W::Promise>) {
        self.strategy.behind(w, task).await;
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        self.strategy.parameters()
    }

    fn ttl(&self) -> Nanos {
        self.expires
    }

    fn grace(&self) -> Nanos {
        self.strategy.grace()
    }
}

struct Run<'a> {
    plan: &'a Plan,
    expires: Nanos,
    crashes: bool,
}

impl Visitor for Run<'_> {
    type Output = LaneRun;

    fn visit<S: Strategy + Clone>(self, strategy: &S) -> LaneRun {
        let (expires, crashes) = (self.expires, Cell::new(self.crashes));
        let strategy = Preset { strategy: strategy.clone(), expires, crashes };
        virt::run_strategy(self.plan, &strategy, &mut ()).expect("the plan is not overloaded")
    }
}

/// One run of an experiment. Rules come with lanes, preset entries and crashes with strategies of our own.
fn run(experiment: &Experiment, plan: &Plan) -> LaneRun {
    let Experiment { strategy, rules, preset, crashes, .. } = experiment;
    if *rules == Rules::default() {
        return strategy.visit(Run { plan, expires: *preset, crashes: *crashes });
    }
    let lane = Lane { name: strategy.name().to_owned(), strategy: strategy.clone(), rules: *rules };
    virt::run(plan, &lane, &mut ()).expect("the plan is not overloaded")
}

/// What is kept of one run.
struct Sample {
    requests: f64,
    /// Seconds measured, over all keys.
    key_seconds: f64,
    hits: f64,
    stale: f64,
    outdated: f64,
    /// Requests that were killed.
    lost: f64,
    keys: f64,
    latency_mean: f64,
    calls: f64,
    /// Calls in the worst second.
    peak: f64,
    herds: HerdSizes,
    sizes: Vec<(u32, u64)>,
    gets: f64,
    cache_hits: f64,
    /// Locks that their holders released.
    releases: f64,
    wait_mean: f64,
    wait_share: f64,
    wait_p99: f64,
}

impl Sample {
    fn new(plan: &Plan, mut run: LaneRun) -> Self {
        assert_eq!(run.panic, None, "seed {}", plan.seed);
        let [fresh, stale, _, _, degraded, failed] = run.requests.outcomes().map(|n| n as f64);
        let lost = run.requests.failures(Failure::Lost) as f64;
        let errors = run.requests.failures(Failure::Origin) as f64;
        assert_eq!(
            (degraded, failed),
            (0.0, lost + errors),
            "all others answered, seed {}",
            plan.seed
        );
        Self {
            requests: run.requests.requests() as f64,
            key_seconds: plan.window().seconds() * f64::from(plan.traffic.keys.count()),
            hits: fresh + stale,
            stale,
            outdated: run.requests.outdated() as f64,
            lost,
            keys: f64::from(plan.traffic.keys.count()),
            latency_mean: run.requests.latency().mean_us() / 1e6,
            calls: run.origin.calls() as f64,
            peak: run.origin.seconds().iter().map(|s| s.calls).max().map_or(0.0, f64::from),
            herds: run.origin.herds(),
            sizes: run.origin.clone_sizes(),
            gets: run.cache.gets as f64,
            cache_hits: run.cache.hits as f64,
            releases: run.cache.deletes as f64,
            wait_mean: run.origin.wait().mean_us() / 1e6,
            wait_share: run.origin.wait().share_above(Nanos::ZERO),
            wait_p99: run.origin.wait().quantile_us(0.99) as f64 / 1e6,
        }
    }

    fn herd_count(&self) -> f64 {
        self.herds.count as f64
    }

    /// Requests that computed without the lock.
    fn give_ups(&self) -> f64 {
        self.calls - self.releases - self.lost
    }

    /// Mean seconds that a request waited that polled for another's value or gave up; the lock's holders take one
    /// compute and do not wait.
    fn mean_wait(&self, compute: f64) -> f64 {
        let waiters = self.requests - self.hits - self.releases - self.lost;
        let waits = self.latency_mean * self.requests - self.releases * compute;
        if waiters == 0.0 { 0.0 } else { waits / waiters }
    }
}

/// A figure and its standard error.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Estimate {
    pub(crate) value: f64,
    pub(crate) error: f64,
}

/// All runs of an experiment.
pub(crate) struct Samples {
    runs: Vec<Sample>,
    /// The origin's queueing times of all runs.
    wait: Distribution,
}

impl Samples {
    /// Runs the experiment that `name` tells from others: each has seeds of its own.
    pub(crate) fn take(name: &str, experiment: &Experiment) -> Self {
        let base = name.bytes().fold(SEED, |seed, byte| bits(seed, u64::from(byte), 0));
        let (mut runs, mut wait) = (Vec::new(), Distribution::default());
        for number in 0..experiment.runs {
            let plan = experiment.plan_of(number, bits(base, number, 1));
            let mut run = run(experiment, &plan);
            wait.merge(run.origin.wait());
            runs.push(Sample::new(&plan, run));
        }
        Self { runs, wait }
    }

    /// The row's figure.
    pub(crate) fn estimate(&mut self, row: &Row) -> Estimate {
        match row.short_metric() {
            "stampede_size_mean" => self.herd_mean(),
            "early_gap_mean_s" => {
                self.mean(|s| s.herds.gap_mean_us / 1e6 * s.herd_count(), Sample::herd_count)
            }
            "p_no_early_refresh" => {
                let early = self.sum(|s| s.herds.early as f64);
                self.share(self.herds() - early, self.herds(), row.expected)
            }
            "P(stampede_size=1)" => {
                let ones =
                    self.sizes().iter().filter(|(size, _)| *size == 1).map(|(_, n)| n).sum::<f64>();
                self.share(ones, self.herds(), row.expected)
            }
            "stampede_size_p99" => self.herd_p99(),
            "early_refreshes" => Estimate { value: self.sum(|s| s.herds.early as f64), error: 0.0 },
            "computes_per_s" => self.mean(|s| s.calls, |s| s.key_seconds),
            "compute_per_request" => self.mean(|s| s.calls, |s| s.requests),
            "peak_refresh_starts_per_100ms" => self.mean(|s| s.peak, |_| 1.0),
            "cycle_s" => self.mean(|s| s.key_seconds, Sample::herd_count),
            "stale_served_per_request" | "stale_per_request" => {
                self.mean(|s| s.stale, |s| s.requests)
            }
            "latency_mean_s" | "wait_or_blocking_latency_mean_s" => {
                self.mean(|s| s.latency_mean * s.requests, |s| s.requests)
            }
            "hit_ratio" => self.mean(|s| s.hits, |s| s.requests),
            "origin_computes" => self.mean(|s| s.calls, |_| 1.0),
            "giveups" => self.mean(Sample::give_ups, |_| 1.0),
            "p_stale_fill" => self.mean(|s| s.outdated, |s| s.requests),
            "p_second_compute" => {
                let (keys, calls) = (self.sum(|s| s.keys), self.sum(|s| s.calls));
                self.share(calls - keys, keys, row.expected)
            }
            "keyspace_hit_ratio" => self.mean(|s| s.cache_hits, |s| s.gets),
            "mean_wait_of_those_who_waited_s" => self.mean(|s| s.mean_wait(row.delta), |_| 1.0),
            "cache_gets" => self.mean(|s| s.gets, |_| 1.0),
            "wait_mean_s" => self.mean(|s| s.wait_mean * s.calls, |s| s.calls),
            "p_wait" => self.mean(|s| s.wait_share * s.calls, |s| s.calls),
            "wait_p99_s" => Estimate {
                value: self.wait.quantile_us(0.99) as f64 / 1e6,
                ..self.mean(|s| s.wait_p99, |_| 1.0)
            },
            unknown => panic!("no figure of a run is called {unknown}"),
        }
    }

    fn sum(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        self.runs.iter().map(of).sum()
    }

    /// How many herds there were.
    pub(crate) fn herds(&self) -> f64 {
        self.sum(Sample::herd_count)
    }

    /// A ratio of sums over the runs, its error by how the runs scatter about it.
    fn mean(&self, above: impl Fn(&Sample) -> f64, below: impl Fn(&Sample) -> f64) -> Estimate {
        let (n, total) = (self.runs.len() as f64, self.sum(&below));
        let value = self.sum(&above) / total;
        let squares = self.sum(|s| (above(s) - value * below(s)).powi(2));
        Estimate { value, error: (squares * n / (n - 1.0)).sqrt() / total }
    }

    /// A share of independent trials; its error is what it would be were the expected share true, so that no case at
    /// all does not look like certainty.
    fn share(&self, cases: f64, trials: f64, expected: f64) -> Estimate {
        let (value, wider) = (cases / trials, (cases / trials).max(expected).min(0.5));
        Estimate { value, error: (wider * (1.0 - wider) / trials).sqrt() }
    }

    /// Herds are independent: their mean, and its error by their own variance.
    fn herd_mean(&self) -> Estimate {
        let n = self.herds();
        let value = self.sum(|s| s.herds.mean * s.herd_count()) / n;
        let squares =
            self.sum(|s| (s.herds.variance + (s.herds.mean - value).powi(2)) * s.herd_count());
        Estimate { value, error: (squares / (n - 1.0) / n).sqrt() }
    }

    /// The 99th percentile of herds, its error by the sizes a standard error of the rank to either side.
    fn herd_p99(&self) -> Estimate {
        let (sizes, n) = (self.sizes(), self.herds());
        let at = |rank: f64| {
            let mut seen = 0.0;
            let found = sizes.iter().find(|(_, count)| {
                seen += count;
                seen >= rank.min(n)
            });
            found.map_or(0.0, |(size, _)| f64::from(*size))
        };
        let (rank, spread) = ((0.99 * n).ceil(), (n * 0.99 * 0.01).sqrt());
        Estimate { value: at(rank), error: 0.5 * (at(rank + spread) - at(rank - spread)) }
    }

    /// Herds by size, in order of size.
    fn sizes(&self) -> Vec<(u32, f64)> {
        let mut all: Vec<(u32, f64)> = self
            .runs
            .iter()
            .flat_map(|s| s.sizes.iter().map(|(size, n)| (*size, *n as f64)))
            .collect();
        all.sort_unstable_by_key(|(size, _)| *size);
        all
    }
}
