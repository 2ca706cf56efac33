//! A user's own rule of what a hit is, for a site that says it in its own way.

use std::time::Duration;

use hyper::header::{HeaderMap, HeaderName};

use super::body::holds;

/// What makes an answer a hit; any other is a miss.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rule {
    /// It has this header, whatever it says.
    Has(HeaderName),
    /// A line of this header says exactly this.
    Says(HeaderName, String),
    /// A line of this header has this in it.
    Mentions(HeaderName, String),
    /// Its status is this.
    Status(u16),
    /// Its body has this in it, in the part that is looked at.
    Body(String),
    /// It came within this time of its send.
    Within(Duration),
}

/// What a rule looks at.
#[derive(Copy, Clone, Debug)]
pub(super) struct Seen<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) status: u16,
    pub(super) body: &'a [u8],
    pub(super) took: Duration,
}

impl Rule {
    /// Whether it is a hit.
    pub(super) fn is_hit(&self, seen: Seen<'_>) -> bool {
        let any = |name: &HeaderName, test: &dyn Fn(&[u8]) -> bool| {
            seen.headers.get_all(name).iter().any(|line| test(line.as_bytes()))
        };
        match self {
            Self::Has(name) => seen.headers.contains_key(name),
            Self::Says(name, text) => any(name, &|line| line == text.as_bytes()),
            Self::Mentions(name, text) => any(name, &|line| holds(line, text.as_bytes())),
            Self::Status(status) => seen.status == *status,
            Self::Body(text) => holds(seen.body, text.as_bytes()),
            Self::Within(bound) => seen.took < *bound,
        }
    }

    /// Whether it has to see bodies.
    pub(super) const fn reads_bodies(&self) -> bool {
        matches!(self, Self::Body(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    #[test]
    fn each_kind_of_rule_tells_hits_from_misses() {
        let name = HeaderName::from_static("x-foo");
        let mut headers = HeaderMap::new();
        headers.insert(name.clone(), HeaderValue::from_bytes(b"HIT \xff").unwrap());
        let took = Duration::from_millis(5);
        let seen = Seen { headers: &headers, status: 203, body: b"a cached \xff page", took };
        for (rule, expected) in [
            (Rule::Has(name.clone()), true),
            (Rule::Has(HeaderName::from_static("x-bar")), false),
            (Rule::Says(name.clone(), "HIT".to_owned()), false),
            (Rule::Mentions(name.clone(), "HIT".to_owned()), true),
            (Rule::Mentions(name, "MISS".to_owned()), false),
            (Rule::Status(203), true),
            (Rule::Status(200), false),
            (Rule::Body("cached".to_owned()), true),
            (Rule::Body("fresh".to_owned()), false),
            (Rule::Within(Duration::from_millis(6)), true),
            (Rule::Within(took), false),
        ] {
            assert_eq!(rule.is_hit(seen), expected, "{rule:?}");
        }
    }
}
