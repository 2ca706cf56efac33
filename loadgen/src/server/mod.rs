//! Private servers: started for a run, gone after it however it ends.

mod private;
mod program;

pub use private::PrivateServer;
pub(crate) use program::Program;
