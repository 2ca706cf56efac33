//! The `redis` crate's client, as an application in Rust would have it: a multiplexed connection that comes back.
//!
//! The crate's defaults are replaced, each for a reason: the response timeout is 500 ms (a stall would become an error
//! and cut off the tail that we are here to measure), 50 commands are buffered a connection (callers beyond them wait
//! where no figure shows it). Time is limited by our own timer instead. A multiplexed connection dies with its socket;
//! the first operation to notice says so, and a background loop makes it anew.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use herdlab_sim::plan::Client;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Either, race};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Cmd, Pipeline, RedisConnectionInfo, RedisError, Value as Reply,
};
use tokio::task::spawn_local;

use super::super::BackendError;
use super::super::links::{Connection, anew};
use super::address::Place;
use super::refusal::Refusal;
use super::{DELETE_IF, INCR, stream};
use crate::background::{Background, Kept};
use crate::settings::Settings;
use crate::timer::Timer;

/// The longest wait for what was sent before the end.
const SETTLE: Nanos = Nanos::from_secs(2);
/// Commands that a connection takes before callers wait.
const BUFFER: usize = 4_096;

pub(super) struct Link {
    place: Place,
    client: Client,
    timer: Timer,
    background: Background,
    state: RefCell<State>,
    /// How often it was made anew; a failure of an earlier connection says nothing about this one.
    era: Cell<u64>,
}

enum State {
    Up(MultiplexedConnection),
    Down,
    /// Nothing is sent any more; the connection is kept for what was.
    Closed(Option<MultiplexedConnection>),
}

impl Link {
    /// Connects, once.
    pub(super) async fn new(
        place: Place,
        settings: &Settings,
        timer: &Timer,
        background: &Background,
    ) -> Result<Rc<Self>, Refusal> {
        let link = Self {
            place,
            client: settings.client.clone(),
            timer: timer.clone(),
            background: background.clone(),
            state: RefCell::new(State::Down),
            era: Cell::new(0),
        };
        let connection = link.connect().await?;
        link.state.replace(State::Up(connection));
        Ok(Rc::new(link))
    }

    async fn connect(&self) -> Result<MultiplexedConnection, Refusal> {
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(None)
            .set_pipeline_buffer_size(BUFFER);
        let made = async {
            let stream = stream::open(&self.place).await?;
            let known = RedisConnectionInfo::default().set_skip_set_lib_name();
            let (mut connection, driver) =
                MultiplexedConnection::new_with_config(&known, stream, config).await?;
            spawn_local(driver); // it ends with the last clone of the connection
            for script in [DELETE_IF, INCR] {
                let load = redis::cmd("SCRIPT").arg("LOAD").arg(script).take();
                load.query_async::<()>(&mut connection).await?;
            }
            Ok(connection)
        };
        match race(made, self.timer.after(self.client.connect_timeout)).await {
            Either::Left(result) => result,
            Either::Right(()) => Err(Refusal::late(&self.place)),
        }
    }

    fn connection(&self) -> Result<MultiplexedConnection, BackendError> {
        match &*self.state.borrow() {
            State::Up(connection) => Ok(connection.clone()),
            _ => Err(BackendError::Down),
        }
    }

    /// Sends a command; it is finished in the background if the caller leaves.
    pub(super) async fn send(self: &Rc<Self>, command: Cmd) -> Result<Reply, BackendError> {
        let mut connection = self.connection()?;
        self.kept(async move { connection.send_packed_command(&command).await }).await
    }

    /// Sends several commands in one write, for as many replies.
    pub(super) async fn send_batch(
        self: &Rc<Self>,
        batch: Pipeline,
        replies: usize,
    ) -> Result<Vec<Reply>, BackendError> {
        let mut connection = self.connection()?;
        self.kept(async move { connection.send_packed_commands(&batch, 0, replies).await }).await
    }

    fn kept<T: 'static>(
        self: &Rc<Self>,
        sending: impl Future<Output = Result<T, RedisError>> + 'static,
    ) -> Kept<Result<T, BackendError>> {
        let (link, era) = (Rc::clone(self), self.era.get());
        Kept::new(&self.background, async move {
            sending.await.map_err(|error| {
                if error.is_unrecoverable_error() || error.is_io_error() {
                    link.lost(era);
                    BackendError::Lost
                } else {
                    BackendError::Refused
                }
            })
        })
    }

    /// The connection of that era broke.
    fn lost(self: &Rc<Self>, era: u64) {
        if era == self.era.get() && self.is_up() {
            self.state.replace(State::Down);
            self.background.take(Rc::clone(self).reconnect());
        }
    }

    async fn reconnect(self: Rc<Self>) {
        let wanted = || matches!(*self.state.borrow(), State::Down);
        if let Some(connection) = anew(&self.client, &self.timer, || self.connect(), wanted).await {
            self.era.set(self.era.get() + 1);
            self.state.replace(State::Up(connection));
        }
    }
}

impl Connection for Link {
    fn is_up(&self) -> bool {
        matches!(*self.state.borrow(), State::Up(_))
    }

    fn reconnects(&self) -> u64 {
        self.era.get()
    }

    fn close(&self) {
        let kept = match &*self.state.borrow() {
            State::Up(connection) => Some(connection.clone()),
            _ => None,
        };
        self.state.replace(State::Closed(kept));
    }

    /// Redis works a connection off in order.
    async fn barrier(&self) {
        let State::Closed(Some(mut connection)) = self.state.replace(State::Closed(None)) else {
            return;
        };
        let ping = redis::cmd("PING");
        let _ = race(ping.query_async::<()>(&mut connection), self.timer.after(SETTLE)).await;
    }
}
