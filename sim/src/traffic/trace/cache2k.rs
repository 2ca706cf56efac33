//! `cache2k`: the keys of the cache2k benchmarks, big-endian i32 and nothing else.

use super::parse::{Fixed, Says};
use crate::replay::Request;

pub(super) struct Cache2k;

impl Fixed<4> for Cache2k {
    const NAME: &'static str = "cache2k";
    const SAYS: Says = Says { times: false, sizes: false, operations: false, ttls: false };

    fn request(record: &[u8; 4]) -> Request {
        Request::read(u64::from(u32::from_be_bytes(*record)))
    }
}

/// Whether these bytes can be such keys: numbers that are not negative and not large.
pub(super) fn likely(head: &[u8]) -> bool {
    let keys = head.as_chunks::<4>().0;
    !keys.is_empty() && keys.iter().all(|key| u32::from_be_bytes(*key) < 1 << 27)
}
