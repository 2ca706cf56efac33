//! A lane of a comparison: a strategy, and the rules that go around it.

use super::{Backend, Layers};
use crate::strategy::AnyStrategy;

/// A strategy in a comparison.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Its name; the strategy's own unless the scenario gives one.
    pub name: String,
    /// The strategy with its parameters.
    pub strategy: AnyStrategy,
    /// What goes around it.
    pub rules: Rules,
}

/// What goes around a strategy, whichever it is.
#[derive(Copy, Clone, PartialEq, Default, Debug)]
pub struct Rules {
    /// Only for so many of the most popular items; the rest ride a bare TTL.
    pub hottest: Option<u32>,
    /// What an update at the origin does to the cache.
    pub invalidation: Invalidation,
    /// Whose semantics the lane's cache has, if not the run's.
    pub backend: Option<Backend>,
    /// What stands between the strategy and its world.
    pub layers: Layers,
}

/// What an update at the origin does to the cache.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub enum Invalidation {
    /// Nothing: entries go by their TTL.
    #[default]
    None,
    /// The item's entries are deleted.
    Delete(Moment),
    /// The version that is part of the item's key goes up.
    Bump(Moment),
}

impl Invalidation {
    /// When it is done, if anything is.
    #[must_use]
    pub const fn moment(self) -> Option<Moment> {
        match self {
            Self::None => None,
            Self::Delete(moment) | Self::Bump(moment) => Some(moment),
        }
    }
}

/// When an update invalidates.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub enum Moment {
    /// Inside the transaction (a post_save signal): a reader in between caches the old data under the new state.
    BeforeCommit,
    /// When the new data can be read (transaction.on_commit).
    #[default]
    AfterCommit,
}
