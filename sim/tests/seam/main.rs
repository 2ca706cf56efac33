//! The rules of the virtual world, each as a test: DESIGN section 1, and the seam's promises.

mod article_lock;
mod bump;
mod determinism;
mod failures;
mod faults;
mod flights;
mod get_or_set;
mod hottest;
mod instants;
mod laws;
mod layers;
mod lockup;
mod locmem;
mod meta;
mod mishaps;
mod origin_errors;
mod pages;
mod queue;
mod retries;
mod strategies;
mod support;
mod timeouts;
mod traffic;
mod updates;
mod variants;
mod writes;
