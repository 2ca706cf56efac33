//! A memcached server as a run needs it beside its requests: preloading, events, cleaning up. Blocking, over
//! connections of its own, each made when it is needed.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use herdlab_sim::key::Key;
use herdlab_sim::plan::{Backend, Capacity, Eviction};
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Entry, Ttl};

use super::super::codec::Codec;
use super::super::{Endpoint, Opening, Store, wire};
use super::protocol::{self, Reply};
use super::text::Text;
use super::{MemcachedBackend, Written};
use crate::background::Background;
use crate::error::RunError;
use crate::server::Program;
use crate::settings::Settings;
use crate::timer::Timer;

/// Keys a batch, when many are written or deleted.
const BATCH: usize = 1_000;
/// How long a blocking read or write may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// An item's key and header take this much of the largest item at most.
const ITEM: u64 = 512;
/// `cache_memlimit` takes no less.
const LEAST: u64 = 8 << 20;

const THEIRS: &str =
    "the scenario's cache.capacity was not applied: the server is not ours, and its own -m rules";
const ENTRIES: &str = "the scenario's cache.capacity was not applied: memcached has no limit in entries; give one in bytes";
const SMALL: &str =
    "the scenario's cache.capacity was not applied in full: memcached has 8 MiB at least";
const RANDOM: &str =
    "the scenario's cache.eviction was not applied: memcached evicts by its own segmented LRU";

pub(crate) struct MemcachedStore {
    place: Endpoint,
    /// The way that requests go, which may lead through a proxy.
    way: Endpoint,
    /// The address as it may be shown.
    shown: String,
    settings: Settings,
    prefix: String,
    value_size: u32,
    /// Whether the server is ours, and so is all that lies in it.
    ours: bool,
    written: Written,
    version: String,
}

/// A connection that waits for its answers.
struct Admin(Box<dyn Duplex>);

trait Duplex: Read + Write {}

impl<T: Read + Write> Duplex for T {}

impl Admin {
    fn connect(place: &Endpoint, timeout: Duration) -> io::Result<Self> {
        match place {
            Endpoint::Unix(path) => {
                let socket = UnixStream::connect(path)?;
                socket.set_read_timeout(Some(PATIENCE))?;
                socket.set_write_timeout(Some(PATIENCE))?;
                Ok(Self(Box::new(socket)))
            }
            Endpoint::Tcp(host, port) => {
                let mut last = io::Error::from(io::ErrorKind::NotFound);
                for address in (host.as_str(), *port).to_socket_addrs()? {
                    match TcpStream::connect_timeout(&address, timeout) {
                        Ok(socket) => {
                            socket.set_read_timeout(Some(PATIENCE))?;
                            socket.set_write_timeout(Some(PATIENCE))?;
                            return Ok(Self(Box::new(socket)));
                        }
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
        }
    }

    /// Sends commands, and reads as many replies.
    fn ask(&mut self, commands: &[u8], replies: usize) -> io::Result<Vec<Reply>> {
        self.0.write_all(commands)?;
        let (mut bytes, mut chunk, mut read) = (Vec::new(), [0; 16 << 10], Vec::new());
        while read.len() < replies {
            let count = self.0.read(&mut chunk)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            bytes.extend_from_slice(&chunk[..count]);
            while let Some((reply, length)) =
                protocol::parse(&bytes).map_err(|_| io::ErrorKind::InvalidData)?
            {
                read.push(reply);
                bytes.drain(..length);
            }
        }
        Ok(read)
    }

    fn ask_one(&mut self, command: &str) -> io::Result<Reply> {
        let replies = self.ask(format!("{command}\r\n").as_bytes(), 1)?;
        replies.into_iter().next().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl MemcachedStore {
    fn admin(&self) -> Result<Admin, RunError> {
        let timeout = Duration::from_nanos(self.settings.client.connect_timeout.as_nanos());
        Admin::connect(&self.place, timeout).map_err(|error| self.unreachable(&error))
    }

    fn unreachable(&self, error: &io::Error) -> RunError {
        RunError::Unreachable { address: self.shown.clone(), reason: error.to_string() }
    }

    fn refused(&self, reason: impl Into<String>) -> RunError {
        RunError::Backend { address: self.shown.clone(), reason: reason.into() }
    }

    fn unsuited(&self, reason: String) -> RunError {
        RunError::Unsuited { address: self.shown.clone(), reason }
    }

    fn ask(&self, command: &str) -> Result<Reply, RunError> {
        self.admin()?.ask_one(command).map_err(|error| self.unreachable(&error))
    }

    /// A figure of the server's.
    fn figure(&self, stats: &str, name: &str) -> Result<u64, RunError> {
        let Reply::Stats(all) = self.ask(stats)? else {
            return Err(self.refused(format!("{stats} has no answer")));
        };
        let found = all.iter().find(|(known, _)| known == name);
        found
            .and_then(|(_, value)| value.parse().ok())
            .ok_or_else(|| self.refused(format!("{stats} has no {name}")))
    }

    fn ask_version(&self) -> Result<String, RunError> {
        match self.ask("version")? {
            Reply::Other(text) if text.starts_with("VERSION ") => {
                Ok(text.replacen("VERSION", Self::NAME, 1))
            }
            other => Err(self.refused(format!("version was answered with {other:?}"))),
        }
    }

    /// Refuses what it could only do otherwise than the scenario's cache would.
    fn check(&self, kept: Nanos, meant: Backend) -> Result<(), RunError> {
        let whole =
            kept == Nanos::FOREVER || kept.as_nanos().is_multiple_of(Nanos::SECOND.as_nanos());
        if !whole && meant != Backend::Memcached {
            return Err(self.unsuited(format!(
                "memcached keeps entries for whole seconds, and this lane's for {kept}; use a ttl of whole \
                 seconds, or --on redis, or say cache.backend = \"memcached\", which rounds up on the model too"
            )));
        }
        let most = self.figure("stats settings", "item_size_max")?;
        if u64::from(self.value_size) + ITEM > most {
            return Err(self.unsuited(format!(
                "its items have at most {most} bytes with key and header, and data.value_size is {}; \
                 use smaller values, or a server with a larger -I",
                self.value_size
            )));
        }
        Ok(())
    }

    /// Sends commands in batches, each of which must be answered by one of these.
    fn all<T>(
        &self,
        items: &mut dyn Iterator<Item = T>,
        command: impl Fn(&mut Vec<u8>, T),
        good: &[Reply],
    ) -> Result<(), RunError> {
        let mut admin = self.admin()?;
        loop {
            let (mut out, mut count) = (Vec::new(), 0);
            for item in (&mut *items).take(BATCH) {
                command(&mut out, item);
                count += 1;
            }
            if count == 0 {
                return Ok(());
            }
            let replies = admin.ask(&out, count).map_err(|error| self.unreachable(&error))?;
            if let Some(bad) = replies.iter().find(|reply| !good.contains(reply)) {
                return Err(self.refused(format!("{bad:?}")));
            }
        }
    }
}

impl Store for MemcachedStore {
    const NAME: &'static str = "memcached";
    const URLS: &'static [&'static str] = &["memcached://host:port", "memcached+unix:///path"];
    const PROGRAM: Option<Program> = Some(Program {
        name: "memcached",
        package: "memcached",
        command: r#"memcached -u "$(id -un)" -s "$1/s.sock" -a 0700 -U 0 -m 1024"#,
        ping: b"mn\r\n",
        pong: b"MN\r\n",
    });

    const HAS_META: bool = true;

    type Backend = MemcachedBackend;

    fn open(opening: &Opening<'_>) -> Result<Self, RunError> {
        let ours = opening.address.is_ours();
        let place = super::endpoint(opening.address, opening.settings)?;
        let mut store = Self {
            way: place.clone(),
            place,
            shown: opening.address.shown().to_owned(),
            settings: opening.settings.clone(),
            prefix: opening.prefix.clone(),
            value_size: opening.cache.value_size,
            ours,
            written: Written::new(!ours),
            version: String::new(),
        };
        store.version = store.ask_version()?;
        store.check(opening.kept, opening.cache.backend)?;
        Ok(store)
    }

    fn endpoint(&self) -> Option<Endpoint> {
        Some(self.place.clone())
    }

    fn lead_through(&mut self, proxy: Endpoint) {
        self.way = proxy;
    }

    async fn connect(
        &self,
        timer: &Timer,
        background: &Background,
    ) -> Result<MemcachedBackend, RunError> {
        let settings = &self.settings;
        let protocol = Text { endpoint: self.way.clone(), nodelay: settings.client.nodelay };
        let count = settings.client.connections_a_core(settings.cores);
        let links = wire::connect(protocol, count, settings, timer, background).await;
        Ok(MemcachedBackend {
            links: Rc::new(links.map_err(|error| self.unreachable(&error))?),
            prefix: self.prefix.clone(),
            codec: Codec::new(self.value_size),
            counts: Rc::default(),
            written: self.written.clone(),
            background: background.clone(),
        })
    }

    fn preload(
        &self,
        _: u32,
        entries: &mut dyn Iterator<Item = (Key, Entry, Ttl)>,
    ) -> Result<(), RunError> {
        let codec = Codec::new(self.value_size);
        let store = |out: &mut Vec<u8>, (key, entry, ttl): (Key, Entry, Ttl)| {
            self.written.note(key);
            let text = key.text(&self.prefix);
            protocol::store(out, "set", text, &codec.encode(entry), protocol::expiry(ttl));
        };
        self.all(entries, store, &[Reply::Done])
    }

    fn expire(&self, key: Key) -> Result<(), RunError> {
        self.ask(&format!("delete {}", key.text(&self.prefix))).map(|_| ())
    }

    fn clear(&self) -> Result<(), RunError> {
        let Some(keys) = self.written.all() else {
            return self.ask("flush_all").map(|_| ()); // all that lies in our own server is ours
        };
        let delete = |out: &mut Vec<u8>, key: Key| {
            protocol::line(out, format_args!("delete {}", key.text(&self.prefix)));
        };
        self.all(&mut keys.into_iter(), delete, &[Reply::Done, Reply::Missing])
    }

    fn flush(&self) -> Result<(), RunError> {
        if !self.ours && !self.settings.allow_flush {
            return self.clear();
        }
        self.ask("flush_all").map(|_| ())
    }

    fn limit(
        &self,
        capacity: Option<Capacity>,
        eviction: Eviction,
    ) -> Result<Option<String>, RunError> {
        let bytes = match capacity {
            None => return Ok(None),
            Some(Capacity::Entries(_)) => return Ok(Some(ENTRIES.to_owned())),
            Some(Capacity::Bytes(_)) if !self.ours => return Ok(Some(THEIRS.to_owned())),
            Some(Capacity::Bytes(bytes)) => bytes,
        };
        let mebibytes = bytes.max(LEAST).div_ceil(1 << 20);
        match self.ask(&format!("cache_memlimit {mebibytes}"))? {
            Reply::Done if bytes < LEAST => Ok(Some(SMALL.to_owned())),
            Reply::Done if !matches!(eviction, Eviction::Lru | Eviction::Memcached) => {
                Ok(Some(RANDOM.to_owned()))
            }
            Reply::Done => Ok(None),
            other => Err(self.refused(format!("cache_memlimit was answered with {other:?}"))),
        }
    }

    fn evicted(&self) -> Result<u64, RunError> {
        self.figure("stats", "evictions")
    }

    fn version(&self) -> &str {
        &self.version
    }
}
