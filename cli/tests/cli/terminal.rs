//! The screen on a real terminal, by tmux: what an engineer does in a session, and what is left of the terminal after
//! every way to end it.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::herdlab;

/// From one look at a screen to the next: who looks all the time takes the cores from what is measured there.
const GLANCE: Duration = Duration::from_millis(50);

/// A terminal of our own, with a shell in a folder.
struct Terminal {
    name: String,
}

impl Terminal {
    fn open(name: &str, folder: &Path) -> Self {
        Command::new("tmux").arg("-V").output().expect("tmux is installed; ./test does that");
        let terminal = Self { name: format!("herdlab-{name}-{}", std::process::id()) };
        let folder = folder.to_str().expect("a path");
        let shell = "env -u NO_COLOR PS1=ready: TERM=screen-256color LC_ALL=C.UTF-8 bash --norc --noprofile -i";
        terminal.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "120",
            "-y",
            "36",
            "-c",
            folder,
            shell,
        ]);
        terminal.wait("ready:");
        terminal
    }

    fn tmux(&self, args: &[&str]) -> String {
        let output = Command::new("tmux").args(["-L", &self.name]).args(args).output();
        String::from_utf8_lossy(&output.expect("tmux runs").stdout).into_owned()
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until the screen is as it should be.
    fn until(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if is(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "no {what} on:\n{screen}");
            thread::sleep(GLANCE);
        }
    }

    fn wait(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Starts herdlab; its exit code is told when it ends.
    fn herdlab(&self, args: &str) {
        let line = format!("clear; {} {args}; echo code=$?", env!("CARGO_BIN_EXE_herdlab"));
        self.keys(&["-l", &line]);
        self.keys(&["Enter"]);
    }

    /// The program ended with this code, and the terminal is as it was.
    fn ended(&self, code: i32) {
        self.wait(&format!("code={code}"));
        self.given_back();
    }

    /// The terminal is as it was.
    fn given_back(&self) {
        let state = self.tmux(&[
            "display-message",
            "-p",
            "#{alternate_on} #{cursor_flag} #{mouse_any_flag}",
        ]);
        assert_eq!(state.trim(), "0 1 0", "alternate screen off, cursor shown, mouse free");
        self.keys(&["-l", "clear; stty -a"]);
        self.keys(&["Enter"]);
        let stty = self.wait("-extproc");
        for mode in ["echo", "icanon", "isig"] {
            assert!(stty.split_whitespace().any(|word| word == mode), "{mode}:\n{stty}");
        }
    }

    /// The process that the screen belongs to.
    fn pid(&self) -> String {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        let children = Command::new("pgrep").args(["-P", shell.trim(), "herdlab"]).output();
        String::from_utf8_lossy(&children.expect("pgrep runs").stdout).trim().to_owned()
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.pid()]).status();
        assert!(sent.expect("kill runs").success());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// The run's clock on a screen.
fn clock(screen: &str) -> String {
    let at = screen.find(" of ").unwrap_or(0);
    screen[..at].split_whitespace().last().unwrap_or_default().to_owned()
}

const RUN: &str = "compare flush -s ttl,xfetch,lock --duration 100s --rate 200/s --set warmup=2s";

#[test]
fn a_session_by_keys_is_written_and_run_again_to_the_same_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let terminal = Terminal::open("session", folder.path());
    terminal.herdlab(&format!("{RUN} -o played.json"));
    terminal.until("moving clock", |screen| {
        screen.contains(" RUN ") && !clock(screen).starts_with("0:00")
    });
    terminal.keys(&["Space"]);
    terminal.wait("PAUSED");
    let before = clock(&terminal.screen());
    terminal.keys(&[".", ".", ".", ".", ".", ".", ".", ".", ".", "."]);
    terminal.until("later clock", |screen| clock(screen) != before);
    for (keys, word) in [("B", "set strategy.beta 1.1"), ("f", "flush"), ("k", "stop origin")] {
        terminal.keys(&[keys]);
        terminal
            .until(word, |screen| screen.lines().last().is_some_and(|line| line.contains(word)));
    }
    terminal.keys(&["Space"]);
    let stopped = clock(&terminal.wait(" RUN "));
    terminal.until("later clock", |screen| clock(screen) != stopped);
    terminal.keys(&["Space"]);
    terminal.wait("PAUSED");
    terminal.keys(&["k"]);
    terminal.wait("restore origin");
    terminal.keys(&[":"]);
    terminal.keys(&["-l", "at +5s slow origin 4x for 3s"]);
    terminal.keys(&["Enter"]);
    terminal.until("word", |screen| {
        screen.lines().last().is_some_and(|l| l.contains("slow origin 4x, restore"))
    });
    terminal.keys(&["Enter"]);
    terminal.wait("latency so far");
    terminal.tmux(&["resize-window", "-x", "40", "-y", "10"]);
    terminal.wait("shows more");
    terminal.tmux(&["resize-window", "-x", "120", "-y", "36"]);
    terminal.wait("latency so far");
    terminal.keys(&["w"]);
    terminal.wait("written to flush-played.toml");
    terminal.keys(&["m"]);
    terminal.wait(" DONE ");
    terminal.keys(&["q"]);
    terminal.ended(0);
    let args = ["compare", "flush-played.toml", "--no-tui", "-q", "-o", "again.json"];
    let again = herdlab(&args).current_dir(folder.path()).output().expect("the binary starts");
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let read = |file| fs::read_to_string(folder.path().join(file)).expect("a record");
    assert!(read("played.json") == read("again.json"), "the records are the same");
    assert!(read("played.json").contains("\"do\":\"stop\""));
}

#[test]
fn every_way_to_end_gives_the_terminal_back_and_has_its_exit_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let terminal = Terminal::open("ends", folder.path());
    let begin = || {
        terminal.herdlab(&format!("{RUN} --mouse"));
        terminal.until("run", |screen| screen.contains(" RUN ") && screen.contains("> next"));
    };
    begin();
    terminal.keys(&["C-c"]);
    terminal.ended(130);
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 143)] {
        begin();
        terminal.signal(signal);
        terminal.ended(code);
    }
    begin();
    terminal.until("measured second", |screen| clock(screen).as_str() > "0:05");
    terminal.keys(&["q"]);
    let screen = terminal.wait("code=0");
    assert!(screen.contains("repeat: herdlab compare flush"), "the summary so far:\n{screen}");
    terminal.ended(0);
}

#[test]
fn a_session_is_stopped_and_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let terminal = Terminal::open("stops", folder.path());
    terminal.herdlab(RUN);
    terminal.until("run", |screen| screen.contains(" RUN "));
    terminal.keys(&["Space"]);
    terminal.wait("PAUSED");
    for by_signal in [false, true] {
        let before = clock(&terminal.screen());
        if by_signal {
            terminal.signal("-TSTP")
        } else {
            terminal.keys(&["C-z"])
        }
        terminal.wait("Stopped");
        let state = terminal.tmux(&["display-message", "-p", "#{alternate_on} #{cursor_flag}"]);
        assert_eq!(state.trim(), "0 1");
        terminal.keys(&["-l", "clear; fg"]);
        terminal.keys(&["Enter"]);
        let screen = terminal.wait("PAUSED");
        assert_eq!(clock(&screen), before);
    }
    terminal.keys(&["q"]);
    terminal.wait("repeat: herdlab compare flush");
}

#[test]
fn a_run_that_nobody_touches_ends_on_its_summary() {
    let folder = tempfile::tempdir().expect("a folder");
    let terminal = Terminal::open("untouched", folder.path());
    terminal.herdlab("run hot-key-expiry -s lock --duration 12s --fps 60");
    terminal.wait("herd map");
    terminal.ended(0);
}

#[test]
fn a_dumb_terminal_and_a_pipe_get_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let terminal = Terminal::open("dumb", folder.path());
    terminal.keys(&["-l", "export TERM=dumb"]);
    terminal.keys(&["Enter"]);
    terminal.herdlab("run flush -s ttl --duration 70s");
    let screen = terminal.wait("code=0");
    assert!(screen.contains("repeat:") && !screen.contains("herd map"), "{screen}");
    terminal.keys(&["-l", "export TERM=screen"]);
    terminal.keys(&["Enter"]);
    terminal.herdlab("run flush -s ttl --duration 70s | cat");
    let screen = terminal.wait("code=0");
    assert!(screen.contains("repeat:") && !screen.contains("herd map"), "{screen}");
}

#[test]
fn a_terminal_that_is_gone_ends_the_run_and_keeps_what_was_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let terminal = Terminal::open("gone", folder.path());
    terminal.herdlab(&format!("{RUN} -o run.json"));
    terminal.until("run", |screen| screen.contains(" RUN "));
    let pid = terminal.pid();
    terminal.tmux(&["kill-server"]);
    let begun = Instant::now();
    let alive = || Path::new("/proc").join(&pid).join("exe").exists();
    while alive() {
        assert!(begun.elapsed() < Duration::from_secs(30), "process {pid} lives on");
        thread::sleep(GLANCE);
    }
    let record = fs::read_to_string(folder.path().join("run.json")).expect("a record");
    assert!(record.contains("\"partial\":true"));
}

#[test]
fn a_run_on_a_real_redis_is_shown_live_and_nobody_holds_its_clock() {
    let folder = tempfile::tempdir().expect("a folder");
    let terminal = Terminal::open("real", folder.path());
    let run = "run hot-key-expiry -s ttl --on redis --duration 60s --rate 200/s --set warmup=1s";
    terminal.herdlab(&format!("{run} -o real.json"));
    terminal.until("moving clock", |screen| {
        screen.contains("of a core") && clock(screen).as_str() > "0:02"
    });
    terminal.keys(&["Space"]);
    terminal.wait("this is real time");
    terminal.keys(&["f"]);
    terminal.until("flush", |screen| screen.lines().last().is_some_and(|l| l.contains("flush")));
    terminal.keys(&["q"]);
    terminal.wait("repeat:");
    // 5 on a machine too busy to send in time, as this one may be: how late it was is not what is asked here.
    terminal.until("code", |screen| screen.contains("code=0") || screen.contains("code=5"));
    terminal.given_back();
    let record = fs::read_to_string(folder.path().join("real.json")).expect("a record");
    assert!(record.contains("\"do\":\"flush\"") && record.contains("\"partial\":true"));
}

#[test]
fn a_long_replay_tells_how_far_it_is_and_an_endless_one_ends_by_a_key_with_what_was_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let terminal = Terminal::open("replay", folder.path());
    terminal.herdlab("replay /dev/zero --trace-format cache2k --policy lru --size 10 --threads 1");
    terminal.until("progress", |screen| {
        screen.lines().any(|line| line.starts_with("/dev/zero: ") && line.ends_with("/s"))
    });
    terminal.keys(&["C-c"]);
    let screen = terminal.wait("code=130");
    assert!(screen.contains("was not read to its end: interrupted"), "{screen}");
    terminal.ended(130);
}

#[test]
fn a_load_on_a_site_is_shown_live_and_says_what_is_out_of_reach_over_http() {
    let folder = tempfile::tempdir().expect("a folder");
    let terminal = Terminal::open("load", folder.path());
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
    terminal.herdlab(&format!(
        "load 'http://{free}/p/{{id}}' --origin {free} --duration 60s --keys uniform:3 -o load.json"
    ));
    let screen = terminal.until("moving clock", |screen| {
        screen.contains("of a core")
            && screen.contains("generator: p99")
            && clock(screen).as_str() > "0:02"
    });
    for said in ["REAL TIME", "UNKNOWN 5s", "herd map"] {
        assert!(screen.contains(said), "{said} on:\n{screen}");
    }
    terminal.keys(&["Space"]);
    terminal.wait("this is real time");
    terminal.keys(&["f"]);
    terminal.wait("its cache is out of reach");
    terminal.keys(&["S"]);
    terminal
        .until("act", |screen| screen.lines().last().is_some_and(|l| l.contains("slow origin 2x")));
    terminal.keys(&["w"]);
    terminal.wait("written to site-played.toml");
    terminal.keys(&["q"]);
    let screen = terminal.wait("repeat:");
    assert!(screen.contains("No answer says whether it came from a cache"), "{screen}");
    terminal.until("code", |screen| screen.contains("code=0") || screen.contains("code=5"));
    terminal.given_back();
    let record = fs::read_to_string(folder.path().join("load.json")).expect("a record");
    let record: Value = serde_json::from_str(&record).expect("JSON");
    assert_eq!(record["partial"], true);
    assert_eq!(record["scenario"]["event"][0]["do"], "slow");
    let command = record["command"].as_str().expect("a command");
    assert!(
        command.contains("--scenario site-played.toml") && !command.contains("--keys"),
        "{command}"
    );
    assert!(record["summary"]["origin.calls"].as_u64().is_some_and(|calls| calls > 0));
}
