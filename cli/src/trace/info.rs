//! `herdlab trace info`.

use herdlab_sim::replay::Survey;

use super::args::InfoArgs;
use crate::exit::{Exit, Stop};
use crate::replay::input::Input;
use crate::signals::Signals;
use crate::summary::format::{count, percent, plain};
use crate::{print, tell};

/// Parts of the time that rates are shown of.
const PARTS: usize = 60;

/// Reads it and says what it is like.
pub(crate) fn info(args: &InfoArgs) -> Result<Exit, Stop> {
    let signals = Signals::listen()
        .map_err(|error| Stop::runtime(format!("error: cannot listen to signals: {error}")))?;
    let mut input = Input::open(&args.trace, &args.reading, &signals)?;
    let (mut survey, mut batch) = (Survey::default(), Vec::new());
    while input.read(&mut batch) {
        survey.feed(&batch);
    }
    let name = args.trace.display().to_string();
    print(&plain(&text(&name, &input, &mut survey)))?;
    let Some(broken) = input.broken else { return Ok(Exit::Done) };
    tell(&format!("error: {name} was not read to its end: {broken}"));
    Ok(signals.stop().unwrap_or(Exit::Runtime))
}

fn text(name: &str, input: &Input, survey: &mut Survey) -> String {
    let (says, requests, distinct) = (input.says(), survey.requests(), survey.distinct());
    let mut text = format!("{name} ({})\n", input.format().name());
    let mut line = |what: &str, value: String| text.push_str(&format!("  {what:<16} {value}\n"));
    line("requests", count(requests));
    if says.operations {
        let [reads, writes, deletes, amends, expires] = survey.operations;
        let [reads, writes, deletes] = [reads, writes + amends, deletes].map(count);
        let ttls =
            if expires == 0 { String::new() } else { format!(", {} new TTLs", count(expires)) };
        line("operations", format!("{reads} reads, {writes} writes, {deletes} deletes{ttls}"));
    }
    let once = survey.once() as f64 / (distinct as f64).max(1.0);
    line("keys", format!("{}, {} of them asked for once", count(distinct), percent(once)));
    let heads = [survey.head(0.01), survey.head(0.1)].map(percent);
    line(
        "popular keys",
        format!("the first 1% have {} of the requests, the first 10% {}", heads[0], heads[1]),
    );
    if let Some(fit) = survey.fit() {
        let verdict = match fit.distance {
            d if d < 0.03 => "fits well",
            d if d < 0.1 => "fits roughly",
            _ => "no Zipf law",
        };
        line(
            "Zipf exponent",
            format!("{:.2} (distance {:.3}: {verdict})", fit.exponent, fit.distance),
        );
    }
    let quantiles = [0.5, 0.9, 0.99].map(|share| survey.distances().quantile(share));
    if let [Some(half), Some(nine), Some(most)] = quantiles.map(|distance| distance.map(count)) {
        line(
            "reuse distance",
            format!("p50 {half}, p90 {nine}, p99 {most} (entries that an LRU needs to hit)"),
        );
    }
    if says.sizes {
        line("bytes", format!("{} of all keys together", count(survey.bytes())));
    }
    if let Some((least, mean, most)) = survey.ttl_span() {
        line(
            "TTLs",
            format!(
                "{} requests say one: {least}s to {most}s, {mean:.0}s on average",
                count(survey.ttls)
            ),
        );
    }
    if says.times && survey.span().as_nanos() > 0 {
        let rate = requests as f64 / survey.span().as_secs_f64();
        line(
            "time",
            format!(
                "{}s, {rate:.1} requests/s on average, {}/s at most",
                count(survey.span().as_secs()),
                count(u64::from(survey.peak()))
            ),
        );
        line("rate over time", bars(&survey.rates(PARTS)));
    }
    text
}

/// A bar a rate.
fn bars(rates: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = rates.iter().copied().fold(1e-9, f64::max);
    rates.iter().map(|rate| BARS[((rate / most * 7.0).round() as usize).min(7)]).collect()
}
