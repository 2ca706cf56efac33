//! A trace, replayed: its keys counted if sizes depend on them, one pass for all cells, one more for Belady's.

use std::path::Path;
use std::sync::Arc;

use herdlab_sim::eviction::Belady;
use herdlab_sim::replay::{
    Batch, Curve, Estimate, Lone, Op, PARTS, Recorded, Request, Row, Setting, Slots,
    StackDistances, Tally,
};
use herdlab_sim::time::Nanos;

use super::args::ReplayArgs;
use super::crew::{self, Job, Portion, Work};
use super::input::{Input, is_stdin};
use super::plan::{Plan, Policy, Size, build};
use crate::exit::Stop;
use crate::signals::Signals;

/// Points of a curve.
const POINTS: usize = 100;

/// What came of one trace.
pub(super) struct Passed {
    pub(super) recorded: Recorded,
    pub(super) rows: Vec<Row>,
    pub(super) curve: Option<Curve>,
    /// Why it was not read to its end.
    pub(super) broken: Option<String>,
}

/// What has to be known before the pass.
#[derive(Copy, Clone)]
struct Known {
    distinct: u64,
    mean_size: u64,
}

/// Replays a trace.
pub(super) fn pass(
    file: &Path,
    args: &ReplayArgs,
    plan: &Plan,
    threads: usize,
    signals: &Signals,
) -> Result<Passed, Stop> {
    let counted = plan.needs_count().then(|| count(file, args, signals)).transpose()?;
    let known = counted.unwrap_or(Known { distinct: 0, mean_size: 1 });
    let mut input = Input::open(file, &args.reading, signals)?;
    let setting = plan.setting(input.says());
    let jobs = alone(jobs(args, plan, &known, &setting), plan);
    let mut feeder = Feeder::new(&input, plan, &jobs);
    let next = |portion: &mut Portion| feeder.next(&mut input, portion);
    let done = crew::run(jobs, threads, next);
    let whole = counted.filter(|_| input.broken.is_none());
    let known_keys =
        feeder.distinct().or_else(|| kept(&done)).or(whole.map(|known| known.distinct));
    let mut done = done.into_iter();
    let distinct = feeder.streams[0].0.distinct() as u64;
    let next = plan.looks_ahead().then(|| Belady::next_uses(&feeder.asked, distinct as usize));
    let name = file.display().to_string();
    let mut rows = Vec::new();
    for (policy, (said, size)) in plan.pairs() {
        let capacity = size.capacity(known.distinct);
        let (tally, estimate) = match (policy, plan.sample, &next) {
            (Policy::Belady, _, Some(next)) => {
                (ahead(capacity, *size, &setting, next, &feeder), None)
            }
            (_, None, _) => (tally(done.next()), None),
            (_, Some(sample), _) => {
                let (whole, parts) = (tally(done.next()), tallies(&mut done));
                let estimate = sample.estimate(feeder.reads, &whole, &parts);
                (whole, Some(estimate))
            }
        };
        let of =
            Of { trace: &name, policy, said, size: *size, capacity, sized: input.says().sizes };
        rows.push(of.row(&tally, estimate, feeder.reads));
    }
    let curve = done.next().map(|job| curve(&name, job, distinct));
    let recorded = Recorded {
        trace: name,
        format: input.format().name(),
        requests: input.requests,
        distinct: known_keys,
    };
    Ok(Passed { recorded, rows, curve, broken: input.broken })
}

/// The first pass, for sizes that depend on the trace.
fn count(file: &Path, args: &ReplayArgs, signals: &Signals) -> Result<Known, Stop> {
    if is_stdin(file) {
        let what = "error: how many keys stdin has is not known before its end";
        return Err(Stop::usage(format!("{what}\n  = help: give sizes in entries, or a file")));
    }
    let mut input = Input::open(file, &args.reading, signals)?;
    let (mut slots, mut batch, mut bytes) = (Slots::default(), Vec::new(), 0_u64);
    while input.read(&mut batch) {
        for request in batch.iter().filter(|request| !(args.as_reads && request.op == Op::Expire)) {
            slots.of(request.id);
            bytes += u64::from(request.size);
        }
    }
    let mean_size = (bytes / input.requests.max(1)).max(1);
    Ok(Known { distinct: slots.distinct() as u64, mean_size })
}

/// All cells but Belady's; of a sample, each is followed by those of its parts; at the end the curve.
fn jobs(args: &ReplayArgs, plan: &Plan, known: &Known, setting: &Setting) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (policy, (_, size)) in plan.pairs() {
        let capacity = size.capacity(known.distinct);
        let cell = |capacity| build(policy, capacity, *size, known.mean_size, setting, None);
        let mut push = |stream, capacity| {
            jobs.extend(cell(capacity).map(|cell| Job { stream, work: Work::Cell(cell) }));
        };
        match plan.sample {
            None => push(0, capacity),
            Some(sample) => {
                push(0, sample.scaled(capacity, false));
                (1..=PARTS).for_each(|part| push(part, sample.scaled(capacity, true)));
            }
        }
    }
    if args.curve {
        jobs.push(Job { stream: 0, work: Work::Curve(Box::<StackDistances>::default()) });
    }
    jobs
}

/// If there is one cell and nothing else to be fed, it looks after its slots itself; but one that wants details remembers
/// something of every key.
fn alone(jobs: Vec<Job>, plan: &Plan) -> Vec<Job> {
    if jobs.len() != 1 || plan.looks_ahead() {
        return jobs;
    }
    let lone = |work| match work {
        Work::Cell(cell) if !cell.wants_details() => Work::Lone(Box::new(Lone::new(cell))),
        other => other,
    };
    jobs.into_iter().map(|job| Job { work: lone(job.work), ..job }).collect()
}

/// How many keys a lone cell saw, if it has kept all of them.
fn kept(done: &[Job]) -> Option<u64> {
    match done {
        [Job { work: Work::Lone(lone), .. }] => lone.distinct(),
        _ => None,
    }
}

fn tally(job: Option<Job>) -> Tally {
    match job.map(|job| job.work) {
        Some(Work::Cell(cell)) => cell.tally(),
        Some(Work::Lone(lone)) => lone.tally(),
        _ => Tally::default(),
    }
}

fn tallies(done: &mut impl Iterator<Item = Job>) -> Vec<Tally> {
    (0..PARTS).map(|_| tally(done.next())).collect()
}

/// Belady's cell, over what was kept of the trace.
fn ahead(
    capacity: u64,
    size: Size,
    setting: &Setting,
    next: &Arc<[u32]>,
    feeder: &Feeder,
) -> Tally {
    let Some(mut cell) = build(Policy::Belady, capacity, size, 1, setting, Some(next)) else {
        return Tally::default();
    };
    let times = vec![Nanos::ZERO; feeder.asked.len()];
    let batch = Batch { slots: feeder.asked.clone(), times, details: Vec::new() };
    cell.feed(&batch, feeder.streams[0].0.distinct());
    cell.tally()
}

fn curve(name: &str, job: Job, distinct: u64) -> Curve {
    let step = |point: usize| (distinct as f64).powf(point as f64 / POINTS as f64).round() as u64;
    let mut sizes: Vec<u64> = (0..=POINTS).map(step).collect();
    sizes.dedup();
    let misses = match job.work {
        Work::Curve(distances) => distances.curve(&sizes),
        Work::Cell(_) | Work::Lone(_) => Vec::new(),
    };
    Curve { trace: name.to_owned(), policy: "lru", sizes, misses }
}

/// From a trace's requests to the batches of each stream: all, or the sample and its parts.
struct Feeder {
    streams: Vec<(Slots, Vec<Request>)>,
    sample: Option<herdlab_sim::replay::Sample>,
    /// All keys, if only some are in the streams.
    all: Slots,
    /// How far apart requests without times are.
    gap: Option<Nanos>,
    number: u64,
    reads: u64,
    operations: bool,
    /// Whether some requests may ask for nothing where all are to be reads.
    silent: bool,
    /// Whether a cell wants more than slots and times.
    detailed: bool,
    /// Whether its only cell wants the requests as they are.
    lone: bool,
    keep: bool,
    /// What Belady's policy has to look ahead in.
    asked: Vec<u32>,
    batch: Vec<Request>,
}

impl Feeder {
    fn new(input: &Input, plan: &Plan, jobs: &[Job]) -> Self {
        let count = if plan.sample.is_some() { 1 + PARTS } else { 1 };
        Self {
            streams: (0..count).map(|_| Default::default()).collect(),
            sample: plan.sample,
            all: Slots::default(),
            gap: (!input.says().times).then(|| Nanos::from_secs_f64(1.0 / plan.rate)),
            number: 0,
            reads: 0,
            operations: plan.setting(input.says()).operations,
            silent: input.says().operations && !plan.setting(input.says()).operations,
            detailed: jobs.iter().any(Job::wants_details),
            lone: jobs.iter().any(|job| matches!(job.work, Work::Lone(_))),
            keep: plan.looks_ahead(),
            asked: Vec::new(),
            batch: Vec::new(),
        }
    }

    fn distinct(&self) -> Option<u64> {
        let slots = if self.sample.is_some() { &self.all } else { &self.streams[0].0 };
        (!self.lone).then_some(slots.distinct() as u64)
    }

    /// The next requests, or the next batch of each stream; false at the end.
    fn next(&mut self, input: &mut Input, portion: &mut Portion) -> bool {
        if !input.read(&mut self.batch) {
            return false;
        }
        self.complete();
        if self.lone {
            std::mem::swap(&mut self.batch, &mut portion.requests);
            return true;
        }
        let streams = &mut portion.streams;
        streams.resize_with(self.streams.len(), Default::default);
        let Some(sample) = self.sample else {
            let (slots, (batch, below)) = (&mut self.streams[0].0, &mut streams[0]);
            batch.refill(&self.batch, slots, self.detailed);
            *below = slots.distinct();
            if self.keep {
                self.asked.extend(&batch.slots);
            }
            return true;
        };
        for request in &self.batch {
            self.all.of(request.id);
            if let Some(part) = sample.part(request.id) {
                self.streams[0].1.push(*request);
                self.streams[1 + part].1.push(*request);
            }
        }
        for ((slots, requests), (batch, below)) in self.streams.iter_mut().zip(streams) {
            batch.refill(requests, slots, self.detailed);
            *below = slots.distinct();
            requests.clear();
        }
        true
    }

    /// What a trace without times or operations does not say.
    fn complete(&mut self) {
        if self.silent {
            self.batch.retain(|request| request.op != Op::Expire);
        }
        if let Some(gap) = self.gap {
            for (number, request) in (self.number..).zip(&mut self.batch) {
                request.time = Nanos::from_nanos(gap.as_nanos().saturating_mul(number));
            }
        }
        self.number += self.batch.len() as u64;
        let is_read = |request: &&Request| request.op == Op::Read;
        self.reads += match self.operations {
            true => self.batch.iter().filter(is_read).count() as u64,
            false => self.batch.len() as u64,
        };
    }
}

/// What a row is about.
struct Of<'a> {
    trace: &'a str,
    policy: Policy,
    said: &'a str,
    size: Size,
    capacity: u64,
    sized: bool,
}

impl Of<'_> {
    fn row(&self, tally: &Tally, estimate: Option<Estimate>, reads: u64) -> Row {
        let requests = if estimate.is_some() { reads } else { tally.requests };
        let exact = tally.misses as f64 / (tally.requests as f64).max(1.0);
        let ratio = estimate.map_or(exact, |estimate| estimate.ratio);
        let misses = estimate.map_or(tally.misses, |_| (ratio * requests as f64).round() as u64);
        let bytes =
            (self.sized && tally.bytes > 0).then(|| tally.bytes_missed as f64 / tally.bytes as f64);
        Row {
            trace: self.trace.to_owned(),
            policy: self.policy.name().to_owned(),
            size: self.said.to_owned(),
            capacity: self.capacity,
            unit: self.size.unit(),
            requests,
            misses,
            miss_ratio: ratio,
            ci95: estimate.map(|estimate| estimate.ci95),
            byte_miss_ratio: bytes,
            expired: tally.expired,
            writes: tally.writes,
            evictions: tally.evictions,
            refused: tally.refused,
        }
    }
}
