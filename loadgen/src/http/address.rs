//! A URL as a template: what a request of it asks its host for.

use bytes::Bytes;
use hyper::Uri;
use url::{Position, Url};

use super::template::{Template, Wanted};
use super::trouble::Trouble;
use super::variables::Variables;

/// Whom a URL is for that is the same for everybody.
const ANYBODY: Wanted = Wanted { id: 0, variant: 0 };

/// A URL with variables behind its host.
#[derive(Clone, Debug)]
pub(super) struct Address {
    template: Template,
    /// So long are its scheme and host.
    origin: usize,
    /// What is asked, if it is the same for everybody.
    fixed: Option<Uri>,
}

impl Address {
    pub(super) fn new(template: Template, variables: &Variables) -> Self {
        let text = template.encoded(ANYBODY, variables);
        let host = text.find("://").map_or(0, |at| at + 3);
        let origin = text[host..].find(['/', '?', '#']).map_or(text.len(), |at| host + at);
        let mut address = Self { template, origin, fixed: None };
        if !address.template.varies() {
            address.fixed = address.uri(ANYBODY, variables).ok();
        }
        address
    }

    /// Its path and query, as a request says them.
    pub(super) fn uri(&self, wanted: Wanted, variables: &Variables) -> Result<Uri, Trouble> {
        if let Some(fixed) = &self.fixed {
            return Ok(fixed.clone());
        }
        let text = self.template.encoded(wanted, variables);
        if is_plain(&text[self.origin..]) {
            let target = Bytes::from(text).slice(self.origin..);
            return Uri::from_maybe_shared(target).map_err(|_| Trouble::Unsendable);
        }
        target(&parsed(&text)?)
    }

    /// The whole of it.
    pub(super) fn url(&self, wanted: Wanted, variables: &Variables) -> Result<Url, Trouble> {
        parsed(&self.template.encoded(wanted, variables))
    }

    /// The same for people.
    pub(super) fn shown(&self, wanted: Wanted, variables: &Variables) -> String {
        self.template.encoded(wanted, variables)
    }
}

fn parsed(text: &str) -> Result<Url, Trouble> {
    Url::parse(text).map_err(|_| Trouble::Unsendable)
}

/// What a request to this URL asks its host for.
pub(super) fn target(url: &Url) -> Result<Uri, Trouble> {
    url[Position::BeforePath..Position::AfterQuery].parse().map_err(|_| Trouble::Unsendable)
}

/// Whether a path and query stay as they are when a URL of them is parsed, which is dear for each request: they have only
/// characters that need no percent, and no segment of dots.
fn is_plain(text: &str) -> bool {
    let mut before = 0;
    text.starts_with('/')
        && text.bytes().all(|byte| {
            let begins = before == b'/';
            before = byte;
            match byte {
                b'.' | b'%' => !begins,
                _ => byte.is_ascii_alphanumeric() || b"/?&=-_~+,;:@!$()*".contains(&byte),
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(rest: &str) -> Address {
        let text = format!("http://127.0.0.1:8000{rest}");
        let variables = Variables::default();
        Address::new(Template::parse(&text, &variables).expect("a template"), &variables)
    }

    #[test]
    fn a_request_asks_for_path_and_query_and_for_no_fragment() {
        for (rest, asked) in [
            ("", "/"),
            ("?a", "/?a"),
            ("#part", "/"),
            ("/p/{id}?l=a b#part", "/p/7?l=a%20b"),
            ("/a/../{id}", "/7"),
            ("/{id}/%2e%2E/x", "/x"),
            ("/\u{fc}/{id}", "/%C3%BC/7"),
        ] {
            let uri = address(rest).uri(Wanted { id: 7, variant: 0 }, &Variables::default());
            assert_eq!(uri.expect(rest).to_string(), asked, "{rest}");
        }
    }

    proptest! {
        /// What is not parsed is what a parser makes of it.
        #[test]
        fn what_is_plain_needs_no_parser(
            rest in prop_oneof!["/[ -~]{0,12}", "/[a-c/.%2eE?#&]{0,12}", any::<String>()],
        ) {
            if is_plain(&rest) {
                let url = Url::parse(&format!("http://127.0.0.1:8000{rest}")).expect("a URL");
                prop_assert_eq!(target(&url).expect("a target").to_string(), rest);
            }
        }
    }
}
