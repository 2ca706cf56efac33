//! Where a sweep's files go: their names say what is in them.

use std::path::{Path, PathBuf};

use super::args::SweepFormat;
use crate::exit::Stop;

/// What a file of that name holds. Looked at before the sweep: a slip must not cost a long sweep's result.
pub(super) fn formats(files: &[PathBuf]) -> Result<Vec<(&Path, SweepFormat)>, Stop> {
    files.iter().map(|file| Ok((file.as_path(), format(file)?))).collect()
}

fn format(file: &Path) -> Result<SweepFormat, Stop> {
    let refuse = |what: String| Err(Stop::usage(format!("error: -o {}: {what}", file.display())));
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return refuse(format!("there is no folder {}", folder.display()));
    }
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Ok(SweepFormat::Json),
        Some("csv") => Ok(SweepFormat::Csv),
        Some("md") => Ok(SweepFormat::Markdown),
        _ => refuse(
            "its name does not say what it holds\n  = help: end it in .json (the record), .csv or .md".to_owned(),
        ),
    }
}
