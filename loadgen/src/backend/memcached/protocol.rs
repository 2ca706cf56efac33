//! Memcached's text protocol (its doc/protocol.txt): the classic commands, and of the meta commands `mg` and `md`, for
//! what the classic ones lack: who should compute, stale values, and a compare-and-delete.
//!
//! A reply is one line, or `VA` with a value, or `VALUE`s or `STAT`s up to `END`; replies come in the order of the
//! commands.

use std::fmt::Display;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use herdlab_sim::key::KeyText;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Terms, Ttl};

use super::super::wire::Malformed;

/// Expiries beyond this, in seconds, memcached reads as seconds since 1970.
const MONTH: u64 = 30 * 24 * 3_600;
/// A line is shorter than this, or it is no memcached that speaks.
const LINE: usize = 2_048;

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Reply {
    /// What was found of what was asked for, in that order.
    Found(Vec<Hit>),
    /// What a meta read found: `VA`.
    Meta(Leased),
    /// The server's figures, by name.
    Stats(Vec<(String, String)>),
    /// `STORED`, `DELETED`, `TOUCHED`, `HD` or `OK`.
    Done,
    /// `NOT_STORED`, `EX`: somebody else's is there.
    Kept,
    /// `NOT_FOUND`, `NF`, `EN`.
    Missing,
    /// A counter's new value.
    Number(u64),
    /// An error, or anything else.
    Other(String),
}

/// A value that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Hit {
    pub(super) key: Vec<u8>,
    pub(super) bytes: Vec<u8>,
    /// Its version, if it was asked for with `gets`.
    pub(super) cas: Option<u64>,
}

/// What lies under a key, and what its reader is told to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Leased {
    /// The value; empty for a stub that a miss left behind (N).
    pub(super) bytes: Vec<u8>,
    /// W: this reader should compute.
    pub(super) won: bool,
    /// X: it was marked as stale.
    pub(super) stale: bool,
}

/// `verb key flags exptime bytes`, and the bytes.
pub(super) fn store(out: &mut Vec<u8>, verb: &str, key: impl Display, bytes: &[u8], expiry: u64) {
    line(out, format_args!("{verb} {key} 0 {expiry} {}", bytes.len()));
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

/// `get key`.
pub(super) fn get(out: &mut Vec<u8>, key: KeyText<'_>) {
    out.extend_from_slice(b"get ");
    key.append_to(out);
    out.extend_from_slice(b"\r\n");
}

/// A command of one line.
pub(super) fn line(out: &mut Vec<u8>, text: impl Display) {
    let _ = write!(out, "{text}\r\n"); // a Vec takes everything
}

/// `mg key v N<seconds> [R<seconds>]`: the value; a miss leaves a stub (N); the first to find less left recomputes (R).
pub(super) fn meta_get(out: &mut Vec<u8>, key: impl Display, terms: Terms) {
    let _ = write!(out, "mg {key} v N{}", expiry(terms.vivify));
    if terms.recache > Nanos::ZERO {
        let _ = write!(out, " R{}", seconds(terms.recache));
    }
    out.extend_from_slice(b"\r\n");
}

/// `md key I T<seconds>`: the entry is stale from now on (I), and is gone after that time (T).
pub(super) fn mark_stale(out: &mut Vec<u8>, key: impl Display, ttl: Ttl) {
    line(out, format_args!("md {key} I T{}", expiry(ttl)));
}

/// Whole seconds, rounded up.
const fn seconds(span: Nanos) -> u64 {
    span.as_nanos().div_ceil(1_000_000_000)
}

/// How memcached is told a TTL: whole seconds, rounded up, never none; 0 is for ever, more than 30 days a date.
pub(super) fn expiry(ttl: Ttl) -> u64 {
    let Some(span) = ttl.span() else { return 0 };
    let seconds = seconds(span).max(1);
    if seconds <= MONTH {
        return seconds;
    }
    let today = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let date = today.saturating_add(seconds);
    if date > i32::MAX as u64 { 0 } else { date } // memcached's dates end in 2038
}

/// The first reply of these bytes and its length; nothing while it is incomplete.
///
/// # Errors
/// [`Malformed`] if it can never become one.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Reply, usize)>, Malformed> {
    let (mut found, mut stats, mut at) = (Vec::new(), Vec::new(), 0);
    loop {
        let rest = &bytes[at..];
        let Some(length) = rest.windows(2).take(LINE).position(|pair| pair == b"\r\n") else {
            return if rest.len() > LINE { Err(Malformed) } else { Ok(None) };
        };
        let line = str::from_utf8(&rest[..length]).map_err(|_| Malformed)?;
        at += length + 2;
        if let Some(header) = line.strip_prefix("VALUE ") {
            let Some(hit) = value(header, &bytes[at..])? else { return Ok(None) };
            at += hit.bytes.len() + 2;
            found.push(hit);
        } else if let Some(figure) = line.strip_prefix("STAT ") {
            let (name, value) = figure.split_once(' ').ok_or(Malformed)?;
            stats.push((name.to_owned(), value.to_owned()));
        } else if line == "END" {
            let reply = if stats.is_empty() { Reply::Found(found) } else { Reply::Stats(stats) };
            return Ok(Some((reply, at)));
        } else if !found.is_empty() || !stats.is_empty() {
            return Err(Malformed);
        } else if let Some(header) = line.strip_prefix("VA ") {
            let Some(leased) = leased(header, &bytes[at..])? else { return Ok(None) };
            at += leased.bytes.len() + 2;
            return Ok(Some((Reply::Meta(leased), at)));
        } else {
            return Ok(Some((word(line), at)));
        }
    }
}

/// `key flags bytes [cas]`, and what follows it; nothing while that is incomplete.
fn value(header: &str, rest: &[u8]) -> Result<Option<Hit>, Malformed> {
    let mut fields = header.split(' ');
    let key = fields.next().ok_or(Malformed)?;
    let _flags = fields.next().ok_or(Malformed)?;
    let size = fields.next().ok_or(Malformed)?;
    let cas = fields.next().map(|cas| cas.parse().map_err(|_| Malformed)).transpose()?;
    let bytes = data(size, rest)?;
    Ok(bytes.map(|bytes| Hit { key: key.as_bytes().to_vec(), bytes, cas }))
}

/// `bytes flag*`, and what follows it; nothing while that is incomplete. Flags that say nothing to us are passed over.
fn leased(header: &str, rest: &[u8]) -> Result<Option<Leased>, Malformed> {
    let mut fields = header.split(' ');
    let size = fields.next().ok_or(Malformed)?;
    let (mut won, mut stale) = (false, false);
    for flag in fields {
        won |= flag == "W";
        stale |= flag == "X";
    }
    Ok(data(size, rest)?.map(|bytes| Leased { bytes, won, stale }))
}

/// A block of data of that size and its end; nothing while it is incomplete.
fn data(size: &str, rest: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
    let size = size.parse::<u32>().map_err(|_| Malformed)? as usize;
    match rest.get(size..size + 2) {
        None => Ok(None),
        Some(b"\r\n") => Ok(Some(rest[..size].to_vec())),
        Some(_) => Err(Malformed),
    }
}

fn word(line: &str) -> Reply {
    match line {
        "STORED" | "DELETED" | "TOUCHED" | "HD" | "OK" => Reply::Done,
        "NOT_STORED" | "EX" => Reply::Kept,
        "NOT_FOUND" | "NF" | "EN" => Reply::Missing,
        other => other.parse().map_or_else(|_| Reply::Other(other.to_owned()), Reply::Number),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(reply: &Reply) -> Vec<u8> {
        let mut out = Vec::new();
        match reply {
            Reply::Found(hits) => {
                for hit in hits {
                    let cas = hit.cas.map_or_else(String::new, |cas| format!(" {cas}"));
                    let key = String::from_utf8_lossy(&hit.key);
                    line(&mut out, format_args!("VALUE {key} 0 {}{cas}", hit.bytes.len()));
                    out.extend_from_slice(&hit.bytes);
                    out.extend_from_slice(b"\r\n");
                }
                line(&mut out, "END");
            }
            Reply::Meta(Leased { bytes, won, stale }) => {
                let flag = |set: bool, flag| if set { flag } else { "" };
                let told = flag(*won, " W").to_owned() + flag(!*won, " Z") + flag(*stale, " X");
                line(&mut out, format_args!("VA {} t30 c7{told} k", bytes.len()));
                out.extend_from_slice(bytes);
                out.extend_from_slice(b"\r\n");
            }
            Reply::Stats(stats) => {
                stats.iter().for_each(|(name, value)| {
                    line(&mut out, format_args!("STAT {name} {value}"));
                });
                line(&mut out, "END");
            }
            Reply::Done => line(&mut out, "STORED"),
            Reply::Kept => line(&mut out, "NOT_STORED"),
            Reply::Missing => line(&mut out, "NOT_FOUND"),
            Reply::Number(number) => line(&mut out, number),
            Reply::Other(text) => line(&mut out, text),
        }
        out
    }

    fn reply() -> impl Strategy<Value = Reply> {
        let hit =
            ("[!-~]{1,250}", prop::collection::vec(any::<u8>(), 0..300), any::<Option<u64>>())
                .prop_map(|(key, bytes, cas)| Hit { key: key.into_bytes(), bytes, cas });
        prop_oneof![
            prop::collection::vec(hit, 0..5).prop_map(Reply::Found),
            prop::collection::vec(("[a-z]{1,9}", "[a-z0-9. ]{0,9}"), 1..5).prop_map(Reply::Stats),
            (prop::collection::vec(any::<u8>(), 0..300), any::<bool>(), any::<bool>())
                .prop_map(|(bytes, won, stale)| Reply::Meta(Leased { bytes, won, stale })),
            Just(Reply::Done),
            Just(Reply::Kept),
            Just(Reply::Missing),
            any::<u64>().prop_map(Reply::Number),
            "SERVER_ERROR [a-z ]{0,40}".prop_map(Reply::Other),
        ]
    }

    proptest! {
        #[test]
        fn what_a_server_writes_is_read_back_one_reply_after_another(
            replies in prop::collection::vec(reply(), 0..6)
        ) {
            let stream: Vec<u8> = replies.iter().flat_map(written).collect();
            let (mut at, mut read) = (0, Vec::new());
            while let Some((reply, length)) = parse(&stream[at..]).unwrap() {
                read.push(reply);
                at += length;
            }
            prop_assert_eq!(at, stream.len());
            prop_assert_eq!(read, replies);
        }

        #[test]
        fn a_reply_cut_anywhere_is_incomplete_and_no_error(reply in reply(), cut in any::<prop::sample::Index>()) {
            let whole = written(&reply);
            prop_assert_eq!(parse(&whole[..cut.index(whole.len())]), Ok(None));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&bytes);
            let _ = parse(&[b"VALUE k 0 ".to_vec(), bytes.clone()].concat());
            let _ = parse(&[b"VA ".to_vec(), bytes].concat());
        }
    }

    #[test]
    fn what_cannot_become_a_reply_is_malformed() {
        let endless = vec![b'x'; LINE + 3];
        for bad in [
            &b"VALUE k 0 2\r\nabcd"[..],
            b"VALUE k\r\n",
            b"VA \r\n\r\n",
            b"VA x W\r\n\r\n",
            b"VA 1 W\r\nabc",
            b"VALUE k 0 1\r\na\r\nVA 0 W\r\n\r\n",
            b"VALUE k 0 1\r\na\r\nSTORED\r\n",
            b"\xff\r\n",
            &endless,
        ] {
            assert_eq!(parse(bad), Err(Malformed), "{bad:?}");
        }
    }

    /// Debian's memcached 1.6.18, word for word.
    #[test]
    fn what_memcached_says_to_meta_commands_is_understood() {
        let leased =
            |bytes: &[u8], won, stale| Reply::Meta(Leased { bytes: bytes.to_vec(), won, stale });
        for (said, meant) in [
            (&b"VA 0 t-1 c1 W\r\n\r\n"[..], leased(b"", true, false)),
            (b"VA 0 t30 c1 Z\r\n\r\n", leased(b"", false, false)),
            (b"VA 1 t5 c2 s1\r\na\r\n", leased(b"a", false, false)),
            (b"VA 1 t29 c5 X W\r\na\r\n", leased(b"a", true, true)),
            (b"VA 1 t29 c5 Z X\r\na\r\n", leased(b"a", false, true)),
            (b"VA 1\r\na\r\n", leased(b"a", false, false)),
            (b"HD\r\n", Reply::Done),
            (b"NF\r\n", Reply::Missing),
            (b"EN\r\n", Reply::Missing),
        ] {
            assert_eq!(parse(said), Ok(Some((meant, said.len()))));
        }
    }

    #[test]
    fn meta_commands_are_written_as_the_protocol_has_them() {
        let span = |millis| Nanos::from_millis(millis);
        let said = |vivify, recache| {
            let mut out = Vec::new();
            meta_get(&mut out, "k", Terms { vivify, recache: span(recache) });
            String::from_utf8(out).expect("text")
        };
        assert_eq!(said(Ttl::after(span(30_000)), 3_000), "mg k v N30 R3\r\n");
        assert_eq!(said(Ttl::after(span(1)), 1_001), "mg k v N1 R2\r\n");
        assert_eq!(said(Ttl::FOREVER, 0), "mg k v N0\r\n", "nobody refreshes early");
        let mut out = Vec::new();
        mark_stale(&mut out, "k", Ttl::after(span(30_000)));
        assert_eq!(out, b"md k I T30\r\n");
    }

    #[test]
    fn ttls_are_whole_seconds_rounded_up_and_dates_beyond_a_month() {
        let of = |nanos| expiry(Ttl::after(Nanos::from_nanos(nanos)));
        assert_eq!([of(0), of(1), of(1_000_000_000), of(1_000_000_001)], [1, 1, 1, 2]);
        assert_eq!(expiry(Ttl::FOREVER), 0);
        assert_eq!(expiry(Ttl::after(Nanos::from_secs(MONTH))), MONTH);
        assert!(expiry(Ttl::after(Nanos::from_secs(MONTH + 1))) > 1_700_000_000);
        assert_eq!(expiry(Ttl::after(Nanos::from_secs(100 * 365 * 24 * 3_600))), 0);
    }
}
