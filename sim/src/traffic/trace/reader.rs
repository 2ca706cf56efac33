//! Reading a trace of any format, packed or not, some requests at a time.

use std::io::Read;

use super::columns::Columns;
use super::error::TraceError;
use super::format::{Format, HEAD};
use super::parse::{Parse, Says};
use super::source::Source;
use crate::replay::Request;

/// A trace being read.
pub struct TraceReader<'a> {
    source: Source<'a>,
    format: Format,
    parser: Box<dyn Parse>,
}

impl<'a> TraceReader<'a> {
    /// Begins to read; what is not said is told from the first bytes.
    ///
    /// # Errors
    /// If it cannot be read, is packed wrongly, is empty, or its format cannot be told.
    pub fn open(
        input: impl Read + 'a,
        format: Option<Format>,
        columns: &Columns,
    ) -> Result<Self, TraceError> {
        let mut source = Source::new(input)?;
        let head = source.ahead(HEAD)?;
        if head.is_empty() {
            return Err(TraceError::Empty);
        }
        let mut columns = columns.clone();
        let format = match format {
            Some(format) => format,
            None => Format::detect(&head[..head.len().min(HEAD)], &mut columns)?,
        };
        if format == Format::Csv && columns == Columns::default() {
            let named =
                Columns::of_header(head.split(|byte| *byte == b'\n').next().unwrap_or_default());
            columns = named.ok_or_else(|| {
                TraceError::Columns("which is the id? say --columns obj-id-col=N".to_owned())
            })?;
        }
        let parser = format.parser(&columns);
        Ok(Self { source, format, parser })
    }

    /// The format it is read as.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// What it says of a request beside its id.
    #[must_use]
    pub fn says(&self) -> Says {
        self.parser.says()
    }

    /// Appends about so many requests; false at the end.
    ///
    /// # Errors
    /// If a record cannot be one, the trace ends within one, or cannot be read. What stands before it has been appended.
    pub fn read(&mut self, out: &mut Vec<Request>, most: usize) -> Result<bool, TraceError> {
        let before = out.len();
        let read = self.parser.parse(&mut self.source, out, most);
        read.map(|()| out.len() > before)
    }
}

impl std::fmt::Debug for TraceReader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TraceReader").field("format", &self.format).finish_non_exhaustive()
    }
}
