//! `herdlab matrix`: every strategy against every fault, in four words.

pub(crate) mod args;
mod cells;
mod record;
mod text;

use herdlab_scenarios::{BARE, MATRIX, MatrixFault, nearest};

use crate::exit::{Exit, Stop};
use crate::print;
use crate::record::write;
use args::{MatrixArgs, MatrixFormat};
use record::MatrixRecord;

/// Runs what is asked for, prints it, writes the files.
pub(crate) fn matrix(args: &MatrixArgs) -> Result<Exit, Stop> {
    let faults = faults(&args.faults)?;
    let record = MatrixRecord::new(&faults, cells::run(&faults, &args.lanes)?);
    let text = |format| match format {
        MatrixFormat::Human => Ok(text::human(&record)),
        MatrixFormat::Markdown => Ok(text::markdown(&record)),
        MatrixFormat::Json => serde_json::to_string_pretty(&record)
            .map(|text| text + "\n")
            .map_err(|error| Stop::runtime(format!("error: cannot write the matrix: {error}"))),
    };
    for file in &args.output {
        let format = match file.extension().and_then(|extension| extension.to_str()) {
            Some("json") => MatrixFormat::Json,
            Some("md") => MatrixFormat::Markdown,
            _ => {
                let what = format!(
                    "error: a matrix is written to .json or .md, not to {}",
                    file.display()
                );
                return Err(Stop::usage(what));
            }
        };
        write(file, &text(format)?)?;
    }
    print(&text(args.format)?)?;
    Ok(Exit::Done)
}

/// The faults of those names; all if none is said.
fn faults(names: &[String]) -> Result<Vec<MatrixFault>, Stop> {
    if names.is_empty() {
        return Ok(MATRIX.to_vec());
    }
    let find = |name: &String| {
        MATRIX
            .iter()
            .copied()
            .find(|fault| fault.name == name)
            .ok_or_else(|| unknown("fault", name, MATRIX.iter().map(|fault| fault.name)))
    };
    names.iter().map(find).collect()
}

fn unknown<'a>(what: &str, name: &str, all: impl Iterator<Item = &'a str> + Clone) -> Stop {
    let hint = nearest(name, all.clone()).map_or_else(
        || format!("there are: {}", all.collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean {near}?"),
    );
    Stop::usage(format!("error: the matrix has no {what} {name:?}\n  = help: {hint}"))
}

/// Whether a lane is asked for; the bare one always is, as all others are held against it.
fn wanted(lane: &str, lanes: &[String]) -> bool {
    lanes.is_empty() || lane == BARE || lanes.iter().any(|name| name == lane)
}
