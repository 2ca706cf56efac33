//! `herdlab check`: a scenario resolved, field by field, with where each value comes from.

use herdlab_scenarios::{Field, Forecast, Scenario, Source, warnings};
use herdlab_sim::plan::Plan;

use crate::args::CheckArgs;
use crate::exit::{Exit, Stop};
use crate::open::open;
use crate::print;
use crate::repeat::quoted;
use crate::summary::format::plain;

/// All scenarios are looked at, though one is wrong.
pub(crate) fn check(args: &CheckArgs) -> Result<Exit, Stop> {
    let mut wrong = Vec::new();
    for name in &args.scenarios {
        match open(name, &args.with)
            .and_then(|opened| opened.any_plan(&args.with).map(|plan| (opened, plan)))
        {
            Ok((opened, plan)) => {
                let scenario = &opened.scenario;
                let mut text = format!(
                    "{}: {}\n\n",
                    scenario.name,
                    scenario.about.trim().replace('\n', "\n  ")
                );
                text.push_str(&fields(scenario.fields()));
                text.push('\n');
                text.push_str(&foretold(scenario, &plan, name));
                text.push('\n');
                print(&plain(&text))?;
            }
            Err(stop) => wrong.push(stop.message),
        }
    }
    if wrong.is_empty() { Ok(Exit::Done) } else { Err(Stop::usage(wrong.join("\n\n"))) }
}

/// What it comes to, as far as that can be told before: what a site's cache does, only a load on it tells.
fn foretold(scenario: &Scenario, plan: &Plan, name: &str) -> String {
    if scenario.target().is_some() {
        return format!("  herdlab load --scenario {} puts this load on the site\n", quoted(name));
    }
    let lines = Forecast::new(plan).lines().into_iter().map(|line| format!("  {line}\n"));
    let warnings = warnings(plan).into_iter().map(|warning| format!("warning: {warning}\n"));
    lines.chain(warnings).collect()
}

fn fields(fields: &[Field]) -> String {
    let shown = fields.iter().filter(|field| field.path != "about");
    let rows: Vec<(&str, String, String)> =
        shown.map(|field| (field.path.as_str(), field.text(), source(&field.source))).collect();
    let width =
        |of: fn(&(&str, String, String)) -> usize| rows.iter().map(of).max().unwrap_or(0).min(48);
    let (paths, values) = (width(|row| row.0.chars().count()), width(|row| row.1.chars().count()));
    rows.iter()
        .map(|(path, value, source)| format!("  {path:<paths$}  {value:<values$}  {source}\n"))
        .collect()
}

fn source(source: &Source) -> String {
    match source {
        Source::Default => "default".to_owned(),
        Source::Line(line) => format!("line {line}"),
        Source::Flag(flag) => flag.clone(),
    }
}
