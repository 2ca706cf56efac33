//! Which column of a table is what, as libCacheSim's `-t` says it: `time-col=2,obj-id-col=5,delimiter=;`.

use super::error::TraceError;

/// The columns of a csv trace, counted from 1.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Columns {
    pub(super) time: Option<usize>,
    pub(super) id: Option<usize>,
    pub(super) size: Option<usize>,
    pub(super) op: Option<usize>,
    pub(super) ttl: Option<usize>,
    pub(super) delimiter: Option<u8>,
    pub(super) header: Option<bool>,
}

impl Columns {
    /// Reads libCacheSim's description: names end in `-col` or `-field`, `_` is as good as `-`; also `op-col` and
    /// `ttl-col`, which are ours. What only libCacheSim needs (`obj-id-is-num`, `cnt-col`, `next-access-col`) is passed over.
    ///
    /// # Errors
    /// If a part is not known, or has no such value.
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        let mut columns = Self::default();
        // A comma as delimiter leaves an empty part behind.
        let text = text.replace("delimiter=,", "delimiter=comma");
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            columns.set(part)?;
        }
        Ok(columns)
    }

    fn set(&mut self, part: &str) -> Result<(), TraceError> {
        let wrong = |what: &str| {
            let known =
                "time-col, obj-id-col, obj-size-col, op-col, ttl-col, delimiter, has-header";
            TraceError::Columns(format!("{part:?} {what}; there are {known}"))
        };
        let (name, value) = part.split_once('=').ok_or_else(|| wrong("has no value"))?;
        let name = name.trim().replace('_', "-").replace("-field", "-col");
        let value = value.trim();
        let column = || match value.parse::<usize>() {
            Ok(column @ 1..=1_000) => Ok(Some(column)),
            _ => Err(wrong("is no column, counted from 1")),
        };
        match name.as_str() {
            "time-col" => self.time = column()?,
            "obj-id-col" | "id-col" | "key-col" => self.id = column()?,
            "obj-size-col" | "size-col" => self.size = column()?,
            "op-col" => self.op = column()?,
            "ttl-col" => self.ttl = column()?,
            "delimiter" => {
                self.delimiter = Some(match value {
                    "comma" => b',',
                    "tab" | "\\t" => b'\t',
                    one if one.len() == 1 => one.as_bytes()[0],
                    _ => return Err(wrong("is no single character")),
                });
            }
            "has-header" => self.header = Some(matches!(value, "true" | "1" | "yes")),
            "obj-id-is-num" | "cnt-col" | "next-access-col" => {}
            _ => return Err(wrong("is not known")),
        }
        Ok(())
    }

    /// The columns by the names in a header; `None` if none of them is an id's.
    pub(super) fn of_header(line: &[u8]) -> Option<Self> {
        let delimiter = delimiter(line);
        let mut columns =
            Self { delimiter: Some(delimiter), header: Some(true), ..Self::default() };
        for (index, name) in line.split(|byte| *byte == delimiter).enumerate() {
            let name = name.trim_ascii().to_ascii_lowercase();
            let column = match name.as_slice() {
                b"id" | b"obj_id" | b"object_id" | b"key" | b"lbn" | b"url" | b"item" => {
                    &mut columns.id
                }
                b"time" | b"timestamp" | b"ts" => &mut columns.time,
                b"size" | b"obj_size" | b"bytes" => &mut columns.size,
                b"ttl" => &mut columns.ttl,
                b"operation" => &mut columns.op,
                _ => continue,
            };
            column.get_or_insert(index + 1);
        }
        columns.id.is_some().then_some(columns)
    }

    /// What is still open is taken from the first line: the delimiter, and whether the line is a header (more letters
    /// than digits).
    pub(super) fn settle(&mut self, line: &[u8]) {
        self.delimiter.get_or_insert_with(|| delimiter(line));
        self.header.get_or_insert_with(|| {
            let count = |what: fn(&u8) -> bool| line.iter().filter(|byte| what(byte)).count();
            count(u8::is_ascii_alphabetic) > count(u8::is_ascii_digit)
        });
    }
}

/// The delimiter that a line has most of; a tab counts four, a comma three, a bar two, a colon or semicolon one.
fn delimiter(line: &[u8]) -> u8 {
    let weigh = |(byte, weight): &(u8, usize)| line.iter().filter(|b| *b == byte).count() * weight;
    let known = [(b':', 1), (b';', 1), (b'|', 2), (b',', 3), (b'\t', 4)];
    known.iter().max_by_key(|known| weigh(known)).map_or(b',', |(byte, _)| *byte)
}
