//! From flags to cells: which policies, at which sizes.

use std::sync::Arc;

use herdlab_scenarios::{nearest, units};
use herdlab_sim::cache::{Heap, Overhead};
use herdlab_sim::eviction::{Eviction, Space};
use herdlab_sim::plan::Expiry;
use herdlab_sim::replay::{Cell, Sample, Setting, belady, cell};
use herdlab_sim::traffic::Says;

use super::args::ReplayArgs;
use crate::exit::Stop;

/// The name of the bound, which is no policy that a cache can have.
const BELADY: &str = "belady";

/// A policy of the command line.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Policy {
    Of(Eviction),
    Belady,
}

/// A size of the command line.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) enum Size {
    /// Of the trace's keys.
    Share(f64),
    Entries(u64),
    Bytes(u64),
}

/// What is to be done with each trace.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) policies: Vec<Policy>,
    /// As said, and what that is.
    pub(super) sizes: Vec<(String, Size)>,
    pub(super) setting: Setting,
    pub(super) rate: f64,
    pub(super) sample: Option<Sample>,
    as_reads: bool,
}

impl Policy {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Of(eviction) => eviction.name(),
            Self::Belady => BELADY,
        }
    }
}

impl Size {
    /// In entries or bytes, of a trace with so many keys.
    pub(super) fn capacity(self, distinct: u64) -> u64 {
        match self {
            Self::Share(share) => ((share * distinct as f64) as u64).max(1),
            Self::Entries(size) | Self::Bytes(size) => size,
        }
    }

    pub(super) const fn unit(self) -> &'static str {
        if matches!(self, Self::Bytes(_)) { "bytes" } else { "entries" }
    }
}

impl Plan {
    pub(super) fn new(args: &ReplayArgs) -> Result<Self, Stop> {
        let ttl = args.ttl.as_deref().map(units::span).transpose();
        let rate = units::rate(&args.rate).ok().filter(|rate| *rate > 0.0);
        let plan = Self {
            policies: args.policy.iter().map(|name| policy(name)).collect::<Result<_, _>>()?,
            sizes: args.size.iter().map(|text| size(text)).collect::<Result<_, _>>()?,
            setting: Setting {
                operations: false,
                ttl: ttl.map_err(|what| Stop::usage(format!("error: --ttl {what}")))?,
                trace_ttls: false,
                expiry: if args.active_expiry { Expiry::Active } else { Expiry::Lazy },
                overhead: overhead(&args.overhead, args.key_size)?,
            },
            rate: rate.ok_or_else(|| {
                Stop::usage(format!("error: --rate {} is no rate, such as 1000/s", args.rate))
            })?,
            sample: args.sample.map(sample).transpose()?,
            as_reads: args.as_reads,
        };
        let bound = plan.policies.contains(&Policy::Belady);
        let in_bytes = plan.sizes.iter().any(|(_, size)| matches!(size, Size::Bytes(_)));
        if bound && (in_bytes || plan.sample.is_some() || plan.setting.ttl.is_some()) {
            let what = "error: belady knows entries only: no bytes, no --sample, no --ttl";
            return Err(Stop::usage(what));
        }
        Ok(plan)
    }

    /// Whether the number of keys must be known before.
    pub(super) fn needs_count(&self) -> bool {
        self.sizes.iter().any(|(_, size)| !matches!(size, Size::Entries(_)))
    }

    pub(super) fn looks_ahead(&self) -> bool {
        self.policies.contains(&Policy::Belady)
    }

    /// What of a trace is used that says so much.
    pub(super) fn setting(&self, says: Says) -> Setting {
        let (operations, trace_ttls) = match self.as_reads {
            true => (false, false),
            false => (says.operations, says.ttls),
        };
        Setting { operations, trace_ttls, ..self.setting }
    }

    /// Every policy at every size, in the order of the rows.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (Policy, &(String, Size))> {
        self.policies
            .iter()
            .flat_map(move |policy| self.sizes.iter().map(move |size| (*policy, size)))
    }
}

/// The cell of a policy at a capacity; of Belady's, once it is known what comes `next`.
pub(super) fn build(
    policy: Policy,
    capacity: u64,
    size: Size,
    mean_size: u64,
    setting: &Setting,
    next: Option<&Arc<[u32]>>,
) -> Option<Box<dyn Cell>> {
    let space = match size {
        Size::Bytes(_) => {
            let each = u32::try_from(mean_size).unwrap_or(u32::MAX);
            Space::bytes(capacity, setting.overhead.entry(each, setting.ttl.is_some()))
        }
        _ => Space::entries(capacity),
    };
    match policy {
        Policy::Of(eviction) => Some(cell(eviction, &space, setting)),
        Policy::Belady => next.map(|next| belady(capacity, Arc::clone(next))),
    }
}

fn policy(name: &str) -> Result<Policy, Stop> {
    if name == BELADY {
        return Ok(Policy::Belady);
    }
    Eviction::named(name).map(Policy::Of).ok_or_else(|| {
        let names = Eviction::ALL.iter().map(|policy| policy.name()).chain([BELADY]);
        let hint = match nearest(name, names) {
            Some(near) => format!("did you mean {near}?"),
            None => "herdlab list evictions has them".to_owned(),
        };
        Stop::usage(format!("error: there is no policy {name}\n  = help: {hint}"))
    })
}

fn size(text: &str) -> Result<(String, Size), Stop> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    let size = if let Some(percent) = text.strip_suffix('%') {
        let share = percent.parse::<f64>().ok().filter(|p| *p > 0.0 && *p <= 100.0);
        share.map(|percent| Size::Share(percent / 100.0))
    } else if let Ok(entries) = digits.parse::<u64>() {
        Some(Size::Entries(entries)).filter(|_| (1..u64::from(u32::MAX)).contains(&entries))
    } else {
        units::size(text).ok().filter(|bytes| *bytes > 0).map(Size::Bytes)
    };
    size.map(|size| (text.to_owned(), size)).ok_or_else(|| {
        let what = format!("error: --size {text}: no size");
        Stop::usage(format!("{what}\n  = help: write 1% (of the keys), 5000 (entries) or 64MiB"))
    })
}

fn overhead(text: &str, name: u32) -> Result<Overhead, Stop> {
    match text {
        "redis" => Ok(Overhead::Redis(Heap::own(name))),
        "redis-debian" => Ok(Overhead::Redis(Heap::system(name))),
        bytes => bytes.parse().map(Overhead::Bytes).map_err(|_| {
            let what = format!("error: --overhead {text}: no overhead");
            Stop::usage(format!(
                "{what}\n  = help: write bytes, such as 56, or redis or redis-debian"
            ))
        }),
    }
}

fn sample(rate: f64) -> Result<Sample, Stop> {
    if rate > 0.0 && rate < 1.0 {
        return Ok(Sample::new(rate));
    }
    Err(Stop::usage(format!("error: --sample {rate}: a share of the keys, above 0 and below 1")))
}
