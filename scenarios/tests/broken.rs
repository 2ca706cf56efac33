//! Every mistake gives its line, the reason and what to do; all of a file at once; nothing panics.

#[path = "../fuzz/property.rs"]
mod property;

use herdlab_scenarios::{Faults, Given, Override, Scenario, library};
use proptest::prelude::*;

use crate::property::holds;

/// A small right scenario; the strategy is on line 3.
const RIGHT: &str = "schema = 1\nduration = \"1m\"\n[[strategy]]\nuse = \"ttl\"\n";

fn faults(text: &str) -> Faults {
    Scenario::read("broken.toml", text.as_bytes(), &Given::default()).expect_err(text)
}

/// The mistakes as (line, what, hint).
fn mistakes(text: &str) -> Vec<(Option<usize>, String, String)> {
    let faults = faults(text);
    let of = |fault: &herdlab_scenarios::Fault| {
        (faults.line(fault), fault.what.clone(), fault.hint.clone().unwrap_or_default())
    };
    faults.faults().iter().map(of).collect()
}

#[test]
fn each_mistake_is_told_with_its_line_its_reason_and_what_to_do() {
    // What is added to the right scenario (from line 5 on), the line, what the reason says, what the hint says.
    let cases: &[(&str, usize, &str, &str)] = &[
        (
            "betta = 1",
            5,
            "[strategy] has no field \"betta\"",
            "[strategy] knows: use, name, ttl, hottest",
        ),
        ("tll = \"5s\"", 5, "no field \"tll\"", "did you mean ttl?"),
        ("ttl = 5", 5, "strategy.ttl.ttl is a bare number and needs a unit", "such as \"10s\""),
        ("ttl = \"5\"", 5, "strategy.ttl.ttl needs a unit, such as 10s", ""),
        ("ttl = \"5 parsecs\"", 5, "has no unit of a duration", ""),
        ("ttl = \"-5s\"", 5, "is not a duration", ""),
        ("ttl = \"400d\"", 5, "is longer than a year", ""),
        ("ttl = \"0s\"", 5, "is 0s, expected at least 1ns", ""),
        ("ttl = true", 5, "is true or false, expected a duration", ""),
        ("ttl = 1979-05-27", 5, "is a date, expected a duration", ""),
        ("name = \"\"", 5, "this is no name for a lane", "1 to 64 characters"),
        (
            "[[strategy]]\nuse = \"xfetch\"\nbeta = -1",
            7,
            "is -1, expected a number from 0 to 1e12",
            "",
        ),
        ("[[strategy]]\nuse = \"xfetch\"\nbeta = nan", 7, "is NaN, expected a number", ""),
        ("[[strategy]]\nuse = \"xfetch\"\nbeta = \"1\"", 7, "is text, expected a number", ""),
        (
            "[[strategy]]\nuse = \"xfetsh\"",
            6,
            "names no strategy: \"xfetsh\"",
            "did you mean \"xfetch\"?",
        ),
        (
            "[[strategy]]\nuse = \"magic\"",
            6,
            "names no strategy: \"magic\"",
            "herdlab list strategies",
        ),
        ("[[strategy]]\nttl = \"5s\"", 5, "a [[strategy]] says which it uses", "write use ="),
        ("[[strategy]]\nuse = \"ttl\"", 5, "two lanes are named \"ttl\"", "a name of its own"),
        (
            "[[strategy]]\nuse = \"lock\"\npolls = 2.5",
            7,
            "is a number, expected a whole number",
            "",
        ),
        (
            "[[strategy]]\nuse = \"lock\"\ntoken = 1",
            7,
            "is a whole number, expected true or false",
            "",
        ),
        (
            "[trafic]\nrate = \"1/s\"",
            5,
            "a scenario has no field \"trafic\"",
            "did you mean traffic?",
        ),
        ("[traffic]\nrate = 100", 6, "traffic.rate is a bare number", "such as \"2000/s\""),
        ("[traffic]\nrate = \"0/s\"", 6, "traffic.rate must be above 0", ""),
        ("[traffic]\nrate = \"1e300/s\"", 6, "must be above 0 and at most 1e9", ""),
        ("[traffic]\nrate = \"100\"", 6, "write it per time", ""),
        (
            "[traffic]\nusers = 5\nrate = \"100/s\"",
            7,
            "traffic.rate and traffic.users exclude each other",
            "open loop",
        ),
        (
            "[traffic]\nthink = { constant = \"1s\" }",
            6,
            "belongs to a closed loop",
            "traffic.users",
        ),
        ("[traffic]\nusers = 0", 6, "traffic.users is 0, expected 1 to 1000000", ""),
        ("[traffic]\nkeys = { zipf = 1.0 }", 6, "needs a count of items", "count = 10_000"),
        ("[traffic]\nkeys = { zipf = 1.0, count = 0 }", 6, "is 0, expected 1 to 100000000", ""),
        (
            "[traffic]\nkeys = { zipf = 99, count = 5 }",
            6,
            "traffic.keys.zipf is 99, expected",
            "one item is all",
        ),
        ("[traffic]\nkeys = { uniform = false, count = 5 }", 6, "can only be true", ""),
        (
            "[traffic]\nkeys = { zipf = 1.0, uniform = true, count = 5 }",
            6,
            "exactly one of uniform, zipf, hotspot, trace",
            "",
        ),
        ("[traffic]\nkeys = { trace = \"a\", count = 5 }", 6, "a trace has the items it has", ""),
        (
            "[traffic]\nkeys = { zipff = 1.0, count = 5 }",
            6,
            "has no \"zipff\"",
            "did you mean zipf?",
        ),
        (
            "[traffic]\narrivals = \"poison\"",
            6,
            "cannot be \"poison\"",
            "did you mean \"poisson\"?",
        ),
        ("[traffic]\nprocesses = 0", 6, "is 0, expected 1 to 65535", ""),
        ("[traffic]\ntimeout = \"0s\"", 6, "must be longer than zero", ""),
        ("[cache]\ncapacity = \"64\"", 6, "needs a unit, such as 2KiB", ""),
        ("[cache]\ncapacity = \"1KiB\"\nentries = 5", 6, "exclude each other", ""),
        ("[cache]\nlatency = \"1ms\"", 6, "is text, expected a law", ""),
        (
            "[cache]\nlatency = { constant = \"1ms\", uniform = [\"1s\", \"2s\"] }",
            6,
            "exactly one law",
            "",
        ),
        (
            "[cache]\nlatency = { lognormal = { median = \"1s\", p99 = \"1ms\" } }",
            6,
            "p99 of 1ms below its median",
            "",
        ),
        ("[cache]\nlatency = { lognormal = { median = \"1s\" } }", 6, "needs a p99", ""),
        (
            "[cache]\nlatency = { uniform = [\"2s\", \"1s\"] }",
            6,
            "ends at 1s before it begins at 2s",
            "",
        ),
        ("[cache]\nlatency = { uniform = [\"2s\"] }", 6, "needs two ends", ""),
        ("[data]\nwrites = 5", 6, "data.writes is a bare number", "such as \"5/s\""),
        ("[data]\nvalue_size = \"1GiB\"", 6, "more than 512MiB", ""),
        ("[origin]\nconcurrency = \"many\"", 6, "is text, expected a whole number", ""),
        ("[origin]\nlatency = { exponential = \"0s\" }", 6, "must be longer than zero", ""),
        (
            "[[event]]\nat = \"10s\"\ndo = \"explode\"",
            7,
            "cannot be \"explode\"",
            "flush, bump, expire",
        ),
        ("[[event]]\ndo = \"flush\"", 5, "an [[event]] says \"at\"", ""),
        (
            "[[event]]\nat = \"2m\"\ndo = \"flush\"",
            6,
            "after the end of the run at 1m",
            "raise duration",
        ),
        ("[[event]]\nat = \"2s\"\ndo = \"rate\"", 5, "says which rate", "rate = \"500/s\""),
        (
            "[[event]]\nat = \"2s\"\ndo = \"flush\"\nitem = 3",
            8,
            "[event] has no field \"item\"",
            "[event] knows: at, do",
        ),
        (
            "[[event]]\nat = \"2s\"\ndo = \"expire\"\nitem = 10000",
            8,
            "is 10000, expected 0 to 9999",
            "",
        ),
        ("cache = 5\n", 5, "no field \"cache\"", ""),
        ("\"*ttl\" = \"5s\"", 5, "no field \"*ttl\"", "did you mean ttl?"),
        ("[traffic]\n\"*rate\" = \"5/s\"", 6, "no field \"*rate\"", "did you mean rate?"),
        ("[traffic]\nkeys = { trace = \"\" }", 6, "names no trace file", ""),
        (
            "[[strategy]]\nuse = \"xfetch\"\nbeta = 1e13",
            7,
            "is 10000000000000, expected a number from 0 to 1e12",
            "",
        ),
        ("ttl = \"", 5, "this is not TOML", ""),
        ("use = \"lock\"", 5, "this is not TOML", ""),
    ];
    for (added, line, what, hint) in cases {
        let told = mistakes(&format!("{RIGHT}{added}"));
        assert!(
            told.iter()
                .any(|(at, w, h)| *at == Some(*line) && w.contains(what) && h.contains(hint)),
            "{added:?} at line {line} should say {what:?} and hint {hint:?}, but: {told:#?}"
        );
    }
}

#[test]
fn what_is_missing_is_asked_for() {
    let told = mistakes("name = \"nothing\"");
    assert!(
        told.iter().any(|(_, what, hint)| what.contains("version of the language")
            && hint.contains("schema = 1"))
    );
    assert!(told.iter().any(|(_, what, _)| what.contains("at least one [[strategy]]")));
    assert!(mistakes("schema = 2\n[[strategy]]\nuse = \"ttl\"")[0].1.contains("reads schema 1"));
}

#[test]
fn a_scenario_without_lanes_is_refused_however_it_says_so() {
    for none in ["", "strategy = []"] {
        let told = mistakes(&format!("schema = 1\n{none}"));
        assert!(told[0].1.contains("at least one [[strategy]]"), "{none:?}: {told:?}");
        assert!(told[0].0.is_some(), "{none:?} has a line");
    }
    let hint = "each written [[strategy]]";
    assert!(mistakes("schema = 1\n[strategy]\nuse = \"ttl\"")[0].1.contains(hint));
}

#[test]
fn one_mistake_raises_no_false_alarm_about_what_depends_on_it() {
    let event = |fields: &str| format!("{RIGHT}[[event]]\n{fields}");
    let cases = [
        event("do = \"slow\"\nfactor = 3"),
        event("at = \"5s\"\nfactor = 3"),
        event("at = \"5s\"\ndo = \"slwo\"\nfactor = 3"),
        event("at = \"90s\"\ndo = \"flush\"").replace("\"1m\"", "\"2 parsecs\""),
        format!("warmup = \"90s\"\n{RIGHT}").replace("\"1m\"", "\"2 parsecs\""),
        event("at = \"5s\"\ndo = \"expire\"\nitem = 20000\n")
            + "[traffic]\nkeys = { zipf = 1.0, count = \"many\" }",
        format!("{RIGHT}tll = \"5s\"\n").replace("\"ttl\"", "\"xfetsh\""),
    ];
    for text in cases {
        assert_eq!(mistakes(&text).len(), 1, "{text}\n{}", faults(&text));
    }
}

#[test]
fn a_file_of_very_many_mistakes_lanes_or_events_is_answered_shortly() {
    let many =
        |line: &str| (0..100_000).map(|n| line.replace('#', &n.to_string())).collect::<String>();
    let unknown = faults(&format!("{RIGHT}{}", many("x# = 1\n")));
    assert_eq!(unknown.faults().len(), 100_000);
    assert!(unknown.to_string().ends_with("error: and 99950 more mistakes"));
    let lanes = mistakes(&format!("schema = 1\n{}", many("[[strategy]]\nuse='ttl'\nname='#'\n")));
    assert_eq!(lanes.len(), 1);
    assert!(lanes[0].1.contains("100000 lanes are more than the 64"));
    let events = mistakes(&format!("{RIGHT}{}", many("[[event]]\nat='#us'\ndo='flush'\n")));
    assert_eq!(events.len(), 1);
    assert!(events[0].1.contains("100000 events are more than the 1000"));
}

#[test]
fn depth_is_refused_in_files_and_flags() {
    let deep = ".a".repeat(100_000);
    assert!(!mistakes(&format!("a{deep} = 1")).is_empty());
    assert!(!mistakes(&format!("[a{deep}]")).is_empty());
    let over = Override::set(&format!("a{deep}=1")).unwrap();
    let told = Scenario::read(
        "right.toml",
        RIGHT.as_bytes(),
        &Given { overrides: &[over], ..Given::default() },
    )
    .unwrap_err();
    assert!(told.faults()[0].what.contains("no path has more than"), "{}", told.faults()[0].what);
}

#[test]
fn nothing_of_a_file_or_its_name_reaches_the_terminal_as_a_control_character() {
    let over = |set: &str| [Override::set(set).unwrap()];
    let named = format!("{RIGHT}name = \"\\u001b[2J\"\n");
    let told = [
        Scenario::read(
            "a\u{1b}[2J.toml",
            named.as_bytes(),
            &Given { overrides: &over("strategy.x.y=\u{1b}[2J"), ..Given::default() },
        ),
        Scenario::read("b.toml", b"schema = 1\n\"\\u001b[2J\" = 1", &Given::default()),
        Scenario::read("c.toml", b"schema = \x1b[2J", &Given::default()),
        Scenario::read("d\u{1b}[2J.toml", b"\xff", &Given::default()),
    ];
    for faults in told.map(Result::unwrap_err) {
        assert!(!faults.to_string().contains('\u{1b}'), "{faults}");
    }
}

#[test]
fn all_mistakes_of_a_file_come_at_once_and_in_its_order() {
    let text = "schema = 1\nduration = 5\n[traffic]\nrate = \"x\"\n[cache]\nttl = \"soon\"\n[[strategy]]\nuse = \"tll\"\n";
    let lines: Vec<Option<usize>> = mistakes(text).into_iter().map(|(line, ..)| line).collect();
    assert_eq!(lines, [Some(2), Some(4), Some(6), Some(8)]);
}

#[test]
fn a_mistake_is_shown_as_the_compiler_shows_its_own() {
    let text = format!("{RIGHT}[[strategy]]\nuse = \"xfetch\"\nbetta = 1.5\n");
    assert_eq!(
        faults(&text).render(false),
        "error: [strategy] has no field \"betta\"
 --> broken.toml:7:1
  |
7 | betta = 1.5
  | ^^^^^ unknown
  |
  = help: did you mean beta?"
    );
}

#[test]
fn binary_and_huge_files_are_refused_in_a_sentence() {
    let read = |bytes: &[u8]| {
        Scenario::read("broken.toml", bytes, &Given::default()).unwrap_err().to_string()
    };
    assert_eq!(read(&[0xff, 0xfe, 0]), "error: broken.toml is not UTF-8 text");
    assert_eq!(
        read(&vec![b'#'; 100 << 20]),
        "error: broken.toml is larger than 4 MiB, and no scenario is"
    );
    assert!(read(&[b'['; 100_000]).contains("not TOML"));
}

#[test]
fn a_wrong_flag_is_told_as_the_flag_it_is() {
    let read = |set: &str| {
        let over = Override::set(set).unwrap();
        Scenario::read(
            "right.toml",
            RIGHT.as_bytes(),
            &Given { overrides: &[over], ..Given::default() },
        )
        .unwrap_err()
        .to_string()
    };
    assert!(read("cache.ttl=5").contains("--set cache.ttl=5"));
    assert!(read("cache.tll=5s").contains("did you mean ttl?"));
    assert!(read("strategy.beta=2").contains("no lane's strategy has a field \"beta\""));
    assert!(read("strategy.lock.ttl=2s").contains("there is no lane \"lock\""));
    assert!(read("duration.long=2s").contains("duration is not a table"));
    assert!(read("event.at=2s").contains("there are no events"));
    assert!(Override::set("nonsense").unwrap_err().contains("PATH=VALUE"));
}

proptest! {
    #[test]
    fn any_bytes_give_a_scenario_or_mistakes_with_lines(bytes: Vec<u8>) {
        holds(&bytes);
    }

    #[test]
    fn any_text_gives_a_scenario_or_mistakes_with_lines(text: String) {
        holds(text.as_bytes());
    }

    #[test]
    fn any_flag_gives_a_scenario_or_mistakes(path in "[a-z.*0-9-]{1,30}", value: String) {
        let Ok(over) = Override::set(&format!("{path}={value}")) else { return Ok(()) };
        if let Err(faults) = Scenario::read("right.toml", RIGHT.as_bytes(), &Given { overrides: &[over], ..Given::default() }) {
            prop_assert!(!faults.render(true).is_empty());
        }
    }

    #[test]
    fn a_mutilated_scenario_gives_a_plan_or_mistakes_with_lines(
        which in 0..library().len(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..30_usize, "[ -~\n]{0,6}"), 1..6),
    ) {
        let mut text: Vec<char> = library()[which].text.chars().collect();
        for (at, length, put) in cuts {
            let at = at.index(text.len().max(1)).min(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, put.chars());
        }
        let text: String = text.into_iter().collect();
        holds(text.as_bytes());
    }
}
