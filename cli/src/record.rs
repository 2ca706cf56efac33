//! The record as a file.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use herdlab_loadgen::Figures;
use herdlab_sim::measure::Record;
use serde::Serialize;
use serde_json::Value as Json;
use tempfile::NamedTempFile;

use crate::args::Format;
use crate::exit::Stop;
use crate::lanes::Ran;

/// Where and when a run in real time was. Virtual runs have none: their records are the same everywhere.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Environment {
    /// The backend, without what is secret in its address.
    on: String,
    os: &'static str,
    cpus: usize,
    /// When the record was made, RFC 3339.
    at: String,
    /// A lane's name and what its generator has to tell.
    lanes: Vec<LaneFigures>,
}

#[derive(Clone, Debug, Serialize)]
struct LaneFigures {
    lane: String,
    #[serde(flatten)]
    figures: Figures,
}

impl Environment {
    pub(crate) fn new(on: String, ran: &[Ran]) -> Self {
        let lanes = ran.iter().filter_map(|ran| {
            let figures = ran.figures.clone()?;
            Some(LaneFigures { lane: ran.record.name.clone(), figures })
        });
        Self {
            on,
            os: std::env::consts::OS,
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
            at: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            lanes: lanes.collect(),
        }
    }
}

/// A record as one line of JSON.
pub(crate) fn text(record: &Record<Json, Environment>) -> Result<String, Stop> {
    let mut text = serde_json::to_string(record)
        .map_err(|error| Stop::runtime(format!("error: no record: {error}")))?;
    text.push('\n');
    Ok(text)
}

/// A file that others may read as they may any other, unlike what is temporary for good.
pub(crate) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the umask
    builder.prefix(".herdlab-").tempfile_in(folder)
}

pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// The format that a file's name asks for.
pub(crate) fn format_of(file: &Path) -> Result<Format, Stop> {
    match file.extension().and_then(OsStr::to_str) {
        Some("json") => Ok(Format::Json),
        Some("csv") => Ok(Format::Csv),
        Some("md") => Ok(Format::Markdown),
        Some("hlog") => Ok(Format::IntervalLog),
        _ => {
            let what =
                format!("error: -o {}: what to write is told by its extension", file.display());
            Err(Stop::usage(format!(
                "{what}\n  = help: give it a name that ends in .json, .csv, .md or .hlog"
            )))
        }
    }
}

/// Looks before the run whether a record may go there: a slip must not cost a long run's result.
pub(crate) fn check_place_of(file: &Path) -> Result<(), Stop> {
    let folder = folder_of(file);
    format_of(file)?;
    if !folder.is_dir() {
        let what = format!("error: -o {}: there is no folder {}", file.display(), folder.display());
        return Err(Stop::usage(what));
    }
    Ok(())
}

/// Looks before many runs whether their result may go there; an interval log is of one run.
pub(crate) fn check_places_of_many(files: &[PathBuf], printed: Format) -> Result<(), Stop> {
    files.iter().try_for_each(|file| check_place_of(file))?;
    let logs = |file: &PathBuf| format_of(file).is_ok_and(|format| format == Format::IntervalLog);
    if printed == Format::IntervalLog || files.iter().any(logs) {
        return Err(no_log());
    }
    Ok(())
}

/// Many runs have no interval log.
pub(crate) fn no_log() -> Stop {
    Stop::usage(
        "error: an interval log is of one run, and here are many\n  = help: write .json, .csv or .md",
    )
}

/// Writes it: whole, or not at all.
pub(crate) fn write(file: &Path, text: &str) -> Result<(), Stop> {
    let written = temporary(folder_of(file)).and_then(|mut temporary| {
        temporary.write_all(text.as_bytes())?;
        temporary.as_file().sync_all()?;
        temporary.persist(file).map_err(|error| error.error)?;
        Ok(())
    });
    written.map_err(|error| {
        Stop::runtime(format!("error: cannot write the record to {}: {error}", file.display()))
    })
}
