//! What happens to a model, and what it asks for. Pure: the same messages give the same model.

use std::time::Duration;

use herdlab_sim::plan::{Change, Event};
use herdlab_sim::time::Nanos;

use crate::act::change;
use crate::backstage::Written;
use crate::conductor::Gathered;
use crate::keys::{Action, Group, Key, binding};
use crate::lane::Lane;
use crate::model::{Clock, Cmd, Leave, Model, Msg, Note, View};
use crate::pace::Gait;
use crate::theme::{Glyphs, Palette};
use crate::{views, words};

/// How far `.` goes.
const STEP: Nanos = Nanos::from_millis(10);
/// The most that the time on the screen is halved.
const ZOOM: u32 = 10;
/// A command line is not longer.
const LINE: usize = 200;
/// A run that is over is followed so far at the most at once: requests under way may take long.
const AFTER: u64 = 600;

/// Tells the model what happened.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Cmd> {
    match msg {
        Msg::Key(key) => press(model, key),
        Msg::Frame(wall) => frame(model, wall),
        Msg::RunTo(to) => {
            model.limit = model.limit.max(to);
            vec![Cmd::Go(model.limit)]
        }
        Msg::Gathered(gathered) => gather(model, gathered),
        Msg::Read(Ok(events)) => act(model, events),
        Msg::Read(Err(what)) => {
            model.note = Some(Note { text: what, bad: true });
            Vec::new()
        }
        Msg::Wrote(Ok(Written { file, command })) => {
            let text = format!("written to {file}: {command}");
            model.written = Some((model.acts.clone(), file));
            model.note = Some(Note { text, bad: false });
            Vec::new()
        }
        Msg::Saved(Ok(file)) => {
            model.note = Some(Note { text: format!("the screen is in {file}"), bad: false });
            Vec::new()
        }
        Msg::Wrote(Err(what)) | Msg::Saved(Err(what)) => {
            model.note = Some(Note { text: what, bad: true });
            Vec::new()
        }
        Msg::Click(x, y, size) => {
            views::click(model, x, y, size);
            model.touched = true;
            Vec::new()
        }
    }
}

// --- time

/// So much of the wall's time has gone by.
fn frame(model: &mut Model, wall: Duration) -> Vec<Cmd> {
    if model.clock != Clock::Virtual || !model.runs() {
        return Vec::new();
    }
    if model.reached < model.limit {
        model.pace.forget(); // the simulator is the slower one
        return Vec::new();
    }
    let intervals = match model.pace.intervals(wall, model.tick) {
        0 => return Vec::new(),
        n if model.limit >= model.duration => n.max(AFTER), // only the last requests are followed
        n => n,
    };
    go(model, intervals)
}

/// The lanes may go so many intervals on, but not past the end of the run in one go.
fn go(model: &mut Model, intervals: u64) -> Vec<Cmd> {
    let tick = model.tick.as_nanos();
    let begun = model.limit.as_nanos() / tick;
    let to = Nanos::from_nanos((begun + intervals).saturating_mul(tick));
    let before = model.limit < model.duration;
    model.limit = if before { to.min(model.duration) } else { to };
    vec![Cmd::Go(model.limit)]
}

fn gather(model: &mut Model, gathered: Gathered) -> Vec<Cmd> {
    if gathered.anew {
        for lane in &mut model.lanes {
            *lane = Lane::new(&lane.name);
        }
    }
    let mut stirs = false;
    for (lane, (points, over)) in model.lanes.iter_mut().zip(gathered.lanes) {
        for point in points {
            lane.push(point);
            stirs |= lane.stirs();
        }
        lane.over |= over;
    }
    let before = model.reached;
    let last = model.lanes.iter().filter_map(|lane| Some(lane.points.last()?.at)).max();
    model.reached = gathered.reached.min(last.unwrap_or(Nanos::ZERO).max(model.limit));
    if model.clock == Clock::Real {
        model.limit = model.reached;
        follow(model);
    }
    if model.pace.gait == Gait::Seeks && !gathered.anew {
        let happens = |at: Nanos| at > before && at <= model.reached;
        let due = model.happenings().iter().any(|(at, ..)| happens(*at));
        if stirs || due || model.is_over() {
            model.pace.gait = Gait::Paused;
        }
    }
    Vec::new()
}

/// In real time one lane runs after another: the next one is shown when it begins.
fn follow(model: &mut Model) {
    let running = model.lanes.iter().position(|lane| !lane.over);
    if running != model.running {
        model.running = running;
        model.selected = running.unwrap_or(model.selected);
    }
}

// --- keys

fn press(model: &mut Model, key: Key) -> Vec<Cmd> {
    model.touched = true;
    if model.line.is_some() && !matches!(key, Key::Ctrl(_)) {
        return type_in(model, key);
    }
    model.note = None;
    let Some(binding) = binding(key) else { return Vec::new() };
    if let Some(page) = model.help.take()
        && !matches!(binding.action, Action::Quit | Action::Interrupt | Action::Suspend)
    {
        model.help = (binding.action == Action::Help).then_some(page + 1);
        return Vec::new();
    }
    if let Some(why) = refusal(model, binding.group, binding.action) {
        model.note = Some(Note { text: why.to_owned(), bad: true });
        return Vec::new();
    }
    match binding.group {
        Group::Time => time(model, binding.action),
        Group::Act => by_hand(model, binding.action),
        Group::View => look(model, binding.action),
        Group::Out => out(model, binding.action),
    }
}

/// Why a key does nothing now, if it does not.
pub(crate) fn refusal(model: &Model, group: Group, action: Action) -> Option<&'static str> {
    let scrubs = matches!(
        action,
        Action::ScrubBack | Action::ScrubOn | Action::ScrubFirst | Action::ScrubLive
    );
    match (model.clock, group) {
        (Clock::Real, Group::Time) if !scrubs => {
            Some("this is real time: holding the generator would falsify what it measures")
        }
        (Clock::Record, Group::Time) if !scrubs => Some("this is a record: it was played already"),
        (Clock::Record, Group::Act) => Some("this is a record: nothing can be done to it any more"),
        (Clock::Record, Group::Out) if action == Action::Write => {
            Some("this is a record: the scenario is in it, under \"scenario\"")
        }
        (Clock::Real, Group::Act) => match change(action, &model.knobs()?)? {
            Ok(change) => forbidden(model, &change),
            Err(why) => Some(why),
        },
        _ => None,
    }
}

/// Why a change cannot be made here, if it cannot.
fn forbidden(model: &Model, change: &Change) -> Option<&'static str> {
    match (change, model.site) {
        (Change::Rate(_) | Change::Set(_), _) if model.clock == Clock::Real => {
            Some("this is real time: schedule and strategies stay as the run began with them")
        }
        (change, Some(site)) => site.refuses(change),
        (change, None) if model.clock == Clock::Real && change.model_only() => {
            Some("this is real time: only the model can do that to a cache and its clients")
        }
        _ => None,
    }
}

fn time(model: &mut Model, action: Action) -> Vec<Cmd> {
    match action {
        Action::Pause => {
            let runs = model.pace.gait != Gait::Paused;
            model.pace.gait = if runs { Gait::Paused } else { Gait::Runs };
            model.cursor = None;
        }
        Action::Step => {
            model.pace.gait = Gait::Paused;
            model.cursor = None;
            if !model.is_over() {
                model.limit += STEP;
                return vec![Cmd::Go(model.limit)];
            }
        }
        Action::Seek if !model.is_over() => {
            (model.pace.gait, model.cursor) = (Gait::Seeks, None);
        }
        Action::Faster => model.pace.change(true),
        Action::Slower => model.pace.change(false),
        Action::AsItIs => model.pace.speed = Some(10),
        Action::AtOnce => (model.pace.speed, model.pace.gait) = (None, Gait::Runs),
        Action::ScrubBack => scrub(model, false),
        Action::ScrubOn => scrub(model, true),
        Action::ScrubFirst => model.cursor = first(model),
        Action::ScrubLive => model.cursor = None,
        _ => {}
    }
    Vec::new()
}

/// When the first interval ended.
fn first(model: &Model) -> Option<Nanos> {
    model.lanes.iter().filter_map(|lane| Some(lane.points.first()?.at)).min()
}

/// Looks a hundredth of the screen back or on.
fn scrub(model: &mut Model, on: bool) {
    let step = Nanos::from_nanos((model.window().span.as_nanos() / 100).max(model.tick.as_nanos()));
    let step =
        Nanos::from_nanos(step.as_nanos().div_ceil(model.tick.as_nanos()) * model.tick.as_nanos());
    let Some(first) = first(model) else { return };
    let last = model.lanes.iter().filter_map(|lane| Some(lane.points.last()?.at)).max();
    let last = last.unwrap_or(first);
    model.cursor = match (model.cursor, on) {
        (None, true) => None,
        (None, false) => Some((last - step).max(first)),
        (Some(at), false) => Some((at - step).max(first)),
        (Some(at), true) => Some(at + step).filter(|at| *at < last),
    };
}

fn by_hand(model: &mut Model, action: Action) -> Vec<Cmd> {
    match action {
        Action::Line => model.line = Some(String::new()),
        Action::Undo => return undo(model),
        _ => {
            model.cursor = None;
            let Some(knobs) = model.knobs() else { return Vec::new() };
            match change(action, &knobs) {
                Some(Ok(change)) => return act(model, vec![Event { at: model.limit, change }]),
                Some(Err(why)) => model.note = Some(Note { text: why.to_owned(), bad: true }),
                None => {}
            }
        }
    }
    Vec::new()
}

/// Something is done by hand, now or later.
fn act(model: &mut Model, events: Vec<Event>) -> Vec<Cmd> {
    if let Some(why) = events.iter().find_map(|event| forbidden(model, &event.change)) {
        model.note = Some(Note { text: why.to_owned(), bad: true });
        return Vec::new();
    }
    if model.clock != Clock::Record
        && let Some(late) = events.iter().find(|event| event.at >= model.duration)
    {
        let text = format!("{} is after the end of the run at {}", late.at, model.duration);
        model.note = Some(Note { text, bad: true });
        return Vec::new();
    }
    let said: Vec<String> = events.iter().map(|event| words::change(&event.change)).collect();
    model.note = Some(Note { text: said.join(", "), bad: false });
    let planned = model.plan.as_ref().map(|plan| plan.events.clone()).unwrap_or_default();
    let before: Vec<Event> = planned.into_iter().chain(model.acts.iter().copied()).collect();
    let back = events.iter().any(|event| event.reaches_back(&before));
    model.acts.extend(&events);
    if back && model.clock == Clock::Virtual {
        return vec![Cmd::Replay(model.acts.clone(), model.limit)];
    }
    vec![Cmd::Act(events)]
}

/// The last act is taken back. In virtual time the run is what it is without it; in real time what was set is set back.
fn undo(model: &mut Model) -> Vec<Cmd> {
    model.cursor = None;
    let Some(last) = model.acts.last().copied() else {
        model.note = Some(Note { text: "nothing was done by hand".to_owned(), bad: true });
        return Vec::new();
    };
    if model.clock == Clock::Real {
        return undo_for_real(model, last);
    }
    model.acts.pop();
    let text = format!("undone: {}", words::change(&last.change));
    model.note = Some(Note { text, bad: false });
    vec![Cmd::Replay(model.acts.clone(), model.limit)]
}

/// What happened has happened; but what was set can be set back.
fn undo_for_real(model: &mut Model, last: Event) -> Vec<Cmd> {
    let at = model.reached;
    let back = match last.change {
        Change::StopOrigin | Change::SlowOrigin(_) | Change::FailOrigin(_) => {
            Some(Change::RestoreOrigin)
        }
        Change::StopCache | Change::KillCache => Some(Change::RestoreCache),
        Change::Concurrency(_) => {
            Some(Change::Concurrency(model.plan.as_ref().and_then(|p| p.origin.concurrency)))
        }
        _ => None,
    };
    match back {
        Some(change) => act(model, vec![Event { at, change }]),
        None => {
            let text = "this is real time: what happened has happened".to_owned();
            model.note = Some(Note { text, bad: true });
            Vec::new()
        }
    }
}

fn type_in(model: &mut Model, key: Key) -> Vec<Cmd> {
    let Some(line) = &mut model.line else { return Vec::new() };
    match key {
        Key::Char(c) if line.len() < LINE && !c.is_control() => line.push(c),
        Key::Backspace if !line.is_empty() => _ = line.pop(),
        Key::Backspace | Key::Esc => model.line = None,
        Key::Enter => {
            let said = model.line.take().unwrap_or_default();
            model.note = None;
            if !said.trim().is_empty() {
                model.cursor = None;
                return vec![Cmd::Read(said.trim().to_owned(), model.limit)];
            }
        }
        _ => {}
    }
    Vec::new()
}

fn look(model: &mut Model, action: Action) -> Vec<Cmd> {
    let lanes = model.lanes.len().max(1);
    match action {
        Action::Run => model.view = View::Run,
        Action::Compare => model.view = View::Compare,
        Action::Keys => model.view = View::Keys,
        Action::Events => model.view = View::Events,
        Action::NextLane => model.selected = (model.selected + 1) % lanes,
        Action::PreviousLane => model.selected = (model.selected + lanes - 1) % lanes,
        Action::Drill if model.view == View::Compare => model.view = View::Run,
        Action::Back if model.cursor.is_some() => model.cursor = None,
        Action::Back => model.view = model.home,
        Action::ZoomIn => model.zoom = (model.zoom + 1).min(ZOOM),
        Action::ZoomOut => model.zoom = model.zoom.saturating_sub(1),
        Action::Log => model.log = !model.log,
        Action::Scale => model.own_scales = !model.own_scales,
        Action::Palette => {
            let palette = Palette::after(model.theme.palette);
            model.set_theme(palette, model.theme.glyphs);
            model.note = Some(Note { text: format!("palette: {}", palette.name()), bad: false });
        }
        Action::Glyphs => {
            let glyphs = Glyphs::after(model.theme.glyphs);
            model.set_theme(model.theme.palette, glyphs);
            model.note = Some(Note { text: format!("glyphs: {}", glyphs.name()), bad: false });
        }
        Action::Help => model.help = Some(0),
        Action::Redraw => return vec![Cmd::Redraw],
        _ => {}
    }
    Vec::new()
}

fn out(model: &Model, action: Action) -> Vec<Cmd> {
    match action {
        Action::Write => vec![Cmd::Write(model.acts.clone())],
        Action::Picture => vec![Cmd::Picture],
        Action::Quit => vec![Cmd::Quit(Leave::Summary)],
        Action::Interrupt => vec![Cmd::Quit(Leave::Interrupt)],
        Action::Suspend => vec![Cmd::Suspend],
        _ => Vec::new(),
    }
}
