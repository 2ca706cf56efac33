//! Reads any bytes as a scenario: it comes to a plan or to mistakes with their lines, and nothing panics.
#![no_main]

#[path = "../property.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| property::holds(bytes));
