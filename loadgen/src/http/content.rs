//! What an answer must hold, if it is its asker's: a user's name, a word of his language. One that holds another's
//! instead was leaked.

use super::body::holds;
use super::template::{Template, Wanted};
use super::variables::Variables;

/// Above so many variants it would take too long to find out whose an answer is.
pub(super) const MOST: u32 = 4_096;

/// What an answer must hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Content(Template);

/// Whose an answer is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Whose {
    /// Its asker's.
    Own,
    /// That of this variant.
    Other(u16),
    /// Nobody's.
    Nobodys,
}

impl Content {
    pub(super) const fn new(template: Template) -> Self {
        Self(template)
    }

    /// Whose this body is.
    pub(super) fn whose(&self, body: &[u8], wanted: Wanted, variables: &Variables) -> Whose {
        let own = self.0.plain(wanted, variables);
        if holds(body, own.as_bytes()) {
            return Whose::Own;
        }
        let others = (0..variables.count()).map(|variant| variant as u16);
        let is_theirs = |variant: &u16| {
            let text = self.0.plain(Wanted { variant: *variant, ..wanted }, variables);
            text != own && holds(body, text.as_bytes())
        };
        others.into_iter().find(is_theirs).map_or(Whose::Nobodys, Whose::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_askers_anothers_or_nobodys() {
        let all = Variables::parse(&["user=ann,bob".to_owned(), "lang=en,de".to_owned()]).unwrap();
        let content = Content::new(Template::parse("Hello {user}!", &all).unwrap());
        let whose =
            |body: &str, variant| content.whose(body.as_bytes(), Wanted { id: 0, variant }, &all);
        assert_eq!(whose("<p>Hello ann!", 0), Whose::Own);
        assert_eq!(whose("<p>Hello ann!", 2), Whose::Own, "in the other language");
        assert_eq!(whose("<p>Hello bob!", 0), Whose::Other(1));
        assert_eq!(whose("<p>Hello carol!", 0), Whose::Nobodys);
    }
}
