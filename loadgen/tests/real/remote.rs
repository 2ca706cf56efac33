//! A service of the user's own as the origin: strategies on a real Redis recompute from it, within what it bears.

use herdlab_loadgen::RunError;
use herdlab_loadgen::site::{OriginServer, Site};
use herdlab_sim::law::Law;
use herdlab_sim::plan::{Change, Event, Keys, Plan, Queue, Remote};
use herdlab_sim::time::Nanos;

use crate::common::{SEED, hot_key, lane, ms, private, run, run_lane, settings};
use crate::http::site;

/// A plan whose origin is that server.
fn plan(server: &OriginServer, change: impl FnOnce(&mut Remote)) -> Plan {
    let mut plan = hot_key(300.0, Nanos::from_secs(2));
    plan.traffic.keys = Keys::Uniform { count: 1_000 };
    let mut service = Remote::at(format!("http://{}/item/{{item}}", server.address()));
    change(&mut service);
    plan.origin.http = Some(service);
    plan
}

fn server(change: impl FnOnce(&mut Site)) -> OriginServer {
    let mut site = site(&hot_key(1.0, Nanos::SECOND));
    site.origin.latency = Law::Constant(ms(20));
    change(&mut site);
    OriginServer::start(site).expect("an origin")
}

#[test]
fn a_service_gets_what_a_strategy_recomputes_and_never_more_than_its_caps() {
    // It takes three at a time and refuses a fourth.
    let server = server(|site| {
        site.origin.concurrency = Some(3);
        site.origin.queue = Queue { limit: Some(0), ..Queue::default() };
    });
    let mut plan = plan(&server, |service| service.rate = 40.0);
    plan.origin.concurrency = Some(2); // one less, as an answer is on its way when the next call goes
    let run = run_lane(&plan, &lane("ttl", Nanos::from_secs(60)), &private());
    let (figures, asked) = (server.figures(), run.lane.origin.calls());
    assert_eq!((figures.origin_shed, figures.origin_failed), (0, 0), "seed {SEED}");
    assert!(figures.origin_qps_peak <= 41, "{} calls in a second", figures.origin_qps_peak);
    assert!(
        figures.origin_calls >= 60 && figures.origin_calls <= asked,
        "{} of {asked}",
        figures.origin_calls
    );
    assert!(figures.items > 50, "each item has a URL of its own");
    let [fresh, _, _, computed, ..] = run.lane.requests.outcomes();
    assert!(fresh > 0 && computed > 0, "what was computed there was stored in Redis: {fresh}");
}

#[test]
fn a_service_that_fails_is_let_alone_and_the_run_ends() {
    let server = server(|site| site.origin.failure_rate = 1.0);
    let plan = plan(&server, |service| service.rate = 1_000.0);
    let run = run_lane(&plan, &lane("ttl", Nanos::from_secs(60)), &private());
    let why = run.figures.origin_down.expect("it failed");
    assert!(why.ends_with("calls of the origin failed"), "{why}");
    assert!(run.lane.partial);
    let most = 20 + plan.origin.concurrency.map_or(300, u64::from);
    assert!(server.figures().origin_calls <= most, "{} calls", server.figures().origin_calls);
}

#[test]
fn a_service_that_is_not_there_or_not_ours_to_stop_is_an_error_before_the_run() {
    let server = server(|_| {});
    let refused = |plan: &Plan| {
        let lane = lane("ttl", Nanos::from_secs(60));
        run(plan, &lane, &herdlab_loadgen::Target::Memory, &settings(), &mut ())
    };
    let mut stopped = plan(&server, |_| {});
    stopped.events = vec![Event { at: ms(1), change: Change::StopOrigin }];
    assert!(matches!(refused(&stopped), Err(RunError::Unsuited { .. })));
    let nameless = plan(&server, |service| service.url = "http://127.0.0.1:1/".to_owned());
    assert!(matches!(refused(&nameless), Err(RunError::Unsuited { .. })));
    let nobody = plan(&server, |service| service.url = "http://127.0.0.1:1/{item}".to_owned());
    assert!(matches!(refused(&nobody), Err(RunError::Unreachable { .. })));
    let away = plan(&server, |service| service.url = "http://192.0.2.1/{item}".to_owned());
    assert!(matches!(refused(&away), Err(RunError::Remote { .. })));
}
