//! The layers of a lane: what stands between its strategy and its world, whichever strategy it is.

use herdlab_sim::plan::{Breaker, Layers, Local, Nothing, Retry};
use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use crate::kind::Kind;
use crate::section::Section;
use crate::tree::Node;
use crate::values::{count, positive_span, share};

/// The fields of this file, which every lane has.
pub(crate) const NAMES: [&str; 11] = [
    "jitter",
    "l1",
    "l1_lag",
    "nothing",
    "nothing_ttl",
    "hedge",
    "retries",
    "retry_budget",
    "breaker",
    "breaker_open",
    "breaker_slow",
];

const NOTHING: &[(&str, bool)] = &[("cached", false), ("missed", true)];

/// The layers of a lane: shown only where something is said.
pub(crate) fn layers(section: &Section<'_>) -> Layers {
    let jitter = section.field(
        "jitter",
        "each stored entry lives shorter by up to this share of its ttl, drawn anew",
        Kind::Share,
        0.0,
        |share| json!(share),
        share,
    );
    let local = local(section);
    let missed = section.choice(
        "nothing",
        "what a reader makes of a cached answer that there is no such item: a hit, or a miss (`if cached is not None`)",
        false,
        NOTHING,
    );
    let ttl = span(section, "nothing_ttl", "how long such an answer is kept, if not as any other");
    let about = "after how long a second origin call is sent; the first answer counts";
    let hedge = span(section, "hedge", about);
    let nothing = Nothing { missed, ttl };
    Layers { jitter, local, nothing, hedge, retry: retry(section), breaker: breaker(section) }
}

fn local(section: &Section<'_>) -> Option<Local> {
    let about = "a cache in each process in front of the lane's: how long an entry stays there";
    let ttl = span(section, "l1", about);
    let about = "how much later than the process that invalidates the others' l1 hear of it; never if not said";
    let lag = section.field("l1_lag", about, Kind::Span, None, show_span, |node| {
        crate::values::span(node).map(Some)
    });
    belongs(section, ttl.is_some(), "l1", &["l1_lag"], "say l1 = \"1s\" too");
    Some(Local { ttl: ttl?, lag })
}

fn retry(section: &Section<'_>) -> Option<Retry> {
    let about = "how often an origin call that failed is made again, within the budget";
    let most = number(section, "retries", about, 100);
    let budget = section.field(
        "retry_budget",
        "calls made again / calls, over 10 s; 10 a second and process are always allowed",
        Kind::Share,
        0.2,
        |share| json!(share),
        share,
    );
    belongs(section, most.is_some(), "retries", &["retry_budget"], "say retries = 3 too");
    Some(Retry { most: most?, budget })
}

fn breaker(section: &Section<'_>) -> Option<Breaker> {
    let about =
        "so many failed origin calls in a row open a process's circuit: calls are refused at once";
    let failures = number(section, "breaker", about, 1_000_000);
    let open = section.span(
        "breaker_open",
        "for how long, until one call is let through as a trial",
        Nanos::from_secs(10),
    );
    let about = "an origin call that takes longer is given up, and counts as failed";
    let slow = span(section, "breaker_slow", about);
    let of_it = ["breaker_open", "breaker_slow"];
    belongs(section, failures.is_some(), "breaker", &of_it, "say breaker = 5 too");
    Some(Breaker { failures: failures?, open, slow })
}

fn span(section: &Section<'_>, name: &'static str, about: &'static str) -> Option<Nanos> {
    let read = |node: &Node| positive_span(node).map(Some);
    section.field(name, about, Kind::Span, None, show_span, read)
}

fn show_span(span: &Option<Nanos>) -> Json {
    span.map_or(Json::Null, |span| json!(span.to_string()))
}

fn number(
    section: &Section<'_>,
    name: &'static str,
    about: &'static str,
    most: u32,
) -> Option<u32> {
    let read = |node: &Node| count(node, 1, most).map(Some);
    section.field(name, about, Kind::Count(1, most), None, |n: &Option<u32>| json!(n), read)
}

/// Refuses the fields that say more of a layer which there is not.
fn belongs(
    section: &Section<'_>,
    there: bool,
    layer: &'static str,
    fields: &[&'static str],
    hint: &str,
) {
    if there || !section.sound(layer) {
        return;
    }
    for field in fields {
        let what = format!("{field} belongs to {layer}, which this lane does not have");
        section.refuse(field, layer, &what, hint);
    }
}
