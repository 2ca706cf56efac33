//! Laws of spans: `{ constant = "250ms" }`, `{ lognormal = { median = "300us", p99 = "1ms" } }`.

use herdlab_sim::law::Law;
use serde_json::{Value as Json, json};

use crate::section::{Section, Wrong, only, positive_span, span, table};
use crate::tree::{Node, Value};

const EXPECTED: &str = "a law, such as { constant = \"250ms\" }";
const LAWS: &[&str] = &["constant", "exponential", "lognormal", "uniform"];

impl Section<'_> {
    /// A law of spans.
    pub(crate) fn law(&self, name: &'static str, about: &'static str, default: Law) -> Law {
        self.field(name, about, default, show, read)
    }
}

fn show(law: &Law) -> Json {
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
        Law::Measured(spans) => json!({ "measured": spans.len() }),
    }
}

fn read(node: &Node) -> Result<Law, Wrong> {
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
        _ => uniform(value),
    };
    law.map_err(|wrong| wrong.under(&entry.name))
}

fn lognormal(node: &Node) -> Result<Law, Wrong> {
    let table = table(node, "{ median = \"300us\", p99 = \"1ms\" }")?;
    only(table, &["median", "p99"])?;
    let part = |name| match table.get(name) {
        Some(entry) => positive_span(&entry.node).map_err(|wrong| wrong.under(name)),
        None => Err(Wrong::new(format!("needs a {name}"))
            .hint("write { median = \"300us\", p99 = \"1ms\" }")
            .at(node)),
    };
    let (median, p99) = (part("median")?, part("p99")?);
    if p99 < median {
        return Err(Wrong::new(format!("has a p99 of {p99} below its median of {median}")).at(node));
    }
    Ok(Law::Lognormal { median, p99 })
}

fn uniform(node: &Node) -> Result<Law, Wrong> {
    let Value::List(ends) = &node.value else {
        return Err(
            Wrong::new(format!("is {}, expected [\"10ms\", \"1s\"]", node.value.kind())).at(node)
        );
    };
    let [low, high] = ends.as_slice() else {
        return Err(Wrong::new("needs two ends, such as [\"10ms\", \"1s\"]").at(node));
    };
    let (low, high) = (span(low)?, span(high)?);
    if high < low {
        return Err(Wrong::new(format!("ends at {high} before it begins at {low}")).at(node));
    }
    Ok(Law::Uniform(low, high))
}
