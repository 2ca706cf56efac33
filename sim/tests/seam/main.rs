//! The rules of the virtual world, each as a test: DESIGN section 1, and the seam's promises.

mod bump;
mod determinism;
mod failures;
mod faults;
mod flights;
mod get_or_set;
mod hottest;
mod instants;
mod laws;
mod lockup;
mod locmem;
mod meta;
mod origin_errors;
mod pages;
mod queue;
mod retries;
mod support;
mod timeouts;
mod traffic;
mod updates;
mod variants;
mod writes;
