//! Laws of spans: `{ constant = "250ms" }`, `{ lognormal = { median = "300us", p99 = "1ms" } }`.

use std::io::Read;
use std::path::Path;

use herdlab_sim::law::Law;
use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use crate::files::Files;
use crate::kind::Kind;
use crate::section::Section;
use crate::tree::Node;
use crate::units;
use crate::values::{Wrong, list, number, only, part, positive_span, span, table, text};

const EXPECTED: &str = "a law, such as { constant = \"250ms\" }";
const LAWS: &[&str] =
    &["constant", "exponential", "lognormal", "uniform", "pareto", "gamma", "measured"];

/// The largest file of measured durations: a million lines and more.
const LARGEST: u64 = 16 << 20;

/// A law, and the file it was measured in, if it was.
type LawField = (Law, Option<String>);

impl Section<'_> {
    /// A law of spans.
    pub(crate) fn law(&self, name: &'static str, about: &'static str, default: Law) -> Law {
        let read_law = |node: &Node| read(node, self.reading.files);
        self.field(name, about, Kind::Law, (default, None), show, read_law).0
    }
}

fn show((law, file): &LawField) -> Json {
    match law {
        Law::Constant(span) => json!({ "constant": span.to_string() }),
        Law::Exponential(mean) => json!({ "exponential": mean.to_string() }),
        Law::Lognormal { median, p99 } => {
            json!({ "lognormal": { "median": median.to_string(), "p99": p99.to_string() } })
        }
        Law::Uniform(low, high) => json!({ "uniform": [low.to_string(), high.to_string()] }),
        Law::Pareto { least, alpha } => {
            json!({ "pareto": { "least": least.to_string(), "alpha": alpha } })
        }
        Law::Gamma { mean, shape } => {
            json!({ "gamma": { "mean": mean.to_string(), "shape": shape } })
        }
        Law::Measured(_) => json!({ "measured": file }),
    }
}

fn read(node: &Node, files: &dyn Files) -> Result<LawField, Wrong> {
    let laws = table(node, EXPECTED)?;
    only(laws, LAWS)?;
    let [entry] = laws.entries.as_slice() else {
        return Err(Wrong::new(format!("needs exactly one law of {}", LAWS.join(", "))).at(node));
    };
    let value = &entry.node;
    let law = match entry.name.as_str() {
        "constant" => span(value).map(Law::Constant),
        "exponential" => positive_span(value).map(Law::Exponential),
        "lognormal" => lognormal(value),
        "uniform" => uniform(value),
        "pareto" => pareto(value),
        "gamma" => gamma(value),
        _ => measured(value, files),
    };
    let file = text(value).ok().map(str::to_owned);
    law.map(|law| (law, file)).map_err(|wrong| wrong.under(&entry.name))
}

fn lognormal(node: &Node) -> Result<Law, Wrong> {
    const EXPECTED: &str = "{ median = \"300us\", p99 = \"1ms\" }";
    only(table(node, EXPECTED)?, &["median", "p99"])?;
    let median = part(node, "median", EXPECTED, positive_span)?;
    let p99 = part(node, "p99", EXPECTED, positive_span)?;
    if p99 < median {
        return Err(Wrong::new(format!("has a p99 of {p99} below its median of {median}")).at(node));
    }
    Ok(Law::Lognormal { median, p99 })
}

fn uniform(node: &Node) -> Result<Law, Wrong> {
    let [low, high] = list(node, "[\"10ms\", \"1s\"]")? else {
        return Err(Wrong::new("needs two ends, such as [\"10ms\", \"1s\"]").at(node));
    };
    let (low, high) = (span(low)?, span(high)?);
    if high < low {
        return Err(Wrong::new(format!("ends at {high} before it begins at {low}")).at(node));
    }
    Ok(Law::Uniform(low, high))
}

fn pareto(node: &Node) -> Result<Law, Wrong> {
    const EXPECTED: &str = "{ least = \"10ms\", alpha = 1.5 }";
    only(table(node, EXPECTED)?, &["least", "alpha"])?;
    let least = part(node, "least", EXPECTED, positive_span)?;
    let alpha = part(node, "alpha", EXPECTED, |node| match number(node, 0.0)? {
        alpha if alpha > 1.0 && alpha <= 1e3 => Ok(alpha),
        alpha => Err(Wrong::new(format!("is {alpha}, expected more than 1, at most 1000"))
            .hint("at 1 and below, a Pareto law has no mean")
            .at(node)),
    })?;
    Ok(Law::Pareto { least, alpha })
}

fn gamma(node: &Node) -> Result<Law, Wrong> {
    const EXPECTED: &str = "{ mean = \"80ms\", shape = 2.5 }";
    only(table(node, EXPECTED)?, &["mean", "shape"])?;
    let mean = part(node, "mean", EXPECTED, positive_span)?;
    let shape = part(node, "shape", EXPECTED, |node| match number(node, 0.0)? {
        shape if (1e-3..=1e6).contains(&shape) => Ok(shape),
        shape => Err(Wrong::new(format!("is {shape}, expected a number from 0.001 to 1e6"))
            .hint("1 is the exponential law, more is more even")
            .at(node)),
    })?;
    Ok(Law::Gamma { mean, shape })
}

/// `{ measured = "latencies.txt" }`: one duration a line.
fn measured(node: &Node, files: &dyn Files) -> Result<Law, Wrong> {
    let file = text(node)?;
    let wrong = |what: String| {
        Wrong::new(what)
            .hint("it names a file beside the scenario, with one duration a line: 12.5ms")
            .at(node)
    };
    if file.is_empty() {
        return Err(wrong("names no file".to_owned()));
    }
    let cannot =
        |error: std::io::Error| wrong(format!("names {file:?}, which cannot be read: {error}"));
    let mut bytes = Vec::new();
    let opened = files.open(Path::new(file)).map_err(cannot)?;
    opened.take(LARGEST + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(format!("names {file:?}, which is larger than 16 MiB")));
    }
    let lines = std::str::from_utf8(&bytes)
        .map_err(|_| wrong(format!("names {file:?}, which is not UTF-8 text")))?;
    let spans = durations(lines)
        .map_err(|(line, what)| wrong(format!("names {file:?}, whose line {line} {what}")))?;
    if spans.is_empty() {
        return Err(wrong(format!("names {file:?}, which has no durations")));
    }
    Ok(Law::Measured(spans.into()))
}

/// One duration a line; what is wrong with which line otherwise. Blank lines and comments are passed over.
fn durations(text: &str) -> Result<Vec<Nanos>, (usize, String)> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines
        .zip(1..)
        .filter(|(line, _)| !line.is_empty())
        .map(|(line, number)| units::span(line).map_err(|what| (number, what)))
        .collect()
}
