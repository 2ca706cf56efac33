//! Memcached 1.6, over a connection of our own: no client for it is async, alive and pipelines.
//!
//! Where it differs from the model by nature:
//! - It keeps entries for whole seconds. TTLs are rounded up, a lane whose values are kept for a fraction is refused,
//!   and as its clock ticks once a second, an entry goes up to a second before its TTL is over.
//! - A compare-and-delete is two commands, `gets` and `md` with the version found: nobody else's is ever deleted.
//! - What it is told in meta commands is in whole seconds too, rounded up.
//! - It knows no list of its keys: on a server of somebody's, those that we wrote are remembered, and deleted one by one.

mod place;
mod protocol;
mod store;
mod text;

use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use herdlab_sim::key::Key;
use herdlab_sim::world::{Entry, Found, Terms, Ttl, Value};

use super::codec::Codec;
use super::links::Links;
use super::wire::Link;
use super::{Backend, BackendError, Sent};
use crate::background::{Background, Kept};
use protocol::{Hit, Leased, Reply};
use text::Text;

pub(crate) use place::endpoint;
pub(crate) use store::MemcachedStore;

/// What we sent, by the name under which the server counts it; keys, not lines, as it does. Meta commands have their own
/// names: it counts `mg` with `get`, and of `md` only some.
#[derive(Copy, Clone)]
enum Command {
    Get,
    Set,
    Delete,
    Incr,
    Touch,
    MetaGet,
    MetaDelete,
}

impl Command {
    const ALL: [(&'static str, Self); 7] = [
        ("get", Self::Get),
        ("set", Self::Set),
        ("delete", Self::Delete),
        ("incr", Self::Incr),
        ("touch", Self::Touch),
        ("mg", Self::MetaGet),
        ("md", Self::MetaDelete),
    ];
}

/// The keys that were written, where nobody else can tell which are ours.
#[derive(Clone, Debug)]
struct Written(Option<Arc<Mutex<HashSet<Key>>>>);

impl Written {
    /// Remembers, or leaves it to the server's end.
    fn new(remember: bool) -> Self {
        Self(remember.then(Arc::default))
    }

    /// About to be written.
    fn note(&self, key: Key) {
        if let Some(keys) = &self.0 {
            keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        }
    }

    /// All there were; none are forgotten, as one may be on its way while the others are deleted.
    fn all(&self) -> Option<Vec<Key>> {
        let keys = self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(keys.iter().copied().collect())
    }
}

/// One core's connections.
pub(crate) struct MemcachedBackend {
    links: Rc<Links<Link<Text>>>,
    prefix: String,
    codec: Codec,
    counts: Rc<[Cell<u64>; Command::ALL.len()]>,
    written: Written,
    background: Background,
}

impl MemcachedBackend {
    fn count(&self, command: Command, times: u64) {
        count(&*self.counts, command, times);
    }

    async fn store(
        &self,
        verb: &str,
        key: Key,
        entry: Entry,
        ttl: Ttl,
    ) -> Result<Reply, BackendError> {
        let link = self.links.take().await?;
        self.written.note(key);
        self.count(Command::Set, 1);
        let (bytes, expiry) = (self.codec.encode(entry), protocol::expiry(ttl));
        let text = key.text(&self.prefix);
        link.send(|out| protocol::store(out, verb, text, &bytes, expiry))?.await
    }
}

fn count(counts: &[Cell<u64>], command: Command, times: u64) {
    let count = &counts[command as usize];
    count.set(count.get() + times);
}

/// What of those keys was found, each in its place.
fn in_places(texts: &[String], hits: Vec<Hit>) -> Vec<Option<Hit>> {
    let mut hits = hits.into_iter().peekable();
    texts.iter().map(|text| hits.next_if(|hit| hit.key == text.as_bytes())).collect()
}

/// Whether something was there.
fn found(reply: &Reply) -> Result<bool, BackendError> {
    match reply {
        Reply::Done => Ok(true),
        Reply::Missing | Reply::Kept => Ok(false),
        _ => Err(BackendError::Refused),
    }
}

impl Backend for MemcachedBackend {
    async fn get(&self, key: Key) -> Result<Option<Entry>, BackendError> {
        let link = self.links.take().await?;
        self.count(Command::Get, 1);
        let text = key.text(&self.prefix);
        match link.send(|out| protocol::get(out, text))?.await? {
            Reply::Found(hits) => hits.first().map(|hit| self.codec.decode(&hit.bytes)).transpose(),
            _ => Err(BackendError::Refused),
        }
    }

    async fn set(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<(), BackendError> {
        match self.store("set", key, entry, ttl).await? {
            Reply::Done => Ok(()),
            _ => Err(BackendError::Refused),
        }
    }

    async fn add(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<bool, BackendError> {
        found(&self.store("add", key, entry, ttl).await?)
    }

    async fn delete(&self, key: Key) -> Result<bool, BackendError> {
        let link = self.links.take().await?;
        self.count(Command::Delete, 1);
        let text = key.text(&self.prefix);
        found(&link.send(|out| protocol::line(out, format_args!("delete {text}")))?.await?)
    }

    /// Two commands, of which the second is sent though the caller leaves in between.
    async fn delete_if(&self, key: Key, mine: Value) -> Result<bool, BackendError> {
        let (links, counts) = (Rc::clone(&self.links), Rc::clone(&self.counts));
        let (text, mine) = (key.text(&self.prefix).to_string(), mine.bits().to_string());
        let deleting = async move {
            let link = links.take().await?;
            count(&*counts, Command::Get, 1);
            let gets = link.send(|out| protocol::line(out, format_args!("gets {text}")))?.await?;
            let Reply::Found(hits) = gets else { return Err(BackendError::Refused) };
            let Some(hit) = hits.first().filter(|hit| hit.bytes == mine.as_bytes()) else {
                return Ok(false);
            };
            let cas = hit.cas.ok_or(BackendError::Refused)?;
            count(&*counts, Command::MetaDelete, 1);
            found(&link.send(|out| protocol::line(out, format_args!("md {text} C{cas}")))?.await?)
        };
        Kept::new(&self.background, deleting).await
    }

    async fn incr(&self, key: Key) -> Result<Option<u64>, BackendError> {
        let link = self.links.take().await?;
        self.count(Command::Incr, 1);
        let text = key.text(&self.prefix);
        match link.send(|out| protocol::line(out, format_args!("incr {text} 1")))?.await? {
            Reply::Number(number) => Ok(Some(number)),
            Reply::Missing => Ok(None),
            _ => Err(BackendError::Refused),
        }
    }

    async fn touch(&self, key: Key, ttl: Ttl) -> Result<bool, BackendError> {
        let link = self.links.take().await?;
        self.count(Command::Touch, 1);
        let (text, expiry) = (key.text(&self.prefix), protocol::expiry(ttl));
        found(&link.send(|out| protocol::line(out, format_args!("touch {text} {expiry}")))?.await?)
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, BackendError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let link = self.links.take().await?;
        self.count(Command::Get, keys.len() as u64);
        let texts: Vec<String> = keys.iter().map(|k| k.text(&self.prefix).to_string()).collect();
        let asked = texts.join(" ");
        match link.send(|out| protocol::line(out, format_args!("get {asked}")))?.await? {
            Reply::Found(hits) => in_places(&texts, hits)
                .into_iter()
                .map(|hit| hit.map(|hit| self.codec.decode(&hit.bytes)).transpose())
                .collect(),
            _ => Err(BackendError::Refused),
        }
    }

    async fn set_many(&self, entries: &[(Key, Entry)], ttl: Ttl) -> Result<(), BackendError> {
        let link = self.links.take().await?;
        self.count(Command::Set, entries.len() as u64);
        let (expiry, mut tickets) = (protocol::expiry(ttl), Vec::with_capacity(entries.len()));
        for (key, entry) in entries {
            self.written.note(*key);
            let (text, bytes) = (key.text(&self.prefix), self.codec.encode(*entry));
            tickets.push(link.send(|out| protocol::store(out, "set", text, &bytes, expiry))?);
        }
        let mut done = true;
        for ticket in tickets {
            done &= ticket.await? == Reply::Done;
        }
        if done { Ok(()) } else { Err(BackendError::Refused) }
    }

    fn hold(&self, nth: Option<usize>) {
        self.links.hold(nth);
    }

    async fn meta_get(&self, key: Key, terms: Terms) -> Result<Found, BackendError> {
        let link = self.links.take().await?;
        self.written.note(key); // a miss leaves a stub behind
        self.count(Command::MetaGet, 1);
        let text = key.text(&self.prefix);
        match link.send(|out| protocol::meta_get(out, text, terms))?.await? {
            Reply::Meta(Leased { bytes, won, stale }) => {
                let stub = bytes.is_empty();
                let entry = if stub { None } else { Some(self.codec.decode(&bytes)?) };
                Ok(Found { entry, won, stale })
            }
            _ => Err(BackendError::Refused),
        }
    }

    async fn mark_stale(&self, key: Key, ttl: Ttl) -> Result<bool, BackendError> {
        let link = self.links.take().await?;
        self.count(Command::MetaDelete, 1);
        let text = key.text(&self.prefix);
        found(&link.send(|out| protocol::mark_stale(out, text, ttl))?.await?)
    }

    async fn settle(&self) {
        self.links.settle().await;
    }

    fn sent(&self) -> Sent {
        let counts = Command::ALL.iter().map(|(name, at)| (name, self.counts[*at as usize].get()));
        Sent {
            commands: counts
                .filter(|(_, count)| *count > 0)
                .map(|(name, count)| ((*name).to_owned(), count))
                .collect(),
            connections: self.links.count(),
            reconnects: self.links.reconnects(),
            waits: self.links.waits(),
        }
    }
}

#[cfg(test)]
mod tests {
    use herdlab_sim::key::Item;

    #[test]
    fn no_key_of_a_run_is_longer_than_memcached_takes_or_has_what_would_end_it() {
        let prefix = crate::run::prefix();
        let item = Item(u32::MAX);
        for key in [item.lock(), item.version(), item.at_version(u32::MAX)] {
            let text = key.renamed(u32::MAX).text(&prefix).to_string();
            assert!(text.len() <= 250, "{text}");
            assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
        }
    }
}
