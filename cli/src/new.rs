//! `herdlab new`: a scenario to begin with.

use std::io::Write;
use std::path::{Path, PathBuf};

use herdlab_scenarios::starter;

use crate::args::NewArgs;
use crate::exit::Stop;
use crate::open::text;
use crate::print;
use crate::record::{folder_of, temporary};

/// Writes it, unless the file is there already.
pub(crate) fn new(args: &NewArgs) -> Result<(), Stop> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if args.name.is_empty() || args.name.starts_with('.') || !args.name.chars().all(plain) {
        let hint = "letters, digits, - and _: herdlab new my-scenario";
        let what = format!("error: {:?} is no name for a scenario", args.name);
        return Err(Stop::usage(format!("{what}\n  = help: {hint}")));
    }
    let from = args.from.as_deref().map(text).transpose()?;
    let from = from.as_ref().map(|(_, bytes)| String::from_utf8_lossy(bytes));
    let text = starter(&args.name, from.as_deref())
        .map_err(|faults| Stop::usage(faults.render(args.color.on_stderr())))?;
    let file = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.toml", args.name)));
    write(&file, &text, args.force)?;
    let shown = file.display();
    print(&format!("written to {shown}\n  herdlab check {shown}\n  herdlab compare {shown}\n"))
}

/// Whole, or not at all; never over a file that is there, unless it is meant.
fn write(file: &Path, text: &str, force: bool) -> Result<(), Stop> {
    let cannot = |error: std::io::Error| {
        Stop::runtime(format!("error: cannot write {}: {error}", file.display()))
    };
    let mut temporary = temporary(folder_of(file)).map_err(cannot)?;
    temporary.write_all(text.as_bytes()).map_err(cannot)?;
    if force {
        return temporary.persist(file).map(drop).map_err(|error| cannot(error.error));
    }
    match temporary.persist_noclobber(file) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            let what = format!("error: {} is there already", file.display());
            Err(Stop::usage(format!("{what}\n  = help: name another file with -o, or say --force")))
        }
        Err(error) => Err(cannot(error.error)),
    }
}
