//! A Redis server as a run needs it beside its requests: preloading, events, cleaning up. Blocking, over connections of
//! its own, each made when it is needed: a server that was restarted meanwhile is simply there again.

use herdlab_sim::key::Key;
use herdlab_sim::plan::{Backend, Capacity, Eviction};
use herdlab_sim::world::{Entry, Ttl};
use redis::{Cmd, InfoDict, RedisError, Script};

use super::super::codec::Codec;
use super::super::{Endpoint, Opening, Store};
use super::address::Place;
use super::admin::Admin;
use super::client::Client;
use super::refusal::Refusal;
use super::{DELETE_IF, INCR, RedisBackend, milliseconds};
use crate::background::Background;
use crate::error::RunError;
use crate::server::Program;
use crate::settings::Settings;
use crate::timer::Timer;

/// Keys a batch, when many are written or looked at.
const BATCH: usize = 1_000;

const THEIRS: &str = "the scenario's cache.capacity was not applied: the server is not ours, and its own maxmemory rules";
const ENTRIES: &str = "the scenario's cache.capacity was not applied: Redis has no limit in entries; give one in bytes";
const LACKS: &str =
    "the scenario's cache.eviction was not applied, allkeys-lru was: Redis has nothing like ";

pub(crate) struct RedisStore {
    place: Place,
    /// The way that requests go, which may lead through a proxy.
    way: Place,
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
        let info = self.admin()?.query(redis::cmd("INFO").arg(section));
        info.map_err(|error| self.failed(error))
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

    fn admin(&self) -> Result<Admin, RunError> {
        Admin::connect(&self.place, &self.settings).map_err(|refusal| refusal.at(&self.shown))
    }

    fn failed(&self, error: RedisError) -> RunError {
        Refusal::from(error).at(&self.shown)
    }

    /// Refuses a server on which we may not do what a run does. What it writes is gone after a second.
    fn check(&self) -> Result<(), RunError> {
        let key = format!("{}:may-i", self.prefix);
        let mut admin = self.admin()?;
        let mut may = |command: &mut Cmd| {
            let done: Result<(), RedisError> = admin.query(command);
            done.map_err(|error| self.failed(error))
        };
        may(redis::cmd("SET").arg(&key).arg(1).arg("PX").arg(1_000))?;
        may(redis::cmd("GET").arg(&key))?;
        may(redis::cmd("MGET").arg(&key))?;
        may(redis::cmd("GETEX").arg(&key))?;
        may(redis::cmd("PEXPIRE").arg(&key).arg(1_000))?;
        for script in [DELETE_IF, INCR] {
            may(redis::cmd("SCRIPT").arg("LOAD").arg(script))?;
            may(redis::cmd("EVALSHA").arg(sha(script)).arg(1).arg(&key).arg(2))?;
        }
        may(redis::cmd("SCAN").arg(0).arg("MATCH").arg(&key).arg("COUNT").arg(1))?;
        may(redis::cmd("DEL").arg(&key))?;
        may(redis::cmd("UNLINK").arg(&key))
    }

    fn preload_batch(
        &self,
        admin: &mut Admin,
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
        admin.exec(&pipe)
    }

    fn clear_all(&self, admin: &mut Admin) -> Result<(), RedisError> {
        let pattern = format!("{}:*", self.prefix); // the prefix is ours and has no wildcard in it
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(BATCH);
            let (next, keys): (u64, Vec<Vec<u8>>) = admin.query(&scan)?;
            if !keys.is_empty() {
                let () = admin.query(redis::cmd("UNLINK").arg(keys))?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }
}

/// What a script is called by once it is loaded.
fn sha(script: &str) -> String {
    Script::new(script).get_hash().to_owned()
}

impl Store for RedisStore {
    const NAME: &'static str = "redis";
    const URLS: &'static [&'static str] =
        &["redis://host:port/db", "rediss://host:port/db", "redis+unix:///path?db=0"];
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
        if opening.cache.backend == Backend::Memcached {
            let reason = "the scenario's cache.backend is memcached, whose whole seconds a redis does not have; run it --on memcached, in memory or on the model, or say cache.backend = \"redis\"";
            return Err(RunError::Unsuited { address: shown, reason: reason.to_owned() });
        }
        let place = Place::of(opening.address, opening.settings)?;
        let mut store = Self {
            way: place.clone(),
            place,
            shown,
            settings: opening.settings.clone(),
            prefix: opening.prefix.clone(),
            value_size: opening.cache.value_size,
            ours: opening.address.is_ours(),
            version: String::new(),
        };
        store.version = store.ask_version()?;
        if !store.ours {
            store.check()?;
        }
        Ok(store)
    }

    fn endpoint(&self) -> Option<Endpoint> {
        Some(self.place.endpoint.clone())
    }

    fn lead_through(&mut self, proxy: Endpoint) {
        self.way.endpoint = proxy;
    }

    async fn connect(
        &self,
        timer: &Timer,
        background: &Background,
    ) -> Result<RedisBackend, RunError> {
        let codec = Codec::new(self.value_size);
        let client = Client::connect(&self.way, &codec, &self.settings, timer, background).await;
        Ok(RedisBackend {
            client: client.map_err(|refusal| refusal.at(&self.shown))?,
            prefix: self.prefix.clone(),
            codec,
            counts: Default::default(),
            delete_if: sha(DELETE_IF),
            incr: sha(INCR),
        })
    }

    fn preload(
        &self,
        _: u32,
        entries: &mut dyn Iterator<Item = (Key, Entry, Ttl)>,
    ) -> Result<(), RunError> {
        let mut admin = self.admin()?;
        let codec = Codec::new(self.value_size);
        loop {
            let batch: Vec<_> = entries.take(BATCH).collect();
            if batch.is_empty() {
                return Ok(());
            }
            self.preload_batch(&mut admin, &codec, &batch).map_err(|error| self.failed(error))?;
        }
    }

    fn expire(&self, key: Key) -> Result<(), RunError> {
        let text = key.text(&self.prefix).to_string();
        let unlinked = self.admin()?.query(redis::cmd("UNLINK").arg(text));
        unlinked.map_err(|error| self.failed(error))
    }

    fn clear(&self) -> Result<(), RunError> {
        self.clear_all(&mut self.admin()?).map_err(|error| self.failed(error))
    }

    fn flush(&self) -> Result<(), RunError> {
        if !self.ours && !self.settings.allow_flush {
            return self.clear();
        }
        self.admin()?.query(&redis::cmd("FLUSHDB")).map_err(|error| self.failed(error))
    }

    fn limit(
        &self,
        capacity: Option<Capacity>,
        eviction: Eviction,
    ) -> Result<Option<String>, RunError> {
        let policy = maxmemory_policy(eviction);
        let bytes = match capacity {
            None if !self.ours => return Ok(None),
            None => 0, // no limit
            Some(Capacity::Bytes(bytes)) if self.ours => bytes,
            Some(Capacity::Bytes(_)) => return Ok(Some(THEIRS.to_owned())),
            Some(Capacity::Entries(_)) => return Ok(Some(ENTRIES.to_owned())),
        };
        let mut limits = redis::cmd("CONFIG");
        limits.arg(&["SET", "maxmemory-policy", policy.unwrap_or("allkeys-lru")]);
        limits.arg(&["maxmemory", &bytes.to_string()]);
        let set = self.admin()?.query(&limits);
        let note = policy.is_none().then(|| format!("{}{}", LACKS, eviction.name()));
        set.map(|()| note).map_err(|error| self.failed(error))
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

/// Redis' name for an eviction policy; `None` if it has nothing like it.
const fn maxmemory_policy(eviction: Eviction) -> Option<&'static str> {
    Some(match eviction {
        Eviction::Lru | Eviction::RedisLru => "allkeys-lru",
        Eviction::Lfu | Eviction::RedisLfu => "allkeys-lfu",
        Eviction::Random | Eviction::RedisRandom => "allkeys-random",
        Eviction::RedisVolatileLru => "volatile-lru",
        Eviction::RedisVolatileLfu => "volatile-lfu",
        Eviction::RedisVolatileRandom => "volatile-random",
        Eviction::Ttl | Eviction::RedisVolatileTtl => "volatile-ttl",
        Eviction::None => "noeviction",
        _ => return None,
    })
}
