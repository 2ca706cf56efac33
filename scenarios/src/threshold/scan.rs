//! The text of a threshold, read from left to right.

use std::ops::Range;

use super::parse::Misread;

/// The text, and how far it is read.
pub(super) struct Scan<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// The characters from here on that are such, after white space.
    pub(super) fn take(&mut self, such: impl Fn(char) -> bool) -> (&'a str, Range<usize>) {
        self.space();
        let rest = self.rest();
        let length = rest.find(|c| !such(c)).unwrap_or(rest.len());
        let start = self.at;
        self.at += length;
        (&rest[..length], start..self.at)
    }

    pub(super) fn eat(&mut self, word: &str) -> bool {
        self.space();
        let eaten = self.rest().starts_with(word);
        self.at += if eaten { word.len() } else { 0 };
        eaten
    }

    /// The next character, as a place.
    pub(super) fn here(&self) -> Range<usize> {
        self.at..self.at + self.rest().chars().next().map_or(0, char::len_utf8)
    }

    pub(super) fn wrong<T>(
        &self,
        bytes: Range<usize>,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Result<T, Misread> {
        Err(Misread { bytes, what: what.into(), hint: Some(hint.into()) })
    }
}
