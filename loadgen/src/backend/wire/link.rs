//! A connection that comes back.
//!
//! When it breaks, whoever waits for a reply has lost, operations fail at once (an application does not hang because its
//! cache does), and a background loop makes it anew, with a pause that doubles.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use herdlab_sim::plan::Client;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Either, race};

use super::super::links::{Connection, anew};
use super::Protocol;
use super::wire::{Ticket, Wire};
use crate::backend::BackendError;
use crate::background::Background;
use crate::settings::Settings;
use crate::timer::Timer;

/// The longest wait for what was sent before the end.
const SETTLE: Nanos = Nanos::from_secs(2);

pub(in crate::backend) struct Link<P: Protocol> {
    protocol: Rc<P>,
    client: Client,
    timer: Timer,
    background: Background,
    state: RefCell<State<P>>,
    /// How often it was made anew.
    era: Cell<u64>,
}

enum State<P: Protocol> {
    Up(Rc<Wire<P>>),
    Down,
    /// Nothing is sent any more; the connection is kept for what was.
    Closed(Option<Rc<Wire<P>>>),
}

impl<P: Protocol> Link<P> {
    /// Connects, once.
    pub(super) async fn new(
        protocol: Rc<P>,
        settings: &Settings,
        timer: &Timer,
        background: &Background,
    ) -> Result<Rc<Self>, P::Refusal> {
        let link = Rc::new(Self {
            protocol,
            client: settings.client.clone(),
            timer: timer.clone(),
            background: background.clone(),
            state: RefCell::new(State::Down),
            era: Cell::new(0),
        });
        let stream = link.connect().await?;
        link.take_up(stream);
        Ok(link)
    }

    async fn connect(&self) -> Result<P::Stream, P::Refusal> {
        let patience = self.timer.after(self.client.connect_timeout);
        match race(self.protocol.open(), patience).await {
            Either::Left(result) => result,
            Either::Right(()) => Err(self.protocol.late()),
        }
    }

    fn take_up(self: &Rc<Self>, stream: P::Stream) {
        let (link, wire) = (Rc::clone(self), Wire::new());
        let drive = wire.drive(Rc::clone(&self.protocol), stream);
        self.state.replace(State::Up(Rc::clone(&wire)));
        self.background.take(async move {
            let _ = drive.await; // however it ended, it has
            link.lost(&wire);
        });
    }

    /// Sends a command, now, for one reply to come.
    ///
    /// # Errors
    /// [`BackendError::Down`] if there is no connection.
    #[inline]
    pub(in crate::backend) fn send(
        &self,
        command: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Ticket<P>, BackendError> {
        match &*self.state.borrow() {
            State::Up(wire) => Ok(wire.send(command)),
            _ => Err(BackendError::Down),
        }
    }

    /// This connection broke.
    fn lost(self: Rc<Self>, wire: &Rc<Wire<P>>) {
        let present = matches!(&*self.state.borrow(), State::Up(up) if Rc::ptr_eq(up, wire));
        if present {
            self.state.replace(State::Down);
            let background = self.background.clone();
            background.take(self.reconnect());
        }
    }

    async fn reconnect(self: Rc<Self>) {
        let wanted = || matches!(*self.state.borrow(), State::Down);
        if let Some(stream) = anew(&self.client, &self.timer, || self.connect(), wanted).await {
            self.era.set(self.era.get() + 1);
            self.take_up(stream);
        }
    }
}

impl<P: Protocol> Connection for Link<P> {
    fn is_up(&self) -> bool {
        matches!(*self.state.borrow(), State::Up(_))
    }

    fn reconnects(&self) -> u64 {
        self.era.get()
    }

    fn close(&self) {
        let kept = match &*self.state.borrow() {
            State::Up(wire) => Some(Rc::clone(wire)),
            _ => None,
        };
        self.state.replace(State::Closed(kept));
    }

    /// A connection is worked off in order.
    async fn barrier(&self) {
        let State::Closed(Some(wire)) = self.state.replace(State::Closed(None)) else { return };
        let told = wire.send(|out| out.extend_from_slice(P::PING));
        let _ = race(told, self.timer.after(SETTLE)).await;
    }
}
