//! What the HTTP client costs alone: the floor under a load generator that is built on it. Nothing of herdlab is in here.
//!
//! Usage: `bare_reqwest URL SECONDS closed USERS`, or `bare_reqwest URL SECONDS open RATE WAKE_US`: a timer wakes every
//! `WAKE_US` microseconds and sends what is due by then. Prints the requests, and the p99 of how late an open loop sent them.
#![expect(clippy::disallowed_methods, reason = "it lives in real time")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use reqwest::{Client, Url, redirect, retry};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_local};

/// An open loop has so many requests in flight at the most: a server that stops would else get connections without end.
const CONNECTIONS: usize = 50;

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [url, seconds, load @ ..] = &args[..] else { return Err("URL SECONDS LOAD".into()) };
    let (url, seconds) = (url.parse::<Url>()?, Duration::from_secs(seconds.parse()?));
    let client = Client::builder()
        .no_proxy()
        .http1_only()
        .redirect(redirect::Policy::none())
        .retry(retry::never().max_retries_per_request(0))
        .pool_max_idle_per_host(usize::MAX)
        .tls_backend_preconfigured(no_tls()?)
        .build()?;
    let loads: Vec<&str> = load.iter().map(String::as_str).collect();
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    runtime.block_on(async {
        let (requests, late) = match loads[..] {
            ["closed", users] => (closed(&client, &url, seconds, users.parse()?).await?, None),
            ["open", rate, wake] => {
                open(&client, &url, seconds, rate.parse()?, wake.parse()?).await?
            }
            _ => return Err("the load is 'closed USERS' or 'open RATE WAKE_US'".into()),
        };
        let late = late.map_or_else(|| "null".to_owned(), |late| late.to_string());
        println!("{{\"requests\": {requests}, \"lateness_p99_us\": {late}}}");
        Ok(())
    })
}

/// It speaks none, but would look for a provider that nobody installed.
fn no_tls() -> Result<rustls::ClientConfig, Failed> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

/// One request, its body read and thrown away.
async fn get(client: &Client, url: &Url) -> reqwest::Result<()> {
    let mut answer = client.get(url.clone()).send().await?.error_for_status()?;
    while answer.chunk().await?.is_some() {}
    Ok(())
}

/// Users who ask again when answered. How many requests there were.
async fn closed(client: &Client, url: &Url, seconds: Duration, users: u32) -> Result<u64, Failed> {
    let (mut all, end) = (JoinSet::new(), Instant::now() + seconds);
    for _ in 0..users {
        let (client, url) = (client.clone(), url.clone());
        all.spawn_local(async move {
            let mut asked = 0;
            while Instant::now() < end {
                get(&client, &url).await?;
                asked += 1;
            }
            Ok::<u64, reqwest::Error>(asked)
        });
    }
    let mut requests = 0;
    while let Some(asked) = all.join_next().await {
        requests += asked??;
    }
    Ok(requests)
}

/// What came of an open loop, and its connections.
struct Seen {
    connections: Semaphore,
    late: RefCell<Vec<Duration>>,
    ended: Cell<usize>,
    failed: Cell<usize>,
}

/// Requests on a schedule of equal gaps. How many there were, and the p99 of their lateness in microseconds.
async fn open(
    client: &Client,
    url: &Url,
    seconds: Duration,
    rate: u32,
    wake_us: u64,
) -> Result<(u64, Option<u128>), Failed> {
    let (begun, gap) = (Instant::now(), Duration::from_secs(1) / rate);
    let timer = Ticker::new(Duration::from_micros(wake_us))?;
    let seen = Rc::new(Seen {
        connections: Semaphore::new(CONNECTIONS),
        late: RefCell::default(),
        ended: Cell::default(),
        failed: Cell::default(),
    });
    let dues: Vec<Duration> = (1..).map(|nth| gap * nth).take_while(|due| *due < seconds).collect();
    for &due in &dues {
        while begun.elapsed() < due {
            timer.next().await?;
        }
        let (client, url, seen) = (client.clone(), url.clone(), Rc::clone(&seen));
        spawn_local(async move {
            seen.late.borrow_mut().push(begun.elapsed() - due);
            let _connection = seen.connections.acquire().await;
            let failed = get(&client, &url).await.is_err();
            seen.failed.set(seen.failed.get() + usize::from(failed));
            seen.ended.set(seen.ended.get() + 1);
        });
    }
    while seen.ended.get() < dues.len() {
        timer.next().await?;
    }
    if seen.failed.get() > 0 {
        return Err(format!("{} requests failed", seen.failed.get()).into());
    }
    let mut late = seen.late.take();
    late.sort_unstable();
    let p99 = late.get(late.len() * 99 / 100).map(Duration::as_micros);
    Ok((late.len() as u64, p99))
}

/// A timer that fires again and again; tokio's own counts milliseconds.
struct Ticker(AsyncFd<std::os::fd::OwnedFd>);

impl Ticker {
    fn new(every: Duration) -> Result<Self, Failed> {
        let fd = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK)?;
        let every =
            Timespec { tv_sec: every.as_secs() as i64, tv_nsec: i64::from(every.subsec_nanos()) };
        let spec = Itimerspec { it_interval: every, it_value: every };
        timerfd_settime(&fd, TimerfdTimerFlags::empty(), &spec)?;
        #[expect(deprecated, reason = "its successor is unsafe; nobody else has this descriptor")]
        let fd = AsyncFd::with_interest(fd, Interest::READABLE)?;
        Ok(Self(fd))
    }

    async fn next(&self) -> Result<(), Failed> {
        let mut ready = self.0.readable().await?;
        let _ = rustix::io::read(self.0.get_ref(), &mut [0; 8]); // nothing to read: woken for nothing
        ready.clear_ready();
        Ok(())
    }
}
