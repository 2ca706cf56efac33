//! What `herdlab_sim::theory` says of a golden row, where it says anything.

use herdlab_sim::plan::Keys;
use herdlab_sim::theory::article::{ArticleXFetch, sign_fixed_cycle_mean};
use herdlab_sim::theory::flight::{SingleFlight, herd_mean_per_process};
use herdlab_sim::theory::hedge::Hedge;
use herdlab_sim::theory::lock::ArticleLock;
use herdlab_sim::theory::lru::Che;
use herdlab_sim::theory::queue::{Constant, Exponential, Queue};
use herdlab_sim::theory::reported;
use herdlab_sim::theory::swr::StaleWhileRevalidate;
use herdlab_sim::theory::ttl::{Ttl, hit_rate};
use herdlab_sim::theory::xfetch::XFetch;
use herdlab_sim::theory::{jitter, race};
use herdlab_sim::traffic::shares;

use crate::table::Row;

/// The closed form of the row's number.
pub(crate) fn form(row: &Row) -> Option<f64> {
    let family = row.strategy.split(['(', ' ']).next()?;
    match family {
        "xfetch" => xfetch(row),
        "seed_xfetch" => article(row),
        "ttl_set" if row.strategy.contains("zipf") => Some(hit_rate(&zipf(row), row.rate, row.ttl)),
        "ttl_set" | "ttl_add" | "local_cache_per_process" => ttl(row),
        "singleflight" => single_flight(row),
        "singleflight_per_process_shared_cache" => {
            Some(herd_mean_per_process(row.rate, row.delta, row.number_after("P=")? as u32))
        }
        "swr" => swr(row),
        "seed_lock" => lock(row),
        "origin" => queue(row),
        "lru" => Some(Che::new(&zipf(row), row.number_after("C=")?).hit_rate),
        "jitter" if row.strategy.contains("j=0;") => {
            let keys =
                jitter::Keys { count: row.number_after("keys=")?, rate: row.rate, ttl: row.ttl };
            Some(keys.refreshes_within(0.1))
        }
        "invalidate_before_commit" => Some(race::read_in_window(row.rate, row.delta)),
        "reported_redis_hit" if row.strategy.contains("version key") => {
            Some(reported::versioned_get_or_set(row.number_after("true miss=")?))
        }
        "reported_redis_hit" => Some(reported::get_or_set(row.number_after("true miss=")?)),
        "rails_race_condition_ttl" => {
            Some(race::calls_until_extended(row.rate, row.number_after("delay ")?))
        }
        "hedge" => {
            Some(Hedge { delta: row.delta, after: row.number_after("after=")? }.latency_mean())
        }
        _ => None,
    }
}

fn xfetch(row: &Row) -> Option<f64> {
    if row.exponential {
        return None;
    }
    let key = XFetch { rate: row.rate, delta: row.delta, beta: row.beta };
    let key = row.number_after("stored delta ").map_or(key, |stored| key.remembering(stored));
    Some(match row.metric {
        _ if row.ttl < key.early_gap_mean() => return None, // refreshes all the time
        "stampede_size_mean" => key.herd_mean(),
        "early_gap_mean_s" => key.early_gap_mean(),
        "p_no_early_refresh" => key.no_early_refresh(),
        "P(stampede_size=1)" => key.herd_share(1),
        "stampede_size_p99" => key.herd_quantile(0.99),
        "computes_per_s" => key.herd_mean() / key.cycle_mean(row.ttl),
        _ => return None,
    })
}

fn article(row: &Row) -> Option<f64> {
    let fixed = XFetch { rate: row.rate, delta: row.delta, beta: row.beta };
    Some(match (row.strategy, row.metric) {
        ("seed_xfetch(sign fixed only)", "stampede_size_mean") => fixed.herd_mean(),
        ("seed_xfetch(sign fixed only)", "cycle_s") => sign_fixed_cycle_mean(&fixed, row.ttl),
        ("seed_xfetch(verbatim)", "stampede_size_mean") => {
            ArticleXFetch { rate: row.rate, delta: row.delta, beta: row.beta }.herd_mean()
        }
        ("seed_xfetch(verbatim)", "early_refreshes") => 0.0,
        _ => return None,
    })
}

fn ttl(row: &Row) -> Option<f64> {
    let key = Ttl { rate: row.rate, delta: row.delta, ttl: row.ttl };
    let key = row.number_after("P=").map_or(key, |processes| key.in_one_of(processes as u32));
    Some(match (row.strategy, row.metric, row.exponential) {
        ("ttl_add(get_or_set)", "compute_per_request", false) => key.add_calls_per_request(),
        (_, "compute_per_request", false) => key.set_calls_per_request(),
        (_, "stampede_size_mean", false) => key.herd_mean(),
        (_, "stampede_size_mean" | "stampede_size_mean(one episode)", true) => {
            key.herd_mean_exponential()
        }
        _ => return None,
    })
}

fn single_flight(row: &Row) -> Option<f64> {
    let key = SingleFlight { rate: row.rate, delta: row.delta, ttl: row.ttl };
    Some(match row.metric {
        "stampede_size_mean" => 1.0,
        "compute_per_request" => key.calls_per_request(),
        "latency_mean_s" => key.latency_mean(),
        _ => return None,
    })
}

fn swr(row: &Row) -> Option<f64> {
    let grace = row.number_after("grace=")?;
    let key = StaleWhileRevalidate { rate: row.rate, delta: row.delta, ttl: row.ttl, grace };
    Some(match row.metric {
        "stampede_size_mean" => 1.0,
        "cycle_s" => key.cycle_mean(),
        "stale_per_request" => key.stale_share(),
        "wait_or_blocking_latency_mean_s" => key.latency_mean(),
        _ => return None,
    })
}

fn lock(row: &Row) -> Option<f64> {
    let key = ArticleLock { rate: row.rate, delta: row.delta, patience: 2.0, poll: 0.1 };
    Some(match (row.strategy, row.metric) {
        ("seed_lock(rtt~Exp(0.001s); no double check)", _) => race::second_compute(row.rate, 1e-3),
        ("seed_lock(first holder crashes)", "origin_computes") => key.calls_after_crash(30.0),
        ("seed_lock", "origin_computes") if row.delta < 30.0 => key.calls(),
        ("seed_lock", "giveups") if row.delta < 30.0 => key.give_ups(),
        ("seed_lock", "mean_wait_of_those_who_waited_s") if row.delta < 2.0 => key.wait_mean(),
        _ => return None,
    })
}

fn queue(row: &Row) -> Option<f64> {
    let servers = row.number_after("/M/").or_else(|| row.number_after("/D/"))? as u32;
    let queue = Queue { rate: row.rate, service: row.delta, servers };
    let (erlang, crommelin) = (Exponential(queue), Constant(queue));
    Some(match (row.metric, row.exponential) {
        ("wait_mean_s", true) => erlang.wait_mean(),
        ("p_wait", true) => erlang.wait_share(),
        ("wait_p99_s", true) => erlang.wait_quantile(0.99),
        ("wait_mean_s", false) => crommelin.wait_mean(),
        ("p_wait", false) => crommelin.wait_share(),
        _ => return None,
    })
}

fn zipf(row: &Row) -> Vec<f64> {
    let exponent = row.number_after("alpha=").expect("the row names its skew");
    let count = row.number_after("N=").expect("the row names its items") as u32;
    shares(&Keys::Zipf { exponent, count })
}
