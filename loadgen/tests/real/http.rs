//! Load over HTTP on an origin of ours, which counts what reaches it: both sides agree.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use crate::common::{SEED, beside, ms, scheduled, settings};
use herdlab_loadgen::http::{Ask, Asking, Behind, HttpRun, Job, Manners, Place, run};
use herdlab_loadgen::site::{Caching, OriginServer, Site};
use herdlab_loadgen::{RunError, Settings};
use herdlab_sim::law::Law;
use herdlab_sim::measure::{LaneRun, Live, Look, Observer, Onward, Progress, Sample, Totals};
use herdlab_sim::plan::{Arrivals, Change, Event, Keys, Load, Origin, Plan, Traffic, Variants};
use herdlab_sim::time::Nanos;

/// A plan of that rate for a second, over so many items.
pub(crate) fn plan(rate: f64, items: u32) -> Plan {
    Plan {
        seed: SEED,
        duration: Nanos::SECOND,
        traffic: Traffic {
            load: Load::open(rate, Arrivals::Poisson),
            keys: Keys::Uniform { count: items },
            processes: 2,
            timeout: Some(Nanos::from_secs(5)),
            ..Traffic::default()
        },
        origin: Origin { latency: Law::Constant(ms(20)), ..Origin::default() },
        ..Plan::default()
    }
}

pub(crate) const MANNERS: Manners = Manners {
    connections: 200,
    churn: false,
    http2: false,
    body_limit: 1 << 20,
    redirects: 5,
    yes: false,
};

/// An origin as a plan has it, on a port that is free.
pub(crate) fn site(plan: &Plan) -> Site {
    Site {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        seed: plan.seed,
        origin: plan.origin.clone(),
        events: plan.events.clone(),
        value_size: 512,
        patience: plan.traffic.timeout,
        caching: Caching::default(),
    }
}

/// Runs the plan against `asking`, with variants as its variables have them.
pub(crate) fn load(
    plan: Plan,
    asking: &Asking,
    manners: Manners,
    behind: Behind,
) -> Result<HttpRun, RunError> {
    load_watched(plan, asking, manners, behind, &mut ())
}

/// The same, with somebody looking on.
fn load_watched(
    mut plan: Plan,
    asking: &Asking,
    manners: Manners,
    behind: Behind,
    observer: &mut dyn Observer,
) -> Result<HttpRun, RunError> {
    let place = Place::of(&asking.url, false)?;
    let ask = Ask::new(asking, &place)?;
    plan.traffic.variants = Variants { kept: 1, all: ask.variants() };
    let _beside = beside();
    run(&plan, &Job { place, ask, manners, behind }, &settings(), observer)
}

fn asking(url: String) -> Asking {
    Asking { url, ..Asking::default() }
}

/// A server in a thread of its own that answers each request by its head, one a connection.
pub(crate) fn server(answer: impl Fn(&str) -> Vec<u8> + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it has an address");
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = answer.clone();
            thread::spawn(move || {
                let head = head(&stream);
                let _ = (&stream).write_all(&answer(&head)); // the client may have left
            });
        }
    });
    address
}

/// A request's head, as far as it comes.
pub(crate) fn head(mut stream: &TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

pub(crate) fn page(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        .into_bytes()
}

#[test]
fn without_a_cache_every_request_is_an_origin_call_on_either_version_of_http() {
    for http2 in [false, true] {
        let plan = plan(300.0, 4);
        let server = OriginServer::start(site(&plan)).expect("an origin");
        let url = format!("http://{}", server.address());
        let mut done = load(
            plan.clone(),
            &asking(format!("{url}/item/{{id}}")),
            Manners { http2, ..MANNERS },
            Behind::running(&url).expect("it runs"),
        )
        .expect("a run");
        let requests = scheduled(&plan);
        let (lane, http) = (&mut done.lane, &done.figures);
        assert_eq!(lane.requests.requests(), requests, "seed {SEED}, http2 {http2}");
        assert_eq!(http.statuses.get(&200), Some(&requests), "{http:?}");
        assert_eq!(http.unknown, requests, "an origin says nothing of caches");
        let told = done.origin.expect("it tells its figures");
        let counted = server.figures();
        assert_eq!((told.origin_calls, counted.answers.values), (requests, requests));
        assert_eq!(told.items, 4);
        assert!(told.herd_max >= 2 && told.origin_duplicates > 0, "{told:?}");
        assert!(lane.requests.latency().quantile_us(0.5) >= 20_000, "a compute takes that long");
    }
}

#[test]
fn an_origin_that_the_run_starts_counts_what_the_run_measures() {
    let mut plan = plan(200.0, 1);
    plan.warmup = ms(400);
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
    let site = Site { listen: free, ..site(&plan) };
    let asking = asking(format!("http://{free}/"));
    // The path / is the page for a person; a query makes it no other.
    let asking = Asking { url: asking.url.clone() + "one", ..asking };
    let done = load(plan, &asking, MANNERS, Behind::Start(Box::new(site))).expect("a run");
    let (requests, calls) = (done.lane.requests.requests(), done.lane.origin.calls());
    // A request that was due at the end of the warm-up may arrive after it.
    assert!(calls.abs_diff(requests) <= 5, "{calls} calls of {requests} requests, seed {SEED}");
    assert!(done.lane.origin.duplicates() > 0);
}

/// Looks every 100 ms, and puts its acts to the first look after the first half second.
#[derive(Default)]
struct Looker {
    acts: Vec<Change>,
    samples: Vec<Sample>,
    totals: Totals,
}

impl Looker {
    fn take(&mut self, live: &mut dyn Live) {
        self.samples.push(live.sample());
        self.totals = live.totals();
    }
}

impl Observer for Looker {
    fn tick(&mut self, _: &Progress, _: &mut dyn FnMut() -> Option<LaneRun>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn first_look(&self) -> Nanos {
        Nanos::ZERO
    }

    fn look(&mut self, live: &mut dyn Live) -> Look {
        self.take(live);
        let at = live.now();
        let acts = if at < ms(500) { Vec::new() } else { std::mem::take(&mut self.acts) };
        let acts = acts.into_iter().map(|change| Event { at, change }).collect();
        ControlFlow::Continue(Onward { next: at + ms(100), acts })
    }

    fn last_look(&mut self, live: &mut dyn Live) {
        self.take(live);
    }
}

#[test]
fn looks_at_a_load_have_all_that_its_record_has_and_only_an_origin_of_ours_can_be_changed() {
    let mut plan = plan(200.0, 1);
    plan.warmup = ms(300);
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
    let ours = Behind::Start(Box::new(Site { listen: free, ..site(&plan) }));
    let acts = vec![Change::Flush, Change::FailOrigin(1.0)];
    let mut looker = Looker { acts, ..Looker::default() };
    let asking = asking(format!("http://{free}/one"));
    let done = load_watched(plan.clone(), &asking, MANNERS, ours, &mut looker).expect("a run");
    let (lane, http, totals) = (&done.lane, &done.figures, &looker.totals);
    let outcomes: u64 = totals.outcomes.iter().sum();
    assert_eq!(outcomes, lane.requests.requests(), "seed {SEED}");
    assert_eq!((totals.unknown, totals.calls), (http.unknown, lane.origin.calls()));
    let sum =
        |pick: fn(&Sample) -> u32| looker.samples.iter().map(pick).map(u64::from).sum::<u64>();
    let seen = sum(|sample| sample.requests.outcomes.iter().sum());
    assert_eq!(seen, scheduled(&plan), "an interval has the warm-up too");
    assert!(sum(|sample| sample.requests.unknown) > totals.unknown);
    assert!(sum(|sample| sample.origin.calls) > totals.calls && totals.herd_max > 1, "{totals:?}");
    assert!(http.failures.contains_key("status"), "the origin fails from then on: {http:?}");
    let [refused] = &http.warnings[..] else { panic!("one warning: {:?}", http.warnings) };
    assert!(refused.contains("flush") && refused.contains("out of reach"), "{refused}");
}

#[test]
fn an_answer_that_was_made_for_somebody_else_is_found_with_both_requests() {
    let address = server(|_| page("Hello ann!"));
    let asking = Asking {
        variables: vec!["user=ann,bob".to_owned()],
        cookies: vec!["session={user}".to_owned()],
        must_contain: Some("Hello {user}!".to_owned()),
        ..asking(format!("http://{address}/me"))
    };
    let done = load(plan(50.0, 1), &asking, MANNERS, Behind::Unknown).expect("a run");
    let leaked = done.lane.requests.leaked();
    let requests = done.lane.requests.requests();
    assert!(leaked > 0 && leaked < requests, "bob's only: {leaked} of {requests}, seed {SEED}");
    let leak = done.figures.leaks.first().expect("the first few are shown");
    assert_eq!(leak.got, format!("GET http://{address}/me [cookie: session=bob]"));
    assert_eq!(leak.made_for, format!("GET http://{address}/me [cookie: session=ann]"));
    assert!(done.figures.failures.is_empty(), "{:?}", done.figures.failures);
}

#[test]
fn a_coarse_tick_makes_requests_late_and_both_lateness_and_latencies_tell() {
    let plan = plan(1_000.0, 4);
    let server = OriginServer::start(site(&plan)).expect("an origin");
    let asking = asking(format!("http://{}/{{id}}", server.address()));
    let place = Place::of(&asking.url, false).expect("an address");
    let ask = Ask::new(&asking, &place).expect("a request");
    let job = Job { place, ask, manners: MANNERS, behind: Behind::Unknown };
    let settings = Settings { tick: ms(40), ..settings() };
    let _beside = beside();
    let mut done = run(&plan, &job, &settings, &mut ()).expect("a run");
    assert_eq!(done.lane.requests.requests(), scheduled(&plan), "seed {SEED}");
    assert_eq!(done.figures.settings.tick, ms(40), "the record has it");
    // Due at any time of a tick, sent at its end: half of them are late by half of it, but for the timer's own grain.
    let late = done.lane.requests.lateness().clone().quantile_us(0.5);
    assert!(late >= 15_000, "half of them were sent {late} us late or less");
    let median = done.lane.requests.latency().quantile_us(0.5);
    assert!(median >= late + 19_000, "the origin takes 20 ms: {median} us");
}

/// A server that answers so many requests a connection and then closes it without a word; how many had one.
fn closing_after(each: usize) -> (SocketAddr, Arc<AtomicU64>) {
    keeping(each, |_| b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec())
}

/// The same, that answers each request by its head.
fn keeping(each: usize, answer: fn(&str) -> Vec<u8>) -> (SocketAddr, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it has an address");
    let used = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&used);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let used = Arc::clone(&counted);
            thread::spawn(move || {
                for nth in 0..each {
                    let head = head(&stream);
                    if head.is_empty() {
                        return; // the client has left
                    }
                    used.fetch_add(u64::from(nth == 0), Relaxed);
                    let _ = (&stream).write_all(&answer(&head));
                }
            });
        }
    });
    (address, used)
}

/// So many users who think for 10 ms, on such a server: requests, and the connections that they took.
fn connections_of(users: u32, each: usize, churn: bool) -> (u64, u64) {
    let (address, used) = closing_after(each);
    let mut plan = plan(1.0, 1);
    plan.traffic.load = Load::Closed { users, think: Law::Constant(ms(10)) };
    let asking = Asking { churn, ..asking(format!("http://{address}/")) };
    let done = load(plan, &asking, Manners { churn, ..MANNERS }, Behind::Unknown).expect("a run");
    assert!(done.figures.failures.is_empty(), "{:?}", done.figures.failures);
    (done.lane.requests.requests(), used.load(Relaxed))
}

#[test]
fn a_connection_is_kept_for_the_next_request_unless_each_shall_have_its_own() {
    let (requests, connections) = connections_of(4, usize::MAX, false);
    assert!(connections <= 4 && requests > 2 * connections, "{requests} over {connections}");
    let (requests, connections) = connections_of(4, usize::MAX, true);
    assert_eq!(requests, connections);
}

#[test]
fn a_connection_that_the_server_closed_while_it_waited_is_replaced_and_no_request_fails() {
    // Alone, a user comes 10 ms after the server has closed; of several one could come just before, and be cut.
    let (requests, connections) = connections_of(1, 3, false);
    assert!(requests > 12 && connections == requests.div_ceil(3), "{requests} over {connections}");
}

/// What becomes of a stream of HTTP/2.
enum Fate {
    Answered,
    /// Reset with REFUSED_STREAM: not begun.
    Refused,
    /// GOAWAY: only this many streams of the connection are begun.
    Beyond(u32),
}

/// A server of HTTP/2, and how many streams it answered and how many it did not begin.
#[derive(Clone)]
struct Streams {
    fate: fn(u32) -> Fate,
    answered: Arc<AtomicU64>,
    unbegun: Arc<AtomicU64>,
}

impl Streams {
    fn start(fate: fn(u32) -> Fate) -> (SocketAddr, Self) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it has an address");
        let streams = Self { fate, answered: Arc::default(), unbegun: Arc::default() };
        let server = streams.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let server = server.clone();
                thread::spawn(move || _ = server.serve(&stream)); // until the client leaves
            }
        });
        (address, streams)
    }

    /// Decides on each stream once its request is whole (RFC 9113, 4.1: how frames are written).
    fn serve(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        let (mut preface, mut frame) = ([0; 24], [0; 9]);
        stream.read_exact(&mut preface)?;
        stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0])?; // SETTINGS, all as usual
        loop {
            stream.read_exact(&mut frame)?;
            let [a, b, c, kind, flags, id @ ..] = frame;
            stream.read_exact(&mut vec![0; u32::from_be_bytes([0, a, b, c]) as usize])?;
            let whole = kind <= 1 && flags & 1 == 1; // DATA or HEADERS, with END_STREAM
            if whole {
                stream.write_all(&self.word(u32::from_be_bytes(id)))?;
            }
        }
    }

    fn word(&self, id: u32) -> Vec<u8> {
        let (counter, word) = match (self.fate)(id / 2 + 1) {
            // HEADERS, END_HEADERS and END_STREAM, and of the static table the one for status 200.
            Fate::Answered => {
                (&self.answered, [&[0, 0, 1, 1, 5], &id.to_be_bytes()[..], &[0x88]].concat())
            }
            Fate::Refused => {
                let head = [&[0, 0, 4, 3, 0], &id.to_be_bytes()[..]].concat();
                (&self.unbegun, [head, vec![0, 0, 0, 7]].concat())
            }
            Fate::Beyond(begun) => {
                let last = (2 * begun - 1).to_be_bytes();
                (&self.unbegun, [&[0, 0, 8, 7, 0, 0, 0, 0, 0], &last[..], &[0; 4]].concat())
            }
        };
        counter.fetch_add(1, Relaxed);
        word
    }

    /// What so many users who think for 10 ms get: requests, failures, streams answered and streams not begun.
    fn load(fate: fn(u32) -> Fate, users: u32) -> (u64, u64, u64, u64) {
        let (address, streams) = Self::start(fate);
        let mut plan = plan(1.0, 1);
        plan.traffic.load = Load::Closed { users, think: Law::Constant(ms(10)) };
        let asking = Asking {
            method: "POST".to_owned(),
            body: Some("order {id}".to_owned()),
            ..asking(format!("http://{address}/"))
        };
        let manners = Manners { http2: true, ..MANNERS };
        let done = load(plan, &asking, manners, Behind::Unknown).expect("a run");
        let failed = done.figures.failures.values().sum();
        let count = |counter: &AtomicU64| counter.load(Relaxed);
        let requests = done.lane.requests.requests();
        (requests, failed, count(&streams.answered), count(&streams.unbegun))
    }
}

#[test]
fn what_a_server_of_http2_did_not_begin_is_sent_again_over_a_new_connection_if_it_leaves() {
    let after_ten = |nth| if nth <= 10 { Fate::Answered } else { Fate::Beyond(10) };
    let (requests, failed, answered, unbegun) = Streams::load(after_ten, 4);
    assert_eq!((failed, answered), (0, requests));
    // With every connection that ends, the stream that was too much.
    assert!(requests > 40 && unbegun >= (requests - 1) / 10, "{unbegun} of {requests}");
}

#[test]
fn a_stream_that_is_refused_is_sent_again_but_not_for_ever() {
    let every_third = |nth| if nth % 3 == 0 { Fate::Refused } else { Fate::Answered };
    let (requests, failed, answered, unbegun) = Streams::load(every_third, 1);
    assert_eq!((failed, answered), (0, requests));
    assert!(requests > 6 && unbegun >= requests / 2 - 1, "{unbegun} of {requests}");
    let (requests, failed, answered, unbegun) = Streams::load(|_| Fate::Refused, 1);
    assert_eq!((failed, answered, unbegun), (requests, 0, 3 * requests));
}

#[test]
fn a_request_says_who_asks_for_what_of_whom_and_a_host_of_the_users_own_is_kept() {
    for (own, host) in [(None, None), (Some("Host: shop.example"), Some("shop.example"))] {
        let address = server(move |head| {
            let head = head.to_ascii_lowercase();
            let lines: Vec<&str> = head.lines().collect();
            let hosts: Vec<&str> =
                lines.iter().filter_map(|line| line.strip_prefix("host: ")).collect();
            let named = host.map_or(hosts[0].starts_with("127.0.0.1:"), |host| hosts[0] == host);
            let said = lines[0] == "get /a?b=c http/1.1"
                && lines.contains(&"accept: */*")
                && lines.iter().any(|line| line.starts_with("user-agent: herdlab/"));
            if hosts.len() == 1 && named && said {
                return page("well said");
            }
            b"HTTP/1.1 400 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
        });
        let headers = own.map(str::to_owned).into_iter().collect();
        let asking = Asking { headers, ..asking(format!("http://{address}/a?b=c#part")) };
        let done = load(plan(20.0, 1), &asking, MANNERS, Behind::Unknown).expect("a run");
        let statuses: Vec<u16> = done.figures.statuses.into_keys().collect();
        assert_eq!(statuses, [200], "{own:?}");
    }
}

#[test]
fn redirects_are_followed_within_the_host() {
    let address = server(|head| {
        if head.starts_with("GET /there") {
            return page("there");
        }
        b"HTTP/1.1 302 Found\r\nLocation: there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            .to_vec()
    });
    let asking = asking(format!("http://{address}/{{id}}"));
    let done = load(plan(20.0, 1), &asking, MANNERS, Behind::Unknown).expect("a run");
    let requests = done.lane.requests.requests();
    assert_eq!((done.figures.redirects, done.figures.statuses[&200]), (requests, requests));
}

#[test]
fn a_redirect_with_a_body_is_followed_over_the_connection_that_it_came_by() {
    let (address, used) = keeping(usize::MAX, |head| {
        let (first, body) = if head.starts_with("GET /there") {
            ("200 OK", "there")
        } else {
            ("302 Found\r\nLocation: /there", "<html>It is there.</html>")
        };
        let length = body.len();
        format!("HTTP/1.1 {first}\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
    });
    let mut plan = plan(1.0, 1);
    plan.traffic.load = Load::Closed { users: 1, think: Law::Constant(ms(10)) };
    let asking = asking(format!("http://{address}/{{id}}"));
    let done = load(plan.clone(), &asking, MANNERS, Behind::Unknown).expect("a run");
    let requests = done.lane.requests.requests();
    assert_eq!((done.figures.redirects, done.figures.statuses[&200]), (requests, requests));
    assert!(requests > 5 && used.load(Relaxed) == 1, "{requests} over {}", used.load(Relaxed));
    let manners = Manners { body_limit: 9, ..MANNERS };
    let done = load(plan, &asking, manners, Behind::Unknown).expect("a run");
    let failures: Vec<&str> = done.figures.failures.into_keys().collect();
    assert_eq!(failures, ["long-body"], "what is too long is too long in a redirect");
}

#[test]
fn nobody_there_is_an_error_before_the_run_and_so_is_too_much_for_another_machine() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
    let nobody = load(plan(1.0, 1), &asking(format!("http://{free}/")), MANNERS, Behind::Unknown);
    assert!(matches!(nobody, Err(RunError::Unreachable { .. })), "{nobody:?}");
    let asking = asking("http://192.0.2.1/".to_owned());
    let place = Place::of(&asking.url, true).expect("an address");
    let ask = Ask::new(&asking, &place).expect("a request");
    let job = Job { place, ask, manners: MANNERS, behind: Behind::Unknown };
    for load in [
        Load::open(101.0, Arrivals::Poisson),
        Load::Closed { users: 1, think: Law::Constant(Nanos::ZERO) },
    ] {
        let mut plan = plan(1.0, 1);
        plan.traffic.load = load;
        let heavy = run(&plan, &job, &settings(), &mut ());
        assert!(matches!(heavy, Err(RunError::Heavy { .. })), "{heavy:?}");
    }
}
