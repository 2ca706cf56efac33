//! Caches as the model has them: one backend's semantics a file.

mod footprint;
mod memory;
mod room;
mod warm;

pub use footprint::{Heap, Overhead, Tables};
pub use memory::MemoryCache;
pub use room::{bytes_each, bytes_of};
pub use warm::warm;
