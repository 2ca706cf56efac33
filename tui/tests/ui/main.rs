//! The screen as a whole: what it looks like, that no size and no keys break it, and that undo undoes.
#![expect(
    clippy::disallowed_methods,
    reason = "a test that waits for a program has to give up at some time"
)]

mod keys;
mod screens;
mod site;
mod sizes;
mod support;
mod terminal;
