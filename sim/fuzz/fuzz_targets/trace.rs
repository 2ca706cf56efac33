//! Reads any bytes as a trace of any format: they come to requests or to an error with its place, and nothing panics.
#![no_main]

#[path = "../property.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| property::holds(bytes));
