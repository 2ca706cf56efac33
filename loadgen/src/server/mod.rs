//! Private servers: started for a run, gone after it however it ends.

mod redis;

pub use redis::PrivateRedis;
