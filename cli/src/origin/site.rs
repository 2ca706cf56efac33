//! From a scenario and flags to an origin that listens.

use std::net::{SocketAddr, ToSocketAddrs};

use herdlab_loadgen::site::{Caching, Site};
use herdlab_scenarios::{Override, units};
use herdlab_sim::plan::{Lane, Origin, Plan};

use super::args::CachingArgs;
use crate::args::ScenarioArgs;
use crate::exit::{Stop, understood};
use crate::open::{Opened, open_text, open_with};

/// What a site is if nobody names a scenario.
const PLAIN: &str = r#"
schema   = 1
name     = "site"
about    = "A site, and what is behind it."
duration = "10s"
warmup   = "1s"

[traffic]
keys    = { zipf = 1.0, count = 1000 }
timeout = "10s"

[cache]
ttl = "10s"

[origin]
latency = { constant = "250ms" }

[[strategy]]
use = "ttl"
"#;

/// The scenario, or the plain one, with flags put in.
pub(crate) fn open(
    scenario: Option<&str>,
    with: &ScenarioArgs,
    more: Vec<Override>,
) -> Result<Opened, Stop> {
    match scenario {
        Some(name) => open_with(name, with, more),
        None => open_text("site.toml", PLAIN.as_bytes(), with, more),
    }
}

/// The plan of one lane with that name: whatever strategies the scenario has, here is only what really happens.
pub(crate) fn plan(opened: &mut Opened, with: &ScenarioArgs, name: &str) -> Result<Plan, Stop> {
    let first: Vec<String> = opened.scenario.lanes().take(1).map(str::to_owned).collect();
    opened.scenario.keep(&first);
    let mut plan = opened.any_plan(with)?;
    plan.lanes.truncate(1);
    plan.lanes.iter_mut().for_each(|lane: &mut Lane| lane.name = name.to_owned());
    Ok(plan)
}

/// The origin of that plan.
pub(crate) fn site(plan: &Plan, listen: SocketAddr, says: &CachingArgs) -> Result<Site, Stop> {
    Ok(Site {
        listen,
        seed: plan.seed,
        origin: Origin { http: None, ..plan.origin.clone() }, // it is what another would call
        events: plan.events.clone(),
        value_size: plan.cache.value_size,
        patience: plan.traffic.timeout,
        caching: caching(plan, says)?,
    })
}

fn caching(plan: &Plan, says: &CachingArgs) -> Result<Caching, Stop> {
    let grace = says
        .stale_while_revalidate
        .as_deref()
        .map(|text| understood("--stale-while-revalidate", text, units::span));
    let ttl = plan.lanes.first().map_or(0, |lane| lane.strategy.ttl().as_secs());
    let mut control = says.cache_control.clone().unwrap_or_else(|| format!("max-age={ttl}"));
    if let Some(grace) = grace.transpose()? {
        control.push_str(&format!(", stale-while-revalidate={}", grace.as_secs()));
    }
    if control.chars().any(|c| c.is_control() || !c.is_ascii()) {
        return Err(Stop::flag("--cache-control", &control, "is no text of a header"));
    }
    let name = |name: &String| {
        name.trim().parse().map_err(|_| Stop::flag("--vary", name, "is no name of a header"))
    };
    Ok(Caching {
        cache_control: Some(control).filter(|control| !control.is_empty()),
        vary: says.vary.iter().map(name).collect::<Result<_, _>>()?,
        etag: says.etag,
    })
}

/// An address to listen on; only this machine's own, unless more is allowed.
pub(crate) fn address(text: &str, allow_remote: bool) -> Result<SocketAddr, Stop> {
    let found = text.to_socket_addrs().ok().and_then(|mut found| found.next());
    let address = found.ok_or_else(|| {
        let hint = "write a host and a port, such as 127.0.0.1:9000";
        Stop::usage(format!("error: cannot listen on {text:?}\n  = help: {hint}"))
    })?;
    if !address.ip().is_loopback() && !allow_remote {
        let hint = "say that this is meant: --allow-remote";
        return Err(Stop::usage(format!(
            "error: {address} can be reached from other machines\n  = help: {hint}"
        )));
    }
    Ok(address)
}
