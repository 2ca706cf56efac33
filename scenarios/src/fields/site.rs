//! What `[cache]` says of a site: where it is. Its cache is its own, so there is nothing else to say of it.

use herdlab_sim::plan::{Lane, Rules};
use herdlab_sim::strategy::{AnyStrategy, TtlOnly};
use herdlab_sim::time::Nanos;
use serde_json::json;

use crate::fault::Place;
use crate::kind::Kind;
use crate::section::Section;
use crate::tree::Node;
use crate::values::{Wrong, text};

/// What `cache.target` may look like.
const EXAMPLE: &str = "\"http://127.0.0.1:8000/product/{id}\"";

/// Fields of a cache that the run has itself.
const OURS: [&str; 9] = [
    "warm",
    "capacity",
    "entries",
    "cull_frequency",
    "eviction",
    "expiry",
    "latency",
    "timeout",
    "on_error",
];

/// A site that a scenario is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SiteField {
    /// Its URL, with variables.
    pub(crate) target: String,
    /// Where it is said that the scenario is about one.
    pub(crate) place: Place,
}

/// The site of `backend = "http"`; one without a URL was found fault with.
pub(super) fn site(section: &Section<'_>) -> Option<SiteField> {
    let about =
        "the site that herdlab load puts load on: its URL, {id} for the item (backend = \"http\")";
    let show = |target: &String| json!(Some(target).filter(|target| !target.is_empty()));
    let target = section.field("target", about, Kind::Text, String::new(), show, url);
    let place = section.entry("backend").map(|entry| entry.node.place.clone());
    if section.entry("target").is_none() {
        let hint = Some(format!("say target = {EXAMPLE} too"));
        let what = "cache.backend = \"http\" needs a cache.target";
        section.reading.fault(place.clone(), what, "of which site?", hint);
    }
    for name in OURS {
        let what = format!("a site's cache is its own: nothing is decided by cache.{name}");
        section.refuse(name, "backend", &what, "drop it, or say another cache.backend");
    }
    Some(SiteField { target, place: place? })
}

/// The one lane of a site. What its cache does nobody knows; an origin of ours says how long a value is good.
pub(crate) fn sites_lanes(top: &Section<'_>, site: &SiteField, ttl: Nanos) -> Vec<Lane> {
    let said = top.entry("strategy").map(|entry| &entry.node.place);
    // A flag may make a site of a file's cache.
    if let Some(place) = said.filter(|place| place.text >= site.place.text) {
        let hint = Some("drop it, or say another cache.backend".to_owned());
        let what = "a site's cache is its own: it has no [[strategy]]";
        top.reading.fault(Some(place.clone()), what, "said here", hint);
    }
    let strategy = AnyStrategy::Ttl(TtlOnly { ttl });
    vec![Lane { name: "site".to_owned(), strategy, rules: Rules::default() }]
}

/// No other backend has a target.
pub(super) fn no_site(section: &Section<'_>) {
    if section.sound("backend") {
        let what = "cache.target is the URL of a site, and cache.backend is none";
        section.refuse("target", "backend", what, "say cache.backend = \"http\" too, or drop it");
    }
}

/// Who loads it looks closer: at its host, its port and its variables.
fn url(node: &Node) -> Result<String, Wrong> {
    let said = text(node)?;
    let rest = said.strip_prefix("http://").or_else(|| said.strip_prefix("https://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    if host.is_empty() {
        let wrong = Wrong::new(format!("is {said:?}, expected the URL of a site")).at(node);
        return Err(wrong.hint(format!("write {EXAMPLE}")));
    }
    Ok(said.to_owned())
}
