//! `webcachesim`: the format of webcachesim and LRB: time, id, size and any features, separated by blanks.

use super::parse::{Line, Says, id_of, number, seconds};
use crate::replay::{Op, Request};

pub(super) struct WebCacheSim;

impl Line for WebCacheSim {
    const NAME: &'static str = "webcachesim";

    fn requests(&mut self, line: &[u8], out: &mut Vec<Request>) -> Result<(), String> {
        let mut parts = line.split(u8::is_ascii_whitespace).filter(|part| !part.is_empty());
        let Some(time) = parts.next() else { return Ok(()) };
        let (Some(id), Some(size)) = (parts.next(), parts.next()) else {
            return Err("fewer than three columns: time, id, size".to_owned());
        };
        let size = number(size).ok_or("the size is no whole number")?;
        out.push(Request {
            time: seconds(time).ok_or("the time is not in seconds")?,
            id: id_of(id),
            size: size.min(u64::from(u32::MAX)) as u32,
            ttl: 0,
            op: Op::Read,
        });
        Ok(())
    }

    fn says(&self) -> Says {
        Says { times: true, sizes: true, ..Says::default() }
    }
}

/// Whether that line can be one of these: numbers only.
pub(super) fn likely(line: &[u8]) -> bool {
    let numbers = line.split(u8::is_ascii_whitespace).filter(|part| !part.is_empty());
    numbers.clone().count() >= 3 && numbers.clone().all(|part| seconds(part).is_some())
}
