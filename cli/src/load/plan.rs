//! What is to be done: the flags, understood. Everything wrong is said before anything is started.

use herdlab_loadgen::Settings;
use herdlab_loadgen::http::{Ask, Asking, Behind, Job, Manners, Place};
use herdlab_scenarios::{Override, units};
use herdlab_sim::plan;

use super::args::LoadArgs;
use super::words;
use crate::args::ScenarioArgs;
use crate::exit::{Stop, understood};
use crate::open::Opened;
use crate::origin::site;
use crate::tick;

/// The lane's name in records and thresholds.
const LANE: &str = "site";

/// A load to be put on a site.
pub(super) struct Plan {
    /// The site's URL, with variables.
    pub(super) url: String,
    pub(super) opened: Opened,
    pub(super) plan: plan::Plan,
    pub(super) job: Job,
    pub(super) settings: Settings,
}

impl Plan {
    pub(super) fn new(args: &LoadArgs) -> Result<Self, Stop> {
        let with = ScenarioArgs {
            set: args.set.clone(),
            seed: args.seed,
            duration: args.duration.clone(),
            rate: None,
            strategies: Vec::new(),
            color: args.color,
        };
        let mut opened = site::open(args.scenario.as_deref(), &with, overrides(args)?)?;
        let mut plan = site::plan(&mut opened, &with, LANE)?;
        let url = url(args, &opened)?;
        let place = Place::of(&url, args.allow_remote)?;
        let ask = Ask::new(&asking(args, &url)?, &place)?;
        plan.traffic.variants = plan::Variants { kept: 1, all: ask.variants() };
        plan.traffic.page = 1;
        let body_limit = understood("--body-limit", &args.body_limit, units::size)?;
        let manners = Manners {
            connections: args.connections,
            churn: args.churn,
            http2: args.http2,
            body_limit,
            redirects: args.redirects,
            yes: args.yes,
        };
        let behind = behind(args, &plan)?;
        plan.events.retain(|event| behind.bears(event.change));
        let tick = args.tick.tick()?;
        if let Some(timeout) = plan.traffic.timeout {
            tick::bears(tick, "the timeout", timeout)?;
        }
        let settings = Settings {
            allow_remote: args.allow_remote,
            tls: args.tls.settings(),
            tick,
            ..Settings::default()
        };
        Ok(Self { url, opened, plan, job: Job { place, ask, manners, behind }, settings })
    }
}

/// What is loaded: what the command line says, else the scenario's target.
fn url(args: &LoadArgs, opened: &Opened) -> Result<String, Stop> {
    let target = args.url.as_deref().or(opened.scenario.target());
    target.map(str::to_owned).ok_or_else(|| {
        let hint = "say it, or let the scenario: [cache] backend = \"http\", target = \"http://127.0.0.1:8000/{id}\"";
        let what = format!("error: {} is about no site, and no URL is said", opened.scenario.name);
        Stop::usage(format!("{what}\n  = help: {hint}"))
    })
}

/// What the flags say of the scenario's fields.
fn overrides(args: &LoadArgs) -> Result<Vec<Override>, Stop> {
    let mut all = Vec::new();
    let usual = args.scenario.is_none() && args.users.is_none();
    let rate = args.rate.clone().or_else(|| usual.then(|| "100/s".to_owned()));
    let keys = args.keys.as_deref().map(|text| understood("--keys", text, words::keys));
    for (flag, path, value) in [
        ("--rate", "traffic.rate", rate),
        ("--arrivals", "traffic.arrivals", args.arrivals.clone()),
        ("--users", "traffic.users", args.users.map(|users| users.to_string())),
        (
            "--think",
            "traffic.think",
            args.think.clone().map(|span| format!("{{ constant = \"{span}\" }}")),
        ),
        ("--keys", "traffic.keys", keys.transpose()?),
        ("--warmup", "warmup", args.warmup.clone()),
        ("--timeout", "traffic.timeout", args.timeout.clone()),
    ] {
        all.extend(value.map(|value| Override::flag(flag, path, &value)));
    }
    Ok(all)
}

fn asking(args: &LoadArgs, url: &str) -> Result<Asking, Stop> {
    let hit = args.hit.as_deref().map(|text| understood("--hit", text, words::rule)).transpose()?;
    Ok(Asking {
        url: url.to_owned(),
        method: args.method.clone().unwrap_or_default(),
        headers: args.headers.clone(),
        cookies: args.cookies.clone(),
        body: args.body.clone(),
        variables: args.variables.clone(),
        hit,
        must_contain: args.must_contain.clone(),
        compressed: args.compressed,
        churn: args.churn,
    })
}

fn behind(args: &LoadArgs, plan: &plan::Plan) -> Result<Behind, Stop> {
    match args.origin.as_deref() {
        None => Ok(Behind::Unknown),
        Some(url) if url.contains("://") => Ok(Behind::running(url)?),
        Some(address) => {
            let listen = site::address(address, args.allow_remote)?;
            Ok(Behind::Start(Box::new(site::site(plan, listen, &args.caching)?)))
        }
    }
}
