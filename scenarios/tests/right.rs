//! Right scenarios: what they resolve to, where each value comes from, what flags do.

use herdlab_scenarios::{Override, Scenario, Source, find, library};
use herdlab_sim::key::Item;
use herdlab_sim::plan::{Change, Keys, Load};
use herdlab_sim::strategy::AnyStrategy;
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Trace;

const RIGHT: &str = "schema = 1\n[cache]\nttl = \"5s\"\n[[strategy]]\nuse = \"ttl\"\n[[strategy]]\nuse = \"xfetch\"\nname = \"xfetch-1.5\"\nbeta = 1.5\n";

fn read(text: &str, sets: &[&str]) -> Scenario {
    let overrides: Vec<Override> = sets.iter().map(|set| Override::set(set).unwrap()).collect();
    Scenario::read("right.toml", text.as_bytes(), &overrides)
        .unwrap_or_else(|faults| panic!("{faults}"))
}

fn plan(scenario: &Scenario) -> herdlab_sim::plan::Plan {
    scenario.plan(|file| panic!("{} is asked for", file.display())).unwrap()
}

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
fn the_resolved_document_is_a_scenario_that_means_the_same() {
    for shipped in library() {
        let scenario = read(shipped.text, &[]);
        let document: toml::Value = serde_json::from_value(scenario.resolved()).unwrap();
        let again = read(&toml::to_string(&document).unwrap(), &[]);
        assert_eq!(format!("{:?}", plan(&again)), format!("{:?}", plan(&scenario)));
        assert_eq!(again.resolved(), scenario.resolved());
    }
}

#[test]
fn lanes_are_chosen_by_name_and_a_strategys_name_adds_it() {
    let mut scenario = read(RIGHT, &[]);
    scenario.select(&["lock".to_owned(), "ttl".to_owned()]).unwrap();
    assert_eq!(scenario.lanes().collect::<Vec<_>>(), ["lock", "ttl"]);
    assert_eq!(plan(&scenario).lanes[0].strategy.ttl(), Nanos::from_secs(5));
    let lanes = scenario.resolved()["strategy"].clone();
    assert_eq!((lanes[0]["use"].as_str(), lanes[1]["use"].as_str()), (Some("lock"), Some("ttl")));
    let told = scenario.select(&["lokc".to_owned()]).unwrap_err().to_string();
    assert!(told.contains("did you mean lock?"), "{told}");
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
fn a_trace_is_asked_for_by_its_file_and_its_failure_is_told() {
    let scenario = read(RIGHT, &["traffic.keys={ trace = \"shop.txt.gz\" }"]);
    let plan = scenario
        .plan(|file| {
            assert_eq!(file.to_str(), Some("shop.txt.gz"));
            Trace::read(&b"a\nb\na\n"[..]).map_err(|e| e.to_string())
        })
        .unwrap();
    assert!(matches!(&plan.traffic.keys, Keys::Trace(trace) if trace.distinct() == 2));
    let told = scenario.plan(|_| Err("no such file".to_owned())).unwrap_err().to_string();
    assert!(told.contains("shop.txt.gz") && told.contains("no such file"), "{told}");
}

#[test]
fn an_origin_that_cannot_bear_the_traffic_alone_is_warned_of() {
    let scenario = read(find("flush-lockup").unwrap().text, &[]);
    assert_eq!(scenario.warnings().len(), 1);
    assert!(
        scenario.warnings()[0].contains("1000/s, the origin can do 250/s"),
        "{:?}",
        scenario.warnings()
    );
}
