//! A panic while drawing, on a real terminal (tmux): the terminal is given back.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use herdlab_sim::measure::Observer;
use herdlab_tui::terminal::{Options, show};
use herdlab_tui::{Backstage, Clock, Conductor, Model, Player, Stage, Turn, Written};

use crate::support::{PLAIN, plan};

struct Alone;

impl Backstage for Alone {
    fn read(
        &self,
        _: &str,
        _: herdlab_sim::time::Nanos,
    ) -> Result<Vec<herdlab_sim::plan::Event>, String> {
        Err(String::new())
    }

    fn write(&self, _: &[herdlab_sim::plan::Event]) -> Result<Written, String> {
        Err(String::new())
    }

    fn save(&self, _: &str) -> Result<String, String> {
        Err(String::new())
    }
}

/// Not a test of its own: what the other one runs inside tmux.
#[test]
#[ignore = "panics on purpose, for the test below"]
fn a_screen_that_panics() {
    let plan = plan(&["ttl"], 600);
    let run = |turn: Turn<'_>, observer: &mut dyn Observer| {
        herdlab_sim::virt::run(turn.plan, &turn.plan.lanes[turn.lane], observer).map(drop)
    };
    let model = Model::new("shop", &plan, Clock::Virtual, PLAIN);
    let stage = Stage { plan: &plan, tick: model.tick(), real: false, run: &run };
    let mut frames = 0;
    thread::scope(|scope| {
        let player = Player::new(model, Conductor::new(scope, &stage), &Alone);
        let options = Options { fps: 30, mouse: true };
        let shown = show(player, options, &|| None, &mut |_| {
            frames += 1;
            assert!(frames < 30, "the thirtieth frame goes wrong");
        });
        drop(shown);
    });
}

fn tmux(args: &[&str]) -> String {
    let output = Command::new("tmux").args(["-L", "herdlab-ui-test"]).args(args).output();
    output.map_or_else(|_| String::new(), |out| String::from_utf8_lossy(&out.stdout).into_owned())
}

#[test]
fn a_panic_while_drawing_gives_the_terminal_back_and_is_told() {
    if Command::new("tmux").arg("-V").output().is_err() {
        return; // ./test installs it
    }
    let ourselves = std::env::current_exe().expect("a path");
    let inside = format!(
        "RUST_BACKTRACE=0 {} --ignored --exact --nocapture terminal::a_screen_that_panics 2>&1; stty -a; echo is-over",
        ourselves.display()
    );
    tmux(&["kill-server"]);
    tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "40", "sh"]);
    tmux(&["send-keys", &inside, "Enter"]);
    let begun = Instant::now();
    let over = |screen: &str| screen.lines().any(|line| line.trim() == "is-over");
    let mut screen = String::new();
    while !over(&screen) && begun.elapsed() < Duration::from_secs(60) {
        screen = tmux(&["capture-pane", "-p", "-S", "-200"]);
    }
    let state = tmux(&["display-message", "-p", "#{alternate_on} #{cursor_flag}"]);
    tmux(&["kill-server"]);
    assert!(screen.contains("the thirtieth frame goes wrong"), "{screen}");
    assert_eq!(state.trim(), "0 1", "the screen is the shell's, and the cursor is shown");
    assert!(screen.contains(" echo ") && screen.contains(" icanon"), "{screen}");
}
