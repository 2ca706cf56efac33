//! A body, read with bounds: counted and thrown away, but for the beginning that a rule looks at.

use std::io::{self, Write};

use flate2::write::{MultiGzDecoder, ZlibDecoder};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};

use super::client::Reply;
use super::trouble::Trouble;
use super::utf8::Utf8;

/// Rules see so much of a body.
const LOOK: usize = 64 << 10;

/// How a body is read.
#[derive(Copy, Clone, Debug)]
pub(super) struct Reading {
    /// The most bytes, on the wire and unpacked.
    pub(super) limit: u64,
    /// Whether a rule wants to see it.
    pub(super) look: bool,
    /// Whether we asked for it compressed; if not, what comes is left as it is.
    pub(super) unpack: bool,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    /// Bytes on the wire.
    pub(super) bytes: u64,
    /// Its beginning, if a rule wants to see it.
    pub(super) seen: Vec<u8>,
}

/// Reads a body to its end, or until it is too much.
pub(super) async fn read(reply: &mut Reply<'_>, reading: Reading) -> Result<Body, Trouble> {
    let mut bytes = 0;
    let mut unpacking = Unpacking::of(reply.headers(), reading);
    while let Some(piece) = reply.piece().await? {
        bytes += piece.len() as u64;
        if bytes > reading.limit {
            return Err(Trouble::LongBody); // the rest is never read: the connection goes with the reply
        }
        unpacking.feed(&piece)?;
    }
    Ok(Body { bytes, seen: unpacking.end()? })
}

/// Unpacks what comes, if it is packed.
enum Unpacking {
    Plain(Sink),
    Gzip(Box<MultiGzDecoder<Sink>>),
    Deflate(Box<ZlibDecoder<Sink>>),
}

impl Unpacking {
    fn of(headers: &HeaderMap, reading: Reading) -> Self {
        let sink = Sink::new(headers, reading);
        let coding = headers.get(CONTENT_ENCODING).and_then(|coding| coding.to_str().ok());
        match coding.filter(|_| reading.unpack).map(str::to_ascii_lowercase).as_deref() {
            Some("gzip" | "x-gzip") => Self::Gzip(Box::new(MultiGzDecoder::new(sink))),
            Some("deflate") => Self::Deflate(Box::new(ZlibDecoder::new(sink))),
            _ => Self::Plain(sink),
        }
    }

    fn feed(&mut self, piece: &[u8]) -> Result<(), Trouble> {
        match self {
            Self::Plain(sink) => sink.write_all(piece),
            Self::Gzip(decoder) => decoder.write_all(piece),
            Self::Deflate(decoder) => decoder.write_all(piece),
        }
        .map_err(|error| trouble(&error))
    }

    fn end(self) -> Result<Vec<u8>, Trouble> {
        let sink = match self {
            Self::Plain(sink) => Ok(sink),
            Self::Gzip(decoder) => decoder.finish(),
            Self::Deflate(decoder) => decoder.finish(),
        };
        sink.map_err(|error| trouble(&error))?.end()
    }
}

/// Too much, or nothing that could be unpacked.
fn trouble(error: &io::Error) -> Trouble {
    if error.kind() == io::ErrorKind::FileTooLarge { Trouble::Bomb } else { Trouble::Packing }
}

/// Where unpacked bytes go: counted, looked at, gone.
struct Sink {
    left: u64,
    look: usize,
    seen: Vec<u8>,
    /// If they should be UTF-8.
    utf8: Option<Utf8>,
}

impl Sink {
    fn new(headers: &HeaderMap, reading: Reading) -> Self {
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let packed = headers.contains_key(CONTENT_ENCODING) && !reading.unpack;
        let utf8 = kind.is_some_and(is_utf8) && !packed;
        Self {
            left: reading.limit,
            look: if reading.look { LOOK } else { 0 },
            seen: Vec::new(),
            utf8: utf8.then(Utf8::default),
        }
    }

    fn end(self) -> Result<Vec<u8>, Trouble> {
        if self.utf8.is_some_and(|utf8| !utf8.is_whole()) {
            return Err(Trouble::Utf8);
        }
        Ok(self.seen)
    }
}

impl Write for Sink {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let length = piece.len() as u64;
        self.left = self
            .left
            .checked_sub(length)
            .ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        let room = (self.look - self.seen.len()).min(piece.len());
        self.seen.extend_from_slice(&piece[..room]);
        if let Some(utf8) = &mut self.utf8 {
            utf8.feed(piece);
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a media type says that the text is UTF-8; JSON always is (RFC 8259, 8.1).
fn is_utf8(kind: &str) -> bool {
    let mut parts = kind.split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json || parts.filter_map(|part| part.split_once('=')).any(|(name, value)| {
        let value = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("charset") && value.eq_ignore_ascii_case("utf-8")
    })
}

/// Whether `part` is somewhere in `whole`.
pub(super) fn holds(whole: &[u8], part: &[u8]) -> bool {
    let Some(first) = part.first() else { return true };
    let mut rest = whole;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = &rest[at..];
        if rest.starts_with(part) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use hyper::header::HeaderValue;

    fn headers(kind: &'static str, coding: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if !coding.is_empty() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        headers
    }

    fn unpacked(headers: &HeaderMap, bytes: &[u8], limit: u64) -> Result<Vec<u8>, Trouble> {
        let reading = Reading { limit, look: true, unpack: true };
        let mut unpacking = Unpacking::of(headers, reading);
        bytes.chunks(7).try_for_each(|piece| unpacking.feed(piece))?;
        unpacking.end()
    }

    #[test]
    fn what_is_packed_is_unpacked_and_a_bomb_does_not_go_off() {
        let text = b"hello ".repeat(1_000);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&text).unwrap();
        let gzip = gzip.finish().unwrap();
        let mut deflate = ZlibEncoder::new(Vec::new(), Compression::best());
        deflate.write_all(&text).unwrap();
        let deflate = deflate.finish().unwrap();
        assert!(gzip.len() < 200);
        for (coding, packed) in [("gzip", &gzip), ("deflate", &deflate)] {
            let headers = headers("text/plain", coding);
            assert_eq!(unpacked(&headers, packed, 6_000).as_deref(), Ok(&text[..]), "{coding}");
            assert_eq!(unpacked(&headers, packed, 5_999), Err(Trouble::Bomb), "{coding}");
            let half = &packed[..packed.len() / 2];
            assert_eq!(unpacked(&headers, half, 6_000), Err(Trouble::Packing), "{coding}");
            assert_eq!(unpacked(&headers, b"no such thing", 99), Err(Trouble::Packing), "{coding}");
        }
    }

    #[test]
    fn what_says_it_is_utf8_has_to_be() {
        let of = |kind, bytes: &[u8]| unpacked(&headers(kind, ""), bytes, 99).map(drop);
        assert_eq!(of("text/html; charset=UTF-8", "ü".as_bytes()), Ok(()));
        assert_eq!(of("text/html; charset=\"utf-8\"", b"\xff"), Err(Trouble::Utf8));
        assert_eq!(of("application/json", b"\xc3"), Err(Trouble::Utf8));
        assert_eq!(of("text/html", b"\xff"), Ok(()));
    }

    #[test]
    fn a_part_is_found_wherever_it_is() {
        assert!(holds(b"aab", b"ab") && holds(b"ab", b"ab") && holds(b"", b""));
        assert!(!holds(b"ab", b"abc") && !holds(b"", b"a") && !holds(b"aaa", b"ab"));
    }
}
