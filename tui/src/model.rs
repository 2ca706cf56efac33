//! What is shown: plain data.

use std::time::Duration;

use herdlab_sim::measure::interval_of;
use herdlab_sim::plan::{Event, Plan};
use herdlab_sim::time::Nanos;

use crate::backstage::Written;
use crate::conductor::Gathered;
use crate::keys::Key;
use crate::knobs::Knobs;
use crate::lane::Lane;
use crate::pace::{Gait, Pace};
use crate::site::Site;
use crate::theme::{Glyphs, Palette, Theme};
use crate::window::Window;

/// A screen.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum View {
    /// One lane.
    Run,
    /// All lanes.
    Compare,
    /// The most popular keys of a lane.
    Keys,
    /// What happened.
    Events,
}

/// Whose time it is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Clock {
    /// The model's: it can be held, and run again.
    Virtual,
    /// The wall's.
    Real,
    /// Nobody's: a record.
    Record,
}

/// How somebody leaves.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Leave {
    /// To the summary.
    Summary,
    /// By Ctrl-C.
    Interrupt,
    /// Because the terminal is gone, or somebody else wants it to end.
    Terminate,
}

/// What happens to a model.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key.
    Key(Key),
    /// So much of the wall's time has gone by.
    Frame(Duration),
    /// The lanes shall go on to there, however fast.
    RunTo(Nanos),
    /// What became of the lanes.
    Gathered(Gathered),
    /// What a command line means.
    Read(Result<Vec<Event>, String>),
    /// What was played was written.
    Wrote(Result<Written, String>),
    /// Where the screen was saved.
    Saved(Result<String, String>),
    /// The mouse was pressed in a column and row of a screen so wide and high.
    Click(u16, u16, (u16, u16)),
}

/// What an update asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum Cmd {
    /// The lanes may go on to there.
    Go(Nanos),
    /// All lanes do this.
    Act(Vec<Event>),
    /// All lanes run again from the beginning, with this done by hand, to there.
    Replay(Vec<Event>, Nanos),
    /// Say what a line means, at an instant.
    Read(String, Nanos),
    /// Write what was played.
    Write(Vec<Event>),
    /// Save the screen.
    Picture,
    /// Give the terminal back for a while.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// It is over.
    Quit(Leave),
}

/// A word to the user, in place of the footer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Note {
    pub(crate) text: String,
    pub(crate) bad: bool,
}

/// Everything that is shown.
#[derive(Clone, Debug)]
pub struct Model {
    /// The scenario's name.
    pub(crate) title: String,
    pub(crate) clock: Clock,
    /// What is known of a site that is loaded; nothing of other runs.
    pub(crate) site: Option<Site>,
    /// What is played; nothing of a record.
    pub(crate) plan: Option<Plan>,
    pub(crate) seed: u64,
    pub(crate) warmup: Nanos,
    pub(crate) duration: Nanos,
    pub(crate) tick: Nanos,
    /// What the scenario has happen, and what was done by hand.
    pub(crate) events: Vec<(Nanos, String)>,
    pub(crate) acts: Vec<Event>,
    /// What was written last, and where.
    pub(crate) written: Option<(Vec<Event>, String)>,
    pub(crate) lanes: Vec<Lane>,
    /// The lanes may go to here, and all are there.
    pub(crate) limit: Nanos,
    pub(crate) reached: Nanos,
    pub(crate) pace: Pace,
    pub(crate) view: View,
    /// Where Esc leads to.
    pub(crate) home: View,
    pub(crate) selected: usize,
    /// The lane that runs in real time.
    pub(crate) running: Option<usize>,
    /// An instant that is looked at, if not the present.
    pub(crate) cursor: Option<Nanos>,
    /// How often the time on the screen was halved.
    pub(crate) zoom: u32,
    pub(crate) log: bool,
    pub(crate) own_scales: bool,
    pub(crate) theme: Theme,
    /// The page of the help, if it is open.
    pub(crate) help: Option<usize>,
    pub(crate) line: Option<String>,
    pub(crate) note: Option<Note>,
    /// Whether it is of a record, which has no herds over time.
    pub(crate) archived: bool,
    /// Whether anybody has touched it: otherwise it ends by itself.
    pub(crate) touched: bool,
    /// What was found when the run was over, the worst first.
    pub(crate) findings: Vec<String>,
    /// What only real time has to say of the generator.
    pub(crate) generator: Option<String>,
}

impl Model {
    /// A model of lanes that have not begun.
    #[must_use]
    pub fn new(title: &str, plan: &Plan, clock: Clock, theme: Theme) -> Self {
        let named = |event: &Event| (event.at, crate::words::change(&event.change));
        let view = if plan.lanes.len() > 1 { View::Compare } else { View::Run };
        Self {
            title: crate::words::clean(title),
            clock,
            site: None,
            seed: plan.seed,
            warmup: plan.warmup,
            duration: plan.duration,
            tick: interval_of(plan.window()),
            events: plan.events.iter().map(named).collect(),
            acts: Vec::new(),
            written: None,
            lanes: plan
                .lanes
                .iter()
                .map(|lane| Lane::new(&crate::words::clean(&lane.name)))
                .collect(),
            limit: Nanos::ZERO,
            reached: Nanos::ZERO,
            pace: Pace::of(plan.duration),
            view,
            home: view,
            selected: 0,
            running: None,
            cursor: None,
            zoom: 0,
            log: false,
            own_scales: false,
            theme,
            help: None,
            line: None,
            note: None,
            archived: false,
            touched: false,
            findings: Vec::new(),
            generator: None,
            plan: Some(plan.clone()),
        }
    }

    /// The model of a site under load.
    #[must_use]
    pub fn of_site(self, site: Site) -> Self {
        Self { site: Some(site), ..self }
    }

    /// Why nothing is shown of the origin, if so.
    pub(crate) fn silence(&self) -> Option<&'static str> {
        self.site.and_then(Site::silence)
    }

    /// How long an interval is.
    #[must_use]
    pub const fn tick(&self) -> Nanos {
        self.tick
    }

    /// What was done by hand, in order.
    #[must_use]
    pub fn acts(&self) -> &[Event] {
        &self.acts
    }

    /// Where what was played was written, if nothing was done since.
    #[must_use]
    pub fn written(&self) -> Option<&str> {
        let (acts, file) = self.written.as_ref()?;
        (*acts == self.acts).then_some(file.as_str())
    }

    /// The lanes.
    #[must_use]
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// The instant that all lanes have reached.
    #[must_use]
    pub const fn now(&self) -> Nanos {
        self.reached
    }

    /// Whether every lane is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.lanes.iter().all(|lane| lane.over)
    }

    /// Whether it is over and nobody has touched it: then nobody is waited for.
    #[must_use]
    pub fn ends_by_itself(&self) -> bool {
        self.is_over() && !self.touched && self.clock != Clock::Record
    }

    /// Whether lanes should go on as soon as they stand.
    #[must_use]
    pub fn hurries(&self) -> bool {
        self.clock == Clock::Virtual && self.pace.hurries() && !self.is_over()
    }

    /// Whether it goes on until something happens.
    pub(crate) fn seeks(&self) -> bool {
        self.pace.gait == Gait::Seeks && !self.is_over()
    }

    /// How many keys there are.
    pub(crate) fn keys(&self) -> usize {
        self.plan.as_ref().map_or(usize::MAX, |plan| plan.entries() as usize)
    }

    /// Whether the lane that is looked at has a beta.
    pub(crate) fn lane_has_beta(&self) -> bool {
        let lane = self.plan.as_ref().and_then(|plan| plan.lanes.get(self.selected));
        lane.is_some_and(|lane| lane.strategy.parameter("beta").is_some())
    }

    /// Whether anything moves.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.pace.gait != Gait::Paused && !self.is_over()
    }

    /// Says what was found.
    pub fn find(&mut self, findings: Vec<String>) {
        self.findings = findings;
    }

    /// Says what the generator has to tell of itself.
    pub fn tell_of_generator(&mut self, words: Option<String>) {
        self.generator = words;
    }

    /// What was said last and could not be done.
    pub(crate) fn complaint(&self) -> Option<String> {
        self.note.as_ref().filter(|note| note.bad).map(|note| note.text.clone())
    }

    /// Colours and glyphs.
    #[must_use]
    pub const fn theme(&self) -> &Theme {
        &self.theme
    }

    /// Other colours and glyphs.
    pub fn set_theme(&mut self, palette: Palette, glyphs: Glyphs) {
        self.theme = Theme::new(palette, glyphs);
    }

    /// The instant that is looked at.
    pub(crate) fn looked_at(&self) -> Nanos {
        self.cursor.unwrap_or(Nanos::FOREVER)
    }

    /// The part of the run on the screen. Zoomed out it is all of it, otherwise it ends at the instant looked at.
    pub(crate) fn window(&self) -> Window {
        let whole = self.duration.max(self.tick);
        if self.zoom == 0 {
            return Window { from: Nanos::ZERO, span: whole };
        }
        let span =
            Nanos::from_nanos((whole.as_nanos() >> self.zoom).max(self.tick.as_nanos() * 10));
        let now = self.lanes.iter().filter_map(|lane| Some(lane.points.last()?.at)).max();
        let latest = now.unwrap_or(Nanos::ZERO).max(span);
        let end = match self.cursor {
            None => latest,
            Some(at) if at < latest - span => at.max(span),
            Some(_) => latest,
        };
        Window { from: end - span, span }
    }

    /// How things stand at the present.
    pub(crate) fn knobs(&self) -> Option<Knobs> {
        let plan = self.plan.as_ref()?;
        let now = self.cursor.unwrap_or(self.limit);
        Some(Knobs::at(plan, plan.events.iter().chain(&self.acts), now))
    }

    /// The lane that is looked at.
    pub(crate) fn lane(&self) -> Option<&Lane> {
        self.lanes.get(self.selected)
    }

    /// Everything that happens in the run by plan or by hand, in order, and whether by hand.
    pub(crate) fn happenings(&self) -> Vec<(Nanos, String, bool)> {
        let planned = self.events.iter().map(|(at, text)| (*at, text.clone(), false));
        let by_hand = self.acts.iter().map(|a| (a.at, crate::words::change(&a.change), true));
        let mut all: Vec<_> = planned.chain(by_hand).collect();
        all.sort_by_key(|happening| happening.0);
        all
    }
}
