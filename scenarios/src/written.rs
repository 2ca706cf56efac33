//! A scenario as a file, with what was put to it while it was played.

use herdlab_sim::plan::{Change, Event, Setting};
use herdlab_sim::strategy::Setpoint;
use serde_json::{Map, Value as Json, json};

use crate::scenario::Scenario;
use crate::units::rate_text;

impl Scenario {
    /// The scenario as text of its own language, every default filled and these events put to its own: read again it
    /// means exactly what was played.
    #[must_use]
    pub fn written(&self, acts: &[Event]) -> String {
        let mut document = self.resolved();
        if let Json::Object(document) = &mut document
            && !acts.is_empty()
        {
            let events = document.entry("event").or_insert_with(|| json!([]));
            if let Json::Array(events) = events {
                events.extend(acts.iter().map(event));
            }
        }
        text_of(&document)
    }
}

/// A resolved document as TOML. Every value of one is text, a number, a switch, or a list or table of these.
#[must_use]
pub fn text_of(resolved: &Json) -> String {
    toml::to_string(resolved).unwrap_or_default()
}

/// An event as a scenario says it.
fn event(event: &Event) -> Json {
    let mut table = Map::new();
    let mut say = |name: &str, value: Json| _ = table.insert(name.to_owned(), value);
    say("at", json!(event.at.to_string()));
    let (deed, rest): (&str, &[(&str, Json)]) = match event.change {
        Change::Flush => ("flush", &[]),
        Change::Bump => ("bump", &[]),
        Change::Expire(item) => ("expire", &[("item", json!(item.0))]),
        Change::SlowOrigin(factor) => {
            ("slow", &[("target", json!("origin")), ("factor", json!(factor))])
        }
        Change::FailOrigin(share) => {
            ("fail", &[("target", json!("origin")), ("share", json!(share))])
        }
        Change::StopOrigin => ("stop", &[("target", json!("origin"))]),
        Change::RestoreOrigin => ("restore", &[("target", json!("origin"))]),
        Change::StopCache => ("stop", &[("target", json!("cache"))]),
        Change::KillCache => ("kill", &[("target", json!("cache"))]),
        Change::SlowCache(span) => {
            ("slow", &[("target", json!("cache")), ("latency", json!(span.to_string()))])
        }
        Change::LoseCache(share) => {
            ("lose", &[("target", json!("cache")), ("share", json!(share))])
        }
        Change::ResetCache => ("reset", &[("target", json!("cache"))]),
        Change::RestoreCache => ("restore", &[("target", json!("cache"))]),
        Change::Rate(rate) => ("rate", &[("rate", json!(rate_text(rate)))]),
        Change::Crash(item) => ("crash", &[("item", json!(item.0))]),
        Change::LagOrigin(span) => {
            ("lag", &[("target", json!("origin")), ("span", json!(span.to_string()))])
        }
        Change::LagCache(span) => {
            ("lag", &[("target", json!("cache")), ("span", json!(span.to_string()))])
        }
        Change::SkewClocks(span) => ("skew", &[("span", json!(span.to_string()))]),
        Change::Deploy { every, rename } => {
            ("deploy", &[("every", json!(every.to_string())), ("rename", json!(rename))])
        }
        Change::Reconnect(over) => ("reconnect", &[("over", json!(over.to_string()))]),
        Change::Squeeze(left) => ("squeeze", &[("left", json!(left))]),
        Change::Load => ("load", &[]),
        Change::Concurrency(slots) => {
            let slots = slots.map_or_else(|| json!("unlimited"), |slots| json!(slots));
            ("set", &[("field", json!("origin.concurrency")), ("value", slots)])
        }
        Change::Set(setting) => {
            ("set", &[("field", json!(path(setting))), ("value", value(setting.value))])
        }
    };
    say("do", json!(deed));
    rest.iter().for_each(|(name, value)| say(name, value.clone()));
    Json::Object(table)
}

/// The path under which events set a parameter.
fn path(setting: Setting) -> String {
    match setting.parameter {
        "ttl" => "cache.ttl".to_owned(),
        name => format!("strategy.{name}"),
    }
}

fn value(value: Setpoint) -> Json {
    match value {
        Setpoint::Span(span) => json!(span.to_string()),
        Setpoint::Number(number) => json!(number),
        Setpoint::Count(count) => json!(count),
        Setpoint::Switch(switch) => json!(switch),
    }
}
