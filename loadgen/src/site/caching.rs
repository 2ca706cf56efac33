//! What the origin tells caches of its answers.

use std::fmt::Write;
use std::hash::{BuildHasher, Hasher};

use hyper::HeaderMap;
use hyper::header::{HeaderName, IF_NONE_MATCH};

/// What the origin tells caches of its answers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Caching {
    /// `Cache-Control`, as it stands; none, if none.
    pub cache_control: Option<String>,
    /// Headers of requests that an answer depends on: the origin says so in `Vary`, and what differs in one of them is
    /// another thing to compute.
    pub vary: Vec<HeaderName>,
    /// Whether answers have an `ETag`, and who shows it gets a 304: after the same compute, as in a framework that
    /// renders a page to know its hash.
    pub etag: bool,
}

impl Caching {
    /// `Vary`, if there is one.
    pub(super) fn vary(&self) -> Option<String> {
        let names: Vec<&str> = self.vary.iter().map(HeaderName::as_str).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// What is computed: the target of a request, and a line for each header that its answer depends on.
    pub(super) fn named(&self, target: &str, headers: &HeaderMap) -> String {
        let mut name = target.to_owned();
        for header in &self.vary {
            let said = headers.get_all(header).iter().map(|value| value.as_bytes());
            let said: Vec<_> = said.map(String::from_utf8_lossy).collect();
            let _ = write!(name, "\n{header}: {}", said.join(", ")); // text takes all
        }
        name
    }

    /// The entity tag of what has that name: it never changes.
    pub(super) fn tag(name: &str) -> String {
        let mut hasher = foldhash::fast::FixedState::default().build_hasher();
        hasher.write(name.as_bytes());
        format!("\"{:016x}\"", hasher.finish())
    }
}

/// Whether the request already has what has this tag: `If-None-Match` compares weakly (RFC 9110, 13.1.2).
pub(super) fn has_it(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = lines.iter().map(|(name, value)| {
            (HeaderName::from_static(name), value.parse().expect("a header's value"))
        });
        pairs.collect()
    }

    #[test]
    fn what_differs_in_a_header_of_vary_is_another_thing() {
        let caching = Caching {
            vary: vec![HeaderName::from_static("accept-language")],
            ..Caching::default()
        };
        let name = |lines| caching.named("/a?b=1", &headers(lines));
        assert_eq!(name(&[("accept-language", "de")]), "/a?b=1\naccept-language: de");
        assert_ne!(name(&[("accept-language", "de")]), name(&[("accept-language", "en")]));
        assert_eq!(name(&[("cookie", "a")]), name(&[("cookie", "b")]));
        assert_eq!(caching.vary().as_deref(), Some("accept-language"));
    }

    #[test]
    fn whoever_shows_the_tag_has_it_weakly_or_among_others() {
        let tag = Caching::tag("/a");
        assert_eq!(tag, Caching::tag("/a"));
        assert_ne!(tag, Caching::tag("/b"));
        let shown = |line: String| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, line.parse().expect("a header's value"));
            has_it(&headers, &tag)
        };
        assert!(shown(tag.clone()) && shown(format!("\"x\", W/{tag}")) && shown("*".to_owned()));
        assert!(!shown("\"x\"".to_owned()) && !has_it(&HeaderMap::new(), &tag));
    }
}
