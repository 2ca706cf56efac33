//! The files beside a scenario: traces and measured laws. This crate opens none itself.

use std::io::{self, Read};
use std::path::Path;

/// Opens the files that a scenario names.
pub trait Files {
    /// The file of that name, to be read from its beginning.
    ///
    /// # Errors
    /// If it cannot be opened.
    fn open(&self, file: &Path) -> io::Result<Box<dyn Read>>;
}

impl<F: Fn(&Path) -> io::Result<Box<dyn Read>>> Files for F {
    fn open(&self, file: &Path) -> io::Result<Box<dyn Read>> {
        self(file)
    }
}

/// There are none: what a scenario has that is only text.
#[derive(Copy, Clone, Debug)]
pub struct NoFiles;

impl Files for NoFiles {
    fn open(&self, _: &Path) -> io::Result<Box<dyn Read>> {
        Err(io::Error::new(io::ErrorKind::NotFound, "there are no files beside this scenario"))
    }
}

impl std::fmt::Debug for dyn Files + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Files")
    }
}
