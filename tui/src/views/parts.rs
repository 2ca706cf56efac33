//! What every screen has: the header, the sentence, the footer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::insight::{Level, insight};
use crate::keys::{Action, KEYS, key_of};
use crate::lane::Lane;
use crate::model::{Clock, Model, View};
use crate::pace::Gait;
use crate::update::refusal;
use crate::widgets::{put, put_right, rows, wrapped};
use crate::words::clock;

/// The name, the state first: then what matters less goes first when room is scarce.
pub(crate) fn header(model: &Model, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    put(buf, area, 1, 0, "herdlab", theme.accent());
    let (state, style) = state(model);
    put(buf, area, 9, 0, state, style);
    let mut x = 10 + state.len() as u16;
    let now = model.cursor.unwrap_or(model.reached.min(model.duration));
    let mut say = |text: &str, style, keep: u16| {
        let width = text.chars().count() as u16;
        if x + width + keep <= area.width {
            put(buf, area, x, 0, text, style);
            x += width + 2;
        }
    };
    say(&format!("{} of {}", clock(now), clock(model.duration)), theme.bold(), 0);
    let tabs = if area.width >= 76 { 37 } else { 0 };
    if model.clock == Clock::Virtual {
        say(&model.pace.text(), theme.plain(), tabs);
    }
    say(&model.title, theme.plain(), tabs);
    say(&format!("seed {}", model.seed), theme.dim(), tabs);
    if tabs > 0 {
        let views = [
            (View::Run, "1 run"),
            (View::Compare, "2 compare"),
            (View::Keys, "3 keys"),
            (View::Events, "4 events"),
        ];
        let mut x = area.width - tabs;
        for (view, name) in views {
            let style = if view == model.view { theme.selected() } else { theme.dim() };
            let text = format!(" {name} ");
            put(buf, area, x, 0, &text, style);
            x += text.len() as u16;
        }
    }
}

fn state(model: &Model) -> (&'static str, ratatui::style::Style) {
    let theme = &model.theme;
    match (model.clock, model.is_over(), model.pace.gait) {
        (Clock::Record, ..) => ("RECORD", theme.bold()),
        _ if model.cursor.is_some() => ("LOOKING BACK", theme.warn()),
        (_, true, _) => ("DONE", theme.good()),
        (Clock::Real, ..) => ("REAL TIME", theme.good()),
        (_, _, Gait::Paused) => ("PAUSED", theme.warn()),
        (_, _, Gait::Seeks) => ("SEEKING", theme.good()),
        (_, _, Gait::Runs) => ("RUN", theme.good()),
    }
}

/// The sentence about these lanes, in so many lines as the area has.
pub(crate) fn sentence(model: &Model, lanes: &[&Lane], area: Rect, buf: &mut Buffer) {
    let said = insight(model, lanes);
    let sign = match said.level {
        Level::Good => "ok",
        Level::Warn => "! ",
        Level::Bad => "!!",
    };
    let style = super::style_of(said.level, &model.theme);
    put(buf, area, 1, 0, sign, style);
    let lines =
        wrapped(&said.text, usize::from(area.width.saturating_sub(5)), usize::from(area.height));
    for (y, line) in (0..area.height).zip(&lines) {
        put(buf, area, 4, y, line, style);
    }
}

/// Why there is nothing to draw of the origin, in its place; whether that is so.
pub(crate) fn silence(model: &Model, area: Rect, buf: &mut Buffer) -> bool {
    let Some(why) = model.silence() else { return false };
    let lines = wrapped(why, usize::from(area.width.saturating_sub(2)), usize::from(area.height));
    for (y, line) in (0..area.height).zip(&lines) {
        put(buf, area, 1, y, line, model.theme.dim());
    }
    true
}

/// The command line, a word to the user, or the keys that do something now.
pub(crate) fn footer(model: &Model, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    if let Some(line) = &model.line {
        put(buf, area, 0, 0, &format!(":{line}_"), theme.accent());
        if line.is_empty() {
            put(
                buf,
                area,
                4,
                0,
                "flush   set strategy.beta 1.5   at +5s slow origin 10x",
                theme.dim(),
            );
        }
        return;
    }
    if let Some(note) = &model.note {
        let style = if note.bad { theme.bad() } else { theme.accent() };
        put(buf, area, 1, 0, &note.text, style);
        return;
    }
    let help = "? help  q quit";
    let room = area.width.saturating_sub(help.len() as u16 + 2);
    let mut x = 1;
    for binding in KEYS.iter().filter(|binding| !binding.word.is_empty()) {
        let useless = refusal(model, binding.group, binding.action).is_some()
            || (binding.action == Action::Drill && model.view != View::Compare)
            || matches!(binding.action, Action::Help | Action::Quit)
            || (model.lanes.len() < 2 && binding.action == Action::NextLane);
        if useless {
            continue;
        }
        let key = binding.key.name();
        let width = (key.len() + binding.word.len() + 3) as u16;
        if x + width > room {
            break;
        }
        put(buf, area, x, 0, &key, theme.bold());
        put(buf, area, x + key.len() as u16 + 1, 0, binding.word, theme.dim());
        x += width;
    }
    if let (Some(help_key), Some(quit)) = (key_of(Action::Help), key_of(Action::Quit)) {
        let text = format!("{} help  {} quit", help_key.name(), quit.name());
        put_right(buf, rows(area, 0, 1), area.width.saturating_sub(1), 0, &text, theme.dim());
    }
}
