//! Thresholds of a run: read before it, looked at while it runs where they may end it, judged after it.

use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use herdlab_scenarios::Scenario;
use herdlab_scenarios::threshold::{Judged, Threshold};
use herdlab_sim::measure::{LaneRun, Observer, Progress, ThresholdRecord};
use herdlab_sim::plan::{Lane, Plan};

use crate::exit::Stop;
use crate::lanes::Ran;
use crate::progress::Watch;

/// What must hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate {
    thresholds: Vec<Threshold>,
}

impl Gate {
    /// Those of the scenario and those of `--assert`.
    pub(crate) fn new(scenario: &Scenario, asserts: &[String], colour: bool) -> Result<Self, Stop> {
        let mut gate = Self::asserted(scenario, asserts, colour)?;
        gate.thresholds.splice(0..0, scenario.thresholds().cloned());
        Ok(gate)
    }

    /// Those of `--assert` only.
    pub(crate) fn asserted(
        scenario: &Scenario,
        asserts: &[String],
        colour: bool,
    ) -> Result<Self, Stop> {
        let mut thresholds = Vec::new();
        let mut wrong = Vec::new();
        for text in asserts {
            match scenario.assert(text) {
                Ok(threshold) => thresholds.push(threshold),
                Err(faults) => wrong.push(faults.render(colour)),
            }
        }
        if !wrong.is_empty() {
            return Err(Stop::usage(wrong.join("\n\n")));
        }
        Ok(Self { thresholds })
    }

    /// The first threshold with one of these words in it.
    pub(crate) fn about(&self, words: &[&str]) -> Option<String> {
        let texts = self.thresholds.iter().map(Threshold::to_string);
        texts.into_iter().find(|text| words.iter().any(|word| text.contains(word)))
    }

    fn may_abort(&self) -> bool {
        self.thresholds.iter().any(|threshold| threshold.abort().is_some())
    }

    /// Every verdict, in the order of the thresholds. One that ended the run stays as it was then.
    pub(crate) fn judge(&self, plan: &Plan, ran: &[Ran]) -> Vec<ThresholdRecord> {
        let lanes: Vec<Judged<'_>> = ran
            .iter()
            .map(|ran| Judged { lane: &ran.record, seconds: seconds(plan, ran) })
            .collect();
        let mut verdicts: Vec<ThresholdRecord> =
            self.thresholds.iter().flat_map(|threshold| threshold.judge(&lanes)).collect();
        for fatal in ran.iter().filter_map(|ran| ran.aborted.as_ref()) {
            let same =
                |one: &&mut ThresholdRecord| one.expr == fatal.expr && one.lane == fatal.lane;
            if let Some(verdict) = verdicts.iter_mut().find(same) {
                *verdict = fatal.clone();
            }
        }
        verdicts
    }
}

/// The seconds in which requests were due and measured: all of them, or those before a lane was cut short.
fn seconds(plan: &Plan, ran: &Ran) -> Range<usize> {
    let end = plan.duration.as_nanos().div_ceil(1_000_000_000) as usize;
    let end = if ran.partial { end.min(ran.record.series.requests.len()) } else { end };
    plan.warmup.as_secs() as usize..end
}

/// When the run ends before its time: the earliest second in which a lane failed what may abort it. Lanes have clocks
/// of their own, so one may be past that second already; it is run again up to there, and all end at one time.
#[derive(Debug)]
pub(crate) struct Cut(AtomicU64);

impl Default for Cut {
    fn default() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }
}

impl Cut {
    /// The second, if there is one.
    pub(crate) fn second(&self) -> Option<u64> {
        Some(self.0.load(Relaxed)).filter(|second| *second < u64::MAX)
    }
}

/// Looks on while a lane runs: what the board shows, and what may abort.
pub(crate) struct Guard<'a> {
    watch: Watch<'a>,
    gate: &'a Gate,
    cut: &'a Cut,
    plan: &'a Plan,
    lane: &'a Lane,
    /// The last second that was looked at.
    seen: u64,
    /// What it failed, and the second in which it ended.
    pub(crate) aborted: Option<ThresholdRecord>,
    pub(crate) ended: Option<u64>,
}

impl<'a> Guard<'a> {
    pub(crate) fn new(
        watch: Watch<'a>,
        gate: &'a Gate,
        cut: &'a Cut,
        plan: &'a Plan,
        lane: &'a Lane,
    ) -> Self {
        Self { watch, gate, cut, plan, lane, seen: 0, aborted: None, ended: None }
    }

    /// The first threshold that may abort and does not hold; one without a value yet is left alone.
    fn failed(&self, second: u64, run: &mut LaneRun) -> Option<ThresholdRecord> {
        let record = run.record(self.plan, self.lane);
        let seconds = self.plan.warmup.as_secs() as usize..second as usize;
        let judged = [Judged { lane: &record, seconds }];
        let due = |threshold: &&Threshold| {
            threshold.abort().is_some_and(|delay| {
                self.plan.warmup + delay <= herdlab_sim::time::Nanos::from_secs(second)
            })
        };
        self.gate
            .thresholds
            .iter()
            .filter(due)
            .filter(|threshold| threshold.lanes().all(|name| name == self.lane.name))
            .flat_map(|threshold| threshold.judge(&judged))
            .find(|one| !one.passed && one.value.is_some() && one.limit.is_some())
            .map(|one| ThresholdRecord { aborted: true, ..one })
    }
}

impl Observer for Guard<'_> {
    fn tick(
        &mut self,
        now: &Progress,
        figures: &mut dyn FnMut() -> Option<LaneRun>,
    ) -> ControlFlow<()> {
        self.watch.tick(now, figures)?;
        let second = now.now.as_secs();
        if !self.gate.may_abort() || second <= self.seen {
            return ControlFlow::Continue(());
        }
        self.seen = second;
        self.aborted = figures().and_then(|mut run| self.failed(second, &mut run));
        if self.aborted.is_some() {
            self.cut.0.fetch_min(second, Relaxed);
        }
        if self.cut.second().is_some_and(|cut| cut <= second) {
            self.ended = Some(second);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
