//! What an entry takes in a cache that counts bytes: its value is the smaller part of it, often.
//!
//! Of a Redis the whole of it is known. A key with a string (server.h, dict.h, sds.h and object.c of Redis 7) is a dictEntry
//! of 24 bytes; its name, a header of 1 byte below 32 bytes and of 3 to 9 above, and a 0 at its end; its value, in one piece
//! with its robj of 16 bytes up to 44 bytes and in a second one above; and if it expires another dictEntry. Each piece is as
//! large as the size class of jemalloc that it falls into. Beside them lies the hash table, a pointer a place, which doubles
//! when every place is taken. `maxmemory` is held against the sum and what an empty server takes: about 1 MB, and 37 KB for each command
//! that was ever called (its histogram of latencies). While a table doubles the one before it is still there.

use std::mem::size_of;

/// A dictEntry: key, value, next.
const DICT_ENTRY: u64 = 24;
/// A robj: type, encoding, LRU, references, pointer.
const ROBJ: u64 = 16;
/// OBJ_ENCODING_EMBSTR_SIZE_LIMIT: longer values lie apart from their robj.
const EMBEDDED: u64 = 44;
/// A place of a hash table.
const POINTER: u64 = size_of::<u64>() as u64;
/// DICT_HT_INITIAL_SIZE.
const FIRST_PLACES: u64 = 4;
/// HASHTABLE_MAX_LOAD_FACTOR: entries a place, above which a table doubles though memory is short.
const CROWDED: f64 = 1.618;

/// What an entry takes beside its size.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Overhead {
    /// So many bytes, whatever it is.
    Bytes(u32),
    /// What a Redis takes for it.
    Redis(Heap),
}

/// Where a Redis keeps what it has.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Heap {
    /// How far apart jemalloc's smallest size classes are, in bytes, a power of two: 8 in a Redis with the jemalloc it comes
    /// with (deps/Makefile, `--with-lg-quantum=3`), 16 with the system's, as in Debian's and Ubuntu's packages.
    pub quantum: u64,
    /// Bytes of a key's name.
    pub name: u32,
}

impl Heap {
    /// A Redis as its makers build it, with names of so many bytes.
    #[must_use]
    pub const fn own(name: u32) -> Self {
        Self { quantum: 8, name }
    }

    /// A Redis that was built with the system's jemalloc.
    #[must_use]
    pub const fn system(name: u32) -> Self {
        Self { quantum: 16, name }
    }

    /// What a piece of memory of so many bytes takes: classes are a quantum apart at first, and a quarter of their power of
    /// two later (jemalloc(3), "Size classes").
    #[must_use]
    pub fn class(&self, bytes: u64) -> u64 {
        if bytes <= 8 {
            return 8;
        }
        let power = 1 << (bytes - 1).ilog2();
        bytes.next_multiple_of((power / 4).max(self.quantum))
    }

    /// What a text of so many bytes takes (sdsReqType).
    fn text(&self, bytes: u64) -> u64 {
        let header = match bytes {
            1..32 => 1,
            0 | 32..256 => 3,
            256..65_536 => 5,
            _ => 9,
        };
        self.class(header + bytes + 1)
    }

    /// What a key with a string of so many bytes takes, without its place in the table.
    #[must_use]
    pub fn entry(&self, value: u64, expires: bool) -> u64 {
        let value = match value {
            0..=EMBEDDED => self.class(ROBJ + 3 + value + 1),
            _ => self.class(ROBJ) + self.text(value),
        };
        let entries = 1 + u64::from(expires);
        entries * self.class(DICT_ENTRY) + self.text(u64::from(self.name)) + value
    }
}

impl Overhead {
    /// What an entry weighs whose size, name and value together, is so many bytes.
    #[must_use]
    pub fn entry(self, size: u32, expires: bool) -> u64 {
        match self {
            Self::Bytes(bytes) => u64::from(size) + u64::from(bytes),
            Self::Redis(heap) => heap.entry(u64::from(size.saturating_sub(heap.name)), expires),
        }
    }
}

/// The hash tables of a Redis: of all keys, and of those that expire.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub struct Tables {
    all: Table,
    expiring: Table,
}

/// A hash table that doubles.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
struct Table {
    entries: u64,
    places: u64,
}

impl Table {
    /// One more entry, where `left` bytes are free: by how many bytes that makes the table grow. It must fit beside the old
    /// one (dictTypeExpandAllowed), unless it is crowded.
    fn come(&mut self, left: i64) -> u64 {
        let mut grown = 0;
        if self.entries >= self.places {
            let places = (self.entries + 1).next_power_of_two().max(FIRST_PLACES);
            let fits = left >= (places * POINTER) as i64;
            if fits || self.entries as f64 > CROWDED * self.places as f64 {
                grown = (places - self.places) * POINTER;
                self.places = places;
            }
        }
        self.entries += 1;
        grown
    }
}

impl Tables {
    /// One more entry, where `left` bytes are free: by how many bytes that makes the tables grow.
    #[must_use]
    pub fn come(&mut self, expires: bool, left: i64) -> u64 {
        let grown = self.all.come(left);
        grown + if expires { self.expire(left - grown as i64) } else { 0 }
    }

    /// An entry that is there will expire, as it did not: by how many bytes that makes the tables grow.
    #[must_use]
    pub fn expire(&mut self, left: i64) -> u64 {
        self.expiring.come(left)
    }

    /// An entry that is there will not expire any more.
    pub const fn persist(&mut self) {
        self.expiring.entries -= 1;
    }

    /// Bytes of both tables when so many entries that expire have come.
    pub(super) fn bytes(entries: u64) -> u64 {
        2 * POINTER * entries.next_power_of_two().max(FIRST_PLACES)
    }

    /// An entry went; tables stay as large as they are.
    pub const fn go(&mut self, expired: bool) {
        self.all.entries -= 1;
        self.expiring.entries -= expired as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_classes_are_those_of_jemallocs_manual() {
        let upto = |heap: Heap, most: u64| {
            let mut classes: Vec<u64> = (1..=most).map(|bytes| heap.class(bytes)).collect();
            classes.dedup();
            classes
        };
        let system = [8, 16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512];
        assert_eq!(upto(Heap::system(0), 512), system);
        let own = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
        assert_eq!(upto(Heap::own(0), 320), own);
        assert_eq!(Heap::own(0).class(70_000), 80 << 10);
    }

    #[test]
    fn a_key_of_8_bytes_with_10_takes_80_of_debians_redis_and_its_table_doubles() {
        // MEMORY USAGE says 72 there: it takes the dictEntry for its 24 bytes, and it lies in 32.
        assert_eq!(Heap::system(8).entry(10, false), 32 + 16 + 32);
        assert_eq!(Heap::own(8).entry(10, false), 24 + 16 + 32);
        assert_eq!(Heap::own(8).entry(10, true), 24 + 24 + 16 + 32);
        let mut tables = Tables::default();
        let grown: Vec<u64> = (0..10).map(|_| tables.come(false, 1 << 20)).collect();
        assert_eq!(grown, [32, 0, 0, 0, 32, 0, 0, 0, 64, 0]);
    }

    #[test]
    fn a_table_that_does_not_fit_doubles_only_when_it_is_crowded() {
        let mut tables = Tables::default();
        let left = |entries| if entries < 128 { 1 << 20 } else { 0 };
        let grown: Vec<u64> = (0..300).map(|entries| tables.come(false, left(entries))).collect();
        let late: Vec<usize> = (128..300).filter(|entries| grown[*entries] > 0).collect();
        assert_eq!(late, [208], "128 places, and 128 x 1.618 = 207.1 entries");
        assert_eq!(grown.iter().sum::<u64>(), 256 * 8);
    }

    #[test]
    fn tables_take_what_they_grew_to() {
        for entries in [1, 4, 5, 100, 1_024, 1_025] {
            let mut tables = Tables::default();
            let grown: u64 = (0..entries).map(|_| tables.come(true, i64::MAX)).sum();
            assert_eq!(grown, Tables::bytes(entries), "{entries} entries");
        }
    }
}
