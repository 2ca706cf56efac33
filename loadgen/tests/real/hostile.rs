//! Servers that are broken or mean it: each way is a failure of its own kind, memory stays flat, and the run goes on.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use herdlab_loadgen::http::{Asking, Behind, Manners};
use herdlab_sim::time::Nanos;

use crate::http::{MANNERS, head, load, page, plan};

/// What each path does, and what it counts as.
const WAYS: [(&str, &str); 16] = [
    ("fine", ""),
    ("endless", "long-body"),
    ("slow-head", "slow-head"),
    ("slow-body", "slow-body"),
    ("short", "short-body"),
    ("two-lengths", "malformed"),
    ("loop", "redirect-loop"),
    ("away", "redirect-away"),
    ("nowhere", "redirect-nowhere"),
    ("headers", "long-head"),
    ("reset", "cut"),
    ("garbage", "malformed"),
    ("utf8", "utf8"),
    ("bomb", "bomb"),
    ("busy", "busy"),
    ("missing", "status"),
];

/// 64 MiB of zeros, packed into a few hundred kilobytes.
fn bomb() -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..64 {
        packed.write_all(&zeros).expect("memory takes all");
    }
    packed.finish().expect("memory takes all")
}

fn serve(stream: &TcpStream, bomb: &[u8]) -> std::io::Result<()> {
    let head = head(stream);
    let way = head.split(['/', ' ']).nth(2).unwrap_or_default();
    let mut out = stream;
    match way {
        "fine" => out.write_all(&page("fine")),
        "endless" => {
            out.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            let piece = [b'x'; 1 << 16];
            loop {
                out.write_all(&piece)?; // until the client has had enough
            }
        }
        "slow-head" => drip(out, b"HTTP/1.1 200 OK\r\nX-A"),
        "slow-body" => {
            out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")?;
            drip(out, b"x")
        }
        "short" => out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort"),
        "two-lengths" => out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 9\r\n\r\nabc"),
        "loop" => out.write_all(b"HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        "away" => out.write_all(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        "nowhere" => out.write_all(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        "headers" => {
            out.write_all(b"HTTP/1.1 200 OK\r\n")?;
            let line = [b"X-Long: ".as_slice(), &[b'x'; 8_000], b"\r\n"].concat();
            for _ in 0..1 << 17 {
                out.write_all(&line)?; // a gigabyte, if somebody takes it
            }
            Ok(())
        }
        "reset" => out.write_all(b"HTTP/1.1 200"),
        "garbage" => out.write_all(b"220 mail.example ESMTP\r\n"),
        "utf8" => {
            out.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\n\r\n\xff\xfe")
        }
        "bomb" => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
            out.write_all(head.as_bytes())?;
            out.write_all(bomb)
        }
        "busy" => out.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        _ => out.write_all(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    }
}

/// A byte now and then, for longer than anybody waits.
fn drip(mut out: &TcpStream, begin: &[u8]) -> std::io::Result<()> {
    out.write_all(begin)?;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        thread::sleep(Duration::from_millis(50));
        out.write_all(b"x")?;
    }
    Ok(())
}

fn hostile() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it has an address");
    let bomb = bomb();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let bomb = bomb.clone();
            thread::spawn(move || _ = serve(&stream, &bomb)); // the client leaves when it has had enough
        }
    });
    address
}

/// Resident memory of this process, in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("this is Linux");
    let pages: u64 =
        statm.split(' ').nth(1).and_then(|n| n.parse().ok()).expect("a number of pages");
    pages * 4_096
}

#[test]
fn every_way_of_going_wrong_is_counted_by_its_kind_and_the_run_goes_on() {
    let address = hostile();
    let ways: Vec<&str> = WAYS.iter().map(|(way, _)| *way).collect();
    let asking = Asking {
        url: format!("http://{address}/{{way}}"),
        variables: vec![format!("way={}", ways.join(","))],
        compressed: true,
        ..Asking::default()
    };
    let mut plan = plan(160.0, 1);
    plan.traffic.timeout = Some(Nanos::from_millis(1_500));
    let before = resident();
    let manners = Manners { body_limit: 1 << 20, ..MANNERS };
    let done = load(plan, &asking, manners, Behind::Unknown).expect("a run");
    let grown = resident().saturating_sub(before);
    let http = &done.figures;
    let failed: u64 = http.failures.values().sum();
    let requests = done.lane.requests.requests();
    for (way, kind) in WAYS.iter().filter(|(_, kind)| !kind.is_empty()) {
        assert!(http.failures.contains_key(kind), "{way}: {:?}", http.failures);
    }
    assert!(requests > failed && http.unknown == requests - failed, "what is fine is answered");
    let expected: std::collections::BTreeSet<&str> =
        WAYS.iter().map(|(_, kind)| *kind).filter(|kind| !kind.is_empty()).collect();
    assert_eq!(http.failures.keys().copied().collect::<std::collections::BTreeSet<_>>(), expected);
    assert!(grown < 64 << 20, "{} MiB more than before", grown >> 20);
}
