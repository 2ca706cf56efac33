//! The program as a user runs it: the real binary, whole outputs, exit codes.
#![expect(
    clippy::disallowed_methods,
    reason = "a test that waits for a program has to give up at some time"
)]

mod bench;
mod explain;
mod findings;
mod gate;
mod help;
mod house;
mod http;
mod library;
mod matrix;
mod new;
mod output;
mod real;
mod record;
mod replay;
mod screen;
mod signals;
mod support;
mod sweep;
mod terminal;
mod verify;
mod wrong;
