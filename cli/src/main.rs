//! `herdlab`, the program: flags and glue. What it does lives in the other crates.
#![expect(
    clippy::disallowed_methods,
    reason = "progress lines and the time of day in a real run's record read the wall clock"
)]

mod args;
mod bench;
mod check;
mod compare;
mod exit;
mod explain;
mod export;
mod gate;
mod lanes;
mod list;
mod load;
mod matrix;
mod new;
mod open;
mod origin;
mod place;
mod progress;
mod record;
mod repeat;
mod replay;
mod screen;
mod signals;
mod start;
mod summary;
mod sweep;
mod tick;
mod tls;
mod trace;
mod verify;
mod view;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::exit::{Exit, Stop};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => print(start::TEXT).map(|()| Exit::Done),
        Some(Command::Run(args)) => compare::compare(&args, compare::Kind::Run),
        Some(Command::Compare(args)) => compare::compare(&args, compare::Kind::Compare),
        Some(Command::Sweep(args)) => sweep::sweep(&args),
        Some(Command::Matrix(args)) => matrix::matrix(&args),
        Some(Command::Bench(args)) => bench::bench(&args),
        Some(Command::Load(args)) => load::load(&args),
        Some(Command::Origin(args)) => origin::origin(&args),
        Some(Command::View(args)) => view::view(&args),
        Some(Command::Verify(args)) => verify::verify(&args),
        Some(Command::Replay(args)) => replay::replay(&args),
        Some(Command::Trace(command)) => trace::trace(&command),
        Some(Command::Check(args)) => check::check(&args),
        Some(Command::New(args)) => new::new(&args).map(|()| Exit::Done),
        Some(Command::Schema) => schema().map(|()| Exit::Done),
        Some(Command::Explain(args)) => explain::explain(args.name.as_deref()).map(|()| Exit::Done),
        Some(Command::List(args)) => list::list(args.what).map(|()| Exit::Done),
    };
    let exit = done.unwrap_or_else(|Stop { exit, message }| {
        tell(&message);
        exit
    });
    ExitCode::from(exit.code())
}

/// `herdlab schema`.
fn schema() -> Result<(), Stop> {
    print(&format!("{:#}\n", herdlab_scenarios::schema()))
}

/// Says something beside the result. If nobody listens on stderr any more, that is no reason to lose the result.
fn tell(message: &str) {
    let _ = writeln!(io::stderr().lock(), "{message}");
}

/// Writes the result to stdout. A reader who has seen enough (`| head`) is no error.
fn print(text: &str) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Stop::runtime(format!("error: cannot write the result: {error}")))
        }
        _ => Ok(()),
    }
}
