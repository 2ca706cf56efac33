//! A field of a scenario, resolved: its value, who said so, what it is.

use serde_json::Value as Json;

use crate::kind::Kind;

/// Where a field's value comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// That line of the file, counted from 1.
    Line(usize),
    /// A flag, as it was given.
    Flag(String),
}

/// A field of a scenario, resolved.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// Its path, as `--set` takes it.
    pub path: String,
    /// Its value.
    pub value: Json,
    /// Who said so.
    pub source: Source,
    /// What it is.
    pub about: &'static str,
    /// What it may be.
    pub(crate) kind: Kind,
    /// The sections and the name, for the resolved document.
    pub(crate) steps: Vec<String>,
}

impl Field {
    /// The value as TOML.
    #[must_use]
    pub fn text(&self) -> String {
        toml_text(&self.value)
    }
}

fn toml_text(value: &Json) -> String {
    match value {
        Json::Array(list) => {
            format!("[{}]", list.iter().map(toml_text).collect::<Vec<_>>().join(", "))
        }
        Json::Object(table) => {
            let entries: Vec<String> = table
                .iter()
                .map(|(name, value)| format!("{name} = {}", toml_text(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Json::String(text) => toml::Value::String(text.clone()).to_string(),
        other => other.to_string(),
    }
}
