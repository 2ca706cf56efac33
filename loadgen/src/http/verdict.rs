//! Whether an answer came from a cache: what it says of itself. What says nothing is unknown, never guessed.

use hyper::header::{AGE, HeaderMap, HeaderName};
use serde::Serialize;

use super::cache_status;

/// Where an answer came from.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// A cache had it, and it was fresh.
    Hit,
    /// A cache had it, and it was past its time.
    Stale,
    /// Another request's compute answered it.
    Waited,
    /// The origin was asked.
    Miss,
    /// It does not say.
    Unknown,
}

macro_rules! told {
    ($($(#[$about:meta])* $name:ident = $text:literal,)*) => {
        /// Who told where an answer came from.
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
        pub enum Told {
            $($(#[$about])* #[serde(rename = $text)] $name,)*
        }

        impl Told {
            /// Its name: a header's, or what else it was.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

told! {
    /// The user's rule.
    Rule = "rule",
    /// RFC 9211.
    CacheStatus = "cache-status",
    /// As nginx users call `$upstream_cache_status`.
    XCacheStatus = "x-cache-status",
    /// Cloudflare.
    CfCacheStatus = "cf-cache-status",
    /// CloudFront, Fastly, Squid and many more.
    XCache = "x-cache",
    /// Varnish: a second number is the request that stored it.
    XVarnish = "x-varnish",
    /// A metric of that header about a cache.
    ServerTiming = "server-timing",
    /// Above zero, the answer lay in a cache for so many seconds (RFC 9111, 5.1).
    Age = "age",
    /// Nobody.
    Nobody = "nobody",
}

/// What a header's text says.
type Reads = fn(&str) -> Option<Verdict>;

/// Who is asked, in this order. The first that says something is believed.
static ASKED: [(Told, HeaderName, Reads); 6] = {
    const fn by(told: Told, reads: Reads) -> (Told, HeaderName, Reads) {
        (told, HeaderName::from_static(told.name()), reads)
    }
    [
        by(Told::CacheStatus, cache_status::read),
        by(Told::XCacheStatus, status),
        by(Told::CfCacheStatus, status),
        by(Told::XCache, x_cache),
        by(Told::XVarnish, x_varnish),
        by(Told::ServerTiming, server_timing),
    ]
};

/// Where an answer with these headers came from, and who told.
pub(super) fn verdict(headers: &HeaderMap) -> (Verdict, Told) {
    for (told, name, read) in &ASKED {
        if let Some(verdict) = joined(headers, name).as_deref().and_then(read) {
            return (verdict, *told);
        }
    }
    let age = headers.get(AGE).and_then(|age| age.to_str().ok()?.trim().parse::<u64>().ok());
    match age {
        Some(1..) => (Verdict::Hit, Told::Age),
        _ => (Verdict::Unknown, Told::Nobody), // a cache may send zero with a miss, and with a hit in its first second
    }
}

/// The lines of a header as one; nothing if there is none, or one is no text.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Option<Vec<&str>> =
        headers.get_all(name).iter().map(|line| line.to_str().ok()).collect();
    lines.filter(|lines| !lines.is_empty()).map(|lines| lines.join(", "))
}

/// The words of nginx's `$upstream_cache_status` and of Cloudflare's header.
fn status(text: &str) -> Option<Verdict> {
    match text.trim().to_ascii_uppercase().as_str() {
        "HIT" => Some(Verdict::Hit),
        "STALE" | "UPDATING" => Some(Verdict::Stale),
        // Revalidated: the origin was asked, though it had nothing new.
        "MISS" | "EXPIRED" | "BYPASS" | "REVALIDATED" | "DYNAMIC" => Some(Verdict::Miss),
        _ => None,
    }
}

/// `HIT`, `Hit from cloudfront`, `TCP_MEM_HIT`, `MISS, HIT`: any hit spared the origin; but one that was refreshed did not.
fn x_cache(text: &str) -> Option<Verdict> {
    let words: Vec<String> = text
        .split([',', ' ', '_', '-', '/', ';'])
        .map(|word| word.trim().to_ascii_lowercase())
        .collect();
    let says = |meant: &[&str]| words.iter().any(|word| meant.contains(&word.as_str()));
    if says(&["refreshhit", "revalidated"]) || says(&["refresh"]) && says(&["hit"]) {
        Some(Verdict::Miss)
    } else if says(&["stale"]) && says(&["hit"]) {
        Some(Verdict::Stale)
    } else if says(&["hit"]) {
        Some(Verdict::Hit)
    } else if says(&["miss", "expired", "bypass", "pass"]) {
        Some(Verdict::Miss)
    } else {
        None
    }
}

/// `32770` was asked for; `32770 3` lay there since request 3.
fn x_varnish(text: &str) -> Option<Verdict> {
    let mut numbers = text.split([' ', ',']).filter(|word| !word.is_empty());
    let all_numbers = numbers.clone().all(|word| word.bytes().all(|b| b.is_ascii_digit()));
    match (numbers.next(), numbers.next()) {
        (Some(_), second) if all_numbers => {
            Some(if second.is_some() { Verdict::Hit } else { Verdict::Miss })
        }
        _ => None,
    }
}

/// `cdn-cache; desc=HIT`, `cache;desc="miss"`, `cache-hit`.
fn server_timing(text: &str) -> Option<Verdict> {
    text.split(',').find_map(|metric| {
        let mut parts = metric.split(';').map(str::trim);
        let name = parts.next().filter(|name| name.to_ascii_lowercase().contains("cache"))?;
        let said = parts.find_map(|part| {
            let (key, value) = part.split_once('=')?;
            key.trim().eq_ignore_ascii_case("desc").then(|| value.trim().trim_matches('"'))
        });
        x_cache(said.unwrap_or(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn of(lines: &[(&'static str, &[u8])]) -> (Verdict, Told) {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let value = HeaderValue::from_bytes(value).expect("a header's value");
            headers.append(HeaderName::from_static(name), value);
        }
        verdict(&headers)
    }

    #[test]
    fn each_header_is_understood() {
        for (name, value, expected) in [
            ("cache-status", "nginx; hit", Verdict::Hit),
            ("x-cache-status", "HIT", Verdict::Hit),
            ("x-cache-status", "UPDATING", Verdict::Stale),
            ("x-cache-status", "EXPIRED", Verdict::Miss),
            ("cf-cache-status", "REVALIDATED", Verdict::Miss),
            ("cf-cache-status", "DYNAMIC", Verdict::Miss),
            ("x-cache", "Hit from cloudfront", Verdict::Hit),
            ("x-cache", "RefreshHit from cloudfront", Verdict::Miss),
            ("x-cache", "MISS, HIT", Verdict::Hit),
            ("x-cache", "TCP_MISS from a.example", Verdict::Miss),
            ("x-cache", "TCP_REFRESH_HIT", Verdict::Miss),
            ("x-cache", "HIT-STALE", Verdict::Stale),
            ("x-varnish", "32770 3", Verdict::Hit),
            ("x-varnish", "32770", Verdict::Miss),
            ("server-timing", "db;dur=53, cdn-cache; desc=HIT", Verdict::Hit),
            ("server-timing", "cache;desc=\"miss\";dur=2", Verdict::Miss),
            ("age", "7", Verdict::Hit),
        ] {
            let (verdict, told) = of(&[(name, value.as_bytes())]);
            assert_eq!((verdict, told.name()), (expected, name), "{name}: {value}");
        }
    }

    #[test]
    fn what_says_nothing_is_unknown() {
        for lines in [
            &[][..],
            &[("age", &b"0"[..])],
            &[("age", b"-1")],
            &[("x-cache", b"perhaps")],
            &[("x-cache-status", b"")],
            &[("x-varnish", b"32770 three")],
            &[("server-timing", b"db;dur=53;desc=hit")],
            &[("cf-cache-status", b"UNKNOWN")],
            &[("cache-status", b"a; \xff")],
        ] {
            assert_eq!(of(lines), (Verdict::Unknown, Told::Nobody), "{lines:?}");
        }
    }

    #[test]
    fn who_says_nothing_leaves_it_to_the_next() {
        let told = of(&[("cache-status", b"broken;;"), ("x-cache", b"HIT")]);
        assert_eq!(told, (Verdict::Hit, Told::XCache));
    }
}
