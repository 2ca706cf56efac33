//! `twitter`: Twitter's cache traces (github.com/twitter/cache-trace): time, key, key size, value size, client, operation,
//! TTL, separated by commas. The only public traces with TTLs; they are in seconds, and 0 unless something is written.

use super::csv::operation;
use super::parse::{Line, Says, id_of, number, seconds};
use crate::replay::Request;

const PARTS: usize = 7;

pub(super) struct Twitter;

/// The parts of a line; keys may have commas, so they are taken from both ends.
fn parts(line: &[u8]) -> Option<[&[u8]; PARTS]> {
    let mut from_end = line.rsplitn(PARTS - 1, |byte| *byte == b',');
    let [ttl, op, client, value, key_size] = std::array::from_fn(|_| from_end.next());
    let front = from_end.next()?;
    let comma = front.iter().position(|byte| *byte == b',')?;
    Some([&front[..comma], &front[comma + 1..], key_size?, value?, client?, op?, ttl?])
}

impl Line for Twitter {
    const NAME: &'static str = "twitter";

    fn requests(&mut self, line: &[u8], out: &mut Vec<Request>) -> Result<(), String> {
        if line.is_empty() {
            return Ok(());
        }
        let [time, key, key_size, value_size, _, op, ttl] =
            parts(line).ok_or("fewer than seven columns")?;
        let small = |text, what: &str| match number(text) {
            Some(number) if u32::try_from(number).is_ok() => Ok(number as u32),
            _ => Err(format!("the {what} is no number of 32 bits")),
        };
        out.push(Request {
            time: seconds(time).ok_or("the time is not in seconds")?,
            id: id_of(key),
            size: small(key_size, "key size")?.saturating_add(small(value_size, "value size")?),
            ttl: small(ttl, "TTL")?,
            op: operation(op)?,
        });
        Ok(())
    }

    fn says(&self) -> Says {
        Says { times: true, sizes: true, operations: true, ttls: true }
    }
}

/// Whether that line can be one of these.
pub(super) fn likely(line: &[u8]) -> bool {
    Twitter.requests(line, &mut Vec::new()).is_ok() && !line.is_empty()
}
