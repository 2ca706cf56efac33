//! The record, schema herdlab.bench/1.

use std::collections::BTreeMap;

use herdlab_loadgen::Settings;
use herdlab_loadgen::bench::{Comparison, Contender, Errors, METRICS, Pace, Round};
use herdlab_sim::measure::Distribution;
use herdlab_sim::plan::Arrivals;
use herdlab_sim::sweep::Estimate;
use serde::Serialize;

use super::args::BenchArgs;
use super::plan::Plan;
use crate::repeat;

/// Everything that a benchmark found.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Record {
    schema: &'static str,
    version: &'static str,
    pub(super) command: String,
    seed: u64,
    pub(super) partial: bool,
    environment: Environment,
    workload: Load,
    settings: Settings,
    /// Rounds asked for; 0 for a search.
    pub(super) rounds: u32,
    warmup_s: f64,
    pub(super) duration_s: f64,
    /// What a search held each rate against.
    pub(super) bound: Option<String>,
    pub(super) backends: Vec<Backend>,
    pub(super) paired: Vec<Paired>,
    pub(super) notes: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Environment {
    os: &'static str,
    cpus: usize,
    /// When the benchmark began, RFC 3339.
    at: String,
}

#[derive(Clone, Debug, Serialize)]
struct Load {
    /// Weights that sum to 1.
    ops: BTreeMap<&'static str, f64>,
    value_size: u32,
    keys: String,
    hit: f64,
    batch: u32,
    /// Of a closed loop.
    users: Option<u32>,
    pipeline: Option<u32>,
    /// Of an open loop: requests a second; where a search began.
    rate: Option<f64>,
    arrivals: Option<&'static str>,
}

/// One cache.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Backend {
    pub(super) name: String,
    pub(super) server: String,
    pub(super) metrics: BTreeMap<&'static str, Case>,
    pub(super) rounds: Vec<Counts>,
    pub(super) search: Option<Found>,
    #[serde(skip)]
    latency: Distribution,
    #[serde(skip)]
    service: Distribution,
    #[serde(skip)]
    lateness: Distribution,
    histograms: BTreeMap<&'static str, String>,
}

/// A figure over the rounds.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Case {
    pub(super) mean: f64,
    pub(super) ci95: Option<[f64; 2]>,
    pub(super) values: Vec<f64>,
}

/// What was counted in a round.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Counts {
    requests: u64,
    answered: u64,
    hits: u64,
    misses: u64,
    errors: Errors,
    /// Sent, by the name under which the server counts them.
    commands: BTreeMap<String, u64>,
    /// Carried out, by the server's own count.
    served: Option<u64>,
    reconnects: u64,
    pub(super) busy: f64,
    pub(super) overloaded: Option<String>,
}

/// A cache against the first.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Paired {
    pub(super) backend: String,
    pub(super) against: String,
    pub(super) metrics: BTreeMap<&'static str, Difference>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Difference {
    pub(super) mean: f64,
    pub(super) ci95: Option<[f64; 2]>,
    /// As a share of the first one's mean.
    pub(super) relative: Option<f64>,
    /// None: it may be chance, or is a matter of taste.
    pub(super) better: Option<bool>,
}

/// A search, so far.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Found {
    #[serde(flatten)]
    pub(super) edge: Edge,
    /// Runs in their order.
    pub(super) runs: Vec<Point>,
}

#[derive(Copy, Clone, Debug, Default, Serialize)]
pub(super) struct Edge {
    pub(super) meets: Option<f64>,
    pub(super) fails: Option<f64>,
}

/// One run of a search.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Point {
    pub(super) rate: f64,
    pub(super) value_us: u64,
    pub(super) met: bool,
    pub(super) throughput: f64,
    pub(super) lateness_p99_us: u64,
    pub(super) errors: u64,
    pub(super) overloaded: bool,
}

impl Record {
    /// A record without a round. It is partial until somebody says that everything was done.
    pub(super) fn new(args: &BenchArgs, plan: &Plan, contenders: &[Contender], at: String) -> Self {
        let names = plan.places.iter().map(|(name, _)| name.clone());
        Self {
            schema: "herdlab.bench/1",
            version: env!("CARGO_PKG_VERSION"),
            command: repeat::bench(args, plan.places.iter().map(|(_, place)| place.shown())),
            seed: args.seed,
            partial: true,
            environment: Environment {
                os: std::env::consts::OS,
                cpus: std::thread::available_parallelism().map_or(1, usize::from),
                at,
            },
            workload: Load::new(args, plan),
            settings: plan.settings.clone(),
            rounds: if plan.search.is_some() { 0 } else { plan.rounds },
            warmup_s: plan.course.warmup.as_secs_f64(),
            duration_s: plan.course.duration.as_secs_f64(),
            bound: args.search.clone(),
            backends: names
                .zip(contenders)
                .map(|(name, one)| Backend::new(name, one.version()))
                .collect(),
            paired: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a complete round: one of each cache, in their order.
    pub(super) fn add(&mut self, rounds: Vec<Round>) {
        self.backends.iter_mut().zip(rounds).for_each(|(backend, round)| backend.add(round));
        let Some((first, others)) = self.backends.split_first() else { return };
        self.paired = others.iter().map(|other| Paired::new(other, first)).collect();
    }

    /// Whether nothing was measured.
    pub(super) fn is_empty(&self) -> bool {
        self.backends.iter().all(|backend| backend.rounds.is_empty() && backend.search.is_none())
    }

    /// What makes the figures less than they seem.
    pub(super) fn warnings(&self) -> Vec<String> {
        let late = self.backends.iter().filter_map(|backend| {
            let why = backend.rounds.iter().find_map(|round| round.overloaded.clone())?;
            Some(format!("{}: the generator was overloaded: {why}", backend.name))
        });
        let limited = self.backends.iter().filter(|backend| backend.is_limited_by_the_generator());
        let limited = limited.map(|backend| {
            format!("{}: the generator reached its own limit before the cache did", backend.name)
        });
        late.chain(limited).chain(self.notes.iter().cloned()).collect()
    }
}

impl Load {
    fn new(args: &BenchArgs, plan: &Plan) -> Self {
        let mix = &plan.workload.mix;
        let all: f64 = mix.iter().map(|(_, weight)| weight).sum();
        let (closed, rate, arrivals) = match plan.course.pace {
            Pace::Users { users, pipeline } => (Some((users, pipeline)), None, None),
            Pace::Rate { per_second, arrivals } => {
                let constant = matches!(arrivals, Arrivals::Constant);
                (None, Some(per_second), Some(if constant { "constant" } else { "poisson" }))
            }
        };
        Self {
            ops: mix.iter().map(|(op, weight)| (op.name(), weight / all)).collect(),
            value_size: plan.workload.value_size,
            keys: args.keys.clone(),
            hit: plan.workload.hit,
            batch: args.batch,
            users: closed.map(|(users, _)| users),
            pipeline: closed.map(|(_, pipeline)| pipeline),
            rate,
            arrivals,
        }
    }
}

impl Backend {
    fn new(name: String, server: &str) -> Self {
        Self {
            name,
            server: server.to_owned(),
            metrics: BTreeMap::new(),
            rounds: Vec::new(),
            search: None,
            latency: Distribution::default(),
            service: Distribution::default(),
            lateness: Distribution::default(),
            histograms: BTreeMap::new(),
        }
    }

    fn add(&mut self, mut round: Round) {
        for metric in METRICS {
            let Some(value) = metric.of(&mut round) else { continue };
            let case = self.metrics.entry(metric.name).or_default();
            case.values.push(value);
            let Estimate { mean, ci95 } = Estimate::of(&case.values);
            (case.mean, case.ci95) = (mean, ci95);
        }
        self.latency.merge(&round.latency);
        self.service.merge(&round.service);
        self.lateness.merge(&round.lateness);
        self.histograms = BTreeMap::from([
            ("latency", self.latency.encoded()),
            ("service", self.service.encoded()),
            ("lateness", self.lateness.encoded()),
        ]);
        self.rounds.push(Counts {
            requests: round.requests,
            answered: round.answered,
            hits: round.hits,
            misses: round.misses,
            errors: round.errors,
            commands: round.commands,
            served: round.served,
            reconnects: round.reconnects,
            busy: round.busy,
            overloaded: round.overloaded,
        });
    }

    pub(super) fn add_point(&mut self, point: Point, edge: Edge) {
        let search = self.search.get_or_insert_default();
        search.runs.push(point);
        search.edge = edge;
    }

    /// Whether the rate that fails does so because the generator could not send it.
    pub(super) fn is_limited_by_the_generator(&self) -> bool {
        let Some(search) = &self.search else { return false };
        let failing =
            || search.runs.iter().filter(|run| !run.met && Some(run.rate) == search.edge.fails);
        failing().any(|_| true) && failing().all(|run| run.overloaded)
    }

    pub(super) fn errors(&self) -> Errors {
        self.rounds.iter().fold(Errors::default(), |all, round| Errors {
            down: all.down + round.errors.down,
            lost: all.lost + round.errors.lost,
            refused: all.refused + round.errors.refused,
            unanswered: all.unanswered + round.errors.unanswered,
        })
    }
}

impl Paired {
    fn new(backend: &Backend, first: &Backend) -> Self {
        let difference = |name: &'static str| {
            let metric = METRICS.iter().find(|metric| metric.name == name)?;
            let (ours, theirs) = (backend.metrics.get(name)?, first.metrics.get(name)?);
            if ours.values.len() != theirs.values.len() {
                return None; // a round without any answer: its figures have no partner
            }
            let Comparison { difference, relative, better } =
                Comparison::new(metric, &ours.values, &theirs.values)?;
            let Estimate { mean, ci95 } = difference;
            Some((name, Difference { mean, ci95, relative, better }))
        };
        Self {
            backend: backend.name.clone(),
            against: first.name.clone(),
            metrics: METRICS.iter().filter_map(|metric| difference(metric.name)).collect(),
        }
    }
}
