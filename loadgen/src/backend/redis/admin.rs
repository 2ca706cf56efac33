//! A connection that waits for its answers, for a thread that has nothing else to do meanwhile.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Cmd, FromRedisValue, Pipeline, RedisConnectionInfo, RedisError,
};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::address::Place;
use super::refusal::Refusal;
use super::stream;
use crate::settings::Settings;

/// How long one command may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Admin {
    connection: MultiplexedConnection,
    /// Its driver lives here, and runs while a command waits.
    runtime: Runtime,
}

impl Admin {
    pub(super) fn connect(place: &Place, settings: &Settings) -> Result<Self, Refusal> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Refusal::Unreachable)?;
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
        let known = RedisConnectionInfo::default().set_skip_set_lib_name();
        let made = async {
            let stream = stream::open(place).await?;
            Ok(MultiplexedConnection::new_with_config(&known, stream, config).await?)
        };
        let limit = Duration::from_nanos(settings.client.connect_timeout.as_nanos());
        let made = runtime.block_on(async { timeout(limit, made).await });
        let (connection, driver) = made.unwrap_or_else(|_| Err(Refusal::late(place)))?;
        runtime.spawn(driver);
        Ok(Self { connection, runtime })
    }

    /// Asks, and waits for the answer.
    pub(super) fn query<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, RedisError> {
        self.runtime.block_on(command.query_async(&mut self.connection))
    }

    /// Has several commands done.
    pub(super) fn exec(&mut self, commands: &Pipeline) -> Result<(), RedisError> {
        self.runtime.block_on(commands.exec_async(&mut self.connection))
    }
}
