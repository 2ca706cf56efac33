//! What keys do to the experiment: each comes to a change, as a scenario's event would have it.

use herdlab_sim::key::Item;
use herdlab_sim::plan::{Change, Setting};
use herdlab_sim::strategy::Setpoint;
use herdlab_sim::time::Nanos;

use crate::keys::Action;
use crate::knobs::Knobs;

/// The bounds that keys keep to; the command line may go beyond.
const BETA: (f64, f64) = (0.0, 10.0);
const RATE: (f64, f64) = (1.0, 1e6);
const SLOTS: (u32, u32) = (1, 100_000);
const FACTOR: (f64, f64) = (1.0 / 64.0, 1_024.0);
const TTL: (Nanos, Nanos) = (Nanos::from_millis(10), Nanos::from_secs(86_400));

/// What `action` changes as things stand, or why it cannot; nothing if it is no act.
pub(crate) fn change(action: Action, knobs: &Knobs) -> Option<Result<Change, &'static str>> {
    let set = |parameter, value| Ok(Change::Set(Setting { parameter, value }));
    Some(match action {
        Action::Flush => Ok(Change::Flush),
        Action::Expire => Ok(Change::Expire(Item(0))),
        Action::Origin if knobs.origin_stopped => Ok(Change::RestoreOrigin),
        Action::Origin => Ok(Change::StopOrigin),
        Action::Cache if knobs.cache_gone => Ok(Change::RestoreCache),
        Action::Cache => Ok(Change::KillCache),
        Action::OriginSlower | Action::OriginFaster => {
            let factor = if action == Action::OriginSlower { 2.0 } else { 0.5 };
            Ok(Change::SlowOrigin((knobs.slow * factor).clamp(FACTOR.0, FACTOR.1)))
        }
        Action::BetaUp | Action::BetaDown => match knobs.beta {
            None => Err("no lane here has a beta; xfetch has"),
            Some(beta) => {
                let step = if action == Action::BetaUp { 1.0 } else { -1.0 };
                let beta = ((beta * 10.0).round() + step) / 10.0;
                set("beta", Setpoint::Number(beta.clamp(BETA.0, BETA.1)))
            }
        },
        Action::TtlUp => set("ttl", Setpoint::Span(knobs.ttl.scale(2.0).min(TTL.1))),
        Action::TtlDown => {
            let half = Nanos::from_millis(knobs.ttl.as_nanos() / 2_000_000);
            set("ttl", Setpoint::Span(half.max(TTL.0)))
        }
        Action::RateUp | Action::RateDown => match knobs.rate {
            None => Err("a closed loop has no rate: its users ask when they are answered"),
            Some(rate) => {
                let factor = if action == Action::RateUp { 2.0 } else { 0.5 };
                Ok(Change::Rate((rate * factor).clamp(RATE.0, RATE.1)))
            }
        },
        Action::SlotsUp | Action::SlotsDown => match knobs.concurrency {
            None => Err("the origin has no limit: say :set origin.concurrency 100"),
            Some(slots) => {
                let slots =
                    if action == Action::SlotsUp { slots.saturating_mul(2) } else { slots / 2 };
                Ok(Change::Concurrency(Some(slots.clamp(SLOTS.0, SLOTS.1))))
            }
        },
        _ => return None,
    })
}
