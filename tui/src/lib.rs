//! The terminal UI: see the herd.
//!
//! - [`Model`], [`Msg`], [`update`]: what is shown, and what keys do to it; pure.
//! - [`view`]: draws a model; pure. `views` has the screens, `widgets` their parts, `theme` colours and glyphs.
//! - `keys`: one table of keys; dispatch, footer, help and docs follow it.
//! - [`Conductor`]: the lanes' threads, in lockstep.
//! - [`Player`]: carries out what an update asks for; [`script`] plays without a terminal, [`terminal`] on one.
//! - [`svg`]: a screen as a picture.

mod act;
mod archive;
mod backstage;
mod conductor;
mod insight;
mod keys;
mod knobs;
mod lane;
mod model;
mod pace;
mod player;
mod point;
pub mod script;
mod site;
pub mod svg;
pub mod terminal;
pub mod theme;
mod update;
mod views;
mod widgets;
mod window;
pub mod words;

pub use backstage::{Backstage, Written};
pub use conductor::{Conductor, Gathered, Stage, Turn};
pub use keys::{Action, Binding, KEYS, Key};
pub use lane::{Lane, Noted};
pub use model::{Clock, Cmd, Leave, Model, Msg, View};
pub use player::{Ended, Player};
pub use point::Point;
pub use site::Site;
pub use update::update;
pub use views::view;
