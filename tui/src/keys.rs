//! The one table of keys: dispatch, footer, help and docs follow it.

/// A key, whatever the terminal calls it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "keys are called what is written on them")]
pub enum Key {
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    /// Ctrl and a letter.
    Ctrl(char),
}

impl Key {
    /// Its name, as the help shows it and scripts say it.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Char(' ') => "Space".to_owned(),
            Self::Char(c) => c.to_string(),
            Self::Ctrl(c) => format!("Ctrl-{}", c.to_ascii_uppercase()),
            other => format!("{other:?}"),
        }
    }

    /// The key of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let named = [
            Self::Char(' '),
            Self::Enter,
            Self::Esc,
            Self::Tab,
            Self::BackTab,
            Self::Backspace,
            Self::Up,
            Self::Down,
            Self::Left,
            Self::Right,
            Self::Home,
            Self::End,
        ];
        if let Some(key) = named.into_iter().find(|key| key.name() == name) {
            return Some(key);
        }
        let mut letters = name.strip_prefix("Ctrl-").unwrap_or(name).chars();
        let (letter, rest) = (letters.next()?, letters.next());
        match (rest, name.starts_with("Ctrl-")) {
            (None, true) => Some(Self::Ctrl(letter.to_ascii_lowercase())),
            (None, false) => Some(Self::Char(letter)),
            _ => None,
        }
    }
}

/// What a key does.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the table of keys says what each does")]
pub enum Action {
    Pause,
    Step,
    Seek,
    Faster,
    Slower,
    AsItIs,
    AtOnce,
    ScrubBack,
    ScrubOn,
    ScrubFirst,
    ScrubLive,
    BetaUp,
    BetaDown,
    TtlUp,
    TtlDown,
    RateUp,
    RateDown,
    SlotsUp,
    SlotsDown,
    OriginSlower,
    OriginFaster,
    Flush,
    Expire,
    Origin,
    Cache,
    Undo,
    Line,
    Run,
    Compare,
    Keys,
    Events,
    NextLane,
    PreviousLane,
    Drill,
    Back,
    ZoomIn,
    ZoomOut,
    Log,
    Scale,
    Palette,
    Glyphs,
    Help,
    Write,
    Picture,
    Quit,
    Interrupt,
    Suspend,
    Redraw,
}

/// Where the help has a key.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Group {
    /// The run's clock; there is none to hold in real time.
    Time,
    /// What is done to the experiment.
    Act,
    /// What is shown, and how.
    View,
    /// What comes of it.
    Out,
}

impl Group {
    /// All, in order.
    pub const ALL: [Self; 4] = [Self::Time, Self::Act, Self::View, Self::Out];

    /// Its heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Time => "TIME",
            Self::Act => "ACT (on every lane at once)",
            Self::View => "VIEW",
            Self::Out => "OUT",
        }
    }
}

/// A key and what it does.
#[derive(Copy, Clone, Debug)]
pub struct Binding {
    /// The key.
    pub key: Key,
    /// What it does.
    pub action: Action,
    /// Where the help has it.
    pub group: Group,
    /// The word of the footer, where it has one.
    pub word: &'static str,
    /// What the help says.
    pub about: &'static str,
}

const fn bind(
    key: Key,
    action: Action,
    group: Group,
    word: &'static str,
    about: &'static str,
) -> Binding {
    Binding { key, action, group, word, about }
}

use Action as A;
use Group::{Act, Out, Time, View};
use Key::{BackTab, Char, Ctrl, Down, End, Enter, Esc, Home, Left, Right, Tab, Up};

/// Every key.
pub const KEYS: &[Binding] = &[
    bind(Char(' '), A::Pause, Time, "pause", "pause, go on"),
    bind(Char('.'), A::Step, Time, "step", "10 ms on"),
    bind(Char('>'), A::Seek, Time, "next", "on to the next herd, failure or event"),
    bind(Char('+'), A::Faster, Time, "", "faster, up to all it can"),
    bind(Char('-'), A::Slower, Time, "", "slower, down to a tenth"),
    bind(Char('0'), A::AsItIs, Time, "", "as fast as the wall's clock"),
    bind(Char('m'), A::AtOnce, Time, "max", "as fast as it can"),
    bind(Char('['), A::ScrubBack, Time, "", "look back (also Left)"),
    bind(Left, A::ScrubBack, Time, "", ""),
    bind(Char(']'), A::ScrubOn, Time, "", "look forward (also Right)"),
    bind(Right, A::ScrubOn, Time, "", ""),
    bind(Home, A::ScrubFirst, Time, "", "look at the beginning"),
    bind(End, A::ScrubLive, Time, "", "look at the present"),
    bind(Char('f'), A::Flush, Act, "flush", "flush the cache"),
    bind(Char('F'), A::Expire, Act, "", "expire the hottest key"),
    bind(Char('k'), A::Origin, Act, "kill", "stop the origin, restore it"),
    bind(Char('K'), A::Cache, Act, "", "kill the cache, restore it"),
    bind(Char('s'), A::OriginFaster, Act, "", "origin twice as fast"),
    bind(Char('S'), A::OriginSlower, Act, "slow", "origin half as fast"),
    bind(Char('b'), A::BetaDown, Act, "", "beta 0.1 less"),
    bind(Char('B'), A::BetaUp, Act, "beta", "beta 0.1 more"),
    bind(Char('t'), A::TtlDown, Act, "", "TTL half as long"),
    bind(Char('T'), A::TtlUp, Act, "ttl", "TTL twice as long"),
    bind(Char('r'), A::RateDown, Act, "", "half as many requests"),
    bind(Char('R'), A::RateUp, Act, "rate", "twice as many requests"),
    bind(Char('n'), A::SlotsDown, Act, "", "half as many computes at a time"),
    bind(Char('N'), A::SlotsUp, Act, "", "twice as many computes at a time"),
    bind(Char('u'), A::Undo, Act, "undo", "take the last act back: the run as it is without it"),
    bind(Char(':'), A::Line, Act, "", "say it: set strategy.beta 1.5, at +5s slow origin 10x"),
    bind(Char('1'), A::Run, View, "", "one lane"),
    bind(Char('2'), A::Compare, View, "", "all lanes"),
    bind(Char('3'), A::Keys, View, "", "keys"),
    bind(Char('4'), A::Events, View, "", "events"),
    bind(Tab, A::NextLane, View, "lane", "next lane (also Down)"),
    bind(BackTab, A::PreviousLane, View, "", "previous lane (also Up)"),
    bind(Down, A::NextLane, View, "", ""),
    bind(Up, A::PreviousLane, View, "", ""),
    bind(Enter, A::Drill, View, "open", "open the lane"),
    bind(Esc, A::Back, View, "", "back"),
    bind(Char('z'), A::ZoomIn, View, "zoom", "half the time on the screen"),
    bind(Char('Z'), A::ZoomOut, View, "", "twice the time"),
    bind(Char('l'), A::Log, View, "log", "logarithmic scale, linear scale"),
    bind(Char('y'), A::Scale, View, "", "one scale for all lanes, one for each"),
    bind(Char('p'), A::Palette, View, "", "next palette"),
    bind(Char('g'), A::Glyphs, View, "", "next glyphs"),
    bind(Char('?'), A::Help, View, "help", "this"),
    bind(Ctrl('l'), A::Redraw, View, "", "draw everything anew"),
    bind(Char('w'), A::Write, Out, "write", "write what was played as a scenario"),
    bind(Char('c'), A::Picture, Out, "", "save the screen as text"),
    bind(Char('q'), A::Quit, Out, "quit", "the summary so far"),
    bind(Ctrl('c'), A::Interrupt, Out, "", "the same, and exit code 130"),
    bind(Ctrl('z'), A::Suspend, Out, "", "back to the shell for a while"),
];

/// What a key does.
pub(crate) fn binding(key: Key) -> Option<&'static Binding> {
    KEYS.iter().find(|binding| binding.key == key)
}

/// The key of an action.
pub(crate) fn key_of(action: Action) -> Option<Key> {
    KEYS.iter().find(|binding| binding.action == action).map(|binding| binding.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things_and_every_thing_has_words() {
        for (index, binding) in KEYS.iter().enumerate() {
            assert!(KEYS[..index].iter().all(|other| other.key != binding.key), "{binding:?}");
            let told = KEYS.iter().any(|b| b.action == binding.action && !b.about.is_empty());
            assert!(told, "{binding:?}");
        }
    }

    #[test]
    fn every_key_is_known_by_its_name() {
        for binding in KEYS {
            assert_eq!(Key::named(&binding.key.name()), Some(binding.key));
        }
        assert_eq!(Key::named("Shift-F12"), None);
    }
}
