//! `Cache-Status`, RFC 9211: a list (RFC 9651) with a member for each cache that handled the request, and what it did.
//!
//! Only what tells hits from misses is kept. What is no such list says nothing.

use super::verdict::Verdict;

/// What one cache did.
#[derive(Clone, PartialEq, Debug, Default)]
struct Member {
    /// It had the answer.
    hit: bool,
    /// It asked the next one, for this reason.
    forwarded: Option<String>,
    /// It did so together with other requests.
    collapsed: bool,
    /// Seconds that the answer stays fresh; below zero, it was stale.
    ttl: Option<f64>,
}

/// What the caches say together: a hit of any of them spared the origin; if none had it, whether it waited for another's
/// request. Nothing if this is no list of caches.
pub(super) fn read(text: &str) -> Option<Verdict> {
    let members = Reader(text).list()?;
    if let Some(member) = members.iter().find(|member| member.hit) {
        let stale = member.ttl.is_some_and(|ttl| ttl < 0.0);
        return Some(if stale { Verdict::Stale } else { Verdict::Hit });
    }
    if members.iter().any(|member| member.collapsed) {
        return Some(Verdict::Waited);
    }
    let asked = members.iter().any(|member| member.forwarded.is_some());
    asked.then_some(Verdict::Miss)
}

/// A bare item, as far as it matters here.
#[derive(Clone, PartialEq, Debug)]
enum Bare {
    Number(f64),
    Word(String),
    Switch(bool),
}

/// Reads a list from the front of the text.
struct Reader<'a>(&'a str);

impl Reader<'_> {
    /// All members; nothing if one is broken.
    fn list(mut self) -> Option<Vec<Member>> {
        let mut members = Vec::new();
        self.skip(&[' ']);
        while !self.0.is_empty() {
            members.push(self.member()?);
            self.skip(&[' ', '\t']);
            if self.0.is_empty() {
                break;
            }
            self.take(',')?;
            self.skip(&[' ', '\t']);
            if self.0.is_empty() {
                return None; // a comma with nothing behind it
            }
        }
        Some(members)
    }

    fn member(&mut self) -> Option<Member> {
        if !matches!(self.bare()?, Bare::Word(_)) {
            return None; // a cache's name is a string or a token
        }
        let mut member = Member::default();
        while self.take(';').is_some() {
            self.skip(&[' ']);
            let key = self.key()?;
            let value = if self.take('=').is_some() { self.bare()? } else { Bare::Switch(true) };
            match (key.as_str(), value) {
                ("hit", Bare::Switch(on)) => member.hit = on,
                ("collapsed", Bare::Switch(on)) => member.collapsed = on,
                ("fwd", Bare::Word(reason)) => member.forwarded = Some(reason),
                ("ttl", Bare::Number(seconds)) => member.ttl = Some(seconds),
                _ => {} // others tell nothing of hits
            }
        }
        Some(member)
    }

    fn key(&mut self) -> Option<String> {
        let first = |c: char| c.is_ascii_lowercase() || c == '*';
        let more = |c: char| first(c) || c.is_ascii_digit() || "_-.".contains(c);
        self.0.starts_with(first).then(|| self.while_(more))
    }

    fn bare(&mut self) -> Option<Bare> {
        match self.0.chars().next()? {
            '"' => self.string().map(Bare::Word),
            '?' => self.switch().map(Bare::Switch),
            ':' => self.bytes().map(Bare::Word),
            '@' => {
                self.take('@')?;
                self.number().map(Bare::Number)
            }
            c if c == '-' || c.is_ascii_digit() => self.number().map(Bare::Number),
            c if c.is_ascii_alphabetic() || c == '*' => {
                let token = |c: char| c.is_ascii_alphanumeric() || ":/!#$%&'*+-.^_`|~".contains(c);
                Some(Bare::Word(self.while_(token)))
            }
            _ => None,
        }
    }

    fn string(&mut self) -> Option<String> {
        self.take('"')?;
        let mut text = String::new();
        loop {
            let c = self.next()?;
            match c {
                '"' => return Some(text),
                '\\' => match self.next()? {
                    escaped @ ('"' | '\\') => text.push(escaped),
                    _ => return None,
                },
                ' '..='~' => text.push(c),
                _ => return None,
            }
        }
    }

    fn switch(&mut self) -> Option<bool> {
        self.take('?')?;
        match self.next()? {
            '1' => Some(true),
            '0' => Some(false),
            _ => None,
        }
    }

    fn bytes(&mut self) -> Option<String> {
        self.take(':')?;
        let encoded = self.while_(|c| c.is_ascii_alphanumeric() || "+/=".contains(c));
        self.take(':')?;
        Some(encoded)
    }

    /// An integer of at most 15 digits, or a decimal of at most 12 and 3.
    fn number(&mut self) -> Option<f64> {
        let minus = self.take('-').is_some();
        let digits = self.while_(|c| c.is_ascii_digit() || c == '.');
        let (whole, part) = digits.split_once('.').unwrap_or((&digits, ""));
        let fits = match digits.contains('.') {
            false => (1..=15).contains(&whole.len()),
            true => (1..=12).contains(&whole.len()) && (1..=3).contains(&part.len()),
        };
        let number: f64 = digits.parse().ok().filter(|_| fits)?;
        Some(if minus { -number } else { number })
    }

    fn next(&mut self) -> Option<char> {
        let c = self.0.chars().next()?;
        self.0 = &self.0[c.len_utf8()..];
        Some(c)
    }

    fn take(&mut self, c: char) -> Option<()> {
        self.0 = self.0.strip_prefix(c)?;
        Some(())
    }

    fn skip(&mut self, blanks: &[char]) {
        self.0 = self.0.trim_start_matches(blanks);
    }

    fn while_(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let end = self.0.find(|c| !belongs(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The examples of RFC 9211, section 3, and what they mean.
    #[test]
    fn the_examples_of_the_rfc_are_read() {
        for (text, expected) in [
            ("ExampleCache; hit", Some(Verdict::Hit)),
            ("ExampleCache; hit; ttl=376", Some(Verdict::Hit)),
            ("ExampleCache; fwd=uri-miss; collapsed; stored", Some(Verdict::Waited)),
            ("ExampleCache; fwd=uri-miss; collapsed", Some(Verdict::Waited)),
            ("ExampleCache; fwd=stale; fwd-status=304", Some(Verdict::Miss)),
            ("ExampleCache; fwd=method; fwd-status=200; stored", Some(Verdict::Miss)),
            ("ExampleCache; hit; ttl=-412; fwd-status=304; detail=\"x\"", Some(Verdict::Stale)),
            (
                "OriginCache; hit; ttl=1100, \"CDN Company Here\"; fwd=uri-miss;stored",
                Some(Verdict::Hit),
            ),
            ("\"Cache, of; odd=names\"; fwd=bypass", Some(Verdict::Miss)),
            ("ExampleCache; hit=?0; fwd=miss", Some(Verdict::Miss)),
            ("ExampleCache", None),
            ("", None),
            ("hit;", None),
            ("A; hit,", None),
            ("A; hit; ttl=", None),
            ("12; hit", None),
            ("A; HIT", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    fn member() -> impl Strategy<Value = (String, Member)> {
        let name = prop_oneof![
            "[a-zA-Z*][a-zA-Z0-9._-]{0,8}",
            "[ !#-\\[\\]-~]{0,8}".prop_map(|s| format!("\"{s}\""))
        ];
        let ttl = prop::option::of(-99_999_i32..99_999);
        let fwd = prop::option::of("[a-z][a-z-]{0,8}");
        (name, any::<bool>(), any::<bool>(), fwd, ttl, "[ ]{0,2}").prop_map(
            |(name, hit, collapsed, forwarded, ttl, blank)| {
                let mut text = name;
                for said in [
                    hit.then(|| "hit".to_owned()),
                    forwarded.as_ref().map(|reason| format!("fwd={reason}")),
                    ttl.map(|ttl| format!("ttl={ttl}")),
                    collapsed.then(|| "collapsed=?1".to_owned()),
                ]
                .into_iter()
                .flatten()
                {
                    text.push_str(&format!(";{blank}{said}"));
                }
                (text, Member { hit, collapsed, forwarded, ttl: ttl.map(f64::from) })
            },
        )
    }

    proptest! {
        /// What is written by the rules is read as it was meant.
        #[test]
        fn every_list_is_read_as_it_was_written(all in prop::collection::vec(member(), 1..5)) {
            let text: Vec<&str> = all.iter().map(|(text, _)| text.as_str()).collect();
            let read = Reader(&text.join(" ,\t")).list();
            let meant: Vec<Member> = all.iter().map(|(_, member)| member.clone()).collect();
            prop_assert_eq!(read, Some(meant));
        }

        /// Whatever a server says, there is an answer, and it ends.
        #[test]
        fn no_text_is_too_odd(text in prop_oneof![any::<String>(), "[a-z;=,\"\\\\?: 0-9.-]{0,40}"]) {
            let _ = read(&text);
        }
    }
}
