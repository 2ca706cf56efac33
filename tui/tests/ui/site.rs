//! A site under load: what nobody knows of it is not shown, and what cannot be done to it says why.

use herdlab_sim::measure::{RequestSample, Sample, Totals};
use herdlab_sim::plan::{Change, Event};
use herdlab_sim::time::Nanos;
use herdlab_tui::script::snap;
use herdlab_tui::{Clock, Cmd, Gathered, Key, Model, Msg, Point, Site, update};

use crate::support::{PLAIN, plan};

/// A site that answered 100 requests, so many of them from its cache, and so many without a word about that.
fn answered(site: Site, hits: u32, unknown: u32) -> Model {
    let lane = plan(&["ttl"], 60);
    let mut model = Model::new("http://127.0.0.1/p", &lane, Clock::Real, PLAIN).of_site(site);
    let outcomes = [hits, 0, 0, 100 - hits, 0, 0];
    let requests = RequestSample { outcomes, in_time: 100, unknown, ..RequestSample::default() };
    let sample = Sample { at: Nanos::from_secs(2), requests, ..Sample::default() };
    let totals = Totals {
        outcomes: outcomes.map(u64::from),
        unknown: unknown.into(),
        in_time: 100,
        ..Totals::default()
    };
    let lanes = vec![(vec![Point::new(&sample, totals)], false)];
    update(&mut model, Msg::Gathered(Gathered { anew: false, lanes, reached: sample.at }));
    model
}

fn shown(model: &Model, view: char) -> String {
    let mut model = model.clone();
    update(&mut model, Msg::Key(Key::Char(view)));
    snap(&model, (120, 36), false)
}

#[test]
fn no_hit_rate_is_made_up_where_no_answer_tells_and_unknown_answers_are_no_misses() {
    let untold = answered(Site::Ours, 0, 100);
    let figures = shown(&untold, '1');
    assert!(figures.contains("all unknown") && figures.contains("misses <0.00%"), "{figures}");
    let table = shown(&untold, '2');
    assert!(table.contains(" unknown     100%"), "in time, but whence: {table}");
    let mixed = shown(&answered(Site::Ours, 30, 50), '1');
    for figure in ["HIT 5s", "30.00%", "UNKNOWN 5s", "50.00%", "50 in all", "misses <20.00%"] {
        assert!(mixed.contains(figure), "{figure}: {mixed}");
    }
}

#[test]
fn nothing_is_shown_of_an_origin_that_nobody_tells_of() {
    for (site, why) in [(Site::Unknown, "nobody tells"), (Site::Elsewhere, "another process")] {
        let model = answered(site, 30, 0);
        for view in ['1', '2', '3'] {
            let drawn = shown(&model, view);
            assert!(drawn.contains(why), "{site:?}, {view}: {drawn}");
            for figure in [" 0/s", "herd 0", "queue"] {
                assert!(!drawn.contains(figure), "{figure}, {view}: {drawn}");
            }
        }
    }
    assert!(shown(&answered(Site::Ours, 30, 0), '1').contains("herd 0"));
}

/// What a key asks for, and the last line of the screen then.
fn pressed(model: &Model, key: char) -> (Vec<Cmd>, String) {
    let mut model = model.clone();
    let asked = update(&mut model, Msg::Key(Key::Char(key)));
    let drawn = snap(&model, (120, 36), false);
    (asked, drawn.lines().last().unwrap_or_default().to_owned())
}

#[test]
fn only_an_origin_of_ours_can_be_changed_and_each_other_act_says_why_not() {
    let ours = answered(Site::Ours, 30, 0);
    for key in ['k', 's', 'S', 'n', 'N'] {
        let (asked, said) = pressed(&ours, key);
        assert!(matches!(asked[..], [Cmd::Act(_)]), "{key}: {asked:?} {said}");
        let (asked, said) = pressed(&answered(Site::Unknown, 30, 0), key);
        assert!(asked.is_empty() && said.contains("--origin HOST:PORT"), "{key}: {said}");
    }
    for key in ['f', 'F', 'K'] {
        let (asked, said) = pressed(&ours, key);
        assert!(asked.is_empty() && said.contains("its cache is out of reach"), "{key}: {said}");
    }
    for key in ['t', 'T', 'b', 'B', 'r', 'R'] {
        assert!(pressed(&ours, key).0.is_empty(), "{key}");
    }
}

#[test]
fn what_is_said_in_words_is_refused_as_its_key_is() {
    let mut model = answered(Site::Ours, 30, 0);
    for change in [Change::Flush, Change::Rate(5.0), Change::Bump] {
        let said = Msg::Read(Ok(vec![Event { at: model.now(), change }]));
        assert!(update(&mut model, said).is_empty(), "{change:?}");
    }
    assert!(model.acts().is_empty());
    let said = Msg::Read(Ok(vec![Event { at: model.now(), change: Change::StopOrigin }]));
    assert!(matches!(update(&mut model, said)[..], [Cmd::Act(_)]));
}
