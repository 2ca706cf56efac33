//! What is cached ([`Item`]) and under which name ([`Key`]).

use std::fmt;

/// A piece of origin data, by popularity rank: item 0 is asked for most.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Item(pub u32);

impl Item {
    /// The key of the item's cached value.
    #[must_use]
    pub const fn key(self) -> Key {
        Key { space: Space::Data, version: 1, item: self }
    }

    /// The key of the item's cached value under a version that is part of its name.
    #[must_use]
    pub const fn at_version(self, version: u32) -> Key {
        Key { space: Space::Data, version, item: self }
    }

    /// The key of the counter that is the version of this item's keys.
    #[must_use]
    pub const fn version(self) -> Key {
        Key { space: Space::Version, version: 1, item: self }
    }

    /// The key of the lock that guards the item's recompute.
    #[must_use]
    pub const fn lock(self) -> Key {
        Key { space: Space::Lock, version: 1, item: self }
    }
}

/// What a key is for. Each use of an item has a key of its own.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Space {
    /// The cached value.
    Data,
    /// A lock around the recompute.
    Lock,
    /// A counter that is part of other keys.
    Version,
}

/// A small `Copy` id. Its text exists in the real world only: see [`Key::text`].
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Key {
    /// What the key is for.
    pub space: Space,
    /// The version segment of its text.
    pub version: u32,
    /// The item it belongs to.
    pub item: Item,
}

impl Key {
    /// The key after all values have got a new name so many times. Locks and counters keep theirs.
    #[inline]
    #[must_use]
    pub const fn renamed(self, times: u32) -> Self {
        match self.space {
            Space::Data => Self { version: self.version | times << 20, ..self },
            Space::Lock | Space::Version => self,
        }
    }

    /// The key as a backend sees it, `prefix:version:name`, as Django's `make_key` writes it
    /// (django/core/cache/backends/base.py, `default_key_func`); a lock is `name:lock`, as in the article.
    #[inline]
    #[must_use]
    pub fn text(self, prefix: &str) -> KeyText<'_> {
        KeyText { key: self, prefix }
    }
}

/// A key's text, written where it is needed.
#[derive(Copy, Clone, Debug)]
pub struct KeyText<'a> {
    key: Key,
    prefix: &'a str,
}

impl KeyText<'_> {
    /// Appends it to these bytes: what its `Display` writes, at a fifth of the instructions, for clients that write a
    /// million keys a second.
    #[inline]
    pub fn append_to(&self, out: &mut Vec<u8>) {
        let mut number = itoa::Buffer::new();
        out.extend_from_slice(self.prefix.as_bytes());
        match self.key.version {
            1 => out.extend_from_slice(b":1"), // nearly all
            version => {
                out.push(b':');
                out.extend_from_slice(number.format(version).as_bytes());
            }
        }
        out.extend_from_slice(b":item:");
        out.extend_from_slice(number.format(self.key.item.0).as_bytes());
        if !matches!(self.key.space, Space::Data) {
            out.extend_from_slice(self.tail().as_bytes());
        }
    }

    #[inline]
    const fn tail(&self) -> &'static str {
        match self.key.space {
            Space::Data => "",
            Space::Lock => ":lock",
            Space::Version => ":ver",
        }
    }
}

impl fmt::Display for KeyText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Key { version, item, .. } = self.key;
        write!(f, "{}:{version}:item:{}{}", self.prefix, item.0, self.tail())
    }
}

#[cfg(test)]
mod tests {
    use super::Item;

    #[test]
    fn text_is_the_same_shown_and_appended() {
        for item in [0, 9, 10, 4_294_967_295] {
            for key in [
                Item(item).key(),
                Item(item).at_version(1_000_000),
                Item(item).lock(),
                Item(item).version(),
            ] {
                let mut bytes = b"x".to_vec();
                key.text("wf:a").append_to(&mut bytes);
                assert_eq!(bytes, format!("x{}", key.text("wf:a")).into_bytes());
            }
        }
    }

    #[test]
    fn text_is_prefix_version_name() {
        assert_eq!(Item(7).key().text("wf").to_string(), "wf:1:item:7");
        assert_eq!(Item(7).at_version(3).text("wf").to_string(), "wf:3:item:7");
        assert_eq!(Item(7).lock().text("wf").to_string(), "wf:1:item:7:lock");
        assert_eq!(Item(7).version().text("wf").to_string(), "wf:1:item:7:ver");
    }
}
