//! A core's connections, and over which of them an operation goes.
//!
//! Shared, every connection carries the operations of many requests at a time, by turns. As a pool, an operation has a
//! connection to itself, as in most applications, and waits in line while all are taken; that wait is measured.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::rc::Rc;

use herdlab_sim::measure::Distribution;
use herdlab_sim::plan::{Client, Sharing};
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Either, race};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::BackendError;
use crate::clock::monotonic;
use crate::settings::Settings;
use crate::timer::Timer;

/// A connection that comes back when it is lost.
pub(super) trait Connection {
    /// Whether commands can be sent.
    fn is_up(&self) -> bool;

    /// How often it was lost and made anew.
    fn reconnects(&self) -> u64;

    /// Sends nothing more.
    fn close(&self);

    /// Resolves when all that was sent before it was closed has taken effect.
    async fn barrier(&self);
}

/// Makes a connection anew, with a pause before each try that doubles; nothing if it is no longer `wanted`.
pub(super) async fn anew<T, E>(
    client: &Client,
    timer: &Timer,
    connect: impl AsyncFn() -> Result<T, E>,
    wanted: impl Fn() -> bool,
) -> Option<T> {
    let mut wait = client.retry_first;
    loop {
        timer.after(wait).await;
        let made = connect().await;
        if !wanted() {
            return None; // closed meanwhile
        }
        if let Ok(connection) = made {
            return Some(connection);
        }
        wait = wait.scale(2.0).min(client.retry_longest);
    }
}

/// One core's connections.
pub(super) struct Links<C> {
    links: Vec<Rc<C>>,
    /// Whose turn it is.
    turn: Cell<usize>,
    /// Over which one operations go for now, whoever's turn it is.
    held: Cell<Option<usize>>,
    pool: Option<Pool>,
}

/// Connections that one operation has to itself.
struct Pool {
    timer: Timer,
    /// The longest wait for a free one.
    patience: Nanos,
    permits: Semaphore,
    free: RefCell<Vec<usize>>,
    waits: RefCell<Waits>,
}

/// How long operations waited for a connection of a pool.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waits {
    /// Of all operations; zero where one was free.
    pub(crate) spans: Distribution,
    /// Operations that gave up waiting.
    pub(crate) given_up: u64,
}

impl Waits {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.spans.merge(&other.spans);
        self.given_up += other.given_up;
    }
}

impl<C: Connection> Links<C> {
    pub(super) fn new(links: Vec<Rc<C>>, settings: &Settings, timer: &Timer) -> Self {
        let pool = || Pool {
            timer: timer.clone(),
            patience: settings.client.pool_wait,
            permits: Semaphore::new(links.len()),
            free: RefCell::new((0..links.len()).rev().collect()),
            waits: RefCell::default(),
        };
        let pool = (settings.client.sharing == Sharing::Pool).then(pool);
        Self { links, turn: Cell::new(0), held: Cell::new(None), pool }
    }

    /// The connection for an operation.
    ///
    /// # Errors
    /// [`BackendError::Down`] if none is up, [`BackendError::NoConnection`] if none of a pool was free in time.
    pub(super) async fn take(&self) -> Result<Lease<'_, C>, BackendError> {
        let Some(pool) = &self.pool else {
            return self.next().map(|link| Lease { link, taken: None });
        };
        let permit = pool.permit().await?;
        let mut free = pool.free.borrow_mut();
        let up = free.iter().rposition(|at| self.links[*at].is_up());
        let at = free.remove(up.ok_or(BackendError::Down)?);
        Ok(Lease { link: &self.links[at], taken: Some((pool, at, permit)) })
    }

    /// The connection for an operation if they are shared, without a wait; nothing if they are a pool.
    #[inline]
    pub(super) fn shared(&self) -> Option<Result<&Rc<C>, BackendError>> {
        self.pool.is_none().then(|| self.next())
    }

    /// The next connection that is up.
    #[inline]
    fn next(&self) -> Result<&Rc<C>, BackendError> {
        let held = self.held.get();
        let first = held.unwrap_or_else(|| self.turn.get());
        let mut links = (first..self.links.len()).chain(0..first);
        let up = links.find(|at| self.links[*at].is_up()).ok_or(BackendError::Down)?;
        if held.is_none() {
            self.turn.set(if up + 1 == self.links.len() { 0 } else { up + 1 });
        }
        Ok(&self.links[up])
    }

    /// From now on all operations go over the `nth` connection while they are shared, one behind the other: a pipeline;
    /// or by turns again.
    pub(super) fn hold(&self, nth: Option<usize>) {
        self.held.set(nth.map(|nth| nth % self.links.len()));
    }

    /// Sends nothing more, and resolves when what was sent has taken effect.
    pub(super) async fn settle(&self) {
        self.links.iter().for_each(|link| link.close());
        for link in &self.links {
            link.barrier().await;
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.links.len() as u32
    }

    /// How often one was lost and made anew.
    pub(super) fn reconnects(&self) -> u64 {
        self.links.iter().map(|link| link.reconnects()).sum()
    }

    /// How long operations waited for one, if they are a pool.
    pub(super) fn waits(&self) -> Option<Waits> {
        self.pool.as_ref().map(|pool| pool.waits.borrow().clone())
    }
}

impl Pool {
    async fn permit(&self) -> Result<SemaphorePermit<'_>, BackendError> {
        if let Ok(permit) = self.permits.try_acquire() {
            self.waits.borrow_mut().spans.record(Nanos::ZERO);
            return Ok(permit);
        }
        let mut wait = Wait { pool: self, began: monotonic(), given_up: true };
        match race(self.permits.acquire(), self.timer.after(self.patience)).await {
            Either::Left(Ok(permit)) => {
                wait.given_up = false;
                Ok(permit)
            }
            Either::Left(Err(_)) => Err(BackendError::Down), // nobody closes it
            Either::Right(()) => Err(BackendError::NoConnection),
        }
    }
}

/// A wait for a connection. It counts however it ends: also if the one who waits has no time left, and leaves.
struct Wait<'a> {
    pool: &'a Pool,
    began: Nanos,
    given_up: bool,
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let mut waits = self.pool.waits.borrow_mut();
        waits.spans.record(monotonic() - self.began);
        waits.given_up += u64::from(self.given_up);
    }
}

/// A connection, for one operation. It goes back to its pool when the operation is over, or its caller leaves: what was
/// sent is answered all the same, before what the next one asks.
pub(super) struct Lease<'a, C> {
    link: &'a Rc<C>,
    taken: Option<(&'a Pool, usize, SemaphorePermit<'a>)>,
}

impl<C> Deref for Lease<'_, C> {
    type Target = Rc<C>;

    fn deref(&self) -> &Rc<C> {
        self.link
    }
}

impl<C> Drop for Lease<'_, C> {
    fn drop(&mut self) {
        if let Some((pool, at, _)) = &self.taken {
            pool.free.borrow_mut().push(*at);
        }
    }
}
