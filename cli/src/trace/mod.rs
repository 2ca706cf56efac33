//! `herdlab trace`: what a trace is like, and traces of other formats.

pub(crate) mod args;
mod convert;
mod info;

use herdlab_sim::traffic::Format;

use crate::exit::{Exit, Stop};
use crate::print;
use args::TraceCommand;

/// Does what the command says.
pub(crate) fn trace(command: &TraceCommand) -> Result<Exit, Stop> {
    match command {
        TraceCommand::Info(args) => info::info(args),
        TraceCommand::Convert(args) => convert::convert(args),
        TraceCommand::Formats => formats().map(|()| Exit::Done),
    }
}

fn formats() -> Result<(), Stop> {
    let width = Format::ALL.iter().map(|format| format.name().len()).max().unwrap_or(0);
    let line = |format: &Format| format!("  {:<width$} {}\n", format.name(), format.line());
    let lines: String = Format::ALL.iter().map(line).collect();
    print(&format!("Formats of traces (--trace-format NAME), plain, .gz, .xz or .zst\n{lines}"))
}
