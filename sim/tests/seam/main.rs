//! The rules of the virtual world, each as a test: DESIGN section 1, and the seam's promises.

mod determinism;
mod failures;
mod flights;
mod instants;
mod lockup;
mod support;
mod timeouts;
mod writes;
