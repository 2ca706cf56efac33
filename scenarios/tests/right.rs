//! Right scenarios: what they resolve to, where each value comes from, what flags do.

mod support;

use herdlab_scenarios::{Source, find, library};
use herdlab_sim::key::Item;
use herdlab_sim::plan::{Capacity, Change, Keys, Load};
use herdlab_sim::strategy::AnyStrategy;
use herdlab_sim::time::Nanos;

use crate::support::{RIGHT, files, plan, read, try_read};

#[test]
fn every_scenario_of_the_library_is_right_named_after_its_file_and_says_what_it_shows() {
    for shipped in library() {
        let scenario = read(shipped.text, &[]);
        assert_eq!(scenario.name, shipped.name);
        assert!(scenario.about.len() > 80, "{} says little", shipped.name);
        assert!(!plan(&scenario).lanes.is_empty());
    }
    assert_eq!(find("flush").unwrap().name, "flush");
    assert!(find("flash").is_none());
}

#[test]
fn every_field_has_a_value_and_a_source() {
    let scenario = read(RIGHT, &["strategy.beta=2", "seed=7"]);
    let source = |path: &str| {
        let field = scenario
            .fields()
            .iter()
            .find(|field| field.path == path)
            .unwrap_or_else(|| panic!("no {path}"));
        (field.text(), field.source.clone())
    };
    assert_eq!(source("cache.ttl"), ("\"5s\"".to_owned(), Source::Line(3)));
    assert_eq!(source("traffic.rate"), ("\"1000/s\"".to_owned(), Source::Default));
    assert_eq!(source("seed"), ("7".to_owned(), Source::Flag("--set seed=7".to_owned())));
    assert_eq!(
        source("strategy.xfetch-1.5.beta"),
        ("2.0".to_owned(), Source::Flag("--set strategy.beta=2".to_owned()))
    );
    assert_eq!(source("strategy.ttl.ttl"), ("\"5s\"".to_owned(), Source::Default));
}

#[test]
fn the_caches_ttl_is_every_strategys_unless_it_says_otherwise() {
    let scenario = read(&format!("{RIGHT}[[strategy]]\nuse = \"lock\"\nttl = \"9s\"\n"), &[]);
    let ttls: Vec<Nanos> = plan(&scenario).lanes.iter().map(|lane| lane.strategy.ttl()).collect();
    assert_eq!(ttls, [5, 5, 9].map(Nanos::from_secs));
}

#[test]
fn a_flag_names_one_lane_or_all_that_have_the_field() {
    let beta = |sets: &[&str]| match &plan(&read(RIGHT, sets)).lanes[1].strategy {
        AnyStrategy::XFetch(xfetch) => xfetch.beta,
        other => panic!("{other:?}"),
    };
    assert_eq!(beta(&[]), 1.5);
    assert_eq!(beta(&["strategy.xfetch-1.5.beta=3"]), 3.0);
    assert_eq!(beta(&["strategy.beta=4"]), 4.0);
}

#[test]
fn flags_make_sections_that_the_file_does_not_have() {
    let scenario = read(
        RIGHT,
        &["traffic.users=5", "traffic.think={ constant = \"2s\" }", "origin.concurrency=unlimited"],
    );
    let plan = plan(&scenario);
    assert!(matches!(plan.traffic.load, Load::Closed { users: 5, .. }));
    assert_eq!(plan.origin.concurrency, None);
}

#[test]
fn lanes_are_chosen_by_name_and_a_strategys_name_adds_it() {
    let scenario = try_read(RIGHT, &[], &["lock", "ttl"]).unwrap();
    assert_eq!(scenario.lanes().collect::<Vec<_>>(), ["lock", "ttl"]);
    assert_eq!(plan(&scenario).lanes[0].strategy.ttl(), Nanos::from_secs(5));
    let lanes = scenario.resolved()["strategy"].clone();
    assert_eq!((lanes[0]["use"].as_str(), lanes[1]["use"].as_str()), (Some("lock"), Some("ttl")));
    let told = try_read(RIGHT, &[], &["lokc", "nope"]).unwrap_err().to_string();
    assert!(told.contains("did you mean lock?") && told.contains("-s lokc,nope"), "{told}");
    assert!(told.contains("\"nope\" is neither a lane of this scenario nor a strategy"), "{told}");
}

#[test]
fn events_come_in_order_and_for_brings_the_origin_back() {
    let events = "[[event]]\nat = \"30s\"\ndo = \"expire\"\nitem = 3\n[[event]]\nat = \"10s\"\ndo = \"slow\"\nfactor = 10\nfor = \"5s\"\n";
    let plan = plan(&read(&format!("{RIGHT}{events}"), &[]));
    let happens: Vec<(u64, Change)> =
        plan.events.iter().map(|event| (event.at.as_secs(), event.change)).collect();
    assert_eq!(
        happens,
        [
            (10, Change::SlowOrigin(10.0)),
            (15, Change::RestoreOrigin),
            (30, Change::Expire(Item(3)))
        ]
    );
}

#[test]
fn lanes_chosen_twice_are_one_and_flags_reach_added_ones_by_name_and_all_together() {
    let sets = ["strategy.ttl=9s", "strategy.lock.ttl=8s"];
    let scenario = try_read(RIGHT, &sets, &["lock", "lock", "xfetch-article"]).unwrap();
    let ttls: Vec<Nanos> = plan(&scenario).lanes.iter().map(|lane| lane.strategy.ttl()).collect();
    assert_eq!(ttls, [8, 9].map(Nanos::from_secs));
    let ttls: Vec<_> = scenario.fields().iter().filter(|f| f.path == "strategy.lock.ttl").collect();
    assert_eq!(ttls.len(), 1, "each field is listed once");
    assert_eq!(ttls[0].source, Source::Flag("--set strategy.lock.ttl=8s".to_owned()));
}

#[test]
fn a_flag_decides_between_what_the_file_says_and_what_excludes_it() {
    let load = |text: &str, set: &str| plan(&read(&format!("{RIGHT}{text}"), &[set])).traffic.load;
    let open = "[traffic]\nrate = \"9/s\"\narrivals = \"constant\"";
    assert!(matches!(load(open, "traffic.users=5"), Load::Closed { users: 5, .. }));
    let closed = "[traffic]\nusers = 5\nthink = { constant = \"2s\" }";
    assert!(matches!(load(closed, "traffic.rate=9/s"), Load::Open { rate: 9.0, .. }));
    let room = |text: &str, set: &str| {
        plan(&read(&RIGHT.replace("[cache]", &format!("[cache]\n{text}")), &[set])).cache.capacity
    };
    assert_eq!(room("capacity = \"1MiB\"", "cache.entries=7"), Some(Capacity::Entries(7)));
    assert_eq!(room("entries = 7", "cache.capacity=1KiB"), Some(Capacity::Bytes(1_024)));
    assert_eq!(room("entries = 7", "cache.capacity=unlimited"), None);
}

#[test]
fn every_path_that_is_listed_can_be_set() {
    for shipped in library() {
        let scenario = read(shipped.text, &[]);
        for field in scenario.fields() {
            if field.path.ends_with(".use") || field.path.ends_with(".name") {
                continue; // they say which lane the other paths mean
            }
            let set = format!("{}={}", field.path, field.text());
            let again = read(shipped.text, &[&set]);
            assert_eq!(again.resolved(), scenario.resolved(), "--set {set}");
            let given = again.fields().iter().find(|other| other.path == field.path).unwrap();
            assert_eq!(given.source, Source::Flag(format!("--set {set}")));
        }
    }
}

#[test]
fn an_event_on_an_item_that_the_trace_does_not_have_is_told_with_its_line() {
    let event = "[[event]]\nat = \"5s\"\ndo = \"expire\"\nitem = 2\n[traffic]\nkeys = { trace = \"shop.txt\" }";
    let scenario = read(&format!("{RIGHT}{event}"), &[]);
    let told = scenario.plan(&files).unwrap_err();
    assert_eq!(told.line(&told.faults()[0]), Some(10), "{told}");
    assert!(told.to_string().contains("item 2 is expired, and the trace has 2 items"), "{told}");
}

#[test]
fn a_recordings_ttls_count_if_it_is_played_as_recorded_unless_they_shall_not() {
    let load = |keys: &str| plan(&read(RIGHT, &[&format!("traffic.keys={keys}")])).traffic.load;
    assert!(load("{ trace = \"kept.csv\", speed = 2 }").ttls_count());
    assert!(!load("{ trace = \"kept.csv\", speed = 2, ttls = false }").ttls_count());
    assert!(!load("{ trace = \"kept.csv\" }").ttls_count());
    let ttls = "traffic.keys={ trace = \"kept.csv\", ttls = true }";
    let told = try_read(RIGHT, &[ttls], &[]).unwrap_err().to_string();
    assert!(told.contains("say speed = 1 too"), "{told}");
}

#[test]
fn a_trace_is_asked_for_by_its_file_and_its_failure_is_told() {
    let shop = read(RIGHT, &["traffic.keys={ trace = \"shop.txt\" }"]);
    assert!(matches!(&plan(&shop).traffic.keys, Keys::Trace(trace) if trace.distinct() == 2));
    let none = read(RIGHT, &["traffic.keys={ trace = \"none.txt\" }"]);
    let told = none.plan(&files).unwrap_err().to_string();
    assert!(told.contains("none.txt") && told.contains("no such file"), "{told}");
}
