//! A script plays the screen without a terminal, in virtual time: the same script gives the same pictures.
//!
//! Statements are separated by semicolons:
//!
//! - `run 20s`, `run to 60s`: lets the run's clock go on;
//! - `key f`, `key Tab`: presses a key, by the name that the help has for it;
//! - `say set strategy.beta 1.5`: as on the command line, behind `:`;
//! - `at 12.5s flush`: that happens then, or at once if it is later;
//! - `size 120x36`: how large the screen is;
//! - `snap out.txt`, `snap out.svg`: the screen as it is;
//! - `quit`: leaves with the summary so far. Otherwise the run goes on to its end.

use std::fmt::Write as _;
use std::time::Duration;

use herdlab_sim::time::Nanos;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::keys::Key;
use crate::model::{Leave, Model, Msg};
use crate::player::{Ended, Errand, Player};
use crate::svg;
use crate::views::view;

/// A mistake in a script, or a file that it could not write.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the script's {statement:?}: {what}")]
pub struct ScriptError {
    statement: String,
    what: String,
}

/// One statement.
#[derive(Clone, PartialEq, Debug)]
enum Statement {
    Run(Nanos),
    RunTo(Nanos),
    Key(Key),
    Say(String),
    At(Nanos, String),
    Size(u16, u16),
    Snap(String),
    Quit,
}

/// A script that was read.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Script(Vec<(String, Statement)>);

/// The largest screen.
const LARGEST: u16 = 500;

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// The first statement that is none.
    pub fn read(text: &str) -> Result<Self, ScriptError> {
        let said = text.split([';', '\n']).map(str::trim).filter(|said| !said.is_empty());
        let read = said.map(|said| {
            let wrong = |what: String| ScriptError { statement: said.to_owned(), what };
            Ok((said.to_owned(), statement(said).map_err(wrong)?))
        });
        read.collect::<Result<_, _>>().map(Self)
    }

    /// Plays it. `save` writes a picture to the file of that name.
    ///
    /// # Errors
    /// What could not be done, and in which statement.
    pub fn play<R: Send>(
        &self,
        mut player: Player<'_, '_, '_, R>,
        save: &dyn Fn(&str, &str) -> Result<(), String>,
    ) -> Result<Ended<R>, ScriptError> {
        player.settle();
        let mut size = (120, 36);
        for (said, statement) in &self.0 {
            let wrong = |what: String| ScriptError { statement: said.clone(), what };
            match statement {
                Statement::Run(span) => {
                    let to = player.model.limit + *span;
                    player.tell(Msg::RunTo(to));
                }
                Statement::RunTo(to) => _ = player.tell(Msg::RunTo(*to)),
                Statement::Key(key) => {
                    if player.tell(Msg::Key(*key)).contains(&Errand::Picture) {
                        player.save(size);
                    }
                }
                Statement::Say(line) => {
                    player.tell(Msg::Read(player.read(line, player.model.limit)));
                }
                Statement::At(at, line) => {
                    let at = (*at).max(player.model.limit);
                    player.tell(Msg::Read(player.read(line, at)));
                }
                Statement::Size(width, height) => size = (*width, *height),
                Statement::Snap(file) => {
                    let text = snap(&player.model, size, file.ends_with(".svg"));
                    save(file, &text).map_err(wrong)?;
                }
                Statement::Quit => player.set_leave(Leave::Summary),
            }
            player.settle();
            while player.model.seeks() {
                player.tell(Msg::Frame(Duration::ZERO));
                player.settle();
            }
            if let Some(what) = player.model.complaint() {
                return Err(wrong(what));
            }
            if player.leave().is_some() {
                break;
            }
        }
        Ok(player.end())
    }
}

/// The model on a screen so large, as text or as a picture.
#[must_use]
pub fn snap(model: &Model, size: (u16, u16), picture: bool) -> String {
    let buffer = draw(model, size);
    if picture { svg::picture(&buffer) } else { text(&buffer) }
}

/// The model drawn on a screen so large.
#[must_use]
pub fn draw(model: &Model, (width, height): (u16, u16)) -> Buffer {
    let Ok(mut terminal) = Terminal::new(TestBackend::new(width, height));
    let Ok(_) = terminal.draw(|frame| view(model, frame));
    terminal.backend().buffer().clone()
}

/// A screen as text, without the spaces at the ends of its lines.
#[must_use]
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in buffer.area.rows() {
        let line: String = y.columns().map(|cell| buffer[(cell.x, cell.y)].symbol()).collect();
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn statement(said: &str) -> Result<Statement, String> {
    let (word, rest) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
    let rest = rest.trim();
    match word {
        "run" => match rest.strip_prefix("to ") {
            Some(to) => span(to.trim()).map(Statement::RunTo),
            None => span(rest).map(Statement::Run),
        },
        "key" => Key::named(rest).map(Statement::Key).ok_or_else(|| {
            format!("{rest:?} is no key; say it as the help does: f, Tab, Space, Ctrl-C")
        }),
        "say" if !rest.is_empty() => Ok(Statement::Say(rest.to_owned())),
        "at" => match rest.split_once(char::is_whitespace) {
            Some((at, line)) => Ok(Statement::At(span(at)?, line.trim().to_owned())),
            None => Err("say when and what: at 12.5s flush".to_owned()),
        },
        "size" => {
            let sides =
                rest.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
            match sides {
                Some((width, height)) if width <= LARGEST && height <= LARGEST => {
                    Ok(Statement::Size(width, height))
                }
                _ => Err(format!("say a width and a height of at most {LARGEST}: size 120x36")),
            }
        }
        "snap" if !rest.is_empty() => Ok(Statement::Snap(rest.to_owned())),
        "quit" if rest.is_empty() => Ok(Statement::Quit),
        _ => Err("a script has run, key, say, at, size, snap and quit".to_owned()),
    }
}

/// A span of time: `20s`, `1.5m`, `250ms`.
fn span(text: &str) -> Result<Nanos, String> {
    let units = [("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];
    let found = units.iter().find_map(|(unit, seconds)| {
        let number: f64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        (number.is_finite() && number >= 0.0).then_some(number * seconds)
    });
    // Whole microseconds, so that 12.3s is not a nanosecond less.
    found
        .map(|seconds| Nanos::from_micros((seconds * 1e6).round() as u64))
        .ok_or_else(|| format!("{text:?} is no time; say 20s, 250ms or 1.5m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_statement_by_statement() {
        let script = Script::read(
            "run 12.3s; key f;\n run to 1m ; say flush; at 70s set cache.ttl 5s; size 80x24; snap a.svg; quit;",
        );
        let read: Vec<Statement> = script.unwrap().0.into_iter().map(|(_, one)| one).collect();
        let expected = [
            Statement::Run(Nanos::from_millis(12_300)),
            Statement::Key(Key::Char('f')),
            Statement::RunTo(Nanos::from_secs(60)),
            Statement::Say("flush".to_owned()),
            Statement::At(Nanos::from_secs(70), "set cache.ttl 5s".to_owned()),
            Statement::Size(80, 24),
            Statement::Snap("a.svg".to_owned()),
            Statement::Quit,
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn a_wrong_statement_is_named_with_what_to_say() {
        for (text, what) in [
            ("run 5", "no time"),
            ("key F99", "no key"),
            ("jump", "a script has run"),
            ("size 9", "size 120x36"),
            ("at 5s", "say when and what"),
            ("snap", "a script has"),
        ] {
            let error = Script::read(text).unwrap_err().to_string();
            assert!(error.contains(what) && error.contains(text), "{error}");
        }
    }
}
