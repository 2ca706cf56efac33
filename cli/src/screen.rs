//! The terminal UI around a run: when it opens, what it asks of the language and of files, and what was played.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use herdlab_loadgen::cpu_time;
use herdlab_scenarios::Scenario;
use herdlab_sim::measure::Observer;
use herdlab_sim::plan::{Event, Plan};
use herdlab_sim::time::Nanos;
use herdlab_tui::script::Script;
use herdlab_tui::terminal::{Options, show};
use herdlab_tui::theme::{Glyphs, Palette, Theme};
use herdlab_tui::{
    Backstage, Clock, Conductor, Ended, Leave, Model, Player, Stage, Turn, Written, words,
};

use crate::args::{Colour, Colours, Format, GlyphSet, LookArgs, RunArgs, ShowArgs};
use crate::exit::{Exit, Stop};
use crate::gate::{Cut, Gate};
use crate::lanes::{Lanes, Ran, RealLane, collect, guarded, real_lane, together, virtual_lane};
use crate::open::{Beside, Opened};
use crate::place::Place;
use crate::progress::Board;
use crate::record::{folder_of, write};
use crate::signals::Signals;

/// What was played.
pub(crate) struct Played {
    pub(crate) lanes: Lanes,
    /// What was done by hand.
    pub(crate) acts: Vec<Event>,
    /// The scenario that was written last, if it has all of that.
    pub(crate) written: Option<String>,
    /// The exit code, if somebody left in a way that has one.
    pub(crate) exit: Option<Exit>,
}

/// Whether a screen opens: on a terminal, unless somebody wants lines, or something that a program reads.
pub(crate) fn shows(args: &ShowArgs, quiet: bool, format: Format) -> bool {
    !args.no_tui && !quiet && format == Format::Human && is_terminal()
}

/// Whether a run opens a screen: where there is one, or for a script.
pub(crate) fn opens(args: &RunArgs, real: bool) -> Result<bool, Stop> {
    if args.screen.script.is_some() && real {
        let hint = "leave --on away: a script plays the model";
        return Err(Stop::usage(format!("error: --script is for virtual time\n  = help: {hint}")));
    }
    Ok(args.screen.script.is_some() || shows(&args.screen.show, args.quiet, args.format))
}

/// Whether there is a terminal on both ends, and one that can do more than write lines.
pub(crate) fn is_terminal() -> bool {
    let ends = [io::stdin().is_terminal(), io::stdout().is_terminal(), io::stderr().is_terminal()];
    ends.into_iter().all(|end| end) && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}

/// The theme that flags and the environment ask for. A script's pictures are the same everywhere.
pub(crate) fn theme(look: &LookArgs, colour: Colour, scripted: bool) -> Theme {
    let said = |name: &str| std::env::var(name).unwrap_or_default();
    let utf8 = || {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(said).into_iter().find(|l| !l.is_empty());
        let locale = locale.unwrap_or_default().to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    };
    let glyphs = match look.glyphs {
        GlyphSet::Auto if scripted || utf8() => Glyphs::Block,
        GlyphSet::Auto | GlyphSet::Ascii => Glyphs::Ascii,
        GlyphSet::Block => Glyphs::Block,
        GlyphSet::Braille => Glyphs::Braille,
    };
    let full = || matches!(said("COLORTERM").as_str(), "truecolor" | "24bit");
    let palette = match look.palette {
        Colours::Auto if scripted => Palette::Full,
        Colours::Auto if !colour.on_screen() => Palette::Mono,
        Colours::Auto if full() => Palette::Full,
        Colours::Auto | Colours::Ansi => Palette::Ansi,
        Colours::Full => Palette::Full,
        Colours::OkabeIto => Palette::OkabeIto,
        Colours::Mono => Palette::Mono,
    };
    Theme::new(palette, glyphs)
}

/// The language and the files of one run.
pub(crate) struct Around<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) files: &'a Beside,
    /// Where what was played is written: beside the scenario.
    pub(crate) folder: PathBuf,
    /// The command that plays it, but for its name.
    pub(crate) plays: String,
}

impl<'a> Around<'a> {
    /// Those of a run of `scenario`, which was opened and may have fewer lanes now.
    fn of(args: &RunArgs, opened: &'a Opened, scenario: &'a Scenario) -> Self {
        Self {
            scenario,
            files: opened.files(),
            folder: folder_of(Path::new(&args.scenario)).to_path_buf(),
            plays: "herdlab compare".to_owned(),
        }
    }
}

impl Backstage for Around<'_> {
    fn read(&self, line: &str, at: Nanos) -> Result<Vec<Event>, String> {
        self.scenario.said(line, at, self.files)
    }

    fn write(&self, acts: &[Event]) -> Result<Written, String> {
        let file = free(&self.folder, &self.scenario.name, "played.toml");
        write(&file, &self.scenario.written(acts)).map_err(|stop| stop.message)?;
        let file = file.display().to_string();
        Ok(Written { command: format!("{} {file}", self.plays), file })
    }

    fn save(&self, screen: &str) -> Result<String, String> {
        keep(&self.folder, &self.scenario.name, screen)
    }
}

/// Keeps a screen in a file of its own, and says in which.
pub(crate) fn keep(folder: &Path, name: &str, screen: &str) -> Result<String, String> {
    let file = free(folder, name, "screen.txt");
    write(&file, screen).map_err(|stop| stop.message)?;
    Ok(file.display().to_string())
}

/// A file that is not there yet: `flush-played.toml`, `flush-played-2.toml`. The name is data: what is no plain character
/// is left out.
fn free(folder: &Path, name: &str, what: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = name.chars().take(60).map(plain).collect();
    let number = |n: u32| if n == 1 { String::new() } else { format!("-{n}") };
    let (stem, kind) = what.split_once('.').unwrap_or((what, ""));
    let numbered = |n: u32| {
        let file = format!("{name}-{stem}{}.{kind}", number(n));
        if folder == Path::new(".") { PathBuf::from(file) } else { folder.join(file) }
    };
    (1..).map(numbered).find(|file| !file.exists()).unwrap_or_else(|| numbered(1))
}

/// A picture of a script.
pub(crate) fn save(file: &str, text: &str) -> Result<(), String> {
    let file = Path::new(file);
    if !folder_of(file).is_dir() {
        return Err(format!("there is no folder {}", folder_of(file).display()));
    }
    write(file, text).map_err(|stop| stop.message)
}

/// How to leave, if a signal asked for it.
pub(crate) fn asked(signals: &Signals) -> Option<Leave> {
    signals.stop().map(|exit| match exit {
        Exit::Interrupted => Leave::Interrupt,
        _ => Leave::Terminate,
    })
}

/// The exit code of a way to leave.
pub(crate) const fn exit_of(leave: Option<Leave>) -> Option<Exit> {
    match leave {
        Some(Leave::Interrupt) => Some(Exit::Interrupted),
        Some(Leave::Terminate) => Some(Exit::Terminated),
        Some(Leave::Summary) | None => None,
    }
}

/// Plays a plan in virtual time, on the terminal or by a script.
pub(crate) fn play(
    plan: &Plan,
    opened: &Opened,
    scenario: &Scenario,
    gate: &Gate,
    args: &RunArgs,
    signals: &Signals,
) -> Result<Played, Stop> {
    let script = args.screen.script.as_deref().map(Script::read).transpose();
    let script = script.map_err(|error| Stop::usage(format!("error: {error}")))?;
    let look = &args.screen.show.look;
    let theme = theme(look, args.with.color, script.is_some());
    let model = Model::new(&scenario.name, plan, Clock::Virtual, theme);
    let board = Board::new(true, plan.lanes.len(), plan.duration, signals.clone());
    // A threshold that ended lanes in one round says nothing of the next.
    let cuts: Mutex<Vec<Arc<Cut>>> = Mutex::default();
    let cut_of = |round: usize| {
        let mut cuts = cuts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let rounds = cuts.len().max(round + 1);
        cuts.resize_with(rounds, Arc::default);
        Arc::clone(&cuts[round])
    };
    let run = |turn: Turn<'_>, observer: &mut dyn Observer| {
        let lane = &turn.plan.lanes[turn.lane];
        let cut = cut_of(turn.round);
        let ran = guarded(|| virtual_lane(turn.plan, lane, gate, &cut, &board, observer));
        (turn.lane, turn.round, ran)
    };
    let stage = Stage { plan, tick: model.tick(), real: false, run: &run };
    let around = Around::of(args, opened, scenario);
    let ended = thread::scope(|scope| {
        let player = Player::new(model, Conductor::new(scope, &stage), &around);
        match &script {
            Some(script) => {
                script.play(player, &save).map_err(|error| Stop::usage(format!("error: {error}")))
            }
            None => on_terminal(player, look, signals),
        }
    })?;
    let Ended { model, mut lanes, leave } = ended;
    lanes.sort_by_key(|(lane, ..)| *lane);
    let round = lanes.first().map_or(0, |(_, round, _)| *round);
    let acts = model.acts().to_vec();
    let played = with(plan, &acts);
    let done: Vec<Result<Ran, Stop>> = lanes
        .into_iter()
        .map(|(lane, _, raw)| raw.map(|raw| raw.ran(&played, &played.lanes[lane])))
        .collect();
    Ok(Played {
        lanes: together(&played, done, gate, &cut_of(round), &board),
        written: model.written().map(str::to_owned),
        acts,
        exit: exit_of(leave),
    })
}

/// Plays a plan in real time on the terminal: one lane after another, each with what was done by hand in those before.
pub(crate) fn play_really(
    plan: &Plan,
    opened: &Opened,
    scenario: &Scenario,
    place: &Place,
    gate: &Gate,
    args: &RunArgs,
    signals: &Signals,
) -> Result<Played, Stop> {
    let look = &args.screen.show.look;
    let model = Model::new(&scenario.name, plan, Clock::Real, theme(look, args.with.color, false));
    let board = Board::new(true, plan.lanes.len(), plan.duration, signals.clone());
    let Some(target) = place.target()? else {
        return Err(Stop::usage("error: this is not real time"));
    };
    let settings = args.settings();
    let cut = Cut::default();
    let ended_early = AtomicBool::new(false);
    let run = |turn: Turn<'_>, observer: &mut dyn Observer| {
        if ended_early.load(Relaxed) {
            return None;
        }
        let lane = &turn.plan.lanes[turn.lane];
        let lane = RealLane { plan: turn.plan, lane, target: &target, settings: &settings };
        let ran = guarded(|| real_lane(&lane, gate, &cut, &board, observer));
        let whole = ran.as_ref().is_ok_and(|ran| !ran.partial);
        ended_early.fetch_or(!whole, Relaxed);
        Some(ran)
    };
    let around = Around::of(args, opened, scenario);
    let Ended { model, lanes, leave } = really(plan, model, &around, &run, look, signals)?;
    let acts = model.acts().to_vec();
    Ok(Played {
        lanes: collect(lanes.into_iter().flatten()),
        written: model.written().map(str::to_owned),
        acts,
        exit: exit_of(leave),
    })
}

/// Plays lanes in real time on the terminal, one after another.
pub(crate) fn really<R: Send>(
    plan: &Plan,
    model: Model,
    around: &dyn Backstage,
    run: &(dyn Fn(Turn<'_>, &mut dyn Observer) -> R + Sync),
    look: &LookArgs,
    signals: &Signals,
) -> Result<Ended<R>, Stop> {
    let stage = Stage { plan, tick: model.tick(), real: true, run };
    thread::scope(|scope| {
        on_terminal(Player::new(model, Conductor::new(scope, &stage), around), look, signals)
    })
}

/// A plan with what was done by hand.
pub(crate) fn with(plan: &Plan, acts: &[Event]) -> Plan {
    let mut played = plan.clone();
    played.events.extend(acts);
    played.events.sort_by_key(|event| event.at);
    played
}

/// Shows a player on the terminal.
pub(crate) fn on_terminal<R: Send>(
    player: Player<'_, '_, '_, R>,
    look: &LookArgs,
    signals: &Signals,
) -> Result<Ended<R>, Stop> {
    let options = Options { fps: look.fps, mouse: look.mouse };
    let mut cpu = Cpu::begin();
    let mut news = |model: &mut Model| {
        if let Some(share) = cpu.share() {
            model.tell_of_generator(Some(format!("this process: {:.0}% of a core", share * 100.0)));
        }
    };
    show(player, options, &|| asked(signals), &mut news).map_err(|error| {
        let hint = "--no-tui gives lines instead";
        Stop::runtime(format!("error: the terminal cannot be used: {error}\n  = help: {hint}"))
    })
}

/// What this process takes of a core, over the last second.
struct Cpu {
    since: Instant,
    before: Nanos,
}

impl Cpu {
    fn begin() -> Self {
        Self { since: Instant::now(), before: cpu_time() }
    }

    /// Once a second.
    fn share(&mut self) -> Option<f64> {
        let wall = self.since.elapsed().as_secs_f64();
        if wall < 1.0 {
            return None;
        }
        let share = (cpu_time() - self.before).as_secs_f64() / wall;
        *self = Self::begin();
        Some(share)
    }
}

/// The script that does by hand what was done by hand.
pub(crate) fn script_of(acts: &[Event]) -> String {
    let said = acts.iter().map(|act| format!("at {} {}", act.at, words::change(&act.change)));
    said.collect::<Vec<_>>().join("; ")
}
