//! What is wrong with a scenario: where, why, and what to do. Rendered as rustc renders its errors.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str};

/// So many mistakes are shown; who has more reads no further.
const SHOWN: usize = 50;

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
    /// Where each line begins, so that a file of many lines is not counted through for each field.
    lines: Vec<usize>,
}

impl Text {
    pub(crate) fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let after =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(after).collect();
        Self { name: name.into(), text, lines }
    }

    /// A flag as it was given.
    pub(crate) fn flag(given: impl Into<String>) -> Self {
        Self::new("the command line", given)
    }

    /// The place that is all of this text, the text of that number.
    pub(crate) fn whole(&self, number: usize) -> Place {
        Place { text: number, bytes: 0..self.text.len() }
    }

    /// The line of a byte, counted from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }

    /// The lines that bytes stand on: the number of the first, where it begins, and their text.
    fn lines_of(&self, bytes: &Range<usize>) -> (usize, usize, &str) {
        let (first, last) = (self.line(bytes.start), self.line(bytes.end.max(bytes.start + 1) - 1));
        let start = self.lines[first - 1];
        let end = self.lines.get(last).map_or(self.text.len(), |next| next - 1);
        (first, start, self.text[start..end].trim_end_matches('\r'))
    }
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
        Some(self.texts[0].line(place.bytes.start))
    }

    /// All of them (the first fifty, if there are more) as text for a person, with the lines they are about.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let shown = self.faults.iter().take(SHOWN);
        let mut rendered: Vec<String> =
            shown.map(|fault| renderer.render(&[self.group(fault)])).collect();
        if let Some(more @ 1..) = self.faults.len().checked_sub(SHOWN) {
            let rest = Level::ERROR.primary_title(format!("and {more} more mistakes"));
            rendered.push(renderer.render(&[Group::with_title(rest)]));
        }
        rendered.join("\n\n")
    }

    fn group<'a>(&'a self, fault: &'a Fault) -> Group<'a> {
        let title = Level::ERROR.primary_title(fault.what.as_str());
        let mut group = match &fault.place {
            Some(place) => {
                let text = &self.texts[place.text];
                let end = text.text.len();
                let bytes = place.bytes.start.min(end)..place.bytes.end.min(end);
                let (line, start, source) = text.lines_of(&bytes);
                let within = |at: usize| (at - start).min(source.len());
                let mark = AnnotationKind::Primary
                    .span(within(bytes.start)..within(bytes.end))
                    .label(normalize_untrusted_str(&fault.label));
                let path = normalize_untrusted_str(&text.name);
                title.element(Snippet::source(source).line_start(line).path(path).annotation(mark))
            }
            None => Group::with_title(title),
        };
        if let Some(hint) = &fault.hint {
            group = group.element(Level::HELP.message(normalize_untrusted_str(hint)));
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
