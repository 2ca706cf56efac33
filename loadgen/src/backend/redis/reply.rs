//! What Redis answers, in RESP2, and what we make of it.

use herdlab_sim::world::Entry;
use redis::Value;

use super::super::codec::Codec;
use super::super::wire::Malformed;

/// Arrays in arrays are no answers to what we ask.
const DEPTH: u32 = 2;
/// A line is shorter than this, or it is no Redis that speaks.
const LINE: usize = 64 << 10;
/// The most that a bulk string or an array may have (Redis' own limit, proto-max-bulk-len).
const LARGEST: i64 = 512 << 20;

/// An answer.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Reply {
    /// There is nothing.
    Nil,
    /// `OK`.
    Okay,
    Number(i64),
    /// A value of ours.
    Entry(Entry),
    /// A value that we never wrote.
    Foreign,
    Many(Vec<Self>),
    /// The server refuses, and says why.
    Error(String),
}

/// What makes a reply of a value.
#[inline]
fn value(codec: &Codec, bytes: &[u8]) -> Reply {
    codec.decode(bytes).map_or(Reply::Foreign, Reply::Entry)
}

/// The first reply of these bytes and its length; nothing while it is incomplete.
///
/// # Errors
/// [`Malformed`] if it can never become one.
#[inline]
pub(super) fn parse(codec: &Codec, bytes: &[u8]) -> Result<Option<(Reply, usize)>, Malformed> {
    nested(codec, bytes, 0)
}

#[inline]
fn nested(codec: &Codec, bytes: &[u8], depth: u32) -> Result<Option<(Reply, usize)>, Malformed> {
    let Some((line, head)) = line(bytes)? else { return Ok(None) };
    let (kind, text) = line.split_first().ok_or(Malformed)?;
    let reply = match kind {
        b'+' if text == b"OK" => Reply::Okay,
        b'+' => Reply::Foreign,
        b'-' => Reply::Error(String::from_utf8_lossy(text).into_owned()),
        b':' => Reply::Number(number(text)?),
        b'$' => return bulk(codec, bytes, head, number(text)?),
        b'*' if depth < DEPTH => return array(codec, bytes, head, number(text)?, depth),
        _ => return Err(Malformed),
    };
    Ok(Some((reply, head)))
}

/// The first line without its end, and its length with it.
#[inline]
pub(super) fn line(bytes: &[u8]) -> Result<Option<(&[u8], usize)>, Malformed> {
    match bytes.iter().take(LINE).position(|byte| *byte == b'\r') {
        Some(end) => match bytes.get(end + 1) {
            Some(b'\n') => Ok(Some((&bytes[..end], end + 2))),
            Some(_) => Err(Malformed),
            None => Ok(None),
        },
        None if bytes.len() >= LINE => Err(Malformed),
        None => Ok(None),
    }
}

/// What most numbers are, the length of a value, is read without much ado.
#[inline]
pub(super) fn number(text: &[u8]) -> Result<i64, Malformed> {
    if (1..=9).contains(&text.len()) && text.iter().all(u8::is_ascii_digit) {
        return Ok(text.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')));
    }
    str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(Malformed)
}

#[inline]
fn bulk(
    codec: &Codec,
    bytes: &[u8],
    head: usize,
    length: i64,
) -> Result<Option<(Reply, usize)>, Malformed> {
    if length == -1 {
        return Ok(Some((Reply::Nil, head)));
    }
    if !(0..=LARGEST).contains(&length) {
        return Err(Malformed);
    }
    let end = head + length as usize;
    let Some(tail) = bytes.get(end..end + 2) else { return Ok(None) };
    if tail != b"\r\n" {
        return Err(Malformed);
    }
    Ok(Some((value(codec, &bytes[head..end]), end + 2)))
}

fn array(
    codec: &Codec,
    bytes: &[u8],
    mut at: usize,
    length: i64,
    depth: u32,
) -> Result<Option<(Reply, usize)>, Malformed> {
    if length == -1 {
        return Ok(Some((Reply::Nil, at)));
    }
    if !(0..=LARGEST).contains(&length) {
        return Err(Malformed);
    }
    let mut many = Vec::new();
    for _ in 0..length {
        let Some((reply, used)) = nested(codec, &bytes[at..], depth + 1)? else { return Ok(None) };
        many.push(reply);
        at += used;
    }
    Ok(Some((Reply::Many(many), at)))
}

/// The same answer, as the `redis` crate has read it.
pub(super) fn read(codec: &Codec, reply: Value) -> Reply {
    match reply {
        Value::Nil => Reply::Nil,
        Value::Okay => Reply::Okay,
        Value::Int(number) => Reply::Number(number),
        Value::BulkString(bytes) => value(codec, &bytes),
        Value::Array(many) => {
            Reply::Many(many.into_iter().map(|reply| read(codec, reply)).collect())
        }
        Value::ServerError(error) => Reply::Error(error.to_string()),
        _ => Reply::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use herdlab_sim::time::Nanos;
    use herdlab_sim::world::Value as Token;
    use proptest::prelude::*;

    fn codec() -> Codec {
        Codec::new(64)
    }

    fn written(reply: &Reply) -> Vec<u8> {
        match reply {
            Reply::Nil => b"$-1\r\n".to_vec(),
            Reply::Okay => b"+OK\r\n".to_vec(),
            Reply::Number(number) => format!(":{number}\r\n").into_bytes(),
            Reply::Entry(entry) => bulk_of(&codec().encode(*entry)),
            Reply::Foreign => bulk_of(b"\r\n$5\r\n"),
            Reply::Error(text) => format!("-{text}\r\n").into_bytes(),
            Reply::Many(many) => {
                let head = format!("*{}\r\n", many.len()).into_bytes();
                many.iter().fold(head, |out, reply| [out, written(reply)].concat())
            }
        }
    }

    fn bulk_of(bytes: &[u8]) -> Vec<u8> {
        [format!("${}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
    }

    fn reply() -> impl Strategy<Value = Reply> {
        let entry = (any::<u64>(), 1..u64::MAX, any::<u64>()).prop_map(|(value, until, delta)| {
            let (fresh_until, delta) = (Nanos::from_nanos(until), Nanos::from_nanos(delta));
            Reply::Entry(Entry { value: Token::token(value), fresh_until, delta })
        });
        let one = prop_oneof![
            Just(Reply::Nil),
            Just(Reply::Okay),
            any::<i64>().prop_map(Reply::Number),
            entry,
            Just(Reply::Foreign),
            "[A-Z]{1,9} [a-z ]{0,40}".prop_map(Reply::Error),
        ];
        prop_oneof![one.clone(), prop::collection::vec(one, 0..6).prop_map(Reply::Many)]
    }

    proptest! {
        #[test]
        fn what_a_server_writes_is_read_back_one_reply_after_another(
            replies in prop::collection::vec(reply(), 0..6)
        ) {
            let stream: Vec<u8> = replies.iter().flat_map(written).collect();
            let (mut at, mut read) = (0, Vec::new());
            while let Some((reply, length)) = parse(&codec(), &stream[at..]).unwrap() {
                read.push(reply);
                at += length;
            }
            prop_assert_eq!(at, stream.len());
            prop_assert_eq!(read, replies);
        }

        /// The oracle is the parser of the `redis` crate.
        #[test]
        fn every_reply_is_what_the_redis_crate_reads(reply in reply()) {
            let bytes = written(&reply);
            let theirs = read(&codec(), ::redis::parse_redis_value(&bytes).unwrap());
            match (theirs, reply) {
                (Reply::Error(_), Reply::Error(_)) => {} // worded otherwise
                (Reply::Many(theirs), Reply::Many(ours)) => prop_assert_eq!(theirs.len(), ours.len()),
                (theirs, ours) => prop_assert_eq!(theirs, ours),
            }
        }

        #[test]
        fn a_reply_cut_anywhere_is_incomplete_and_no_error(reply in reply(), cut in any::<prop::sample::Index>()) {
            let whole = written(&reply);
            prop_assert_eq!(parse(&codec(), &whole[..cut.index(whole.len())]), Ok(None));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[*$:+\r\n0-9-]{0,40}") {
            let _ = parse(&codec(), &bytes);
            let _ = parse(&codec(), text.as_bytes());
        }
    }

    #[test]
    fn what_cannot_become_a_reply_is_malformed() {
        let endless = vec![b'+'; LINE];
        let deep = b"*1\r\n*1\r\n*1\r\n:1\r\n";
        for bad in [
            &b"hello\r\n"[..],
            b"$2\r\nabcd",
            b"$-2\r\n",
            b":x\r\n",
            b"+O\rK",
            b"\r\n",
            b"$99999999999\r\n",
            deep,
            &endless,
        ] {
            assert_eq!(parse(&codec(), bad), Err(Malformed), "{bad:?}");
        }
    }
}
