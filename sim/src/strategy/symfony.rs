//! `symfony`: Symfony's cache contracts, XFetch behind a lock on one of a host's files.
//!
//! Symfony/Contracts/Cache/CacheTrait.php draws as XFetch does, from the last compute's time in whole milliseconds.
//! Symfony/Component/Cache/LockRegistry.php: who computes locks one of the component's own files, chosen by a hash of
//! the key. So there is one compute a host and file: two keys of one file wait for each other, two hosts compute twice.
//! Who finds the file locked looks again every 100 ms, reads the value without a draw, and races for the lock if there
//! is none; after 30 s he computes without it. Here a process stands for a host: PHP's workers share nothing else.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Lead, Promise, Served, World, fill, within};

/// Early refresh and a lock on a file.
#[derive(Clone, Debug)]
pub struct Symfony {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// Mean look-ahead in computes; 0 refreshes nothing early.
    pub beta: f64,
    /// The files there are to lock.
    pub files: u32,
    /// Time between two looks of who waits.
    pub poll_every: Nanos,
    /// After how long he computes without the lock.
    pub patience: Nanos,
}

impl Default for Symfony {
    fn default() -> Self {
        Self {
            ttl: Nanos::from_secs(300),
            beta: 1.0,
            files: 25,
            poll_every: Nanos::from_millis(100),
            patience: Nanos::from_secs(30),
        }
    }
}

impl Symfony {
    /// Whether a reader who sees this entry refreshes it: the cost is kept in whole milliseconds, rounded up.
    fn is_due<W: World>(&self, w: &W, entry: &Entry) -> bool {
        let cost = Nanos::from_millis(entry.delta.as_nanos().div_ceil(1_000_000));
        self.beta > 0.0 && entry.fresh_until <= w.now() + cost.scale(self.beta * -w.random().ln())
    }

    /// What stands for the file that a key is locked by: no item has such a number.
    const fn file(&self, item: Item) -> Item {
        Item(u32::MAX - item.0 % self.files)
    }

    /// Sleeps until who has waited since then looks again.
    async fn look_again<W: World>(&self, w: &W, since: Nanos) {
        let (waited, step) = ((w.now() - since).as_nanos(), self.poll_every.as_nanos());
        w.sleep(Nanos::from_nanos(waited.div_ceil(step) * step - waited)).await;
    }
}

impl Strategy for Symfony {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if let Some(entry) = w.get(item.key()).await?
            && !self.is_due(w, &entry)
        {
            return Ok(Served::Fresh(entry.value));
        }
        loop {
            let since = w.now();
            match within(w, self.patience, w.join(self.file(item))).await {
                Ok(Lead::Mine(lock)) => {
                    let outcome = fill(w, item, self.ttl, Nanos::ZERO).await;
                    lock.keep(outcome); // whoever waits looks for himself
                    return Ok(Served::Computed(outcome?));
                }
                Ok(Lead::Theirs(_)) => self.look_again(w, since).await,
                Err(_) => return Ok(Served::Computed(fill(w, item, self.ttl, Nanos::ZERO).await?)),
            }
            if let Some(entry) = w.get(item.key()).await? {
                return Ok(Served::Waited(entry.value));
            }
        }
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::number("beta", "mean look-ahead, in computes; 0 is none", &mut self.beta),
            Parameter::count("files", "the files of a host there are to lock", &mut self.files)
                .at_least(1.0),
            Parameter::span(
                "poll_every",
                "time between two looks of who waits for a lock",
                &mut self.poll_every,
            )
            .at_least(1e-3),
            Parameter::span(
                "patience",
                "after how long who waits computes without the lock",
                &mut self.patience,
            )
            .at_least(1e-3),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
