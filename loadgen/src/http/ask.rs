//! What is asked: a request with variables in it, filled in for each item and variant.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, COOKIE, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use hyper::{Method, Uri};
use url::Url;

use super::address::Address;
use super::content::{Content, MOST, Whose};
use super::dialer::Asked;
use super::place::Place;
use super::rule::Rule;
use super::template::{Template, Wanted};
use super::trouble::Trouble;
use super::variables::Variables;
use crate::error::RunError;

/// How we call ourselves.
const AGENT: &str = concat!("herdlab/", env!("CARGO_PKG_VERSION"));
/// For whom a request is written that is the same for everybody, or only tried.
const SOMEBODY: Wanted = Wanted { id: 0, variant: 0 };

/// What is asked, as a user says it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Asking {
    /// The URL; `{id}` is the item's rank, other names are variables.
    pub url: String,
    /// `GET`, if it is empty.
    pub method: String,
    /// `Name: value`, each with variables.
    pub headers: Vec<String>,
    /// `name=value`, each with variables.
    pub cookies: Vec<String>,
    /// With variables.
    pub body: Option<String>,
    /// `name=a,b,c` or `name=1..9`.
    pub variables: Vec<String>,
    /// What a hit is, if the answers' own headers shall not be asked.
    pub hit: Option<Rule>,
    /// What an answer must hold, with variables.
    pub must_contain: Option<String>,
    /// Whether answers may be compressed.
    pub compressed: bool,
    /// Whether each request has a connection of its own.
    pub churn: bool,
}

/// What is asked, understood.
#[derive(Clone, Debug)]
pub struct Ask {
    method: Method,
    address: Address,
    /// The headers that are the same for everybody.
    fixed: HeaderMap,
    varying: Vec<(HeaderName, Template)>,
    body: Option<Template>,
    variables: Variables,
    hit: Option<Rule>,
    content: Option<Content>,
    compressed: bool,
}

impl Ask {
    /// Understands what a user said.
    ///
    /// # Errors
    /// [`RunError::Template`] that says what is wrong.
    pub fn new(asking: &Asking, place: &Place) -> Result<Self, RunError> {
        let variables = Variables::parse(&asking.variables)?;
        let wrong = |what: &'static str, text: &str, reason: String| RunError::Template {
            what,
            text: text.to_owned(),
            reason,
        };
        let template = |what, text: &str| {
            Template::parse(text, &variables).map_err(|reason| wrong(what, text, reason))
        };
        let method = if asking.method.is_empty() { "GET" } else { &asking.method };
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes())
            .map_err(|_| wrong("the method", method, "is none".to_owned()))?;
        let mut headers = vec![
            (USER_AGENT, template("the header", AGENT)?),
            (ACCEPT, template("the header", "*/*")?),
        ];
        if asking.compressed {
            headers.push((ACCEPT_ENCODING, template("the header", "gzip, deflate")?));
        }
        if asking.churn {
            headers.push((CONNECTION, template("the header", "close")?));
        }
        for text in &asking.headers {
            let (name, value) =
                header(text).map_err(|reason| wrong("the header", name_of(text), reason))?;
            headers.retain(|(there, _)| *there != name || name == COOKIE);
            headers.push((name, template("the header", value)?));
        }
        if !asking.cookies.is_empty() {
            headers.push((COOKIE, template("the cookie", &asking.cookies.join("; "))?));
        }
        let content = asking.must_contain.as_deref().map(|text| template("--must-contain", text));
        let content = content.transpose()?;
        if content.as_ref().is_some_and(Template::tells_variants_apart) && variables.count() > MOST
        {
            let reason = format!("has more than {MOST} variants to search an answer for");
            let text = asking.must_contain.as_deref().unwrap_or_default();
            return Err(wrong("--must-contain", text, reason));
        }
        let (mut fixed, mut varying) = (HeaderMap::new(), Vec::new());
        for (name, template) in headers {
            if template.varies() {
                varying.push((name, template));
            } else {
                let value =
                    value(&template, SOMEBODY, &variables).map_err(|_| unwritten(asking))?;
                fixed.append(name, value);
            }
        }
        let ask = Self {
            method,
            address: Address::new(template("the URL", &asking.url)?, &variables),
            fixed,
            varying,
            body: asking.body.as_deref().map(|text| template("the body", text)).transpose()?,
            variables,
            hit: asking.hit.clone(),
            content: content.map(Content::new),
            compressed: asking.compressed,
        };
        ask.try_out(asking, place)?;
        Ok(ask)
    }

    /// Makes one request, so that what cannot be sent is said before the run.
    fn try_out(&self, asking: &Asking, place: &Place) -> Result<(), RunError> {
        self.request(SOMEBODY).map_err(|_| unwritten(asking))?;
        let stays = self.url(SOMEBODY).is_ok_and(|url| place.has(&url));
        let reason = "would leave its host";
        if stays { Ok(()) } else { Err(unsendable(asking, reason)) }
    }

    /// How many variants there are.
    #[must_use]
    pub fn variants(&self) -> u32 {
        self.variables.count()
    }

    /// The request.
    pub(super) fn request(&self, wanted: Wanted) -> Result<Asked, Trouble> {
        let uri = self.address.uri(wanted, &self.variables)?;
        self.request_to(uri, wanted)
    }

    /// The request, sent to where a redirect leads.
    pub(super) fn request_to(&self, uri: Uri, wanted: Wanted) -> Result<Asked, Trouble> {
        let body = self.body.as_ref().map(|body| body.plain(wanted, &self.variables));
        let mut asked = Asked::new(Full::new(body.map_or_else(Bytes::new, Bytes::from)));
        *asked.method_mut() = self.method.clone();
        *asked.uri_mut() = uri;
        *asked.headers_mut() = self.fixed.clone();
        for (name, template) in &self.varying {
            let value = value(template, wanted, &self.variables)?;
            asked.headers_mut().append(name.clone(), value);
        }
        Ok(asked)
    }

    /// Its whole URL.
    pub(super) fn url(&self, wanted: Wanted) -> Result<Url, Trouble> {
        self.address.url(wanted, &self.variables)
    }

    /// The request in a line, with those of its headers that are not the same for everybody.
    pub(super) fn shown(&self, wanted: Wanted) -> String {
        let mut line = format!("{} {}", self.method, self.address.shown(wanted, &self.variables));
        for (name, template) in &self.varying {
            line.push_str(&format!(" [{name}: {}]", template.plain(wanted, &self.variables)));
        }
        line.chars().filter(|c| !c.is_control()).collect()
    }

    /// What a hit is, if the answers' own headers shall not be asked.
    pub(super) const fn hit(&self) -> Option<&Rule> {
        self.hit.as_ref()
    }

    /// Whose a body is.
    pub(super) fn whose(&self, body: &[u8], wanted: Wanted) -> Whose {
        self.content
            .as_ref()
            .map_or(Whose::Own, |content| content.whose(body, wanted, &self.variables))
    }

    /// Whether bodies have to be looked at.
    pub(super) fn reads_bodies(&self) -> bool {
        self.content.is_some() || self.hit.as_ref().is_some_and(Rule::reads_bodies)
    }

    /// Whether answers may be compressed.
    pub(super) const fn is_compressed(&self) -> bool {
        self.compressed
    }
}

/// A header's value for that request.
fn value(
    template: &Template,
    wanted: Wanted,
    variables: &Variables,
) -> Result<HeaderValue, Trouble> {
    HeaderValue::try_from(template.plain(wanted, variables)).map_err(|_| Trouble::Unsendable)
}

fn unwritten(asking: &Asking) -> RunError {
    unsendable(asking, "cannot be written: look for control characters in its headers")
}

fn unsendable(asking: &Asking, reason: &str) -> RunError {
    RunError::Template {
        what: "the request for",
        text: asking.url.clone(),
        reason: reason.to_owned(),
    }
}

/// `Name: value`.
fn header(text: &str) -> Result<(HeaderName, &str), String> {
    let example = "write it as 'Accept-Language: de'";
    let (name, value) = text.split_once(':').ok_or_else(|| format!("has no value; {example}"))?;
    let name = HeaderName::from_bytes(name.trim().as_bytes())
        .map_err(|_| format!("has no name that is one; {example}"))?;
    Ok((name, value.trim()))
}

/// A header as it may be shown: its value may be a secret.
fn name_of(text: &str) -> &str {
    text.split_once(':').map_or("without a colon", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(asking: &Asking) -> Result<Ask, String> {
        let place = Place::of(&asking.url, false).map_err(|error| error.to_string())?;
        Ask::new(asking, &place).map_err(|error| error.to_string())
    }

    fn asking(url: &str) -> Asking {
        let variables = vec!["lang=en,de".to_owned()];
        Asking { url: url.to_owned(), variables, ..Asking::default() }
    }

    #[test]
    fn a_request_is_filled_in_everywhere() {
        let ask = asked(&Asking {
            method: "post".to_owned(),
            headers: vec!["Accept-Language: {lang}".to_owned(), "X-Plain: a".to_owned()],
            cookies: vec!["item={id}".to_owned(), "b=c".to_owned()],
            body: Some("{{\"id\": {id}}}".to_owned()),
            ..asking("http://127.0.0.1/p/{id}?l={lang}")
        })
        .unwrap();
        let wanted = Wanted { id: 3, variant: 1 };
        let request = ask.request(wanted).unwrap();
        assert_eq!(request.uri(), "/p/3?l=de");
        assert_eq!((request.method().as_str(), ask.variants()), ("POST", 2));
        assert_eq!(request.headers()["accept-language"], "de");
        assert_eq!(request.headers()["cookie"], "item=3; b=c");
        let body = "{\"id\": 3}";
        assert_eq!(format!("{:?}", request.body()), format!("{:?}", Full::new(Bytes::from(body))));
        assert_eq!(
            ask.shown(wanted),
            "POST http://127.0.0.1/p/3?l=de [accept-language: de] [cookie: item=3; b=c]"
        );
    }

    #[test]
    fn what_cannot_be_asked_is_said_and_a_secret_is_not() {
        for (asking, said) in [
            (Asking { method: "GE T".to_owned(), ..asking("http://127.0.0.1/") }, "the method"),
            (
                Asking { headers: vec!["s3cret".to_owned()], ..asking("http://127.0.0.1/") },
                "no value",
            ),
            (
                Asking { headers: vec!["A b: s3cret".to_owned()], ..asking("http://127.0.0.1/") },
                "no name",
            ),
            (
                Asking { headers: vec!["A: s3\ncret".to_owned()], ..asking("http://127.0.0.1/") },
                "control characters",
            ),
            (asking("http://127.0.0.1/{user}"), "--var user="),
        ] {
            let reason = asked(&asking).unwrap_err();
            assert!(reason.contains(said) && !reason.contains("s3"), "{reason}");
        }
    }
}
