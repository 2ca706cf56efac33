//! What is wrong with a scenario: where, why, and what to do. Rendered as rustc renders its errors.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// One mistake.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Where it stands: a text by its number (0 is the file, the flags follow) and the bytes in it.
    pub(crate) place: Option<Place>,
    /// What is wrong, in a sentence.
    pub what: String,
    /// What stands there or is expected there, in a few words.
    pub label: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Bytes of one of the texts that a scenario is read from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) text: usize,
    pub(crate) bytes: Range<usize>,
}

/// A text that a scenario is read from: the file, or a flag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Every mistake of a scenario, in order of their places.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Faults {
    texts: Vec<Text>,
    faults: Vec<Fault>,
}

impl Faults {
    pub(crate) fn new(texts: Vec<Text>, mut faults: Vec<Fault>) -> Self {
        faults
            .sort_by_key(|fault| fault.place.as_ref().map(|place| (place.text, place.bytes.start)));
        Self { texts, faults }
    }

    /// The mistakes.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The line on which a mistake stands, counted from 1, if it stands in the file.
    #[must_use]
    pub fn line(&self, fault: &Fault) -> Option<usize> {
        let place = fault.place.as_ref().filter(|place| place.text == 0)?;
        let before = self.texts[0].text.as_bytes().get(..place.bytes.start)?;
        Some(before.iter().filter(|byte| **byte == b'\n').count() + 1)
    }

    /// All of them as text for a person, with the lines they are about.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let rendered: Vec<String> =
            self.faults.iter().map(|fault| renderer.render(&[self.group(fault)])).collect();
        rendered.join("\n\n")
    }

    fn group<'a>(&'a self, fault: &'a Fault) -> Group<'a> {
        let title = Level::ERROR.primary_title(fault.what.as_str());
        let mut group = match &fault.place {
            Some(place) => {
                let text = &self.texts[place.text];
                let end = text.text.len();
                let bytes = place.bytes.start.min(end)..place.bytes.end.min(end);
                let mark = AnnotationKind::Primary.span(bytes).label(fault.label.as_str());
                title.element(
                    Snippet::source(text.text.as_str()).path(text.name.as_str()).annotation(mark),
                )
            }
            None => Group::with_title(title),
        };
        if let Some(hint) = &fault.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        group
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Faults {}
