//! `ids`: one key a line, any text. Empty lines and lines of a single `*` (LIRS' separator) are skipped.

use super::parse::{Line, Says, id_of};
use crate::replay::Request;

/// The longest id in bytes: four times what Memcached would take as a key.
const LONGEST: usize = 1_000;

pub(super) struct Ids;

impl Line for Ids {
    const NAME: &'static str = "ids";

    fn requests(&mut self, line: &[u8], out: &mut Vec<Request>) -> Result<(), String> {
        if line.is_empty() || line == b"*" {
            return Ok(());
        }
        if line.len() > LONGEST {
            return Err(format!(
                "an id that is too long: {} bytes of at most {LONGEST}",
                line.len()
            ));
        }
        if line.iter().any(|byte| *byte < 0x20) {
            return Err("not text (is this a binary trace? say --format)".to_owned());
        }
        out.push(Request::read(id_of(line)));
        Ok(())
    }

    fn says(&self) -> Says {
        Says::default()
    }
}
