//! A run over HTTP: from the first connection to the figures.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::thread;

use herdlab_sim::measure::{CacheCounts, LaneRun, Observer, Recorder};
use herdlab_sim::plan::{Load, Plan};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Schedule;
use tokio::sync::watch;

use super::ask::Ask;
use super::conduct::Conductor;
use super::core::Found;
use super::crew::Crew;
use super::dialer::Dialer;
use super::exchange::Desk;
use super::figures::{Counts, HttpFigures, Leak};
use super::join::{Behind, Joined};
use super::place::Place;
use super::template::Wanted;
use crate::clock::{Clock, cpu_time, monotonic};
use crate::course;
use crate::error::RunError;
use crate::figures;
use crate::latencies::Latencies;
use crate::settings::Settings;
use crate::site::SiteFigures;

/// From the start signal to the start: every core has heard of it by then.
const LEAD: Nanos = Nanos::from_millis(20);
/// What a site on another machine gets without a word, in requests a second.
const HEAVY: f64 = 100.0;

/// How the site is spoken to.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Manners {
    /// Requests at a time, and so connections of HTTP/1.1; who comes beyond waits for one.
    pub connections: u32,
    /// Whether each request has a connection of its own.
    pub churn: bool,
    /// HTTP/2, from the first byte on where there is no TLS to agree on it.
    pub http2: bool,
    /// The most bytes of a body, on the wire and unpacked.
    pub body_limit: u64,
    /// The most redirects in a row that are followed.
    pub redirects: u32,
    /// Whether a site on another machine may get more than 100 requests a second.
    pub yes: bool,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Job {
    /// Where requests go.
    pub place: Place,
    /// What is asked.
    pub ask: Ask,
    /// How.
    pub manners: Manners,
    /// What is behind the site.
    pub behind: Behind,
}

/// A run over HTTP.
#[derive(Clone, Debug)]
pub struct HttpRun {
    /// What any run tells. Its computes include answers that do not say where they came from.
    pub lane: LaneRun,
    /// What only HTTP has.
    pub figures: HttpFigures,
    /// What an origin in another process told of itself.
    pub origin: Option<SiteFigures>,
}

/// Runs the plan's traffic against a site. Blocks until it is over.
///
/// # Errors
/// A [`RunError`] if there was no run. A site that fails during it is no error: its requests are failures.
pub fn run(
    plan: &Plan,
    job: &Job,
    settings: &Settings,
    observer: &mut dyn Observer,
) -> Result<HttpRun, RunError> {
    check_weight(plan, job)?;
    let cores = settings.cores.clamp(1, plan.traffic.processes.max(1) as usize);
    let settings = &Settings { cores, ..settings.clone() };
    // Connections stay on the thread that reads them: each core has its own.
    let desks: Result<Vec<_>, RunError> = (0..cores).map(|_| desk(job, settings)).collect();
    let mut desks = desks?;
    let answering = answering(&job.place, &job.behind)?;
    desks.iter_mut().for_each(|desk| desk.dialer.begin_with(answering));
    play(plan, job, settings, desks, observer)
}

/// Refuses a load that a site on another machine may not bear, unless it is meant.
fn check_weight(plan: &Plan, job: &Job) -> Result<(), RunError> {
    if job.place.is_local() || job.manners.yes {
        return Ok(());
    }
    let load = match &plan.traffic.load {
        Load::Open { .. } | Load::Recorded { .. } => {
            let Plan { seed, traffic, events, duration, .. } = plan;
            let schedule = Schedule::new(*seed, &traffic.load, events, *duration);
            let peak = schedule.map_or(0.0, |schedule| schedule.peak());
            if peak < HEAVY + 0.5 {
                return Ok(());
            }
            format!("{peak:.0} requests a second")
        }
        Load::Closed { users, think } => {
            let least = think.quantile(0.01).as_secs_f64();
            if least > 0.0 && f64::from(*users) / least <= HEAVY {
                return Ok(());
            }
            format!("all that {users} users can ask")
        }
    };
    Err(RunError::Heavy { address: job.place.shown(), load, limit: HEAVY })
}

/// The address where somebody listens; an origin that the run starts itself does not yet, but will.
fn answering(place: &Place, behind: &Behind) -> Result<SocketAddr, RunError> {
    if let Behind::Start(site) = behind
        && place.addresses().contains(&site.listen)
    {
        return Ok(site.listen);
    }
    place.answering()
}

/// What exchanges need: the way to this place, and their bounds.
fn desk(job: &Job, settings: &Settings) -> Result<Desk, RunError> {
    let (place, manners) = (&job.place, &job.manners);
    Ok(Desk {
        dialer: Dialer::new(place, &settings.tls, manners.http2)?,
        http2: manners.http2,
        keeps: !manners.churn,
        ask: job.ask.clone(),
        place: place.clone(),
        body_limit: manners.body_limit,
        redirects: manners.redirects,
    })
}

/// Starts the cores, conducts the run, and collects what they found.
fn play(
    plan: &Plan,
    job: &Job,
    settings: &Settings,
    desks: Vec<Desk>,
    observer: &mut dyn Observer,
) -> Result<HttpRun, RunError> {
    let (over, ends) = watch::channel(false);
    let watched = observer.first_look() < Nanos::FOREVER;
    let connections = (job.manners.connections as usize).div_ceil(settings.cores).max(1);
    thread::scope(move |scope| {
        let over = over; // dropped if the observer panics, which ends the cores
        let crew = Crew::hire(scope, plan, settings, desks, connections, watched, &ends);
        crew.ready()?;
        let clock = Clock::starting_at(monotonic() + LEAD);
        let joined = Joined::begin(&job.behind, clock, plan.window())?;
        if let Some(origin) = joined.origin().filter(|_| watched) {
            origin.watch();
        }
        crew.start(clock);
        let cpu = cpu_time();
        let mut conductor = Conductor {
            plan,
            clock,
            lookout: &crew.lookout,
            joined: &joined,
            warm_up: plan.warmup,
            warnings: Vec::new(),
        };
        // The scenario's events happen to the origin, which carries them out itself.
        let (events, cores) = (VecDeque::new(), crew.count());
        let conducted = course::conduct(&mut conductor, events, &crew.told, cores, observer);
        let (cpu, warnings) = (cpu_time() - cpu, conductor.warnings);
        let _ = over.send(true);
        let found = crew.come_home();
        let partial = conducted?.is_break();
        let mut run = collect(plan, job, settings, found.ok_or(RunError::Crashed)?, &joined);
        run.lane.partial = partial;
        run.figures.cpu_seconds = cpu.as_secs_f64();
        run.figures.warnings.extend(warnings);
        match joined.figures() {
            Ok(figures) => run.origin = figures,
            Err(error) => run.figures.warnings.push(format!("no figures of the origin: {error}")),
        }
        Ok(run)
    })
}

fn collect(
    plan: &Plan,
    job: &Job,
    settings: &Settings,
    (found, latencies): (Vec<Found>, Option<Latencies>),
    joined: &Joined,
) -> HttpRun {
    let mut requests = Recorder::new(plan.window(), plan.traffic.patience());
    let mut counts = Counts::default();
    for core in found {
        requests.merge(core.requests);
        counts.merge(core.counts);
    }
    latencies.iter().for_each(|latencies| latencies.add_to(&mut requests));
    let leak = |(wanted, of): &(Wanted, u16)| Leak {
        got: job.ask.shown(*wanted),
        made_for: job.ask.shown(Wanted { variant: *of, ..*wanted }),
    };
    let leaks = counts.leaks.iter().map(leak).collect();
    let mut figures = counts.into_figures(job.place.shown(), settings.clone(), leaks);
    figures.overloaded = figures::overloaded(&mut requests, settings);
    let lane = LaneRun {
        requests,
        origin: joined.ledger(plan.window()),
        cache: CacheCounts::default(),
        partial: false,
        panic: None,
    };
    HttpRun { lane, figures, origin: None }
}
