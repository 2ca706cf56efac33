//! What is to be done: the flags, understood. Everything wrong is said before anything is started.

use herdlab_loadgen::Settings;
use herdlab_loadgen::bench::{Course, Pace, Workload};
use herdlab_scenarios::units;
use herdlab_sim::plan::{Arrivals, Client};
use herdlab_sim::time::Nanos;

use super::args::{BenchArgs, Gaps};
use super::words::{self, Bound};
use crate::exit::{Stop, understood};
use crate::place::Place;
use crate::tick;

/// Where a search begins if no rate is said.
const SEARCH_FROM: f64 = 1_000.0;
/// The longest wait for answers after a round.
const DRAIN: Nanos = Nanos::from_secs(10);
/// Beyond this many a second nothing can be sent.
const HIGHEST_RATE: f64 = 1e7;
/// The largest value that Redis takes.
const LARGEST_VALUE: u64 = 512 << 20;

/// A benchmark to be run.
#[derive(Clone)]
pub(super) struct Plan {
    /// The caches, each with the name it has in the result.
    pub(super) places: Vec<(String, Place)>,
    pub(super) workload: Workload,
    pub(super) settings: Settings,
    /// The first round; the others differ by their number.
    pub(super) course: Course,
    pub(super) rounds: u32,
    pub(super) search: Option<Bound>,
}

impl Plan {
    pub(super) fn new(args: &BenchArgs) -> Result<Self, Stop> {
        let mut settings = Settings {
            client: Client {
                connections: args.connections,
                engine: args.engine.into(),
                ..Client::default()
            },
            allow_remote: args.allow_remote,
            tls: args.tls.settings(),
            tick: args.tick.tick()?,
            drain: DRAIN,
            ..Settings::default()
        };
        settings.cores = args.cores.map_or(settings.cores, usize::from);
        let search = said("--search", args.search.as_deref(), Bound::parse)?;
        if let Some(bound) = &search {
            tick::bears(settings.tick, "the bound of --search", bound.limit)?;
        }
        let duration = said("--duration", args.duration.as_deref(), span)?;
        let usual = if search.is_some() { Nanos::SECOND } else { Nanos::from_secs(5) };
        let duration = duration.unwrap_or(usual);
        let warmup = match &args.warmup {
            Some(text) => understood("--warmup", text, units::span)?,
            None => duration.scale(0.2),
        };
        let workload = Workload {
            mix: understood("--ops", &args.ops, words::mix)?,
            value_size: understood("--value-size", &args.value_size, value_size)?,
            keys: understood("--keys", &args.keys, words::keys)?,
            hit: understood("--hit", &args.hit, words::share)?,
            batch: args.batch,
            seed: args.seed,
        };
        let pace = pace(args, &settings, search.is_some())?;
        Ok(Self {
            places: places(&args.backends)?,
            workload,
            settings,
            course: Course { pace, warmup, duration, number: 0 },
            rounds: args.rounds,
            search,
        })
    }
}

fn said<T>(
    flag: &str,
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, Stop> {
    text.map(|text| understood(flag, text, parse)).transpose()
}

fn span(text: &str) -> Result<Nanos, String> {
    let span = units::span(text)?;
    if span < Nanos::from_millis(10) {
        return Err("is too short to measure anything; write at least 10ms".to_owned());
    }
    Ok(span)
}

fn value_size(text: &str) -> Result<u32, String> {
    let bytes = units::size(text)?;
    if bytes > LARGEST_VALUE {
        return Err("is more than the 512MiB that a value may have".to_owned());
    }
    Ok((bytes as u32).max(28)) // the header, by which a value is known again
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = units::rate(text)?;
    if !(0.1..=HIGHEST_RATE).contains(&rate) {
        return Err("is no rate that can be measured; write 0.1/s to 10M/s".to_owned());
    }
    Ok(rate)
}

fn pace(args: &BenchArgs, settings: &Settings, search: bool) -> Result<Pace, Stop> {
    let arrivals = match args.arrivals {
        Gaps::Poisson => Arrivals::Poisson,
        Gaps::Constant => Arrivals::Constant,
    };
    let open = |per_second| Pace::Rate { per_second, arrivals };
    Ok(match said("--rate", args.rate.as_deref(), rate)? {
        Some(rate) => open(rate),
        None if search => open(SEARCH_FROM),
        None => {
            let each = settings.client.connections_a_core(settings.cores);
            let connections = u32::try_from(each * settings.cores).unwrap_or(u32::MAX);
            Pace::Users { users: args.users.unwrap_or(connections), pipeline: args.pipeline }
        }
    })
}

/// The caches; one that is there again has its number behind its name.
fn places(words: &[String]) -> Result<Vec<(String, Place)>, Stop> {
    let mut places: Vec<(String, Place)> = Vec::new();
    for word in words {
        let place = Place::parse(word)?;
        if !place.is_real() {
            let hint = "herdlab bench measures real caches: redis (a private server) or redis://host:port/db";
            return Err(Stop::usage(format!(
                "error: the model has no speed of its own to benchmark\n  = help: {hint}"
            )));
        }
        let shown = place.shown();
        let before = places.iter().filter(|(_, there)| there.shown() == shown).count();
        let name = if before == 0 { shown } else { format!("{shown}#{}", before + 1) };
        places.push((name, place));
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;
    use proptest::prelude::*;

    fn plan(args: &[&str]) -> Result<Plan, String> {
        let words = ["herdlab", "bench"].iter().chain(args);
        let cli = Cli::try_parse_from(words).map_err(|error| error.to_string())?;
        let Some(Command::Bench(args)) = cli.command else { panic!("another command") };
        Plan::new(&args).map_err(|stop| stop.message)
    }

    #[test]
    fn there_is_a_user_for_each_connection() {
        let closed = plan(&["redis", "--cores", "2", "--connections", "4", "--pipeline", "16"]);
        assert_eq!(closed.unwrap().course.pace, Pace::Users { users: 4, pipeline: 16 });
        let fewer = plan(&["redis", "--users", "7"]).unwrap().course.pace;
        assert_eq!(fewer, Pace::Users { users: 7, pipeline: 1 });
        let open = plan(&["redis", "--rate", "10k/s", "--arrivals", "constant"]).unwrap();
        let expected = Pace::Rate { per_second: 10_000.0, arrivals: Arrivals::Constant };
        assert_eq!(open.course.pace, expected);
        assert!(plan(&["redis", "--rate", "10k/s", "--users", "7"]).is_err(), "one or the other");
    }

    #[test]
    fn a_search_has_short_steps_and_a_round_is_longer() {
        let course = |args: &[&str]| plan(args).unwrap().course;
        assert_eq!(course(&["redis"]).duration, Nanos::from_secs(5));
        assert_eq!(course(&["redis", "--search", "p99 < 2ms"]).duration, Nanos::SECOND);
        assert_eq!(course(&["redis", "--duration", "2s"]).warmup, Nanos::from_millis(400));
        assert_eq!(course(&["redis", "--warmup", "0s"]).warmup, Nanos::ZERO);
    }

    #[test]
    fn a_cache_that_is_there_twice_has_two_names_and_no_name_has_a_password() {
        let names = |args: &[&str]| -> Vec<String> {
            plan(args).unwrap().places.into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(&["redis", "redis", "redis"]), ["redis", "redis#2", "redis#3"]);
        assert_eq!(
            names(&["redis://joe:a@127.0.0.1:1", "redis://joe:b@127.0.0.1:1"]),
            ["redis://***@127.0.0.1:1", "redis://***@127.0.0.1:1#2"]
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_flag() {
        for (args, said) in [
            (&["model"][..], "real caches"),
            (&["redsi"], "--on takes"),
            (&["redis", "--ops", "gte"], "--ops gte: "),
            (&["redis", "--value-size", "2"], "--value-size 2: needs a unit"),
            (&["redis", "--value-size", "1GiB"], "512MiB"),
            (&["redis", "--duration", "1ms"], "at least 10ms"),
            (&["redis", "--rate", "0/s"], "0.1/s to 10M/s"),
            (&["redis", "--search", "p99 > 1"], "is no bound"),
        ] {
            let reason = plan(args).err().unwrap_or_default();
            assert!(reason.contains(said), "{args:?}: {reason}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_a_plan_or_a_reason(
            flag in prop::sample::select(vec!["--ops", "--keys", "--hit", "--value-size", "--rate", "--duration",
                "--warmup", "--search", "--users", "--pipeline", "--connections", "--rounds", "--batch"]),
            text in prop_oneof![
                any::<String>(),
                "[a-z_=,.:%<0-9 kM/s-]{0,24}",
                "(zipf|uniform|get|p99 <|set=)[:=0-9.kMs %-]{0,12}",
            ],
        ) {
            match plan(&["redis", &format!("{flag}={text}")]) {
                Ok(plan) => {
                    prop_assert!(plan.course.duration >= Nanos::from_millis(10));
                    prop_assert!(plan.workload.mix.iter().any(|(_, weight)| *weight > 0.0));
                    prop_assert!((0.0..=1.0).contains(&plan.workload.hit));
                }
                Err(reason) => prop_assert!(reason.len() > 10, "{reason}"),
            }
        }
    }
}
