//! A model on a real terminal: keys in, frames out, and the terminal given back whatever happens.
#![expect(clippy::disallowed_methods, reason = "frames come by the wall's clock")]

use std::io::{self, BufWriter, Stdout, Write};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use std::{panic, thread};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    self, DisableMouseCapture, EnableMouseCapture, Event, KeyCode, KeyEvent, KeyEventKind,
    KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP};
use signal_hook::{SigId, flag, low_level};

use crate::keys::Key;
use crate::model::{Leave, Msg};
use crate::player::{Ended, Errand, Player};
use crate::views::view;

/// How a terminal is used.
#[derive(Copy, Clone, Debug)]
pub struct Options {
    /// Frames a second, at the most.
    pub fps: u32,
    /// Whether the mouse is ours; then text cannot be marked with it.
    pub mouse: bool,
}

/// Between two looks at lanes that are in a hurry.
const HURRY: Duration = Duration::from_millis(2);

/// Shows a player's model until it is left, or nobody has touched it and the run is over.
///
/// `stop` says whether somebody else wants it to end; `news` is asked before each frame for what only the program knows.
///
/// # Errors
/// If the terminal cannot be used.
pub fn show<R: Send>(
    mut player: Player<'_, '_, '_, R>,
    options: Options,
    stop: &dyn Fn() -> Option<Leave>,
    news: &mut dyn FnMut(&mut crate::Model),
) -> io::Result<Ended<R>> {
    let mut screen = Screen::open(options)?;
    let shown = screen.show(&mut player, stop, news);
    drop(screen);
    if shown.is_err() {
        // A terminal that is gone is no reason to lose a measurement.
        player.set_leave(stop().unwrap_or(Leave::Terminate));
    }
    Ok(player.end())
}

/// The terminal while it is ours.
struct Screen {
    /// Never dropped: it would write to stderr if the terminal is gone, and panic if that is gone too.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
    options: Options,
    signals: Signals,
    typed: mpsc::Receiver<Event>,
}

impl Screen {
    fn open(options: Options) -> io::Result<Self> {
        let signals = Signals::listen()?;
        mind_panics();
        enter(options)?;
        let typed = listen();
        let out = BufWriter::with_capacity(1 << 16, io::stdout());
        match Terminal::new(CrosstermBackend::new(out)) {
            Ok(terminal) => {
                let terminal = ManuallyDrop::new(terminal);
                Ok(Self { terminal, options, signals, typed })
            }
            Err(error) => {
                leave();
                Err(error)
            }
        }
    }

    fn show<R: Send>(
        &mut self,
        player: &mut Player<'_, '_, '_, R>,
        stop: &dyn Fn() -> Option<Leave>,
        news: &mut dyn FnMut(&mut crate::Model),
    ) -> io::Result<()> {
        let frame = Duration::from_secs(1) / self.options.fps.max(1);
        let (mut told, mut drawn, mut dirty) = (Instant::now(), Instant::now(), false);
        self.draw(player)?;
        loop {
            let hurries = player.model.hurries();
            let next = drawn + frame;
            let wait = if hurries {
                Duration::ZERO
            } else {
                next.saturating_duration_since(Instant::now())
            };
            let mut stirred = self.read(player, wait)?;
            if let Some(leave) = stop().or_else(|| self.signals.hung_up()) {
                player.set_leave(leave);
            }
            stirred |= self.resume()?;
            if player.leave().is_some() {
                return Ok(());
            }
            let stands = !hurries || player.wait(HURRY);
            dirty |= stirred | player.gather();
            if stands {
                let wall = told.elapsed();
                told = Instant::now();
                let _ = player.tell(Msg::Frame(wall));
            }
            if player.model.ends_by_itself() {
                return Ok(());
            }
            // What was typed is seen at once, everything else with the next frame.
            if stirred || (dirty && Instant::now() >= next) {
                news(&mut player.model);
                self.draw(player)?;
                (drawn, dirty) = (Instant::now(), false);
            } else if Instant::now() >= next {
                drawn = Instant::now();
            }
        }
    }

    fn draw<R: Send>(&mut self, player: &Player<'_, '_, '_, R>) -> io::Result<()> {
        self.terminal.draw(|frame| view(&player.model, frame))?;
        Ok(())
    }

    /// Takes what was typed, waiting so long at the most; whether there was anything.
    fn read<R: Send>(
        &mut self,
        player: &mut Player<'_, '_, '_, R>,
        wait: Duration,
    ) -> io::Result<bool> {
        let mut next = self.typed.recv_timeout(wait).ok();
        let any = next.is_some();
        while let Some(event) = next {
            let size = self.terminal.size()?;
            let size = (size.width, size.height);
            let messages = message(&event, size).into_iter();
            let errands: Vec<Errand> = messages.flat_map(|msg| player.tell(msg)).collect();
            for errand in errands {
                match errand {
                    Errand::Picture => player.save(size),
                    Errand::Suspend => self.suspend()?,
                    Errand::Redraw => self.draw_anew()?,
                }
            }
            next = self.typed.try_recv().ok();
        }
        Ok(any)
    }

    /// Makes the next frame draw every cell. (`Terminal::clear` would ask the terminal for its cursor, and the answer comes
    /// as if it were typed.)
    fn draw_anew(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Gives the terminal back until somebody wants us to go on.
    fn suspend(&mut self) -> io::Result<()> {
        leave();
        low_level::emulate_default_handler(SIGTSTP)?;
        enter(self.options)?;
        self.draw_anew()
    }

    /// Does what was asked for by signals; whether anything was.
    fn resume(&mut self) -> io::Result<bool> {
        if self.signals.stop.swap(false, Ordering::Relaxed) {
            self.suspend()?;
            self.signals.go_on.store(false, Ordering::Relaxed);
            return Ok(true);
        }
        if self.signals.go_on.swap(false, Ordering::Relaxed) {
            enter(self.options)?; // whoever stopped us without asking has had the terminal
            self.draw_anew()?;
            return Ok(true);
        }
        Ok(false)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

/// What is typed, from a thread of its own: one that reads from a terminal that is gone never comes back.
fn listen() -> mpsc::Receiver<Event> {
    let (tell, typed) = mpsc::channel();
    thread::spawn(move || {
        while let Ok(event) = event::read() {
            if tell.send(event).is_err() {
                return;
            }
        }
    });
    typed
}

fn enter(options: Options) -> io::Result<()> {
    OURS.store(true, Ordering::Relaxed);
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, Hide)?;
    if options.mouse {
        execute!(io::stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Gives the terminal back, once: doing it again would move the cursor. If it is gone, nobody misses it.
fn leave() {
    if !OURS.swap(false, Ordering::Relaxed) {
        return;
    }
    let mut out = io::stdout();
    let _ = execute!(out, DisableMouseCapture, LeaveAlternateScreen, Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Signals that are about the terminal.
struct Signals {
    hung_up: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    go_on: Arc<AtomicBool>,
    ids: Vec<SigId>,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        let flags: [Arc<AtomicBool>; 3] = Default::default();
        let ids = [SIGHUP, SIGTSTP, SIGCONT].into_iter().zip(&flags);
        let ids = ids.map(|(signal, told)| flag::register(signal, Arc::clone(told)));
        let ids = ids.collect::<io::Result<_>>()?;
        let [hung_up, stop, go_on] = flags;
        Ok(Self { hung_up, stop, go_on, ids })
    }

    fn hung_up(&self) -> Option<Leave> {
        self.hung_up.load(Ordering::Relaxed).then_some(Leave::Terminate)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.ids.drain(..).for_each(|id| _ = low_level::unregister(id));
    }
}

/// Whether the screen is ours.
static OURS: AtomicBool = AtomicBool::new(false);

/// A panic on the thread that draws gives the terminal back before it is reported; one on another thread, which is
/// caught there, is not written over the screen. The hook stays when the screen is gone, and does nothing then.
fn mind_panics() {
    let drawing = thread::current().id();
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let ours = OURS.load(Ordering::Relaxed);
        if ours && thread::current().id() != drawing {
            return;
        }
        if ours {
            leave();
        }
        before(info);
    }));
}

/// What an event of the terminal means to the model.
fn message(event: &Event, size: (u16, u16)) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => key_of(key).map(Msg::Key),
        Event::Mouse(MouseEvent { kind, column, row, .. }) => match kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Msg::Click(*column, *row, size)),
            MouseEventKind::ScrollUp => Some(Msg::Key(Key::Char('z'))),
            MouseEventKind::ScrollDown => Some(Msg::Key(Key::Char('Z'))),
            _ => None,
        },
        _ => None,
    }
}

fn key_of(key: &KeyEvent) -> Option<Key> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char(c) if control => Key::Ctrl(c.to_ascii_lowercase()),
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return None,
    })
}
