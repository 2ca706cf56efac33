//! Between us and a cache: a small proxy that is slow, loses packets and cuts connections when the scenario says so.
//!
//! It passes bytes on and understands none of them. Whoever owns the server is not concerned: only our own connections
//! go through it, and only in a run whose scenario has such events. It has a thread of its own, so that it is not
//! slowed by what it is to slow. What it does to answers, not to questions, so each round trip feels it once:
//! - slow: they are passed on so much later, in order;
//! - lossy: a share of what is read at once is held for as long as a lost packet takes to be sent again, and, as TCP
//!   delivers in order, everything behind it on its connection too. The model has no connections, and delays only what
//!   was lost;
//! - cut: every connection is closed. A client makes new ones.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;

use herdlab_sim::plan::RETRANSMIT;
use herdlab_sim::random::{bits, unit};
use herdlab_sim::time::Nanos;
use herdlab_sim::world::race;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy, split};
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::watch;
use tokio::task::spawn_local;

use crate::backend::Endpoint;
use crate::clock::monotonic;
use crate::settings::Settings;
use crate::timer::Timer;

/// Room for what is read at once.
const CHUNK: usize = 64 << 10;

/// What it does to whatever passes.
#[derive(Copy, Clone, Default, Debug)]
struct Orders {
    slow: Nanos,
    lossy: f64,
    /// How often every connection was cut.
    cuts: u64,
}

/// A proxy in front of one server. Dropped, it is gone with its connections.
#[derive(Debug)]
pub(crate) struct Proxy {
    place: TempDir,
    /// Closed, it ends.
    orders: Option<watch::Sender<Orders>>,
    thread: Option<thread::JoinHandle<io::Result<()>>>,
}

/// What every connection through it needs.
#[derive(Clone)]
struct Through {
    server: Endpoint,
    nodelay: bool,
    seed: u64,
    timer: Timer,
    orders: watch::Receiver<Orders>,
}

impl Proxy {
    /// Listens in front of the server. Which packets are lost is drawn from the seed.
    ///
    /// # Errors
    /// If there is no directory, socket or thread for it.
    pub(crate) fn before(server: Endpoint, settings: &Settings, seed: u64) -> io::Result<Self> {
        let place = tempfile::Builder::new().prefix("herdlab-").tempdir_in("/tmp")?; // a short path
        let listener = std::os::unix::net::UnixListener::bind(socket_in(&place))?;
        listener.set_nonblocking(true)?;
        let (orders, obeyed) = watch::channel(Orders::default());
        let (nodelay, tick) = (settings.client.nodelay, settings.tick);
        let (ready, told) = mpsc::channel();
        let run = move || -> io::Result<()> {
            let mut builder = Builder::new_current_thread();
            let runtime = builder.enable_io().build_local(LocalOptions::default())?;
            runtime.block_on(async {
                let (timer, listener) = (Timer::new(tick)?, UnixListener::from_std(listener)?);
                let _ = ready.send(());
                spawn_local(timer.clone().drive());
                let through = Through { server, nodelay, seed, timer, orders: obeyed };
                race(accept(listener, &through), through.orders.clone().wait_for(|_| false)).await;
                Ok(())
            })
        };
        let thread = thread::Builder::new().name("proxy".to_owned()).spawn(run)?;
        let proxy = Self { place, orders: Some(orders), thread: Some(thread) };
        match told.recv() {
            Ok(()) => Ok(proxy),
            Err(_) => Err(proxy.failed()),
        }
    }

    /// Where to connect to instead.
    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::Unix(socket_in(&self.place))
    }

    /// Passes answers on so much later, and loses none.
    pub(crate) fn slow(&self, more: Nanos) {
        self.order(|orders| (orders.slow, orders.lossy) = (more, 0.0));
    }

    /// Loses this share of answers' packets, and is not slow.
    pub(crate) fn lose(&self, share: f64) {
        self.order(|orders| (orders.slow, orders.lossy) = (Nanos::ZERO, share));
    }

    /// Closes every connection.
    pub(crate) fn cut(&self) {
        self.order(|orders| orders.cuts += 1);
    }

    fn order(&self, change: impl FnOnce(&mut Orders)) {
        if let Some(orders) = &self.orders {
            orders.send_modify(change);
        }
    }

    /// Why it does not run.
    fn failed(mut self) -> io::Error {
        self.orders = None;
        let ended = self.thread.take().map(thread::JoinHandle::join);
        match ended {
            Some(Ok(Err(error))) => error,
            _ => io::Error::other("the proxy ended at once"),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn socket_in(place: &TempDir) -> PathBuf {
    place.path().join("p.sock")
}

async fn accept(listener: UnixListener, through: &Through) {
    for number in 0.. {
        let Ok((client, _)) = listener.accept().await else { return };
        spawn_local(through.clone().serve(client, number));
    }
}

impl Through {
    /// One connection, until one of the two closes it or it is cut.
    async fn serve(self, client: UnixStream, number: u64) {
        let Ok(server) = self.server.connect(self.nodelay).await else { return };
        let cuts = self.orders.borrow().cuts;
        let mut orders = self.orders.clone();
        let ((from_client, to_client), (from_server, to_server)) = (split(client), split(server));
        let passing =
            race(pass_on(from_client, to_server), self.answer(from_server, to_client, number));
        race(passing, orders.wait_for(|orders| orders.cuts != cuts)).await;
    }

    /// Passes answers on, each when it is due. What is read is not what is written at the same time, so what is slow has
    /// its whole throughput.
    async fn answer(
        &self,
        mut from: impl AsyncRead + Unpin,
        to: impl AsyncWrite + Unpin,
        number: u64,
    ) {
        let (later, mut due) = unbounded_channel();
        let reading = async move {
            let mut last = Nanos::ZERO;
            for chunk in 0.. {
                let mut bytes = Vec::with_capacity(CHUNK);
                if !matches!(from.read_buf(&mut bytes).await, Ok(1..)) {
                    return;
                }
                last = last.max(monotonic() + self.delay(number, chunk));
                if later.send((last, bytes)).is_err() {
                    return;
                }
            }
        };
        let writing = async {
            let mut to = to;
            while let Some((at, bytes)) = due.recv().await {
                if monotonic() < at {
                    self.timer.at(at).await;
                }
                if to.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        };
        race(reading, writing).await;
    }

    fn delay(&self, number: u64, chunk: u64) -> Nanos {
        let orders = *self.orders.borrow();
        let lost = unit(bits(self.seed, number, chunk)) < orders.lossy;
        orders.slow + if lost { RETRANSMIT } else { Nanos::ZERO }
    }
}

async fn pass_on(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    let _ = copy(&mut from, &mut to).await; // whoever is gone has closed it
}
