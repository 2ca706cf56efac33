//! The program as a user runs it: the real binary, whole outputs, exit codes.

mod bench;
mod explain;
mod findings;
mod gate;
mod help;
mod house;
mod library;
mod new;
mod output;
mod real;
mod record;
mod signals;
mod support;
mod sweep;
mod wrong;
