//! The scenario language: TOML text in, a [`Plan`](herdlab_sim::plan::Plan) out, every mistake reported at once.
//!
//! - `tree`: the text as values that know where they stand; `given`: what flags say, put in.
//! - `section`: reads one table of it by name, kind, default and meaning; what nobody asked for is unknown.
//! - `values`: reads one value; `kind`: what a field may be, as data.
//! - `fields`: the language. Each field is declared where it is read, once.
//! - `read` and `scenario`: the outcome: fields with their sources, the resolved document, the plan.
//! - `declared`: every field there is; `schema` and `starter` say it to editors and to beginners.
//! - `vary`: a field and the values that a sweep gives it.
//! - [`units`]: durations, rates and sizes as text.
//! - [`threshold`]: what must hold at the end of a run, and whether it does.
//! - `gate`: the thresholds that the chosen lanes are held against.
//! - `forecast`: what load a plan offers; `warnings`: what of it may not be meant.
//! - `said`: an event said in a line.
//! - `written`: a scenario as a file, with what was put to it while it was played.
//! - `library`: the scenarios that come with the program.

mod declared;
mod fault;
mod field;
mod fields;
mod files;
mod forecast;
mod gate;
mod given;
mod kind;
mod library;
mod matrix;
mod nearest;
mod overrides;
mod popularity;
mod range;
mod read;
mod said;
mod scenario;
mod schema;
mod section;
mod starter;
pub mod threshold;
mod tree;
pub mod units;
mod values;
mod vary;
mod warnings;
mod written;

pub use fault::{Fault, Faults};
pub use field::{Field, Source};
pub use files::{Files, NoFiles};
pub use forecast::Forecast;
pub use given::Given;
pub use library::{Shipped, find, library};
pub use matrix::{BARE, MATRIX, MatrixFault};
pub use nearest::nearest;
pub use overrides::Override;
pub use scenario::Scenario;
pub use schema::schema;
pub use starter::starter;
pub use vary::{Point, Vary};
pub use warnings::warnings;
pub use written::text_of;
