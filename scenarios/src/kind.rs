//! What a field may be, as data: the fields say it where they are read, and the JSON Schema and the starter follow.

/// The kind of a value.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Kind {
    /// Text.
    Text,
    /// `true` or `false`.
    Switch,
    /// Text with a unit of time.
    Span,
    /// Text with a count and a unit of time.
    Rate,
    /// Text with a unit of bytes.
    Size,
    /// A part of all: 0 to 1, or text with a percent sign.
    Share,
    /// A whole number within bounds.
    Count(u32, u32),
    /// A number within bounds.
    Number(f64, f64),
    /// The seed: a whole number that may be large.
    Seed,
    /// One of these words.
    Choice(Vec<&'static str>),
    /// A law of spans.
    Law,
    /// A list of one kind.
    List(Box<Self>),
    /// A list of two of one kind.
    Pair(Box<Self>),
    /// A table of parts.
    Table(Vec<Part>),
    /// One of several kinds.
    Either(Vec<Self>),
}

/// A part of a table.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) needed: bool,
}

impl Kind {
    /// This kind, or the word that says there is none.
    pub(crate) fn or(self, word: &'static str) -> Self {
        Self::Either(vec![self, Self::Choice(vec![word])])
    }

    /// A table of these parts; those whose names end in `?` may be left out.
    pub(crate) fn table<const N: usize>(parts: [(&'static str, Self); N]) -> Self {
        Self::Table(
            parts
                .into_iter()
                .map(|(name, kind)| match name.strip_suffix('?') {
                    Some(name) => Part { name, kind, needed: false },
                    None => Part { name, kind, needed: true },
                })
                .collect(),
        )
    }

    /// A list of this kind.
    pub(crate) fn list(self) -> Self {
        Self::List(Box::new(self))
    }

    /// The laws: what [`Kind::Law`] stands for.
    pub(crate) fn laws() -> Self {
        let law = |name, kind| Self::table([(name, kind)]);
        Self::Either(vec![
            law("constant", Self::Span),
            law("exponential", Self::Span),
            law("lognormal", Self::table([("median", Self::Span), ("p99", Self::Span)])),
            law("uniform", Self::Pair(Box::new(Self::Span))),
            law("pareto", Self::table([("least", Self::Span), ("alpha", Self::Number(1.0, 1e3))])),
            law("gamma", Self::table([("mean", Self::Span), ("shape", Self::Number(0.0, 1e6))])),
            law("measured", Self::Text),
        ])
    }
}
