//! Panics of a strategy, contained: its request fails, the run goes on.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this thread is inside [`contain`].
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// The first message of a panic that was contained on this thread.
    static FIRST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`. A panic in it is returned, not printed: one bad strategy would print a million backtraces.
///
/// # Errors
/// What was thrown.
#[inline]
pub fn contain<R>(work: impl FnOnce() -> R) -> Result<R, Box<dyn Any + Send>> {
    INSIDE.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(false);
    result
}

/// Makes contained panics silent; called once by whoever runs strategies. Other panics print as before.
pub fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                return before(info);
            }
            FIRST.with_borrow_mut(|first| {
                first.get_or_insert_with(|| info.to_string().replace('\n', " "));
            });
        }));
    });
}

/// The first message contained on this thread since the last call.
#[must_use]
pub fn first_message() -> Option<String> {
    FIRST.with_borrow_mut(Option::take)
}
