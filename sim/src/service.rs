//! A lane's strategy and what goes around it, whichever it is: the items it is for, pages, invalidation.
//!
//! Both clocks serve requests through this, so that a rule is written once and no strategy knows of it.

use std::ops::Deref;

use crate::key::Item;
use crate::layer::Stack;
use crate::plan::{Invalidation, Plan, Rules};
use crate::strategy::{Strategy, TtlOnly};
use crate::traffic::Fan;
use crate::world::{Failure, Served, Task, World};

/// Work that no client waits for.
#[derive(Debug)]
pub enum Work<P> {
    /// What a strategy gave to [`World::later`].
    Behind(Task<P>),
    /// The item of that rank was updated at the origin, and the application invalidates what is cached of it.
    Updated(u32),
    /// The same, by a process of another core: what the processes here keep for themselves of it goes.
    Heard(u32),
    /// A run of the strategy's own job.
    Job,
}

/// A lane's strategy and what goes around it.
#[derive(Debug)]
pub struct Service<P> {
    /// A pointer of the clock's choice: tasks of real time share one, virtual time borrows.
    strategy: P,
    /// The strategy is for items of a lower rank than this.
    hottest: u32,
    invalidation: Invalidation,
    /// What stands between the strategy and its world.
    stack: Stack,
    fan: Fan,
}

impl<S: Strategy, P: Deref<Target = S>> Service<P> {
    /// The service of a lane with this strategy and these rules.
    #[must_use]
    pub fn new(plan: &Plan, strategy: P, rules: &Rules) -> Self {
        Self {
            strategy,
            hottest: rules.hottest.unwrap_or(u32::MAX),
            invalidation: rules.invalidation,
            stack: Stack::new(plan, rules),
            fan: Fan::new(plan.seed, &plan.traffic),
        }
    }

    /// Whether there is nothing around the strategy: then [`Service::serve`] is its `serve`.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        !self.fan.pages() && self.hottest == u32::MAX && self.stack.is_empty()
    }

    /// Answers a request: for `item`, or for the page that begins with it. A page has its worst item's outcome.
    ///
    /// # Errors
    /// What the strategy answers with.
    pub async fn serve<W: World>(
        &self,
        w: &W,
        item: Item,
        request: u64,
    ) -> Result<Served, Failure> {
        let w = &self.stack.around(w);
        if self.fan.pages() {
            // Boxed: a page's state is large, and a request without pages should not carry room for it.
            return Box::pin(self.serve_page(w, item, request)).await;
        }
        self.serve_item(w, item).await
    }

    /// What the items ride that the strategy is not for.
    fn rest(&self) -> TtlOnly {
        TtlOnly { ttl: self.strategy.ttl() }
    }

    async fn serve_item<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if self.hottest == u32::MAX || self.fan.rank(item) < self.hottest {
            self.strategy.serve(w, item).await
        } else {
            self.rest().serve(w, item).await
        }
    }

    async fn serve_page<W: World>(
        &self,
        w: &W,
        first: Item,
        request: u64,
    ) -> Result<Served, Failure> {
        let items = self.fan.page(first, request);
        let served = if self.hottest == u32::MAX {
            self.strategy.serve_page(w, &items).await?
        } else {
            let mut served = Vec::with_capacity(items.len());
            for item in &items {
                served.push(self.serve_item(w, *item).await?);
            }
            served
        };
        for (item, served) in items.iter().zip(&served) {
            w.tally(*item, *served);
        }
        served.into_iter().max_by_key(|served| severity(*served)).ok_or(Failure::Lost)
    }

    /// Does work that no client waits for.
    pub async fn behind<W: World>(&self, w: &W, work: Work<W::Promise>) {
        self.behind_plainly(&self.stack.around(w), work).await;
    }

    /// The same for a service that [is plain](Service::is_plain).
    pub async fn behind_plainly<W: World>(&self, w: &W, work: Work<W::Promise>) {
        match work {
            Work::Behind(task) => self.strategy.behind(w, task).await,
            Work::Updated(rank) => {
                self.invalidate(w, rank).await;
                self.hear(w, rank).await;
            }
            Work::Heard(rank) => self.hear(w, rank).await,
            Work::Job => self.run_job(w).await,
        }
    }

    /// Processes hear of an update.
    async fn hear<W: World>(&self, w: &W, rank: u32) {
        if matches!(self.invalidation, Invalidation::Delete(_)) {
            for item in self.fan.of_rank(rank) {
                self.stack.spread(w, item).await;
            }
        }
    }

    /// The strategy's job goes through its list.
    async fn run_job<W: World>(&self, w: &W) {
        let items = self.strategy.job().map_or(0, |job| job.items);
        for rank in 0..items.min(self.fan.count()) {
            for item in self.fan.of_rank(rank) {
                self.strategy.work(w, item).await;
            }
        }
    }

    async fn invalidate<W: World>(&self, w: &W, rank: u32) {
        let rest = rank >= self.hottest;
        for item in self.fan.of_rank(rank) {
            let done = match self.invalidation {
                Invalidation::None => return,
                Invalidation::Delete(_) if rest => self.rest().delete(w, item).await,
                Invalidation::Delete(_) => self.strategy.delete(w, item).await,
                Invalidation::Bump(_) if rest => return, // a bare TTL's keys have no version
                Invalidation::Bump(_) => self.strategy.bump(w, item).await,
            };
            // If the cache failed, the update itself is committed all the same; and a version is the item's, whatever
            // the variant: once is enough.
            if done.is_err() || matches!(self.invalidation, Invalidation::Bump(_)) {
                return;
            }
        }
    }
}

/// How bad an outcome is: a page has its worst item's.
const fn severity(served: Served) -> u8 {
    match served {
        Served::Fresh(_) => 0,
        Served::Stale(_) => 1,
        Served::Waited(_) => 2,
        Served::Computed(_) => 3,
    }
}
