//! One connection that comes back, with as many commands on their way as there are callers.
//!
//! What is sent between two turns of the writer goes out in one write. Replies come in the order of the commands, so
//! whoever waits longest gets the next. A command once written into the buffer is sent though its caller leaves.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;

use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Either, race};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{Notify, oneshot};

use super::super::BackendError;
use super::place::Place;
use super::protocol::{self, Reply};
use crate::background::Background;
use crate::settings::Settings;
use crate::timer::Timer;

/// The longest wait for what was sent before the end.
const SETTLE: Nanos = Nanos::from_secs(2);
/// Room for what is read at once.
const CHUNK: usize = 64 << 10;

pub(super) struct Link {
    place: Place,
    settings: Settings,
    timer: Timer,
    background: Background,
    state: RefCell<State>,
    /// How often it was made anew.
    era: Cell<u64>,
}

enum State {
    Up(Rc<Wire>),
    Down,
    /// Nothing is sent any more; the connection is kept for what was.
    Closed(Option<Rc<Wire>>),
}

/// What is on its way over a connection.
#[derive(Default)]
struct Wire {
    out: RefCell<Vec<u8>>,
    waiting: RefCell<VecDeque<oneshot::Sender<Reply>>>,
    wake: Notify,
}

impl Wire {
    fn send(&self, command: impl FnOnce(&mut Vec<u8>)) -> oneshot::Receiver<Reply> {
        let (tell, told) = oneshot::channel();
        command(&mut self.out.borrow_mut());
        self.waiting.borrow_mut().push_back(tell);
        self.wake.notify_one();
        told
    }

    async fn write(&self, mut socket: impl AsyncWrite + Unpin) -> io::Result<()> {
        loop {
            let bytes = self.out.take();
            if bytes.is_empty() {
                self.wake.notified().await;
            } else {
                socket.write_all(&bytes).await?;
            }
        }
    }

    /// Until the connection ends or speaks nonsense.
    async fn read(&self, mut socket: impl AsyncRead + Unpin) -> io::Result<()> {
        let mut bytes = Vec::new();
        loop {
            bytes.reserve(CHUNK);
            if socket.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
            let mut used = 0;
            while let Some((reply, length)) =
                protocol::parse(&bytes[used..]).map_err(|_| io::ErrorKind::InvalidData)?
            {
                used += length;
                let Some(tell) = self.waiting.borrow_mut().pop_front() else {
                    return Err(io::ErrorKind::InvalidData.into()); // nobody asked
                };
                let _ = tell.send(reply); // its caller may have left
            }
            bytes.drain(..used);
        }
    }
}

impl Link {
    /// Connects, once.
    pub(super) async fn new(
        place: Place,
        settings: &Settings,
        timer: &Timer,
        background: &Background,
    ) -> io::Result<Rc<Self>> {
        let link = Rc::new(Self {
            place,
            settings: settings.clone(),
            timer: timer.clone(),
            background: background.clone(),
            state: RefCell::new(State::Down),
            era: Cell::new(0),
        });
        let wire = link.connect().await?;
        link.state.replace(State::Up(wire));
        Ok(link)
    }

    async fn connect(self: &Rc<Self>) -> io::Result<Rc<Wire>> {
        let made = async {
            match &self.place {
                Place::Tcp(host, port) => {
                    let socket = TcpStream::connect((host.as_str(), *port)).await?;
                    socket.set_nodelay(self.settings.nodelay)?;
                    Ok(self.drive(socket))
                }
                Place::Unix(path) => Ok(self.drive(UnixStream::connect(path).await?)),
            }
        };
        match race(made, self.timer.after(self.settings.connect_timeout)).await {
            Either::Left(result) => result,
            Either::Right(()) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Has the socket read and written until one of it fails; who then still waits has lost.
    fn drive(self: &Rc<Self>, socket: impl AsyncRead + AsyncWrite + 'static) -> Rc<Wire> {
        let (link, wire) = (Rc::clone(self), Rc::new(Wire::default()));
        let driven = Rc::clone(&wire);
        self.background.take(async move {
            let (reader, writer) = split(socket);
            race(driven.read(reader), driven.write(writer)).await;
            driven.waiting.take();
            link.lost(&driven);
        });
        wire
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(*self.state.borrow(), State::Up(_))
    }

    pub(super) const fn reconnects(&self) -> u64 {
        self.era.get()
    }

    /// Sends a command for one reply.
    pub(super) async fn send(
        &self,
        command: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Reply, BackendError> {
        let told = match &*self.state.borrow() {
            State::Up(wire) => wire.send(command),
            _ => return Err(BackendError::Down),
        };
        told.await.map_err(|_| BackendError::Lost)
    }

    /// Sends several commands in one write; true if all were done.
    pub(super) async fn send_batch(
        &self,
        commands: impl Iterator<Item = impl FnOnce(&mut Vec<u8>)>,
    ) -> Result<bool, BackendError> {
        let told: Vec<_> = match &*self.state.borrow() {
            State::Up(wire) => commands.map(|command| wire.send(command)).collect(),
            _ => return Err(BackendError::Down),
        };
        let mut done = true;
        for told in told {
            done &= told.await.map_err(|_| BackendError::Lost)? == Reply::Done;
        }
        Ok(done)
    }

    /// This connection broke.
    fn lost(self: Rc<Self>, wire: &Rc<Wire>) {
        let present = matches!(&*self.state.borrow(), State::Up(up) if Rc::ptr_eq(up, wire));
        if present {
            self.state.replace(State::Down);
            let background = self.background.clone();
            background.take(self.reconnect());
        }
    }

    async fn reconnect(self: Rc<Self>) {
        let mut wait = self.settings.retry_least;
        loop {
            self.timer.after(wait).await;
            let made = self.connect().await;
            if !matches!(*self.state.borrow(), State::Down) {
                return; // closed meanwhile
            }
            if let Ok(wire) = made {
                self.era.set(self.era.get() + 1);
                self.state.replace(State::Up(wire));
                return;
            }
            wait = wait.scale(2.0).min(self.settings.retry_most);
        }
    }

    /// Sends nothing more.
    pub(super) fn close(&self) {
        let kept = match &*self.state.borrow() {
            State::Up(wire) => Some(Rc::clone(wire)),
            _ => None,
        };
        self.state.replace(State::Closed(kept));
    }

    /// Resolves when everything sent before it was closed has taken effect: a connection is worked off in order.
    pub(super) async fn barrier(&self) {
        let State::Closed(Some(wire)) = self.state.replace(State::Closed(None)) else { return };
        let told = wire.send(|out| protocol::line(out, "mn"));
        let _ = race(told, self.timer.after(SETTLE)).await;
    }
}
