//! Redis, through the `redis` crate.
//!
//! Its defaults are replaced, each for a reason: `TCP_NODELAY` is off (Nagle delays small pipelined writes), the
//! response timeout is 500 ms (a stall would become an error and cut off the tail that we are here to measure), 50
//! commands are buffered a connection (callers beyond them wait where no figure shows it). Time is limited by our own
//! timer instead, and a lost connection is made anew by [`link`].

mod address;
mod link;
mod store;

use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::rc::Rc;

use herdlab_sim::key::Key;
use herdlab_sim::world::{Entry, Ttl, Value};
use redis::{Cmd, Value as Reply};

use super::codec::Codec;
use super::{Backend, BackendError, Sent};
use link::Link;

#[cfg(test)]
pub(crate) use address::info;
pub(crate) use store::RedisStore;

/// Deletes KEYS[1] if it holds ARGV[1], in one step: redis-py's `Lock.release`.
const DELETE_IF: &str =
    "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end";
/// INCR makes a counter that is not there; this one does not.
const INCR: &str = "if redis.call('exists',KEYS[1])==1 then return redis.call('incr',KEYS[1]) else return false end";

/// The commands we send, by the name under which the server counts them.
#[derive(Copy, Clone)]
enum Command {
    Get,
    Set,
    Del,
    Evalsha,
    Pexpire,
    Getex,
    Mget,
}

impl Command {
    const ALL: [(&'static str, Self); 7] = [
        ("get", Self::Get),
        ("set", Self::Set),
        ("del", Self::Del),
        ("evalsha", Self::Evalsha),
        ("pexpire", Self::Pexpire),
        ("getex", Self::Getex),
        ("mget", Self::Mget),
    ];
}

/// One core's connections.
pub(crate) struct RedisBackend {
    links: Vec<Rc<Link>>,
    turn: Cell<usize>,
    prefix: String,
    codec: Codec,
    text: RefCell<String>,
    counts: [Cell<u64>; Command::ALL.len()],
    delete_if: String,
    incr: String,
}

impl RedisBackend {
    /// A command about `key`, begun.
    fn command(&self, name: &str, key: Key) -> Cmd {
        let mut command = Cmd::with_capacity(6, 64);
        command.arg(name);
        self.with_text(key, |text| {
            command.arg(text);
        });
        command
    }

    fn with_text(&self, key: Key, then: impl FnOnce(&str)) {
        let mut text = self.text.borrow_mut();
        text.clear();
        let _ = write!(text, "{}", key.text(&self.prefix)); // a String takes everything
        then(&text);
    }

    fn storing(&self, key: Key, entry: Entry, ttl: Ttl) -> Cmd {
        let mut command = self.command("SET", key);
        command.arg(self.codec.encode(entry));
        if let Some(span) = milliseconds(ttl) {
            command.arg("PX").arg(span);
        }
        command
    }

    fn script(&self, sha: &str, key: Key) -> Cmd {
        let mut command = Cmd::with_capacity(6, 96);
        command.arg("EVALSHA").arg(sha).arg(1);
        self.with_text(key, |text| {
            command.arg(text);
        });
        command
    }

    /// Sends over the next connection that is up.
    fn link(&self) -> Result<&Rc<Link>, BackendError> {
        let first = self.turn.get();
        let mut links = (first..first + self.links.len()).map(|at| at % self.links.len());
        let up = links.find(|at| self.links[*at].is_up()).ok_or(BackendError::Down)?;
        self.turn.set((up + 1) % self.links.len());
        Ok(&self.links[up])
    }

    fn count(&self, command: Command, times: u64) {
        let count = &self.counts[command as usize];
        count.set(count.get() + times);
    }

    async fn send(&self, name: Command, command: Cmd) -> Result<Reply, BackendError> {
        let link = self.link()?;
        self.count(name, 1);
        link.send(command).await
    }

    fn entry(&self, reply: Reply) -> Result<Option<Entry>, BackendError> {
        match reply {
            Reply::Nil => Ok(None),
            Reply::BulkString(bytes) => self.codec.decode(&bytes).map(Some),
            _ => Err(BackendError::Refused),
        }
    }
}

/// How long Redis shall keep an entry: whole milliseconds, at least one, as it takes no less.
fn milliseconds(ttl: Ttl) -> Option<u64> {
    ttl.span().map(|span| span.as_micros().div_ceil(1_000).max(1))
}

fn number(reply: &Reply) -> Result<i64, BackendError> {
    match reply {
        Reply::Int(number) => Ok(*number),
        _ => Err(BackendError::Refused),
    }
}

impl Backend for RedisBackend {
    async fn get(&self, key: Key) -> Result<Option<Entry>, BackendError> {
        let reply = self.send(Command::Get, self.command("GET", key)).await?;
        self.entry(reply)
    }

    async fn set(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<(), BackendError> {
        match self.send(Command::Set, self.storing(key, entry, ttl)).await? {
            Reply::Okay => Ok(()),
            _ => Err(BackendError::Refused),
        }
    }

    async fn add(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<bool, BackendError> {
        let mut command = self.storing(key, entry, ttl);
        command.arg("NX");
        match self.send(Command::Set, command).await? {
            Reply::Okay => Ok(true),
            Reply::Nil => Ok(false),
            _ => Err(BackendError::Refused),
        }
    }

    async fn delete(&self, key: Key) -> Result<bool, BackendError> {
        let reply = self.send(Command::Del, self.command("DEL", key)).await?;
        Ok(number(&reply)? > 0)
    }

    async fn delete_if(&self, key: Key, mine: Value) -> Result<bool, BackendError> {
        let mut command = self.script(&self.delete_if, key);
        command.arg(mine.bits());
        let reply = self.send(Command::Evalsha, command).await?;
        Ok(number(&reply)? > 0)
    }

    async fn incr(&self, key: Key) -> Result<Option<u64>, BackendError> {
        match self.send(Command::Evalsha, self.script(&self.incr, key)).await? {
            Reply::Nil => Ok(None),
            reply => number(&reply).map(|n| Some(n as u64)),
        }
    }

    async fn touch(&self, key: Key, ttl: Ttl) -> Result<bool, BackendError> {
        let Some(span) = milliseconds(ttl) else {
            // PERSIST answers 0 for a live entry that has no TTL anyway.
            let mut command = self.command("GETEX", key);
            command.arg("PERSIST");
            return Ok(self.send(Command::Getex, command).await? != Reply::Nil);
        };
        let mut command = self.command("PEXPIRE", key);
        command.arg(span);
        let reply = self.send(Command::Pexpire, command).await?;
        Ok(number(&reply)? > 0)
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, BackendError> {
        let Some((first, rest)) = keys.split_first() else { return Ok(Vec::new()) };
        let mut command = self.command("MGET", *first);
        for key in rest {
            self.with_text(*key, |text| {
                command.arg(text);
            });
        }
        match self.send(Command::Mget, command).await? {
            Reply::Array(replies) if replies.len() == keys.len() => {
                replies.into_iter().map(|reply| self.entry(reply)).collect()
            }
            _ => Err(BackendError::Refused),
        }
    }

    async fn set_many(&self, entries: &[(Key, Entry)], ttl: Ttl) -> Result<(), BackendError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut batch = redis::Pipeline::with_capacity(entries.len());
        for (key, entry) in entries {
            batch.add_command(self.storing(*key, *entry, ttl));
        }
        let link = self.link()?;
        self.count(Command::Set, entries.len() as u64);
        let replies = link.send_batch(batch, entries.len()).await?;
        let stored = replies.iter().all(|reply| *reply == Reply::Okay);
        if stored { Ok(()) } else { Err(BackendError::Refused) }
    }

    async fn settle(&self) {
        self.links.iter().for_each(|link| link.close());
        for link in &self.links {
            link.barrier().await;
        }
    }

    fn sent(&self) -> Sent {
        let counts = Command::ALL.iter().map(|(name, at)| (name, self.counts[*at as usize].get()));
        Sent {
            commands: counts
                .filter(|(_, count)| *count > 0)
                .map(|(name, count)| ((*name).to_owned(), count))
                .collect(),
            connections: self.links.len() as u32,
            reconnects: self.links.iter().map(|link| link.reconnects()).sum(),
        }
    }
}
