//! A Redis server as a run needs it beside its requests: preloading, events, cleaning up. Blocking, over connections of
//! its own, each made when it is needed: a server that was restarted meanwhile is simply there again.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use herdlab_sim::key::Key;
use herdlab_sim::plan::{Capacity, Eviction};
use herdlab_sim::world::{Entry, Ttl};
use redis::{Client, Commands, Connection, InfoDict, RedisError, Script};

use super::super::codec::Codec;
use super::super::{Opening, Store};
use super::address::info;
use super::link::Link;
use super::{DELETE_IF, INCR, RedisBackend, milliseconds};
use crate::background::Background;
use crate::error::RunError;
use crate::server::Program;
use crate::settings::Settings;
use crate::timer::Timer;

/// Keys a batch, when many are written or looked at.
const BATCH: usize = 1_000;
/// How long one blocking command may take.
const PATIENCE: Duration = Duration::from_secs(10);

const THEIRS: &str = "the scenario's cache.capacity was not applied: the server is not ours, and its own maxmemory rules";
const ENTRIES: &str = "the scenario's cache.capacity was not applied: Redis has no limit in entries; give one in bytes";

pub(crate) struct RedisStore {
    client: Client,
    /// The address as it may be shown.
    shown: String,
    settings: Settings,
    prefix: String,
    value_size: u32,
    /// Whether the server is ours, and so are its settings.
    ours: bool,
    version: String,
}

impl RedisStore {
    fn info(&self, section: &str) -> Result<InfoDict, RunError> {
        let mut connection = self.admin()?;
        let info = redis::cmd("INFO").arg(section).query(&mut connection);
        info.map_err(|error| self.failed(&error))
    }

    fn ask_version(&self) -> Result<String, RunError> {
        let info = self.info("server")?;
        let valkey: Option<String> = info.get("valkey_version");
        Ok(match (valkey, info.get::<String>("redis_version")) {
            (Some(version), _) => format!("valkey {version}"),
            (None, Some(version)) => format!("redis {version}"),
            (None, None) => "unknown".to_owned(),
        })
    }

    fn admin(&self) -> Result<Connection, RunError> {
        let timeout = Duration::from_nanos(self.settings.connect_timeout.as_nanos());
        let connection = self
            .client
            .get_connection_with_timeout(timeout)
            .map_err(|error| RunError::connecting(&self.shown, &error))?;
        let limited = connection
            .set_read_timeout(Some(PATIENCE))
            .and_then(|()| connection.set_write_timeout(Some(PATIENCE)));
        limited.map_err(|error| self.failed(&error))?;
        Ok(connection)
    }

    fn failed(&self, error: &RedisError) -> RunError {
        RunError::backend(&self.shown, error)
    }

    fn preload_batch(
        &self,
        connection: &mut Connection,
        codec: &Codec,
        batch: &[(Key, Entry, Ttl)],
    ) -> Result<(), RedisError> {
        let mut pipe = redis::Pipeline::with_capacity(batch.len());
        for (key, entry, ttl) in batch {
            let command = pipe.cmd("SET");
            command.arg(key.text(&self.prefix).to_string()).arg(codec.encode(*entry));
            if let Some(span) = milliseconds(*ttl) {
                command.arg("PX").arg(span);
            }
            command.ignore();
        }
        pipe.exec(connection)
    }

    fn clear_all(&self, connection: &mut Connection) -> Result<(), RedisError> {
        let pattern = format!("{}:*", self.prefix); // the prefix is ours and has no wildcard in it
        let mut cursor = 0_u64;
        loop {
            let (next, keys): (u64, Vec<Vec<u8>>) = redis::cmd("SCAN")
                .arg(cursor)
                .arg("MATCH")
                .arg(&pattern)
                .arg("COUNT")
                .arg(BATCH)
                .query(connection)?;
            if !keys.is_empty() {
                let () = connection.unlink(keys)?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }
}

impl Store for RedisStore {
    const NAME: &'static str = "redis";
    const URLS: &'static [&'static str] = &["redis://host:port/db", "redis+unix:///path?db=0"];
    const PROGRAM: Option<Program> = Some(Program {
        name: "redis-server",
        package: "redis-server",
        command: r#"redis-server --port 0 --unixsocket "$1/s.sock" --unixsocketperm 700 --dir "$1" --save '' --appendonly no"#,
        ping: b"PING\r\n",
        pong: b"+PONG",
    });

    type Backend = RedisBackend;

    fn open(opening: &Opening<'_>) -> Result<Self, RunError> {
        let shown = opening.address.shown().to_owned();
        let info = info(opening.address, opening.settings)?;
        let client = Client::open(info).map_err(|error| RunError::backend(&shown, &error))?;
        let mut store = Self {
            client,
            shown,
            settings: opening.settings.clone(),
            prefix: opening.prefix.clone(),
            value_size: opening.cache.value_size,
            ours: opening.address.is_ours(),
            version: String::new(),
        };
        store.version = store.ask_version()?;
        Ok(store)
    }

    async fn connect(
        &self,
        timer: &Timer,
        background: &Background,
    ) -> Result<RedisBackend, RunError> {
        let mut links = Vec::new();
        for _ in 0..self.settings.connections.max(1) {
            let link = Link::new(self.client.clone(), &self.settings, timer, background).await;
            links.push(link.map_err(|error| RunError::connecting(&self.shown, &error))?);
        }
        Ok(RedisBackend {
            links,
            turn: Cell::new(0),
            prefix: self.prefix.clone(),
            codec: Codec::new(self.value_size),
            text: RefCell::new(String::new()),
            counts: Default::default(),
            delete_if: Script::new(DELETE_IF).get_hash().to_owned(),
            incr: Script::new(INCR).get_hash().to_owned(),
        })
    }

    fn preload(
        &self,
        _: u32,
        entries: &mut dyn Iterator<Item = (Key, Entry, Ttl)>,
    ) -> Result<(), RunError> {
        let mut connection = self.admin()?;
        let codec = Codec::new(self.value_size);
        loop {
            let batch: Vec<_> = entries.take(BATCH).collect();
            if batch.is_empty() {
                return Ok(());
            }
            self.preload_batch(&mut connection, &codec, &batch)
                .map_err(|error| self.failed(&error))?;
        }
    }

    fn expire(&self, key: Key) -> Result<(), RunError> {
        let text = key.text(&self.prefix).to_string();
        self.admin()?.unlink(text).map_err(|error| self.failed(&error))
    }

    fn clear(&self) -> Result<(), RunError> {
        let mut connection = self.admin()?;
        self.clear_all(&mut connection).map_err(|error| self.failed(&error))
    }

    fn limit(
        &self,
        capacity: Option<Capacity>,
        eviction: Eviction,
    ) -> Result<Option<String>, RunError> {
        let policy = match eviction {
            Eviction::Lru => "allkeys-lru",
            Eviction::Random => "allkeys-random",
        };
        let bytes = match capacity {
            None if !self.ours => return Ok(None),
            None => 0, // no limit
            Some(Capacity::Bytes(bytes)) if self.ours => bytes,
            Some(Capacity::Bytes(_)) => return Ok(Some(THEIRS.to_owned())),
            Some(Capacity::Entries(_)) => return Ok(Some(ENTRIES.to_owned())),
        };
        let limits = redis::cmd("CONFIG")
            .arg(&["SET", "maxmemory-policy", policy, "maxmemory", &bytes.to_string()])
            .exec(&mut self.admin()?);
        limits.map(|()| None).map_err(|error| self.failed(&error))
    }

    fn evicted(&self) -> Result<u64, RunError> {
        Ok(self.info("stats")?.get("evicted_keys").unwrap_or(0))
    }

    fn served(&self) -> Result<Option<u64>, RunError> {
        Ok(self.info("stats")?.get("total_commands_processed"))
    }

    fn version(&self) -> &str {
        &self.version
    }
}
