//! The origin as a server: slots, queue, faults, events, what it tells caches, and who has left.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use herdlab_loadgen::site::{Caching, OriginServer, Site};
use herdlab_sim::law::Law;
use herdlab_sim::plan::{Change, Event, Queue};
use herdlab_sim::time::Nanos;

use crate::common::ms;
use crate::http::{plan, site};

fn start(change: impl FnOnce(&mut Site)) -> OriginServer {
    let mut site = site(&plan(1.0, 1));
    change(&mut site);
    OriginServer::start(site).expect("an origin")
}

/// Asks over a connection of its own; the whole answer.
fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).expect("it takes a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

/// So many askers at once.
fn all(address: SocketAddr, path: &str, count: usize) -> Vec<String> {
    thread::scope(|scope| {
        let hands: Vec<_> = (0..count).map(|_| scope.spawn(|| get(address, path, ""))).collect();
        hands.into_iter().map(|hand| hand.join().expect("it asked")).collect()
    })
}

/// Waits until `happened`, as long as a slow machine may take.
fn until(what: &str, happened: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{what} did not happen");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_full_queue_refuses_and_everybody_else_is_served() {
    let server = start(|site| {
        site.origin.concurrency = Some(1);
        site.origin.latency = Law::Constant(ms(300));
        site.origin.queue = Queue { limit: Some(2), ..Queue::default() };
    });
    let answers = all(server.address(), "/a", 5);
    let of = |status: &str| answers.iter().filter(|one| one.starts_with(status)).count();
    assert_eq!((of("HTTP/1.1 200"), of("HTTP/1.1 503")), (3, 2), "{answers:?}");
    let figures = server.figures();
    assert_eq!((figures.origin_calls, figures.origin_shed, figures.answers.shed), (5, 2, 2));
    assert_eq!((figures.herd_max, figures.origin_duplicates, figures.origin_queue_max), (5, 4, 2));
}

#[test]
fn a_compute_whose_client_has_left_is_wasted() {
    let server = start(|site| site.origin.latency = Law::Constant(ms(100)));
    let mut stream = TcpStream::connect(server.address()).expect("it listens");
    stream.write_all(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n").expect("it takes a request");
    until("the call", || server.figures().origin_calls == 1);
    stream.shutdown(Shutdown::Both).expect("we leave");
    until("the waste", || server.figures().origin_wasted == 1);
    assert_eq!(server.figures().answers.left, 1);
}

#[test]
fn what_caches_are_told_is_what_was_said_and_who_has_the_tag_gets_no_body() {
    let vary = vec!["accept-language".parse().expect("a name")];
    let caching = Caching { cache_control: Some("max-age=7".to_owned()), vary, etag: true };
    let server = start(|site| site.caching = caching);
    let answer = get(server.address(), "/a?b", "Accept-Language: de\r\n").to_lowercase();
    for line in
        ["cache-control: max-age=7\r\n", "vary: accept-language\r\n", "x-herdlab-call: 1\r\n"]
    {
        assert!(answer.contains(line), "{answer}");
    }
    assert!(answer.contains("/a?b\naccept-language: de\ncall: 1\n"), "{answer}");
    let tag = answer.split("etag: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let had = format!("Accept-Language: de\r\nIf-None-Match: {}\r\n", tag.expect("a tag"));
    assert!(get(server.address(), "/a?b", &had).starts_with("HTTP/1.1 304"));
    let other = had.replace("de", "en");
    assert!(get(server.address(), "/a?b", &other).starts_with("HTTP/1.1 200"));
    assert_eq!((server.figures().answers.not_modified, server.figures().items), (1, 2));
}

#[test]
fn events_of_the_scenario_happen_from_the_start_on() {
    let at = |millis, change| Event { at: ms(millis), change };
    let server = start(|site| {
        site.origin.latency = Law::Constant(ms(1));
        site.events = vec![
            at(0, Change::FailOrigin(1.0)),
            at(1, Change::Flush), // not the origin's
            at(1_000, Change::RestoreOrigin),
        ];
    });
    until("the failure", || get(server.address(), "/a", "").starts_with("HTTP/1.1 500"));
    until("the end of it", || get(server.address(), "/a", "").starts_with("HTTP/1.1 200"));
    assert!(server.age() >= Nanos::SECOND);
    assert!(server.figures().origin_failed >= 1);
}

#[test]
fn a_person_gets_a_page_and_a_program_figures_that_can_begin_anew() {
    let server = start(|_| {});
    get(server.address(), "/a", "");
    let page = get(server.address(), "/", "");
    assert!(
        page.contains("<h1>herdlab origin</h1>") && page.contains("origin.calls<td>1<td>"),
        "{page}"
    );
    let figures = get(server.address(), "/_herdlab/figures", "");
    assert!(figures.contains("\"origin.calls\":1,"), "{figures}");
    let mut stream = TcpStream::connect(server.address()).expect("it listens");
    stream.write_all(b"POST /_herdlab/begin HTTP/1.0\r\n\r\n").expect("it takes a request");
    until("beginning anew", || server.figures().origin_calls == 0);
    assert!(get(server.address(), "/_herdlab/other", "").starts_with("HTTP/1.1 404"));
}
