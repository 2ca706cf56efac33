//! `herdlab list`: what there is.

use herdlab_scenarios::{Given, Scenario, library};
use herdlab_sim::measure::Summary;
use herdlab_sim::strategy::{AnyStrategy, Slot};

use crate::args::What;
use crate::exit::Stop;
use crate::print;

/// Prints it; everything if nothing is said.
pub(crate) fn list(what: Option<What>) -> Result<(), Stop> {
    let all = [What::Scenarios, What::Strategies, What::Metrics];
    let text: Vec<String> = all
        .into_iter()
        .filter(|each| what.is_none_or(|what| what == *each))
        .map(|each| match each {
            What::Scenarios => scenarios(),
            What::Strategies => strategies(),
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
        let Some(mut strategy) = AnyStrategy::named(about.name) else { continue };
        for parameter in strategy.parameters() {
            let value = match parameter.slot {
                Slot::Span(_) if parameter.name == "ttl" => "cache.ttl".to_owned(),
                Slot::Span(span) => format!("\"{span}\""),
                Slot::Number(number) => number.to_string(),
                Slot::Count(count) => count.to_string(),
                Slot::Switch(switch) => switch.to_string(),
            };
            text.push_str(&format!("      {} = {value}: {}\n", parameter.name, parameter.about));
        }
    }
    text
}

fn metrics() -> String {
    let width = Summary::METRICS.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines = Summary::METRICS.iter().map(|(name, about)| format!("  {name:<width$} {about}\n"));
    format!("Metrics (lanes[].summary of a record)\n{}", lines.collect::<String>())
}
