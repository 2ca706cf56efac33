//! Text with variables in it: `/product/{id}?lang={lang}`.

use std::fmt::Write;

use super::variables::{Variables, is_name};

/// Whom a request is for: the item's rank, and the variant.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct Wanted {
    pub(super) id: u32,
    pub(super) variant: u16,
}

/// A template, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Text(String),
    Id,
    /// The variable at that place.
    Variable(usize),
}

impl Template {
    /// Takes text apart; a brace that is meant as one is written twice.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence about it.
    pub(super) fn parse(text: &str, variables: &Variables) -> Result<Self, String> {
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            let inside = if brace == "{" { rest.split_once('}') } else { None };
            let (name, after) = inside.filter(|(name, _)| is_name(name)).ok_or_else(|| {
                "has a brace that belongs to no variable; write it twice if it is meant".to_owned()
            })?;
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(part(name, variables)?);
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// Whether it is not the same for all variants.
    pub(super) fn tells_variants_apart(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Variable(_)))
    }

    /// Whether it is not the same for everybody.
    pub(super) fn varies(&self) -> bool {
        self.0.iter().any(|part| !matches!(part, Part::Text(_)))
    }

    /// The text for that request, values as they are.
    pub(super) fn plain(&self, wanted: Wanted, variables: &Variables) -> String {
        self.render(wanted, variables, |text, value| text.push_str(value))
    }

    /// The text for that request, values as a URL bears them.
    pub(super) fn encoded(&self, wanted: Wanted, variables: &Variables) -> String {
        self.render(wanted, variables, encode)
    }

    fn render(
        &self,
        wanted: Wanted,
        variables: &Variables,
        put: impl Fn(&mut String, &str),
    ) -> String {
        let mut text = String::with_capacity(64);
        for part in &self.0 {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Id => text.push_str(itoa::Buffer::new().format(wanted.id)),
                Part::Variable(place) => put(&mut text, variables.value(*place, wanted.variant)),
            }
        }
        text
    }
}

fn part(name: &str, variables: &Variables) -> Result<Part, String> {
    if name == "id" {
        return Ok(Part::Id);
    }
    variables.position(name).map(Part::Variable).ok_or_else(|| {
        let known: Vec<&str> = ["id"].into_iter().chain(variables.names()).collect();
        format!(
            "has the variable {{{name}}}, which nobody gave values (--var {name}=a,b); there are: {}",
            known.join(", ")
        )
    })
}

/// A value in a URL: all but unreserved characters (RFC 3986, 2.3) as percent and two digits.
fn encode(text: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}"); // text takes all
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn variables() -> Variables {
        Variables::parse(&["lang=en,de".to_owned(), "name=a b,ü/?&".to_owned()]).unwrap()
    }

    #[test]
    fn a_template_is_filled_in_and_values_in_a_url_are_encoded() {
        let all = variables();
        let template = Template::parse("/p/{id}?l={lang}&n={name}&j={{x}}", &all).unwrap();
        let wanted = Wanted { id: 7, variant: 3 };
        assert_eq!(template.encoded(wanted, &all), "/p/7?l=de&n=%C3%BC%2F%3F%26&j={x}");
        assert_eq!(template.plain(wanted, &all), "/p/7?l=de&n=ü/?&&j={x}");
        assert!(template.varies() && template.tells_variants_apart());
        assert!(!Template::parse("/p/{id}", &all).unwrap().tells_variants_apart());
        assert!(!Template::parse("/p", &all).unwrap().varies());
    }

    #[test]
    fn what_is_wrong_with_a_template_is_said() {
        for (bad, said) in [
            ("{", "a brace"),
            ("}", "a brace"),
            ("{id", "a brace"),
            ("{a b}", "a brace"),
            ("{user}", "--var user="),
        ] {
            let reason = Template::parse(bad, &variables()).unwrap_err();
            assert!(reason.contains(said), "{bad}: {reason}");
        }
    }

    proptest! {
        /// Text whose braces are doubled comes out as it was, whatever it is.
        #[test]
        fn text_without_variables_is_itself(text in any::<String>()) {
            let doubled = text.replace('{', "{{").replace('}', "}}");
            let template = Template::parse(&doubled, &Variables::default()).unwrap();
            prop_assert_eq!(template.plain(Wanted { id: 0, variant: 0 }, &Variables::default()), text);
        }

        /// Every text is a template or has a reason, and what is filled in lies where it was written.
        #[test]
        fn any_text_is_a_template_or_has_a_reason(
            text in prop_oneof![any::<String>(), "[{}a-z/ ]{0,24}", "(\\{id\\}|\\{lang\\}|x|\\{\\{){0,8}"],
            id: u32,
        ) {
            match Template::parse(&text, &variables()) {
                Ok(template) => {
                    let plain = template.plain(Wanted { id, variant: 0 }, &variables());
                    let expected = text
                        .replace("{{", "\u{1}").replace("}}", "\u{2}")
                        .replace("{id}", &id.to_string()).replace("{lang}", "en").replace("{name}", "a b")
                        .replace('\u{1}', "{").replace('\u{2}', "}");
                    if !text.contains(['\u{1}', '\u{2}']) && !text.contains("{{{") && !text.contains("}}}") {
                        prop_assert_eq!(plain, expected);
                    }
                }
                Err(reason) => prop_assert!(reason.len() > 10),
            }
        }
    }
}
