//! Caches as the model has them: one backend's semantics a file.

mod memory;
mod room;
mod warm;

pub use memory::MemoryCache;
pub use warm::warm;
