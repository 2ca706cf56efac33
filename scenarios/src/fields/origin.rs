//! `[origin]`: what computes.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Discipline, OnAbandon, Origin, Queue, Remote};
use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use super::TrafficField;
use super::traffic::{read_rate, show_rate};
use crate::kind::Kind;
use crate::section::{Section, show_span};
use crate::tree::Node;
use crate::values::{
    Wrong, count, only, or_word, part, part_or, positive_span, read_choice, share, table, text,
};

const DISCIPLINES: &[(&str, Discipline)] = &[
    ("fifo", Discipline::Fifo),
    ("lifo", Discipline::Lifo),
    ("drop-expired", Discipline::DropExpired),
];

/// The most slots and places in a queue.
const MOST: u32 = 10_000_000;

pub(crate) fn origin(section: Section<'_>, traffic: &TrafficField) -> Origin {
    let read = Origin {
        concurrency: section.field(
            "concurrency",
            "computes at a time; the rest queue",
            Kind::Count(1, MOST).or("unlimited"),
            Some(100),
            |slots| limit_text(*slots),
            read_concurrency,
        ),
        latency: section.law("latency", "a compute", Law::Constant(Nanos::from_millis(100))),
        queue: queue(&section, traffic),
        failure_rate: section.field(
            "failure_rate",
            "the share of computes that end in an error",
            Kind::Share,
            0.0,
            |share| json!(share),
            share,
        ),
        on_abandon: section.choice(
            "on_abandon",
            "what becomes of work that nobody waits for: it is done all the same, or dropped while it is queued",
            OnAbandon::Work,
            &[("work", OnAbandon::Work), ("drop", OnAbandon::Drop)],
        ),
        http: http(&section),
    };
    section.finish();
    read
}

/// A service of the user's own; the model knows none.
fn http(section: &Section<'_>) -> Option<Remote> {
    let parts = Kind::table([
        ("url", Kind::Text),
        ("rate?", Kind::Rate),
        ("failed?", Kind::Share),
        ("latency?", Kind::Span),
    ]);
    section.field(
        "http",
        "your own service as the origin, in real time only: its URL with {item}, the most calls a second, and the share of \
         failures or the mean latency at which the run ends",
        Kind::Either(vec![Kind::Text, parts]),
        None,
        show_http,
        read_http,
    )
}

fn show_http(http: &Option<Remote>) -> Json {
    http.as_ref().map_or_else(
        || json!("none"),
        |Remote { url, rate, failed, latency }| {
            json!({ "url": url, "rate": show_rate(rate), "failed": failed, "latency": show_span(latency) })
        },
    )
}

/// `"http://127.0.0.1:8000/{item}"`, or a table that says more.
fn read_http(node: &Node) -> Result<Option<Remote>, Wrong> {
    if let Ok(url) = text(node) {
        return Ok(Some(url).filter(|url| *url != "none").map(|url| Remote::at(url.to_owned())));
    }
    let example = "{ url = \"http://127.0.0.1:8000/{item}\", rate = \"50/s\" }";
    let parts = table(node, example)?;
    only(parts, &["url", "rate", "failed", "latency"])?;
    let url = part(node, "url", example, |node| text(node).map(str::to_owned))?;
    let usual = Remote::at(url);
    Ok(Some(Remote {
        rate: part_or(parts, "rate", usual.rate, read_rate)?,
        failed: part_or(parts, "failed", usual.failed, share)?,
        latency: part_or(parts, "latency", usual.latency, positive_span)?,
        ..usual
    }))
}

pub(super) fn limit_text(limit: Option<u32>) -> Json {
    limit.map_or_else(|| json!("unlimited"), |limit| json!(limit))
}

/// Computes at a time.
pub(super) fn read_concurrency(node: &Node) -> Result<Option<u32>, Wrong> {
    or_word(node, "unlimited", |node| count(node, 1, MOST))
}

/// A queue that drops the expired has to know when its clients give up.
fn queue(section: &Section<'_>, traffic: &TrafficField) -> Queue {
    let kind = Kind::table([
        ("limit?", Kind::Count(0, MOST).or("unlimited")),
        ("discipline?", Kind::Choice(DISCIPLINES.iter().map(|(word, _)| *word).collect())),
    ]);
    let about = "who waits for a free slot: how many (more are shed at once), and who is next";
    let queue = section.field("queue", about, kind, Queue::default(), show_queue, read_queue);
    if queue.discipline == Discipline::DropExpired && traffic.timeout.is_none() && traffic.sound {
        let place = section.entry("queue").map(|entry| entry.node.place.clone());
        let what = "a queue that drops expired calls needs clients who give up";
        let hint = Some("say traffic.timeout = \"2s\" too".to_owned());
        section.reading.fault(place, what, "here", hint);
    }
    queue
}

fn show_queue(queue: &Queue) -> Json {
    let word = DISCIPLINES.iter().find(|(_, d)| *d == queue.discipline).map(|(word, _)| *word);
    json!({ "limit": limit_text(queue.limit), "discipline": word })
}

fn read_queue(node: &Node) -> Result<Queue, Wrong> {
    let parts = table(node, "{ limit = 100, discipline = \"fifo\" }")?;
    only(parts, &["limit", "discipline"])?;
    let limit = |node: &Node| or_word(node, "unlimited", |node| count(node, 0, MOST));
    Ok(Queue {
        limit: part_or(parts, "limit", None, limit)?,
        discipline: part_or(parts, "discipline", Discipline::Fifo, |node| {
            read_choice(node, DISCIPLINES)
        })?,
    })
}
