//! `csv`: a table of any columns, as libCacheSim's csv reader takes it, and with operations and TTLs if there are such.

use super::columns::Columns;
use super::parse::{Line, Says, id_of, number, seconds};
use crate::replay::{Op, Request};
use crate::time::Nanos;

pub(super) struct Csv {
    columns: Columns,
    /// Whether a first line has been seen.
    begun: bool,
}

impl Csv {
    pub(super) const fn new(columns: Columns) -> Self {
        Self { columns, begun: false }
    }
}

/// What an operation's name means to a cache.
pub(super) fn operation(name: &[u8]) -> Result<Op, String> {
    let name = name.trim_ascii().to_ascii_lowercase();
    Ok(match name.as_slice() {
        b"get" | b"gets" | b"read" | b"r" | b"mget" => Op::Read,
        b"delete" | b"del" | b"d" | b"remove" => Op::Delete,
        b"set" | b"replace" | b"cas" | b"write" | b"w" | b"put" | b"update" => Op::Write,
        b"add" | b"append" | b"prepend" | b"incr" | b"decr" => Op::Amend,
        b"touch" | b"expire" => Op::Expire,
        _ => {
            let known = "get, gets, read, set, add, replace, cas, append, prepend, incr, decr, write, put, update, touch, expire, delete";
            return Err(format!("not an operation: there are {known}"));
        }
    })
}

impl Line for Csv {
    const NAME: &'static str = "csv";

    fn requests(&mut self, line: &[u8], out: &mut Vec<Request>) -> Result<(), String> {
        if line.is_empty() {
            return Ok(());
        }
        if !self.begun {
            self.begun = true;
            self.columns.settle(line);
            if self.columns.header == Some(true) {
                return Ok(());
            }
        }
        let delimiter = self.columns.delimiter.unwrap_or(b',');
        let part = |column: Option<usize>, what: &str| match column {
            None => Ok(None),
            Some(column) => match line.split(|byte| *byte == delimiter).nth(column - 1) {
                Some(text) => Ok(Some(text.trim_ascii())),
                None => Err(format!("no column {column}, which should be the {what}")),
            },
        };
        let whole = |column, what| match part(column, what)? {
            None | Some(b"") => Ok(0),
            Some(text) => number(text)
                .map(|number| number.min(u64::from(u32::MAX)) as u32)
                .ok_or_else(|| format!("the {what} is no whole number")),
        };
        let id = part(self.columns.id, "id")?.unwrap_or(line);
        let time = match part(self.columns.time, "time")? {
            None => Nanos::ZERO,
            Some(text) => seconds(text).ok_or("the time is not in seconds")?,
        };
        out.push(Request {
            time,
            id: id_of(id),
            size: if self.columns.size.is_some() { whole(self.columns.size, "size")? } else { 1 },
            ttl: whole(self.columns.ttl, "TTL")?,
            op: part(self.columns.op, "operation")?.map_or(Ok(Op::Read), operation)?,
        });
        Ok(())
    }

    fn says(&self) -> Says {
        let Columns { time, size, op, ttl, .. } = &self.columns;
        Says {
            times: time.is_some(),
            sizes: size.is_some(),
            operations: op.is_some(),
            ttls: ttl.is_some(),
        }
    }
}
