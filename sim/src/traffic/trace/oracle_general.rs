//! `oracle-general` and `oracle-general-opns`: libCacheSim's binary formats, packed little-endian records.
//!
//! 24 bytes: u32 time in seconds, u64 id, u32 size, i64 number of the next request for the id (from 1; -1 or the largest is
//! none, -2 not computed). With operations 27 bytes: u8 operation and u16 namespace before the last. Requests of size 0 are
//! kept, as libCacheSim keeps them when sizes are ignored; the number of the next request is not used.

use super::parse::{Fixed, Says};
use crate::replay::{Op, Request};
use crate::time::Nanos;

pub(super) struct OracleGeneral;

/// A little-endian number at a place of a record.
fn field<const N: usize>(record: &[u8], at: usize) -> [u8; N] {
    std::array::from_fn(|byte| record[at + byte])
}

fn request(record: &[u8], op: Op) -> Request {
    Request {
        time: Nanos::from_secs(u64::from(u32::from_le_bytes(field(record, 0)))),
        id: u64::from_le_bytes(field(record, 4)),
        size: u32::from_le_bytes(field(record, 12)),
        ttl: 0,
        op,
    }
}

impl Fixed<24> for OracleGeneral {
    const NAME: &'static str = "oracle-general";
    const SAYS: Says = Says { times: true, sizes: true, operations: false, ttls: false };

    #[inline(always)]
    fn request(record: &[u8; 24]) -> Request {
        request(record, Op::Read)
    }
}

pub(super) struct OracleGeneralOpNs;

/// Where a record has its operation.
const OP: usize = 16;

impl Fixed<27> for OracleGeneralOpNs {
    const NAME: &'static str = "oracle-general-opns";
    const SAYS: Says = Says { times: true, sizes: true, operations: true, ttls: false };

    fn is_request(record: &[u8; 27]) -> Result<bool, String> {
        match record[OP] {
            other @ 15.. => Err(format!("operation {other}, and there are 0 to 14")),
            op => Ok(op > 0), // 0 is no operation
        }
    }

    fn request(record: &[u8; 27]) -> Request {
        // req_op_e: 1 get, 2 gets, 12 read; 9 delete; 4 add, 7, 8 append and prepend, 10, 11 count; all others write.
        let op = match record[OP] {
            1 | 2 | 12 => Op::Read,
            9 => Op::Delete,
            4 | 7 | 8 | 10 | 11 => Op::Amend,
            _ => Op::Write,
        };
        request(record, op)
    }
}

/// Whether these bytes can be the beginning of a trace with records of that length: times do not go back, and what
/// is said of the next request lies ahead.
pub(super) fn likely(head: &[u8], length: usize) -> bool {
    let mut before = 0;
    let records: Vec<&[u8]> = head.chunks_exact(length).take(200).collect();
    let fine = |(number, record): (usize, &&[u8])| {
        let time = u32::from_le_bytes(field(record, 0));
        let next = i64::from_le_bytes(field(record, length - 8));
        let op_fine = length == 24 || record[OP] <= 14;
        let ordered = time >= before;
        before = time;
        let ahead = next == i64::MAX || next > number as i64 && next < 1 << 40;
        ordered && op_fine && ((-2..0).contains(&next) || ahead)
    };
    !records.is_empty() && records.iter().enumerate().all(fine)
}
