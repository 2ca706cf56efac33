//! The model: strategies, virtual time, caches, origins, traffic and measures.
//!
//! No runtime, no files, no sockets, no clock and no entropy: the same plan and seed give the same bytes.

pub mod cache;
pub mod contain;
pub mod eviction;
pub mod findings;
pub mod key;
pub mod law;
pub(crate) mod layer;
pub mod matrix;
pub mod measure;
pub mod origin;
pub mod plan;
pub mod random;
pub mod replay;
pub mod service;
pub mod strategy;
pub mod sweep;
pub mod text;
pub mod theory;
pub mod time;
pub mod traffic;
pub mod virt;
pub mod world;
