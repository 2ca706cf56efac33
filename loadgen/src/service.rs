//! Which caches there are. To add one: a module in `backend/`, and one line in the list below.

use crate::backend::Store;
use crate::backend::memcached::MemcachedStore;
use crate::backend::memory::MemoryStore;
use crate::backend::redis::RedisStore;
use crate::server::Program;

/// What is done with a store whose type only the list knows.
pub(crate) trait Visit {
    type Output;
    fn visit<St: Store>(self) -> Self::Output;
}

macro_rules! services {
    ($($(#[$about:meta])* $name:ident => $store:ty,)*) => {
        /// A kind of cache that a run can go to.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        pub enum Service {
            $($(#[$about])* $name,)*
        }

        impl Service {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name, which is also how its URLs begin.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => <$store as Store>::NAME,)* }
            }

            /// How a URL of a server of it is written; nothing for a cache that has none.
            #[must_use]
            pub const fn urls(self) -> &'static [&'static str] {
                match self { $(Self::$name => <$store as Store>::URLS,)* }
            }

            /// Its server, if we can start one.
            pub(crate) const fn program(self) -> Option<Program> {
                match self { $(Self::$name => <$store as Store>::PROGRAM,)* }
            }

            /// Hands its store's type to a visitor.
            pub(crate) fn visit<V: Visit>(self, visitor: V) -> V::Output {
                match self { $(Self::$name => visitor.visit::<$store>(),)* }
            }
        }
    };
}

services! {
    /// Redis or Valkey.
    Redis => RedisStore,
    /// Memcached 1.6.
    Memcached => MemcachedStore,
    /// A map in this process.
    Memory => MemoryStore,
}

impl Service {
    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|service| service.name() == name)
    }

    /// The one whose server a URL names, by its scheme.
    #[must_use]
    pub fn of_url(url: &str) -> Option<Self> {
        let scheme = |url: &str| Some(url.split_once("://")?.0.to_owned());
        let (all, meant) = (Self::ALL.iter().copied(), scheme(url)?);
        let begins_so = |known: &&str| scheme(known).as_deref() == Some(meant.as_str());
        all.into_iter().find(|service| service.urls().iter().any(begins_so))
    }
}
