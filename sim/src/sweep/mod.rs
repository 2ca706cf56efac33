//! What many runs say together: means with their uncertainty, differences, the front, the knee, and what theory says.
//!
//! Pure: figures in, figures out. Who runs what, and on how many cores, is not known here.

mod agreement;
mod estimate;
mod knee;
mod pareto;
mod record;
mod study;
mod theory;

pub use agreement::{Agreement, Verdict};
pub use estimate::Estimate;
pub use knee::knee;
pub use pareto::front;
pub use record::{
    Case, Difference, Figures, Knee, Objective, Pareto, Row, SCHEMA, Setting, Settings,
    SweepRecord, Varied,
};
pub use study::{Axis, OBJECTIVES, Study};
pub use theory::{ClosedForm, closed_forms};
