//! `vscsi`: traces of VMware's vscsiStats, both versions; a block read or written is a request.
//!
//! Version 1 has 32 bytes: u32 number, u32 length, u32 segments, u16 command, u16 version, u64 block, u64 time in us.
//! Version 2 has 40: u16 command, u16 version, u32 number, u32 length, u32 segments, u64 block, u64 time, u64 response
//! time. The version is the upper byte of its field. Reads and writes of blocks are both counted as requests, as
//! libCacheSim counts them: a block that is written is in the cache then.

use super::parse::{Fixed, Says};
use crate::replay::{Op, Request};
use crate::time::Nanos;

const SAYS: Says = Says { times: true, sizes: true, operations: false, ttls: false };

fn request(length: &[u8], block: &[u8], time: &[u8]) -> Request {
    let wide =
        |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    Request {
        time: Nanos::from_micros(wide(time)),
        id: wide(block),
        size: wide(length) as u32,
        ttl: 0,
        op: Op::Read,
    }
}

fn version(found: u8, expected: u8) -> Result<bool, String> {
    if found == expected { Ok(true) } else { Err(format!("version {found}, expected {expected}")) }
}

pub(super) struct Version1;

impl Fixed<32> for Version1 {
    const NAME: &'static str = "vscsi";
    const SAYS: Says = SAYS;

    fn is_request(record: &[u8; 32]) -> Result<bool, String> {
        version(record[15], 1)
    }

    fn request(record: &[u8; 32]) -> Request {
        request(&record[4..8], &record[16..24], &record[24..32])
    }
}

pub(super) struct Version2;

impl Fixed<40> for Version2 {
    const NAME: &'static str = "vscsi-2";
    const SAYS: Says = SAYS;

    fn is_request(record: &[u8; 40]) -> Result<bool, String> {
        version(record[3], 2)
    }

    fn request(record: &[u8; 40]) -> Request {
        request(&record[8..12], &record[16..24], &record[24..32])
    }
}

/// Whether these bytes can be version 1, or version 2.
pub(super) fn likely(head: &[u8], length: usize) -> bool {
    let (at, version) = if length == 32 { (15, 1) } else { (3, 2) };
    head.len() >= length && head.chunks_exact(length).all(|record| record[at] == version)
}
