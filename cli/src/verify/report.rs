//! A verification's record in each of its formats.

use herdlab_sim::sweep::{Agreement, Estimate, Verdict};

use super::record::{Cache, Record};
use crate::args::Format;
use crate::bench::csv::cell;
use crate::bench::table::{Rows, aligned, markdown};
use crate::exit::Stop;
use crate::record::no_log;
use crate::summary::format::{list, percent, plain, wrapped};
use crate::sweep::figure::{estimate, figure};

/// The report as text; `width` columns wide if a person reads it.
pub(super) fn text(
    name: &str,
    record: &Record,
    format: Format,
    width: usize,
) -> Result<String, Stop> {
    match format {
        Format::Json => serde_json::to_string(record)
            .map(|text| text + "\n")
            .map_err(|error| Stop::runtime(format!("error: no record: {error}"))),
        Format::Csv => Ok(csv(record)),
        Format::Markdown => Ok(plain(&in_markdown(name, record))),
        Format::Human => Ok(plain(&human(name, record, width))),
        Format::IntervalLog => Err(no_log()),
    }
}

fn title(name: &str, record: &Record) -> String {
    let servers: Vec<&str> = record.caches.iter().map(|cache| cache.server.as_str()).collect();
    let cut = if record.partial { ", cut short" } else { "" };
    format!("{name}: the model against {}, {} rounds{cut}", list(&servers), record.rounds)
}

/// How many figures agree, which differ and which way.
fn verdict(cache: &Cache, within: f64) -> Vec<String> {
    let of = |verdict| cache.figures().filter(move |(.., found)| found.verdict == verdict);
    let (all, agree) = (cache.figures().count(), of(Verdict::Agree).count());
    let mut said =
        vec![format!("{}: {agree} of {all} figures agree within {}.", cache.on, percent(within))];
    said.extend(of(Verdict::Differ).map(|(lane, metric, found)| {
        let [model, real] = [found.model.mean, found.real.mean].map(|mean| figure(metric, mean));
        format!("{}: {metric} of {lane} differs: {real}, where the model has {model}.", cache.on)
    }));
    let open: Vec<String> =
        of(Verdict::Open).map(|(lane, metric, _)| format!("{metric} of {lane}")).collect();
    if !open.is_empty() {
        let open: Vec<&str> = open.iter().map(String::as_str).collect();
        said.push(format!("{}: more rounds would tell of {}.", cache.on, list(&open)));
    }
    said
}

/// A row a figure.
fn rows(cache: &Cache) -> Rows {
    let head = ["lane", "metric", "model", &cache.on, "difference", ""];
    let row = |(lane, metric, found): (&str, &'static str, &Agreement)| {
        let shown = |one: &Estimate| estimate(metric, one);
        let word = match found.verdict {
            Verdict::Agree => "agrees",
            Verdict::Differ => "DIFFERS",
            Verdict::Open => "open",
        };
        let [model, real, by] = [&found.model, &found.real, &found.difference].map(shown);
        vec![lane.to_owned(), metric.to_owned(), model, real, by, word.to_owned()]
    };
    [head.map(str::to_owned).to_vec()].into_iter().chain(cache.figures().map(row)).collect()
}

const LEGEND: &str = "Means over the rounds, ± half of their 95% interval. The difference is taken round by round: both ran \
the same requests.";

fn human(name: &str, record: &Record, width: usize) -> String {
    let mut text = format!("{}\n\n", wrapped(&title(name, record), width));
    for sentence in record.caches.iter().flat_map(|cache| verdict(cache, record.within)) {
        text.push_str(&format!("{}\n", wrapped(&sentence, width)));
    }
    for cache in &record.caches {
        text.push_str(&format!("\n{}", aligned(&rows(cache))));
    }
    text.push_str(&format!("{}\n", wrapped(LEGEND, width)));
    for note in &record.notes {
        text.push_str(&format!("{}\n", wrapped(&format!("note: {note}"), width)));
    }
    text.push_str(&format!("\nrepeat: {}\n", record.command));
    text
}

fn in_markdown(name: &str, record: &Record) -> String {
    let mut text = format!("## {}\n\n", title(name, record));
    for sentence in record.caches.iter().flat_map(|cache| verdict(cache, record.within)) {
        text.push_str(&format!("- {sentence}\n"));
    }
    for cache in &record.caches {
        text.push_str(&format!("\n{}", markdown(&rows(cache))));
    }
    let notes: String = record.notes.iter().map(|note| format!("- Note: {note}\n")).collect();
    text.push_str(&format!("\n{LEGEND}\n\n{notes}\n```sh\n{}\n```\n", record.command));
    text
}

/// Tidy CSV (RFC 4180): a line a cache, lane and metric.
fn csv(record: &Record) -> String {
    let bounds = |one: &Estimate| match one.ci95 {
        Some([low, high]) => format!("{},{low},{high}", one.mean),
        None => format!("{},,", one.mean),
    };
    let mut text = String::from("cache,lane,metric");
    for name in ["model", "real", "difference"] {
        text.push_str(&format!(",{name},{name}.low,{name}.high"));
    }
    text.push_str(",verdict\n");
    for cache in &record.caches {
        for (lane, metric, found) in cache.figures() {
            let [model, real, by] =
                [found.model, found.real, found.difference].map(|one| bounds(&one));
            let word = match found.verdict {
                Verdict::Agree => "agree",
                Verdict::Differ => "differ",
                Verdict::Open => "open",
            };
            let (on, lane) = (cell(&cache.on), cell(lane));
            text.push_str(&format!("{on},{lane},{metric},{model},{real},{by},{word}\n"));
        }
    }
    text
}
