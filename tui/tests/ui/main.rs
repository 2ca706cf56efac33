//! The screen as a whole: what it looks like, that no size and no keys break it, and that undo undoes.

mod keys;
mod screens;
mod sizes;
mod support;
mod terminal;
