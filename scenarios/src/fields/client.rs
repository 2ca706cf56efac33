//! `[client]`: how a real cache is spoken to.

use herdlab_sim::plan::{Client, Engine, Sharing};

use crate::section::Section;

/// The section, read.
pub(crate) fn client(section: Section<'_>) -> Client {
    section.quiet(); // nothing to most runs: they are virtual
    let default = Client::default();
    let engine = section.choice(
        "engine",
        "whose Redis client in real time: herdlab's own costs the least, redis-rs is the redis crate's",
        default.engine,
        &[("own", Engine::Own), ("redis-rs", Engine::RedisRs)],
    );
    let about = "connections to a real cache in all, spread over the cores";
    let connections = section.count("connections", about, default.connections, 1, 100_000);
    let sharing = section.choice(
        "sharing",
        "who uses a connection at a time: everybody, or, as a pool, one operation while others wait",
        default.sharing,
        &[("shared", Sharing::Shared), ("pool", Sharing::Pool)],
    );
    let pool_wait = if sharing == Sharing::Pool {
        section.span("pool_wait", "the longest wait for a free connection", default.pool_wait)
    } else {
        let what = "nobody waits for a shared connection";
        section.refuse("pool_wait", "sharing", what, "say client.sharing = \"pool\" too");
        default.pool_wait
    };
    let read = Client {
        engine,
        connections,
        sharing,
        pool_wait,
        nodelay: section.switch("nodelay", "small writes are sent at once", default.nodelay),
        connect_timeout: section.span(
            "connect_timeout",
            "the longest wait for a connection to be made",
            default.connect_timeout,
        ),
        retry_first: section.span(
            "retry_first",
            "wait before a lost connection is made anew; doubled after each attempt",
            default.retry_first,
        ),
        retry_longest: section.span(
            "retry_longest",
            "the longest wait between two attempts",
            default.retry_longest,
        ),
    };
    section.finish();
    read
}
