//! The language as a JSON Schema, for editors: what may be written where, and what it means.
//!
//! It says what one value may be. What depends on two of them (an event after the end of the run, capacity beside
//! entries) only a reader of the whole scenario can tell: `herdlab check`.

use herdlab_sim::strategy::AnyStrategy;
use serde_json::{Map, Value as Json, json};

use crate::declared::declared;
use crate::field::Field;
use crate::fields::deeds;
use crate::kind::Kind;
use crate::scenario::SCHEMA;
use crate::units;

/// The JSON Schema of a scenario.
#[must_use]
pub fn schema() -> Json {
    let fields = declared();
    let mut top = Map::new();
    top.insert(
        "schema".to_owned(),
        json!({ "const": SCHEMA, "description": "the version of the language" }),
    );
    for field in &fields {
        match field.steps.as_slice() {
            [name] => _ = top.insert(name.clone(), property(field)),
            [section, name] => {
                let table = top.entry(section.clone()).or_insert_with(
                    || json!({ "type": "object", "additionalProperties": false, "properties": {} }),
                );
                table["properties"][name] = property(field);
            }
            _ => {}
        }
    }
    let strategies = AnyStrategy::ALL.iter().map(|about| about.name);
    top.insert("strategy".to_owned(), list(&fields, "strategy", "use", strategies, &["use"]));
    top.insert("event".to_owned(), list(&fields, "event", "do", deeds(), &["at", "do"]));
    top["strategy"]["minItems"] = json!(1);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of herdlab",
        "description": "Cache strategies, the traffic they meet, and what happens to them.",
        "type": "object",
        "required": ["schema"],
        // A site has none.
        "anyOf": [{ "required": ["strategy"] }, { "properties": { "cache": {
            "properties": { "backend": { "const": "http" } }, "required": ["backend"] } }, "required": ["cache"] }],
        "additionalProperties": false,
        "properties": top,
        "$defs": definitions(),
    })
}

/// A list of tables whose fields depend on one of them: on `use` or `do`.
fn list<'a>(
    fields: &[Field],
    section: &str,
    selector: &str,
    words: impl Iterator<Item = &'a str>,
    needed: &[&str],
) -> Json {
    let words: Vec<&str> = words.collect();
    let by_word = words.iter().map(|word| {
        let own = fields.iter().filter_map(|field| match field.steps.as_slice() {
            [s, of, name] if s == section && of == word => Some((name.clone(), property(field))),
            _ => None,
        });
        json!({
            "if": { "required": [selector], "properties": { selector: { "const": word } } },
            "then": { "additionalProperties": false, "properties": own.collect::<Map<_, _>>() },
        })
    });
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "required": needed,
            "properties": { selector: { "enum": &words } },
            "allOf": by_word.collect::<Vec<_>>(),
        },
    })
}

/// A field: what it may be, what it is, what it is if nobody says.
fn property(field: &Field) -> Json {
    let mut schema = of(&field.kind);
    schema["description"] = json!(field.about);
    let own = matches!(field.steps.last().map(String::as_str), Some("name" | "use" | "at" | "do"));
    if !field.value.is_null() && !own {
        schema["default"] = field.value.clone();
    }
    schema
}

fn of(kind: &Kind) -> Json {
    let named = |name: &str| json!({ "$ref": format!("#/$defs/{name}") });
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::Span => named("span"),
        Kind::Rate => named("rate"),
        Kind::Size => named("size"),
        Kind::Share => named("share"),
        Kind::Law => named("law"),
        Kind::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Seed => json!({ "type": "integer", "minimum": 0, "maximum": i64::MAX }),
        Kind::Number(least, most) => json!({ "type": "number", "minimum": least, "maximum": most }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::List(each) => json!({ "type": "array", "items": of(each) }),
        Kind::Pair(each) => {
            json!({ "type": "array", "items": of(each), "minItems": 2, "maxItems": 2 })
        }
        Kind::Table(parts) => {
            let needed: Vec<&str> =
                parts.iter().filter(|part| part.needed).map(|part| part.name).collect();
            let all: Map<String, Json> =
                parts.iter().map(|part| (part.name.to_owned(), of(&part.kind))).collect();
            json!({ "type": "object", "required": needed, "additionalProperties": false, "properties": all })
        }
        Kind::Either(kinds) => json!({ "anyOf": kinds.iter().map(of).collect::<Vec<_>>() }),
    }
}

/// What several fields may be.
fn definitions() -> Json {
    let text = |pattern: String, about: &str| json!({ "type": "string", "pattern": pattern, "description": about });
    json!({
        "span": text(units::span_pattern(), "a duration: 250ms, 1.5s, 2m"),
        "rate": text(units::rate_pattern(), "a rate: 2000/s, 2k/s, 120/m"),
        "size": text(units::size_pattern(), "a size: 2KiB, 64MiB"),
        "share": {
            "anyOf": [
                { "type": "number", "minimum": 0, "maximum": 1 },
                { "type": "string", "pattern": r"^\s*[0-9.+]+\s*%\s*$" },
            ],
            "description": "a share of all: 0.01 or 1%",
        },
        "law": of(&Kind::laws()),
    })
}
