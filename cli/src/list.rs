//! `herdlab list`: what there is.

use herdlab_scenarios::threshold::{GROUPS, Group};
use herdlab_scenarios::{Given, Scenario, library};
use herdlab_sim::eviction::Eviction;
use herdlab_sim::measure::Summary;
use herdlab_sim::strategy::{AnyStrategy, Parameter, Slot};

use crate::args::What;
use crate::exit::Stop;
use crate::print;

/// Prints it; everything if nothing is said.
pub(crate) fn list(what: Option<What>) -> Result<(), Stop> {
    let all = [What::Scenarios, What::Strategies, What::Evictions, What::Metrics];
    let text: Vec<String> = all
        .into_iter()
        .filter(|each| what.is_none_or(|what| what == *each))
        .map(|each| match each {
            What::Scenarios => scenarios(),
            What::Strategies => strategies(),
            What::Evictions => evictions(),
            What::Metrics => metrics(),
        })
        .collect();
    print(&text.join("\n"))
}

fn scenarios() -> String {
    let lines = library().iter().filter_map(|shipped| {
        let scenario =
            Scenario::read(shipped.name, shipped.text.as_bytes(), &Given::default()).ok()?;
        let about = scenario.about.trim().replace('\n', "\n    ");
        Some(format!("  {}\n    {about}\n", scenario.name))
    });
    format!("Scenarios (herdlab compare NAME)\n{}", lines.collect::<String>())
}

fn strategies() -> String {
    let mut text = "Strategies (use = NAME, or -s NAME)\n".to_owned();
    for about in AnyStrategy::ALL {
        text.push_str(&format!(
            "  {}\n    {}\n    source: {}\n",
            about.name, about.line, about.source
        ));
        let Some(strategy) = AnyStrategy::named(about.name) else { continue };
        for line in parameters(strategy) {
            text.push_str(&format!("      {line}\n"));
        }
    }
    text
}

/// A line a parameter: its name, its value and what it is.
pub(crate) fn parameters(mut strategy: AnyStrategy) -> Vec<String> {
    let line = |parameter: Parameter<'_>| {
        let value = match parameter.slot {
            Slot::Span(_) if parameter.name == "ttl" => "cache.ttl".to_owned(),
            Slot::Span(span) => format!("\"{span}\""),
            Slot::Number(number) => number.to_string(),
            Slot::Count(count) => count.to_string(),
            Slot::Switch(switch) => switch.to_string(),
        };
        format!("{} = {value}: {}", parameter.name, parameter.about)
    };
    strategy.parameters().into_iter().map(line).collect()
}

fn evictions() -> String {
    let width = Eviction::ALL.iter().map(|policy| policy.name().len()).max().unwrap_or(0);
    let line = |policy: &Eviction| format!("  {:<width$} {}\n", policy.name(), policy.line());
    let lines: String = Eviction::ALL.iter().map(line).collect();
    format!("Evictions (cache.eviction = NAME; what goes when the cache is full)\n{lines}")
}

fn metrics() -> String {
    let width = Summary::METRICS.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text =
        "Metrics (lanes[].summary of a record, and the left side of a threshold)\n".to_owned();
    for group in GROUPS {
        text.push_str(&format!("  {}\n", group.title));
        for (name, about, by_second) in group.metrics() {
            let mark = if by_second { "+" } else { " " };
            text.push_str(&format!("  {mark} {name:<width$} {about}\n"));
        }
    }
    let list = |names: &mut dyn Iterator<Item = &'static str>| names.collect::<Vec<_>>().join(", ");
    text.push_str("  + is known by the second: a threshold may go on with `after 10s`, a peak with `over 10s`.\n");
    text.push_str(
        "  In a threshold also: latency.p50 to latency.p99.999, such as latency.p99.5;\n",
    );
    text.push_str(&format!("  of {}\n", list(&mut Group::series())));
    text.push_str(&format!("  each of {}, such as hit.rate.min\n", list(&mut Group::aggregates())));
    text
}
