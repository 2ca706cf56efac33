//! A scenario to begin with: every field there is, with what it is, what it may be, and what it is if nobody says.

use std::fmt::Write as _;

use crate::declared::declared;
use crate::fault::Faults;
use crate::field::{Field, Source};
use crate::given::Given;
use crate::kind::Kind;
use crate::scenario::Scenario;

/// What a starter is about, if no other scenario is its beginning.
const BEGINNING: &str = r#"schema = 1
about = """
What this scenario shows, in a few sentences: who asks for what, what goes wrong, and what to watch."""
duration = "60s"
warmup = "10s"

[traffic]
rate = "1000/s"
keys = { zipf = 1.0, count = 10_000 }
timeout = "2s"

[cache]
ttl = "30s"
warm = "stationary"

[origin]
concurrency = 150
latency = { lognormal = { median = "80ms", p99 = "250ms" } }

[[strategy]]
use = "ttl"

[[strategy]]
use = "lock"

[[strategy]]
use = "xfetch"

[[event]]
at = "30s"
do = "flush"
"#;

/// The text of a scenario called `name`, as `from` (the text of another one) or as a small one: what is said there is
/// said here, and every other field of the language stands beside it in a comment.
///
/// # Errors
/// If `from` has mistakes.
pub fn starter(name: &str, from: Option<&str>) -> Result<String, Faults> {
    let text = from.unwrap_or(BEGINNING);
    let mut scenario = Scenario::read(name, text.as_bytes(), &Given::default())?;
    for field in &mut scenario.fields {
        if field.path == "name" {
            field.value = name.into();
            field.source = Source::Line(0);
        }
    }
    let all = declared();
    let mut out = String::from(
        "# A scenario of herdlab. What stands in a comment is as it would be if nobody said it.\n\
         # `herdlab check` tells what this comes to, `herdlab compare` runs it.\n\
         # Editors complete and explain fields after `herdlab schema > herdlab.schema.json`, if the first line is\n\
         # #:schema ./herdlab.schema.json\n\nschema = 1\n",
    );
    let of_top = |field: &&Field| field.steps.len() == 1;
    fields(&mut out, scenario.fields.iter().filter(of_top), all.iter().filter(of_top));
    for section in ["traffic", "data", "cache", "origin"] {
        let of_section = |field: &&Field| field.steps.len() == 2 && field.steps[0] == section;
        let _ = write!(out, "\n[{section}]\n");
        fields(&mut out, scenario.fields.iter().filter(of_section), all.iter().filter(of_section));
    }
    for (section, selector) in [("strategy", "use"), ("event", "do")] {
        listed(&mut out, &scenario, &all, section, selector);
    }
    Ok(out)
}

/// The tables of a list, in the order of the scenario.
fn listed(out: &mut String, scenario: &Scenario, all: &[Field], section: &str, selector: &str) {
    let mine = scenario.fields.iter().filter(|field| field.steps[0] == section);
    let mut names: Vec<&str> = mine.map(|field| field.steps[1].as_str()).collect();
    names.dedup();
    for name in names {
        let of_table = |field: &&Field| {
            field.steps.len() == 3 && field.steps[0] == section && field.steps[1] == name
        };
        let own: Vec<&Field> = scenario.fields.iter().filter(of_table).collect();
        let chosen = own.iter().find(|field| field.steps[2] == selector);
        let word = chosen.and_then(|field| field.value.as_str()).unwrap_or_default();
        let of_kind = |field: &&Field| {
            field.steps.len() == 3 && field.steps[0] == section && field.steps[1] == word
        };
        let _ = write!(out, "\n[[{section}]]\n");
        fields(out, own.iter().copied(), all.iter().filter(of_kind));
    }
}

/// What a scenario says, and in comments what it might.
fn fields<'a>(
    out: &mut String,
    own: impl Iterator<Item = &'a Field>,
    all: impl Iterator<Item = &'a Field>,
) {
    let own: Vec<&Field> = own.collect();
    for field in &own {
        comment(out, field);
        let off = if field.source == Source::Default { "# " } else { "" };
        let _ = writeln!(out, "{off}{} = {}", name_of(field), field.long_text());
    }
    for field in all.filter(|field| own.iter().all(|other| name_of(other) != name_of(field))) {
        comment(out, field);
        let value = if field.value.is_null() { "...".to_owned() } else { field.text() };
        let _ = writeln!(out, "# {} = {value}", name_of(field));
    }
}

fn comment(out: &mut String, field: &Field) {
    let _ = writeln!(out, "# {}{}", field.about, field.kind.choices());
}

fn name_of(field: &Field) -> &str {
    field.steps.last().map_or("", String::as_str)
}

impl Field {
    /// The value as TOML; text of several lines as it is best read.
    fn long_text(&self) -> String {
        match self.value.as_str() {
            Some(text) if text.contains('\n') && !text.contains(['\\', '"']) => {
                format!("\"\"\"\n{}\"\"\"", text.trim_start_matches('\n'))
            }
            _ => self.text(),
        }
    }
}

impl Kind {
    /// What it may be, behind what it is.
    fn choices(&self) -> String {
        match self {
            Self::Choice(words) => format!(": {}", words.join(" | ")),
            Self::Law => Self::laws().choices(),
            Self::List(_) | Self::Table(_) => format!(", such as {}", self.example()),
            Self::Either(kinds) => match kinds.as_slice() {
                [_, Self::Choice(word)] => format!(", or {:?}", word.concat()),
                kinds => {
                    let examples: Vec<String> = kinds.iter().map(Self::example).collect();
                    format!(":\n#   {}", examples.join("\n#   "))
                }
            },
            _ => String::new(),
        }
    }

    /// A value of it.
    fn example(&self) -> String {
        match self {
            Self::Text => "\"...\"".to_owned(),
            Self::Switch => "true".to_owned(),
            Self::Span => "\"10s\"".to_owned(),
            Self::Rate => "\"500/s\"".to_owned(),
            Self::Size => "\"2KiB\"".to_owned(),
            Self::Share => "0.9".to_owned(),
            Self::Count(least, most) => 10.clamp(*least, *most).to_string(),
            Self::Number(least, most) => format!("{:?}", 1.5_f64.clamp(*least, *most)),
            Self::Seed => "42".to_owned(),
            Self::Choice(words) => format!("{:?}", words.first().copied().unwrap_or_default()),
            Self::Law => "{ constant = \"10ms\" }".to_owned(),
            Self::List(each) => format!("[{}]", each.example()),
            Self::Pair(each) => format!("[{0}, {0}]", each.example()),
            Self::Table(parts) => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|part| format!("{} = {}", part.name, part.kind.example()))
                    .collect();
                format!("{{ {} }}", parts.join(", "))
            }
            Self::Either(kinds) => kinds.first().map_or_else(String::new, Self::example),
        }
    }
}
