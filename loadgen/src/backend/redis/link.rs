//! One connection that comes back.
//!
//! A multiplexed connection of the `redis` crate dies with its socket. The first operation to notice says so, a
//! background loop makes the connection anew, and until then operations fail at once: an application does not hang
//! because its cache does.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Either, race};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, Pipeline, RedisError, Value as Reply};

use super::super::BackendError;
use super::{DELETE_IF, INCR};
use crate::background::{Background, Kept};
use crate::settings::Settings;
use crate::timer::Timer;

/// The longest wait for what was sent before the end.
const SETTLE: Nanos = Nanos::from_secs(2);

pub(super) struct Link {
    client: Client,
    settings: Settings,
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
        client: Client,
        settings: &Settings,
        timer: &Timer,
        background: &Background,
    ) -> Result<Rc<Self>, RedisError> {
        let link = Self {
            client,
            settings: settings.clone(),
            timer: timer.clone(),
            background: background.clone(),
            state: RefCell::new(State::Down),
            era: Cell::new(0),
        };
        let connection = link.connect().await?;
        link.state.replace(State::Up(connection));
        Ok(Rc::new(link))
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_pipeline_buffer_size(self.settings.pipeline_buffer);
        let made = async {
            let mut connection =
                self.client.get_multiplexed_async_connection_with_config(&config).await?;
            for script in [DELETE_IF, INCR] {
                let load = redis::cmd("SCRIPT").arg("LOAD").arg(script).take();
                load.query_async::<()>(&mut connection).await?;
            }
            Ok(connection)
        };
        match race(made, self.timer.after(self.settings.connect_timeout)).await {
            Either::Left(result) => result,
            Either::Right(()) => Err((redis::ErrorKind::Io, "no connection in time").into()),
        }
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(*self.state.borrow(), State::Up(_))
    }

    pub(super) const fn reconnects(&self) -> u64 {
        self.era.get()
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
        let mut wait = self.settings.retry_least;
        loop {
            self.timer.after(wait).await;
            let made = self.connect().await;
            if !matches!(*self.state.borrow(), State::Down) {
                return; // closed meanwhile
            }
            if let Ok(connection) = made {
                self.era.set(self.era.get() + 1);
                self.state.replace(State::Up(connection));
                return;
            }
            wait = wait.scale(2.0).min(self.settings.retry_most);
        }
    }

    /// Sends nothing more.
    pub(super) fn close(&self) {
        let kept = match &*self.state.borrow() {
            State::Up(connection) => Some(connection.clone()),
            _ => None,
        };
        self.state.replace(State::Closed(kept));
    }

    /// Resolves when everything sent before it was closed has taken effect: Redis works a connection off in order.
    pub(super) async fn barrier(&self) {
        let State::Closed(Some(mut connection)) = self.state.replace(State::Closed(None)) else {
            return;
        };
        let ping = redis::cmd("PING");
        let _ = race(ping.query_async::<()>(&mut connection), self.timer.after(SETTLE)).await;
    }
}
