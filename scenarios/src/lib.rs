//! The scenario language: TOML text in, a [`Plan`](herdlab_sim::plan::Plan) out, every mistake reported at once.
//!
//! - `tree`: the text as values that know where they stand, with `--set` overrides put in.
//! - `section`: reads one table of it by name, type, default and meaning; what nobody asked for is unknown.
//! - `fields`: the language. Each field is declared where it is read, once.
//! - `scenario`: the outcome: fields with their sources, the resolved document, the plan.
//! - `vary`: a field and the values that a sweep gives it.
//! - [`threshold`]: what must hold at the end of a run, and whether it does.
//! - `gate`: the thresholds that the chosen lanes are held against.
//! - `library`: the scenarios that come with the program.

mod fault;
mod fields;
mod gate;
mod library;
mod nearest;
mod overrides;
mod range;
mod scenario;
mod section;
pub mod threshold;
mod tree;
mod units;
mod vary;

pub use fault::{Fault, Faults};
pub use library::{Shipped, find, library};
pub use nearest::nearest;
pub use overrides::Override;
pub use scenario::Scenario;
pub use section::{Field, Source};
pub use vary::{Point, Vary};
