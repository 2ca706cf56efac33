//! `monitor`: what `redis-cli MONITOR` prints, which everybody with a Redis has at hand.
//!
//! `1700000000.123456 [0 127.0.0.1:50000] "SET" "k" "v" "EX" "60"`. Commands on keys become requests: what reads, what
//! stores (with the TTL that the command gives), what changes (and keeps the TTL), what gives another TTL and what removes;
//! all others are passed over. A value's size is known where it is written. Of conditions on what is there only `NX` of
//! writes is kept: `SET` with `XX` counts as if it stored, `EXPIRE` with a condition as if it held, and what takes something
//! out of a list or a set that is not there (`LPOP`, `SREM`) as if it made one.

use super::parse::{Line, Says, id_of, seconds};
use crate::replay::{Op, Request};
use crate::time::Nanos;

pub(super) struct Monitor;

/// Which arguments of a command are keys.
#[derive(Copy, Clone)]
enum Keys {
    First,
    All,
    /// Every other one: key, value, key, value.
    Pairs,
}

/// What a command does to which of its arguments; `None` for commands that a cache does not care about.
fn command(name: &[u8]) -> Option<(Op, Keys)> {
    Some(match name {
        b"MGET" | b"EXISTS" | b"TOUCH" => (Op::Read, Keys::All),
        b"GET" | b"GETEX" | b"GETRANGE" | b"STRLEN" | b"HGET" | b"HMGET" | b"HGETALL"
        | b"HEXISTS" | b"HKEYS" | b"HVALS" | b"HLEN" | b"LRANGE" | b"LINDEX" | b"LLEN"
        | b"SMEMBERS" | b"SISMEMBER" | b"SCARD" | b"ZRANGE" | b"ZRANGEBYSCORE" | b"ZSCORE"
        | b"ZCARD" | b"ZRANK" | b"GETBIT" | b"BITCOUNT" => (Op::Read, Keys::First),
        b"SET" | b"SETEX" | b"PSETEX" | b"GETSET" => (Op::Write, Keys::First),
        b"SETNX" | b"APPEND" | b"SETRANGE" | b"INCR" | b"INCRBY" | b"INCRBYFLOAT" | b"DECR"
        | b"DECRBY" | b"HSET" | b"HMSET" | b"HSETNX" | b"HINCRBY" | b"HDEL" | b"LPUSH"
        | b"RPUSH" | b"LPOP" | b"RPOP" | b"LTRIM" | b"SADD" | b"SREM" | b"ZADD" | b"ZREM"
        | b"ZINCRBY" | b"SETBIT" => (Op::Amend, Keys::First),
        b"EXPIRE" | b"PEXPIRE" | b"EXPIREAT" | b"PEXPIREAT" | b"PERSIST" => {
            (Op::Expire, Keys::First)
        }
        b"MSET" => (Op::Write, Keys::Pairs),
        b"MSETNX" => (Op::Amend, Keys::Pairs),
        b"DEL" | b"UNLINK" => (Op::Delete, Keys::All),
        b"GETDEL" => (Op::Delete, Keys::First),
        _ => return None,
    })
}

/// An argument, and what comes after it.
type Argument<'a> = (Vec<u8>, &'a [u8]);

/// The next argument in quotes, and what comes after it. Redis writes `\"`, `\\`, `\n`, `\r`, `\t`, `\a`, `\b` and `\xHH`.
fn argument(text: &[u8]) -> Result<Option<Argument<'_>>, String> {
    let text = text.trim_ascii_start();
    let Some((first, mut rest)) = text.split_first() else { return Ok(None) };
    if *first != b'"' {
        return Err("an argument without quotes".to_owned());
    }
    let mut out = Vec::new();
    loop {
        match rest {
            [b'"', after @ ..] => return Ok(Some((out, after))),
            [b'\\', b'x', high, low, after @ ..] => {
                let digit = |byte: &u8| (*byte as char).to_digit(16);
                let (Some(high), Some(low)) = (digit(high), digit(low)) else {
                    return Err("\\x without two hexadecimal digits".to_owned());
                };
                out.push((high * 16 + low) as u8);
                rest = after;
            }
            [b'\\', escaped, after @ ..] => {
                out.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'a' => 7,
                    b'b' => 8,
                    other => *other,
                });
                rest = after;
            }
            [byte, after @ ..] => {
                out.push(*byte);
                rest = after;
            }
            [] => return Err("quotes that do not end (was the file cut?)".to_owned()),
        }
    }
}

/// How long something is kept from now on.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Kept {
    /// Seconds; 0 is for ever.
    For(u32),
    /// Not at all: its end lies behind.
    Over,
    /// For no time at all, which Redis refuses of what stores or reads.
    Refused,
}

/// What a word with a time after it says, if it is one of those: `EX 60`, `PXAT 1700000060000`. Milliseconds are rounded up.
fn kept(word: &[u8], time: &[u8], now: Nanos) -> Option<Kept> {
    let (unit, since, refused) = match word.to_ascii_uppercase().as_slice() {
        b"EX" => (1_000, Nanos::ZERO, Kept::Refused),
        b"PX" => (1, Nanos::ZERO, Kept::Refused),
        b"EXAT" => (1_000, now, Kept::Over),
        b"PXAT" => (1, now, Kept::Over),
        _ => return None,
    };
    let time: i64 = std::str::from_utf8(time).ok()?.parse().ok()?;
    let left = i128::from(time) * unit - i128::from(since.as_nanos() / 1_000_000);
    let seconds = u32::try_from((left + 999) / 1_000).unwrap_or(u32::MAX);
    Some(if left > 0 { Kept::For(seconds) } else { refused })
}

/// How long a command says that its key is kept, if it does.
fn lifetime(name: &[u8], arguments: &[Vec<u8>], now: Nanos) -> Option<Kept> {
    let first = |word| kept(word, arguments.get(1)?, now);
    let option = |from: usize| {
        let options = arguments.get(from..)?;
        options.windows(2).find_map(|pair| kept(&pair[0], &pair[1], now))
    };
    match name {
        b"SETEX" | b"EXPIRE" => first(b"EX"),
        b"PSETEX" | b"PEXPIRE" => first(b"PX"),
        b"EXPIREAT" => first(b"EXAT"),
        b"PEXPIREAT" => first(b"PXAT"),
        b"PERSIST" => Some(Kept::For(0)),
        b"GETEX" if has_option(arguments, 1, b"PERSIST") => Some(Kept::For(0)),
        b"GETEX" => option(1),
        b"SET" => option(2),
        _ => None,
    }
}

fn has_option(arguments: &[Vec<u8>], from: usize, word: &[u8]) -> bool {
    arguments.iter().skip(from).any(|other| other.eq_ignore_ascii_case(word))
}

/// What a command does to its keys, one thing after another, with the TTL in seconds that it gives or 0.
fn effects(name: &[u8], op: Op, arguments: &[Vec<u8>], now: Nanos) -> Vec<(Op, u32)> {
    let only_if_new = || ["NX", "KEEPTTL"].iter().any(|w| has_option(arguments, 2, w.as_bytes()));
    let op = if name == b"SET" && only_if_new() { Op::Amend } else { op };
    match (op, lifetime(name, arguments, now)) {
        (Op::Read, None) => vec![(Op::Read, 0)],
        (Op::Read, Some(Kept::For(ttl))) => vec![(Op::Read, 0), (Op::Expire, ttl)],
        (Op::Expire, None) => Vec::new(), // Redis refused it
        (op, None) => vec![(op, 0)],
        (op, Some(Kept::For(ttl))) => vec![(op, ttl)],
        (_, Some(Kept::Over)) | (Op::Expire, Some(Kept::Refused)) => vec![(Op::Delete, 0)],
        (_, Some(Kept::Refused)) => Vec::new(),
    }
}

/// The bytes of the value that a write of one key has.
fn value_size(name: &[u8], arguments: &[Vec<u8>]) -> u32 {
    let value = match name {
        b"SET" | b"SETNX" | b"GETSET" => arguments.get(1),
        b"SETEX" | b"PSETEX" => arguments.get(2),
        _ => None,
    };
    value.map_or(0, |value| value.len().min(u32::MAX as usize) as u32)
}

/// The time, the database and what comes after `]`.
fn head(line: &[u8]) -> Option<(Nanos, &[u8], &[u8])> {
    let blank = line.iter().position(|byte| *byte == b' ')?;
    let time = seconds(&line[..blank])?;
    let rest = line[blank + 1..].strip_prefix(b"[")?;
    let close = rest.iter().position(|byte| *byte == b']')?;
    let database = rest[..close].split(|byte| *byte == b' ').next()?;
    Some((time, database, &rest[close + 1..]))
}

impl Line for Monitor {
    const NAME: &'static str = "monitor";

    fn requests(&mut self, line: &[u8], out: &mut Vec<Request>) -> Result<(), String> {
        if line.is_empty() || line == b"OK" {
            return Ok(());
        }
        let (time, database, mut rest) =
            head(line).ok_or("does not begin with `TIME [DB ADDRESS]`")?;
        let mut arguments = Vec::new();
        while let Some((argument, after)) = argument(rest)? {
            arguments.push(argument);
            rest = after;
        }
        if arguments.is_empty() {
            return Err("no command".to_owned());
        }
        let name = arguments.remove(0).to_ascii_uppercase();
        let Some((op, keys)) = command(&name) else { return Ok(()) };
        let step = if matches!(keys, Keys::Pairs) { 2 } else { 1 };
        let most = if matches!(keys, Keys::First) { 1 } else { usize::MAX };
        let effects = effects(&name, op, &arguments, time);
        let size = value_size(&name, &arguments);
        for key in arguments.iter().step_by(step).take(most) {
            // The same name in another database is another key.
            let id =
                if database == b"0" { id_of(key) } else { id_of(&[database, b"/", key].concat()) };
            let size = if size == 0 { 0 } else { size.saturating_add(key.len() as u32) };
            let request = |&(op, ttl)| Request { time, id, size, ttl, op };
            out.extend(effects.iter().map(request));
        }
        Ok(())
    }

    fn says(&self) -> Says {
        Says { times: true, sizes: true, operations: true, ttls: true }
    }
}

/// Whether that line can be one of these.
pub(super) fn likely(line: &[u8]) -> bool {
    line == b"OK" || head(line).is_some_and(|(.., rest)| rest.trim_ascii_start().starts_with(b"\""))
}
