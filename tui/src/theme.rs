//! Colours and glyphs. No meaning is in a colour alone, and no background is set.

use ratatui::style::{Color, Modifier, Style};

/// Which colours there are.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Palette {
    /// True colours.
    Full,
    /// Okabe and Ito's eight, which colour-blind people tell apart (Color Universal Design, 2008).
    OkabeIto,
    /// The terminal's own sixteen.
    Ansi,
    /// None: bold, dim and reverse only.
    Mono,
}

impl Palette {
    const ALL: [Self; 4] = [Self::Full, Self::OkabeIto, Self::Ansi, Self::Mono];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::OkabeIto => "okabe-ito",
            Self::Ansi => "ansi",
            Self::Mono => "mono",
        }
    }

    pub(crate) fn after(self) -> Self {
        next(Self::ALL, self)
    }
}

/// What charts are drawn with.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Glyphs {
    /// Dots, two columns and four rows a cell.
    Braille,
    /// Eighths of a cell.
    Block,
    /// Nothing that a typewriter does not have.
    Ascii,
}

impl Glyphs {
    const ALL: [Self; 3] = [Self::Block, Self::Braille, Self::Ascii];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Braille => "braille",
            Self::Block => "block",
            Self::Ascii => "ascii",
        }
    }

    pub(crate) fn after(self) -> Self {
        next(Self::ALL, self)
    }
}

fn next<T: Copy + PartialEq, const N: usize>(all: [T; N], this: T) -> T {
    let index = all.iter().position(|one| *one == this).unwrap_or(0);
    all[(index + 1) % N]
}

/// Colours by what they are for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
struct Colours {
    /// Work that somebody needed, and work that was done already.
    useful: Color,
    duplicate: Color,
    good: Color,
    warn: Color,
    bad: Color,
    accent: Color,
    /// A herd of 1, 2, 8, 32, 100 and more.
    herd: [Color; 5],
    /// Few to many.
    heat: [Color; 5],
}

const FULL: Colours = Colours {
    useful: Color::Rgb(88, 166, 255),
    duplicate: Color::Rgb(255, 92, 87),
    good: Color::Rgb(86, 211, 100),
    warn: Color::Rgb(240, 180, 60),
    bad: Color::Rgb(255, 92, 87),
    accent: Color::Rgb(88, 166, 255),
    herd: [
        Color::Rgb(86, 211, 100),
        Color::Rgb(240, 200, 80),
        Color::Rgb(249, 142, 8),
        Color::Rgb(230, 90, 110),
        Color::Rgb(219, 80, 220),
    ],
    // Inferno, as matplotlib has it, without its ends.
    heat: [
        Color::Rgb(96, 34, 120),
        Color::Rgb(150, 44, 105),
        Color::Rgb(207, 68, 70),
        Color::Rgb(240, 120, 28),
        Color::Rgb(249, 201, 50),
    ],
};

const OKABE_ITO: Colours = Colours {
    useful: Color::Rgb(86, 180, 233),
    duplicate: Color::Rgb(213, 94, 0),
    good: Color::Rgb(0, 158, 115),
    warn: Color::Rgb(230, 159, 0),
    bad: Color::Rgb(213, 94, 0),
    accent: Color::Rgb(86, 180, 233),
    herd: [
        Color::Rgb(0, 158, 115),
        Color::Rgb(240, 228, 66),
        Color::Rgb(230, 159, 0),
        Color::Rgb(213, 94, 0),
        Color::Rgb(204, 121, 167),
    ],
    heat: [
        Color::Rgb(0, 114, 178),
        Color::Rgb(86, 180, 233),
        Color::Rgb(0, 158, 115),
        Color::Rgb(230, 159, 0),
        Color::Rgb(240, 228, 66),
    ],
};

const ANSI: Colours = Colours {
    useful: Color::Cyan,
    duplicate: Color::Red,
    good: Color::Green,
    warn: Color::Yellow,
    bad: Color::Red,
    accent: Color::Cyan,
    herd: [Color::Green, Color::Yellow, Color::Yellow, Color::Magenta, Color::LightMagenta],
    heat: [Color::Blue, Color::Magenta, Color::Red, Color::Yellow, Color::LightYellow],
};

const MONO: Colours = Colours {
    useful: Color::Reset,
    duplicate: Color::Reset,
    good: Color::Reset,
    warn: Color::Reset,
    bad: Color::Reset,
    accent: Color::Reset,
    herd: [Color::Reset; 5],
    heat: [Color::Reset; 5],
};

/// How many identical computes at once each shade of a herd begins with.
pub(crate) const SHADES: [u32; 5] = [1, 2, 8, 32, 100];

/// Colours and glyphs together.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Theme {
    /// Which colours.
    pub palette: Palette,
    /// Which glyphs.
    pub glyphs: Glyphs,
    colours: Colours,
}

impl Theme {
    /// The theme of these.
    #[must_use]
    pub const fn new(palette: Palette, glyphs: Glyphs) -> Self {
        let colours = match palette {
            Palette::Full => FULL,
            Palette::OkabeIto => OKABE_ITO,
            Palette::Ansi => ANSI,
            Palette::Mono => MONO,
        };
        Self { palette, glyphs, colours }
    }

    pub(crate) const fn is_ascii(&self) -> bool {
        matches!(self.glyphs, Glyphs::Ascii)
    }

    const fn mono(&self) -> bool {
        matches!(self.palette, Palette::Mono)
    }

    fn fg(&self, colour: Color) -> Style {
        if self.mono() { Style::new() } else { Style::new().fg(colour) }
    }

    pub(crate) fn plain(&self) -> Style {
        Style::new()
    }

    pub(crate) fn dim(&self) -> Style {
        match self.palette {
            Palette::Full => Style::new().fg(Color::Rgb(139, 148, 158)),
            Palette::OkabeIto => Style::new().fg(Color::Rgb(150, 150, 150)),
            Palette::Ansi | Palette::Mono => Style::new().add_modifier(Modifier::DIM),
        }
    }

    pub(crate) fn bold(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(crate) fn accent(&self) -> Style {
        self.fg(self.colours.accent).add_modifier(Modifier::BOLD)
    }

    pub(crate) fn selected(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub(crate) fn good(&self) -> Style {
        self.fg(self.colours.good)
    }

    pub(crate) fn warn(&self) -> Style {
        self.fg(self.colours.warn)
    }

    pub(crate) fn bad(&self) -> Style {
        self.fg(self.colours.bad).add_modifier(Modifier::BOLD)
    }

    pub(crate) fn useful(&self) -> Style {
        if self.mono() {
            Style::new().add_modifier(Modifier::DIM)
        } else {
            self.fg(self.colours.useful)
        }
    }

    pub(crate) fn duplicate(&self) -> Style {
        if self.mono() { self.bold() } else { self.fg(self.colours.duplicate) }
    }

    /// The glyph and style of so many identical computes at once; nothing for none.
    pub(crate) fn herd(&self, most: u32) -> Option<(&'static str, Style)> {
        let shade = SHADES.iter().rposition(|least| most >= *least)?;
        Some((self.shade(shade), self.herd_style(shade)))
    }

    /// The glyph of a shade.
    pub(crate) const fn shade(&self, shade: usize) -> &'static str {
        if self.is_ascii() {
            [".", "+", "*", "#", "@"][shade]
        } else {
            ["·", "▖", "▌", "▓", "█"][shade]
        }
    }

    pub(crate) fn herd_style(&self, shade: usize) -> Style {
        let style = self.fg(self.colours.herd[shade]);
        if self.mono() && shade >= 2 { style.add_modifier(Modifier::BOLD) } else { style }
    }

    /// The glyph and style of a share of a column's most, by the square root: few are seen too.
    pub(crate) fn heat(&self, share: f64) -> (&'static str, Style) {
        let level = ((share.sqrt() * 5.0) as usize).min(4);
        let glyph = if self.is_ascii() {
            [".", ":", "+", "#", "@"][level]
        } else {
            ["░", "▒", "▒", "▓", "█"][level]
        };
        (glyph, self.fg(self.colours.heat[level]))
    }

    /// A mark on a time axis, where something happened.
    pub(crate) const fn mark(&self) -> &'static str {
        if self.is_ascii() { "v" } else { "▼" }
    }

    /// A line across a chart.
    pub(crate) const fn rule(&self) -> &'static str {
        if self.is_ascii() { "-" } else { "┄" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_herds_shade_is_the_last_that_it_reaches() {
        let theme = Theme::new(Palette::Mono, Glyphs::Ascii);
        let glyphs = [0, 1, 2, 7, 8, 31, 32, 99, 100, 9_999].map(|n| theme.herd(n).map(|(g, _)| g));
        let expected = [
            None,
            Some("."),
            Some("+"),
            Some("+"),
            Some("*"),
            Some("*"),
            Some("#"),
            Some("#"),
            Some("@"),
            Some("@"),
        ];
        assert_eq!(glyphs, expected);
    }

    #[test]
    fn no_colour_is_used_without_colours() {
        let theme = Theme::new(Palette::Mono, Glyphs::Block);
        let styles = [
            theme.dim(),
            theme.good(),
            theme.bad(),
            theme.useful(),
            theme.duplicate(),
            theme.heat(1.0).1,
        ];
        assert!(styles.iter().all(|style| style.fg.is_none() && style.bg.is_none()));
    }
}
