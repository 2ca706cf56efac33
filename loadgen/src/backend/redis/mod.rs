//! Redis, in RESP2: which commands an operation is, and what their replies mean. Who carries them is [`client`]'s.

mod address;
mod admin;
mod client;
mod command;
mod library;
mod own;
mod refusal;
mod reply;
mod store;
mod stream;

use std::cell::Cell;

use herdlab_sim::key::Key;
use herdlab_sim::world::{Entry, Ttl, Value};

use super::codec::Codec;
use super::{Backend, BackendError, Sent};
use client::{Client, Sending};
use command::Words;
use reply::Reply;

#[cfg(test)]
pub(crate) use address::Place;
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

/// One core's connections, and what went over them.
pub(crate) struct RedisBackend {
    client: Client,
    prefix: String,
    codec: Codec,
    counts: [Cell<u64>; Command::ALL.len()],
    delete_if: String,
    incr: String,
}

impl RedisBackend {
    fn key(&self, words: &mut Vec<u8>, key: Key) {
        words.key(key.text(&self.prefix));
    }

    /// `SET key value [PX span] [NX]`.
    fn storing(&self, words: &mut Vec<u8>, key: Key, entry: Entry, ttl: Ttl, absent: bool) {
        let span = milliseconds(ttl);
        words.begin(3 + if span.is_some() { 2 } else { 0 } + usize::from(absent));
        words.word(b"SET");
        self.key(words, key);
        words.word(&self.codec.encode(entry));
        if let Some(span) = span {
            words.word(b"PX");
            words.number(span);
        }
        if absent {
            words.word(b"NX");
        }
    }

    /// `EVALSHA sha 1 key [argument]`.
    fn script(&self, words: &mut Vec<u8>, sha: &str, key: Key, argument: Option<u64>) {
        words.begin(4 + usize::from(argument.is_some()));
        words.word(b"EVALSHA");
        words.word(sha.as_bytes());
        words.number(1);
        self.key(words, key);
        if let Some(argument) = argument {
            words.number(argument);
        }
    }

    fn count(&self, command: Command, times: u64) {
        let count = &self.counts[command as usize];
        count.set(count.get() + times);
    }

    fn send<'a>(&'a self, name: Command, say: impl FnOnce(&mut Vec<u8>) + 'a) -> Sending<'a> {
        self.client.send(say, move || self.count(name, 1))
    }

    /// A command of a name and a key, and perhaps one word more.
    fn simple<'a>(
        &'a self,
        name: Command,
        verb: &'a str,
        key: Key,
        more: Option<&'a [u8]>,
    ) -> Sending<'a> {
        let say = move |words: &mut Vec<u8>| {
            words.begin(2 + usize::from(more.is_some()));
            words.word(verb.as_bytes());
            self.key(words, key);
            if let Some(more) = more {
                words.word(more);
            }
        };
        self.send(name, say)
    }
}

/// How long Redis shall keep an entry: whole milliseconds, at least one, as it takes no less.
fn milliseconds(ttl: Ttl) -> Option<u64> {
    ttl.span().map(|span| span.as_micros().div_ceil(1_000).max(1))
}

fn number(reply: &Reply) -> Result<i64, BackendError> {
    match reply {
        Reply::Number(number) => Ok(*number),
        _ => Err(BackendError::Refused),
    }
}

fn entry(reply: &Reply) -> Result<Option<Entry>, BackendError> {
    match reply {
        Reply::Nil => Ok(None),
        Reply::Entry(entry) => Ok(Some(*entry)),
        _ => Err(BackendError::Refused),
    }
}

impl Backend for RedisBackend {
    async fn get(&self, key: Key) -> Result<Option<Entry>, BackendError> {
        let say = move |words: &mut Vec<u8>| {
            words.extend_from_slice(b"*2\r\n$3\r\nGET\r\n"); // nearly all commands: in one piece
            self.key(words, key);
        };
        entry(&self.send(Command::Get, say).await?)
    }

    async fn set(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<(), BackendError> {
        let say = move |words: &mut Vec<u8>| self.storing(words, key, entry, ttl, false);
        match self.send(Command::Set, say).await? {
            Reply::Okay => Ok(()),
            _ => Err(BackendError::Refused),
        }
    }

    async fn add(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<bool, BackendError> {
        let say = move |words: &mut Vec<u8>| self.storing(words, key, entry, ttl, true);
        match self.send(Command::Set, say).await? {
            Reply::Okay => Ok(true),
            Reply::Nil => Ok(false),
            _ => Err(BackendError::Refused),
        }
    }

    async fn delete(&self, key: Key) -> Result<bool, BackendError> {
        Ok(number(&self.simple(Command::Del, "DEL", key, None).await?)? > 0)
    }

    async fn delete_if(&self, key: Key, mine: Value) -> Result<bool, BackendError> {
        let say =
            move |words: &mut Vec<u8>| self.script(words, &self.delete_if, key, Some(mine.bits()));
        Ok(number(&self.send(Command::Evalsha, say).await?)? > 0)
    }

    async fn incr(&self, key: Key) -> Result<Option<u64>, BackendError> {
        let say = move |words: &mut Vec<u8>| self.script(words, &self.incr, key, None);
        match self.send(Command::Evalsha, say).await? {
            Reply::Nil => Ok(None),
            reply => number(&reply).map(|n| Some(n as u64)),
        }
    }

    async fn touch(&self, key: Key, ttl: Ttl) -> Result<bool, BackendError> {
        let Some(span) = milliseconds(ttl) else {
            // PERSIST answers 0 for a live entry that has no TTL anyway.
            let found = self.simple(Command::Getex, "GETEX", key, Some(b"PERSIST")).await?;
            return Ok(found != Reply::Nil);
        };
        let span = span.to_string();
        let reply = self.simple(Command::Pexpire, "PEXPIRE", key, Some(span.as_bytes())).await?;
        Ok(number(&reply)? > 0)
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, BackendError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let say = |words: &mut Vec<u8>| {
            words.begin(1 + keys.len());
            words.word(b"MGET");
            keys.iter().for_each(|key| self.key(words, *key));
        };
        match self.send(Command::Mget, say).await? {
            Reply::Many(replies) if replies.len() == keys.len() => {
                replies.iter().map(entry).collect()
            }
            _ => Err(BackendError::Refused),
        }
    }

    async fn set_many(&self, entries: &[(Key, Entry)], ttl: Ttl) -> Result<(), BackendError> {
        if entries.is_empty() {
            return Ok(());
        }
        let says = entries.iter().map(|(key, entry)| {
            |words: &mut Vec<u8>| self.storing(words, *key, *entry, ttl, false)
        });
        let sent = || self.count(Command::Set, entries.len() as u64);
        let replies = self.client.send_batch(says, sent).await?;
        let stored = replies.iter().all(|reply| *reply == Reply::Okay);
        if stored { Ok(()) } else { Err(BackendError::Refused) }
    }

    fn hold(&self, nth: Option<usize>) {
        self.client.hold(nth);
    }

    async fn settle(&self) {
        self.client.settle().await;
    }

    fn sent(&self) -> Sent {
        let counts = Command::ALL.iter().map(|(name, at)| (name, self.counts[*at as usize].get()));
        let commands = counts
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| ((*name).to_owned(), count))
            .collect();
        let mut sent = Sent { commands, ..Sent::default() };
        self.client.tell(&mut sent);
        sent
    }
}
