//! The command that repeats a run.

use crate::args::{RunArgs, ScenarioArgs};
use crate::bench::args::{BenchArgs, Client, Gaps};
use crate::load::args::LoadArgs;
use crate::origin::args::{CachingArgs, OriginArgs};
use crate::replay::args::ReplayArgs;
use crate::sweep::args::SweepArgs;
use crate::tls::TlsArgs;
use crate::verify::args::VerifyArgs;

/// The command line, with the seed said and every field that was set. `on` is the place as it may be shown.
pub(crate) fn command(verb: &str, run: &RunArgs, seed: u64, on: &str) -> String {
    let mut words = words(verb, &run.scenario, &run.with);
    for assert in &run.asserts {
        words.extend(["--assert".to_owned(), quoted(assert)]);
    }
    words.extend(["--seed".to_owned(), seed.to_string()]);
    if on != "model" {
        words.extend(["--on".to_owned(), quoted(on)]);
    }
    if run.allow_remote {
        words.push("--allow-remote".to_owned());
    }
    if run.allow_flush {
        words.push("--allow-flush".to_owned());
    }
    words.extend(tls(&run.tls));
    words.join(" ")
}

/// The command line that repeats a run in which something was done by hand: of the scenario that has it, if it was
/// written, or else by a script.
pub(crate) fn played(
    verb: &str,
    run: &RunArgs,
    seed: u64,
    on: &str,
    script: &str,
    written: Option<&str>,
) -> String {
    let plain = ScenarioArgs {
        set: Vec::new(),
        duration: None,
        rate: None,
        strategies: Vec::new(),
        ..run.with.clone()
    };
    let (scenario, with) = match written {
        Some(file) => (file, &plain),
        None => (run.scenario.as_str(), &run.with),
    };
    let again = RunArgs { scenario: scenario.to_owned(), with: with.clone(), ..run.clone() };
    let command = command(verb, &again, seed, on);
    if written.is_some() { command } else { format!("{command} --script {}", quoted(script)) }
}

/// The command line that repeats a sweep.
pub(crate) fn sweep(sweep: &SweepArgs, seed: u64) -> String {
    let mut words = words("sweep", &sweep.scenario, &sweep.with);
    for vary in &sweep.vary {
        words.extend(["--vary".to_owned(), quoted(vary)]);
    }
    words.extend(["--seeds".to_owned(), sweep.seeds.to_string()]);
    words.extend(["--seed".to_owned(), seed.to_string()]);
    if !sweep.metric.is_empty() {
        words.extend(["--metric".to_owned(), quoted(&sweep.metric.join(","))]);
    }
    words.join(" ")
}

/// The command line that repeats a verification. `places` are the caches as they may be shown.
pub(crate) fn verify(verify: &VerifyArgs, seed: u64, places: &[String]) -> String {
    let mut words = words("verify", &verify.scenario, &verify.with);
    for place in places {
        words.extend(["--on".to_owned(), quoted(place)]);
    }
    words.extend(["--rounds".to_owned(), verify.rounds.to_string()]);
    words.extend(["--within".to_owned(), quoted(&verify.within)]);
    words.extend(["--seed".to_owned(), seed.to_string()]);
    if !verify.metric.is_empty() {
        words.extend(["--metric".to_owned(), quoted(&verify.metric.join(","))]);
    }
    if verify.allow_remote {
        words.push("--allow-remote".to_owned());
    }
    if verify.allow_flush {
        words.push("--allow-flush".to_owned());
    }
    words.extend(tls(&verify.tls));
    words.join(" ")
}

/// The command line that repeats a benchmark. `places` are the caches as they may be shown.
pub(crate) fn bench(bench: &BenchArgs, places: impl Iterator<Item = String>) -> String {
    let mut words = vec!["herdlab".to_owned(), "bench".to_owned()];
    words.extend(places.map(|place| quoted(&place)));
    for (flag, value) in [
        ("--ops", &bench.ops),
        ("--value-size", &bench.value_size),
        ("--keys", &bench.keys),
        ("--hit", &bench.hit),
        ("--tick", &bench.tick.tick),
    ] {
        words.extend([flag.to_owned(), quoted(value)]);
    }
    for (flag, value) in [
        ("--rate", bench.rate.clone()),
        ("--users", bench.users.map(|users| users.to_string())),
        ("--cores", bench.cores.map(|cores| cores.to_string())),
        ("--duration", bench.duration.clone()),
        ("--warmup", bench.warmup.clone()),
        ("--search", bench.search.clone()),
    ] {
        if let Some(value) = value {
            words.extend([flag.to_owned(), quoted(&value)]);
        }
    }
    if bench.engine == Client::RedisRs {
        words.extend(["--engine".to_owned(), "redis-rs".to_owned()]);
    }
    if bench.arrivals == Gaps::Constant {
        words.extend(["--arrivals".to_owned(), "constant".to_owned()]);
    }
    for (flag, value) in [
        ("--batch", u64::from(bench.batch)),
        ("--connections", bench.connections.into()),
        ("--pipeline", bench.pipeline.into()),
        ("--rounds", bench.rounds.into()),
        ("--seed", bench.seed),
    ] {
        words.extend([flag.to_owned(), value.to_string()]);
    }
    if bench.allow_remote {
        words.push("--allow-remote".to_owned());
    }
    words.extend(tls(&bench.tls));
    words.join(" ")
}

/// The command, the scenario and what flags say of it, but for the seed.
fn words(verb: &str, scenario: &str, args: &ScenarioArgs) -> Vec<String> {
    let mut words = vec!["herdlab".to_owned(), verb.to_owned(), quoted(scenario)];
    if !args.strategies.is_empty() {
        words.extend(["-s".to_owned(), quoted(&args.strategies.join(","))]);
    }
    for set in &args.set {
        words.extend(["--set".to_owned(), quoted(set)]);
    }
    for (flag, value) in [("--duration", &args.duration), ("--rate", &args.rate)] {
        if let Some(value) = value {
            words.extend([flag.to_owned(), quoted(value)]);
        }
    }
    words
}

fn tls(args: &TlsArgs) -> impl Iterator<Item = String> {
    args.said().into_iter().flat_map(|(flag, value)| [flag.to_owned(), quoted(&value)])
}

/// The command line that repeats a replay.
pub(crate) fn replay(args: &ReplayArgs) -> String {
    let mut words = vec!["herdlab".to_owned(), "replay".to_owned()];
    words.extend(args.traces.iter().map(|file| quoted(&file.display().to_string())));
    words.extend(["--policy".to_owned(), quoted(&args.policy.join(","))]);
    words.extend(["--size".to_owned(), quoted(&args.size.join(","))]);
    let reading = &args.reading;
    for (flag, value) in [
        ("--ttl", args.ttl.clone()),
        ("--overhead", (args.overhead != "0").then(|| args.overhead.clone())),
        ("--key-size", (args.key_size != 32).then(|| args.key_size.to_string())),
        ("--trace-format", reading.trace_format.clone()),
        ("--columns", reading.columns.clone()),
        ("--limit", reading.limit.map(|limit| limit.to_string())),
        ("--rate", (args.rate != "1000/s").then(|| args.rate.clone())),
        ("--sample", args.sample.map(|sample| sample.to_string())),
    ] {
        if let Some(value) = value {
            words.extend([flag.to_owned(), quoted(&value)]);
        }
    }
    for (flag, said) in [
        ("--active-expiry", args.active_expiry),
        ("--as-reads", args.as_reads),
        ("--curve", args.curve),
    ] {
        words.extend(said.then(|| flag.to_owned()));
    }
    words.join(" ")
}

/// The command line that repeats a load. Headers and cookies may be secrets: their values are left out.
/// `written` is the scenario that has what was done by hand, if somebody wrote it: it has what flags said of its fields.
pub(crate) fn load(args: &LoadArgs, seed: u64, written: Option<&str>) -> String {
    if let Some(file) = written {
        let plain = LoadArgs {
            scenario: Some(file.to_owned()),
            rate: None,
            arrivals: None,
            users: None,
            think: None,
            keys: None,
            duration: None,
            warmup: None,
            timeout: None,
            set: Vec::new(),
            ..args.clone()
        };
        return load(&plain, seed, None);
    }
    let mut words = vec!["herdlab".to_owned(), "load".to_owned()];
    words.extend(args.url.iter().map(|url| quoted(url)));
    let mut say = |flag: &str, value: &str| words.extend([flag.to_owned(), quoted(value)]);
    for (flag, value) in [
        ("--scenario", &args.scenario),
        ("--rate", &args.rate),
        ("--arrivals", &args.arrivals),
        ("--users", &args.users.map(|users| users.to_string())),
        ("--think", &args.think),
        ("--keys", &args.keys),
        ("--duration", &args.duration),
        ("--warmup", &args.warmup),
        ("--timeout", &args.timeout),
        ("--method", &args.method),
        ("--body", &args.body),
        ("--hit", &args.hit),
        ("--must-contain", &args.must_contain),
        ("--origin", &args.origin),
    ] {
        if let Some(value) = value {
            say(flag, value);
        }
    }
    let secret = |text: &String, mark: char| match text.split_once(mark) {
        Some((name, value)) if !value.contains('{') => format!("{name}{mark}***"),
        _ => text.clone(),
    };
    args.set.iter().for_each(|set| say("--set", set));
    args.variables.iter().for_each(|variable| say("--var", variable));
    args.headers.iter().for_each(|header| say("--header", &secret(header, ':')));
    args.cookies.iter().for_each(|cookie| say("--cookie", &secret(cookie, '=')));
    args.asserts.iter().for_each(|assert| say("--assert", assert));
    say("--connections", &args.connections.to_string());
    say("--redirects", &args.redirects.to_string());
    say("--body-limit", &args.body_limit);
    say("--tick", &args.tick.tick);
    say("--seed", &seed.to_string());
    for (flag, said) in [
        ("--compressed", args.compressed),
        ("--churn", args.churn),
        ("--http2", args.http2),
        ("--allow-remote", args.allow_remote),
        ("--yes", args.yes),
    ] {
        words.extend(said.then(|| flag.to_owned()));
    }
    words.extend(caching(&args.caching));
    words.extend(tls(&args.tls));
    words.join(" ")
}

/// The command line that starts an origin again.
pub(crate) fn origin(args: &OriginArgs, seed: u64) -> String {
    let mut words = vec!["herdlab".to_owned(), "origin".to_owned()];
    words.extend(args.scenario.iter().map(|scenario| quoted(scenario)));
    let mut say = |flag: &str, value: &str| words.extend([flag.to_owned(), quoted(value)]);
    say("--listen", &args.listen);
    if let Some(duration) = &args.duration {
        say("--duration", duration);
    }
    args.set.iter().for_each(|set| say("--set", set));
    args.asserts.iter().for_each(|assert| say("--assert", assert));
    say("--seed", &seed.to_string());
    words.extend(args.allow_remote.then(|| "--allow-remote".to_owned()));
    words.extend(caching(&args.caching));
    words.join(" ")
}

fn caching(args: &CachingArgs) -> Vec<String> {
    let mut words = Vec::new();
    let mut say = |flag: &str, value: &str| words.extend([flag.to_owned(), quoted(value)]);
    if let Some(control) = &args.cache_control {
        say("--cache-control", control);
    }
    if let Some(grace) = &args.stale_while_revalidate {
        say("--stale-while-revalidate", grace);
    }
    args.vary.iter().for_each(|header| say("--vary", header));
    words.extend(args.etag.then(|| "--etag".to_owned()));
    words
}

/// A word as a POSIX shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn only_words_that_a_shell_would_take_apart_are_quoted() {
        assert_eq!(quoted("cache.ttl=5s"), "cache.ttl=5s");
        assert_eq!(
            quoted("traffic.keys={ zipf = 1.0, count = 5 }"),
            "'traffic.keys={ zipf = 1.0, count = 5 }'"
        );
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
