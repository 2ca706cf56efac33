//! A small run that has something to see: a hot key that expires, a flush, an origin that queues.

use std::thread;

use herdlab_sim::law::Law;
use herdlab_sim::measure::Observer;
use herdlab_sim::plan::{
    Arrivals, Cache, Change, Event, Keys, Lane, Load, Origin, Plan, Traffic, Warm,
};
use herdlab_sim::strategy::{AnyStrategy, Setpoint};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt;
use herdlab_tui::script::Script;
use herdlab_tui::theme::{Glyphs, Palette, Theme};
use herdlab_tui::{Backstage, Clock, Conductor, Model, Player, Stage, Turn, Written};

pub(crate) const PLAIN: Theme = Theme::new(Palette::Mono, Glyphs::Block);

/// Lanes of these strategies, each with a TTL of 5 s, for so many seconds.
pub(crate) fn plan(strategies: &[&str], seconds: u64) -> Plan {
    let ms = Nanos::from_millis;
    let lane = |name: &&str| {
        let mut strategy = AnyStrategy::named(name).expect("it is in the list");
        for parameter in strategy.parameters() {
            if parameter.name == "ttl" {
                assert!(parameter.set(Setpoint::Span(ms(5_000))));
            }
        }
        Lane { name: (*name).to_owned(), strategy, rules: Default::default() }
    };
    Plan {
        seed: 42,
        duration: Nanos::from_secs(seconds),
        warmup: ms(1_000),
        traffic: Traffic {
            load: Load::open(400.0, Arrivals::Poisson),
            keys: Keys::Zipf { exponent: 1.2, count: 50 },
            timeout: Some(ms(1_000)),
            processes: 4,
            ..Traffic::default()
        },
        cache: Cache {
            warm: Warm::Stationary,
            latency: Law::Constant(Nanos::from_micros(300)),
            ..Cache::default()
        },
        origin: Origin {
            concurrency: Some(40),
            latency: Law::Constant(ms(200)),
            ..Origin::default()
        },
        events: vec![Event { at: ms(12_300), change: Change::Flush }],
        lanes: strategies.iter().map(lane).collect(),
        ..Plan::default()
    }
}

/// Nobody behind the scenes.
struct Alone;

impl Backstage for Alone {
    fn read(&self, line: &str, _: Nanos) -> Result<Vec<Event>, String> {
        Err(format!("{line:?} is not understood here"))
    }

    fn write(&self, acts: &[Event]) -> Result<Written, String> {
        let file = format!("{}-acts.toml", acts.len());
        Ok(Written { command: format!("herdlab compare {file}"), file })
    }

    fn save(&self, screen: &str) -> Result<String, String> {
        Ok(format!("{}-lines.txt", screen.lines().count()))
    }
}

/// The model after a script was played and left.
pub(crate) fn played(plan: &Plan, script: &str) -> Model {
    let run = |turn: Turn<'_>, observer: &mut dyn Observer| {
        virt::run(turn.plan, &turn.plan.lanes[turn.lane], observer).expect("it is not overloaded")
    };
    let model = Model::new("shop", plan, Clock::Virtual, PLAIN);
    let stage = Stage { plan, tick: model.tick(), real: false, run: &run };
    let script = Script::read(&format!("{script}; quit")).expect("a script");
    let ended = thread::scope(|scope| {
        let player = Player::new(model, Conductor::new(scope, &stage), &Alone);
        script.play(player, &|_, _| Ok(()))
    });
    ended.unwrap_or_else(|error| panic!("{error}")).model
}
