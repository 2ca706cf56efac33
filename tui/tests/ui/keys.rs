//! Keys in any order: nothing breaks, nothing depends on how fast the lanes went, and undo is the inverse of an act.

use std::time::Duration;

use herdlab_sim::key::Item;
use herdlab_sim::plan::{Change, Event};
use herdlab_sim::time::Nanos;
use herdlab_tui::script::draw;
use herdlab_tui::{Action, Clock, KEYS, Key, Model, Msg, update};
use proptest::prelude::*;

use crate::support::{PLAIN, plan, played};

/// Keys that do something to the experiment, whatever its state.
const ACTS: [&str; 14] = ["f", "F", "k", "K", "s", "S", "b", "B", "t", "T", "r", "R", "n", "N"];

/// A step of a script.
fn step() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (1..2_000_u32).prop_map(|ms| format!("run {ms}ms")),
        4 => prop::sample::select(&ACTS[..]).prop_map(|key| format!("key {key}")),
        1 => prop::sample::select(vec![".", ">", "[", "]", "Tab", "1", "3", "z", "Home", "End", "w", "c"])
            .prop_map(|key| format!("key {key}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn undo_is_the_inverse_of_every_act(
        steps in prop::collection::vec(step(), 0..8),
        act in prop::sample::select(&ACTS[..]),
        later in 0..700_u32,
    ) {
        let plan = plan(&["ttl", "xfetch"], 60);
        let before = steps.join("; ");
        let untouched = played(&plan, &format!("{before}; key End; run {later}ms"));
        let undone = played(&plan, &format!("{before}; key {act}; key End; run {later}ms; key u"));
        prop_assert_eq!(untouched.acts(), undone.acts());
        prop_assert_eq!(untouched.now(), undone.now());
        prop_assert_eq!(untouched.lanes(), undone.lanes());
    }
}

/// Anything that may happen to a model.
fn anything() -> impl Strategy<Value = Msg> {
    let table: Vec<Key> = KEYS.iter().map(|binding| binding.key).collect();
    prop_oneof![
        4 => prop::sample::select(table).prop_map(Msg::Key),
        1 => any::<char>().prop_map(|c| Msg::Key(Key::Char(c))),
        1 => Just(Msg::Key(Key::Enter)),
        1 => Just(Msg::Key(Key::Backspace)),
        2 => (0..200_u64).prop_map(|ms| Msg::Frame(Duration::from_millis(ms))),
        1 => (any::<u16>(), any::<u16>()).prop_map(|(x, y)| Msg::Click(x % 210, y % 60, (200, 50))),
        1 => "[a-z \\PC]{0,40}".prop_map(|text| Msg::Read(Err(text))),
    ]
}

proptest! {
    #[test]
    fn no_sequence_of_keys_breaks_the_model_or_its_screen(
        all in prop::collection::vec(anything(), 0..60),
        size in (0..130_u16, 0..50_u16),
        real in any::<bool>(),
    ) {
        let clock = if real { Clock::Real } else { Clock::Virtual };
        let mut model = Model::new("\u{1b}[31mshop", &plan(&["ttl", "lock"], 60), clock, PLAIN);
        for msg in all {
            update(&mut model, msg);
        }
        let drawn = draw(&model, size);
        let escapes = drawn.content.iter().any(|cell| cell.symbol().contains(char::from(27)));
        prop_assert!(!escapes, "a name is data");
    }
}

#[test]
fn in_real_time_no_key_holds_the_generator_and_each_says_why() {
    let model = Model::new("shop", &plan(&["ttl"], 60), Clock::Real, PLAIN);
    for key in [' ', '.', '>', '+', '-', '0', 'm'] {
        let mut model = model.clone();
        assert!(update(&mut model, Msg::Key(Key::Char(key))).is_empty(), "{key:?}");
        let drawn = herdlab_tui::script::snap(&model, (120, 36), false);
        assert!(drawn.contains("holding the generator would falsify"), "{key:?}: {drawn}");
    }
}

#[test]
fn in_real_time_what_only_the_model_can_do_is_refused_as_it_is_typed() {
    let said = |change: Change| {
        let mut model = Model::new("shop", &plan(&["ttl"], 60), Clock::Real, PLAIN);
        let event = Event { at: Nanos::from_secs(9), change };
        let asked = update(&mut model, Msg::Read(Ok(vec![event])));
        (asked.is_empty(), herdlab_tui::script::snap(&model, (120, 36), false))
    };
    for change in [Change::Squeeze(0.5), Change::Crash(Item(0)), Change::Load] {
        let (refused, drawn) = said(change);
        assert!(refused && drawn.contains("only the model can do that"), "{change:?}: {drawn}");
    }
    assert!(!said(Change::Flush).0, "a flush reaches a real cache");
}

#[test]
fn every_action_of_the_table_does_something() {
    let plan = plan(&["ttl", "xfetch"], 60);
    for binding in KEYS.iter().filter(|binding| binding.action != Action::Redraw) {
        let does = ["1", "2"].into_iter().any(|view| {
            let mut model =
                played(&plan, &format!("run 10s; key f; run 1s; key [; key z; key {view}"));
            let before = format!("{model:?}");
            let asked = update(&mut model, Msg::Key(binding.key));
            !asked.is_empty() || format!("{model:?}") != before
        });
        assert!(does, "{binding:?}");
    }
}
