//! `herdlab check`: a scenario resolved, field by field, with where each value comes from.

use herdlab_scenarios::{Field, Forecast, Source, warnings};

use crate::args::CheckArgs;
use crate::exit::{Exit, Stop};
use crate::open::open;
use crate::print;
use crate::summary::format::plain;

/// All scenarios are looked at, though one is wrong.
pub(crate) fn check(args: &CheckArgs) -> Result<Exit, Stop> {
    let mut wrong = Vec::new();
    for name in &args.scenarios {
        match open(name, &args.with)
            .and_then(|opened| opened.plan(&args.with).map(|plan| (opened, plan)))
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
                for line in Forecast::new(&plan).lines() {
                    text.push_str(&format!("  {line}\n"));
                }
                for warning in warnings(&plan) {
                    text.push_str(&format!("warning: {warning}\n"));
                }
                text.push('\n');
                print(&plain(&text))?;
            }
            Err(stop) => wrong.push(stop.message),
        }
    }
    if wrong.is_empty() { Ok(Exit::Done) } else { Err(Stop::usage(wrong.join("\n\n"))) }
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
