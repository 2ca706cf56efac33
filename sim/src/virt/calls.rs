//! Handles on origin calls: who watches which, and what came of it.

use super::who::TaskRef;
use crate::origin::CallId;
use crate::world::{Failure, Value};

const NONE: u32 = u32::MAX;

#[derive(Copy, Clone, Debug)]
struct Watch {
    call: CallId,
    task: TaskRef,
    measured: bool,
    outcome: Option<Result<Value, Failure>>,
}

/// All handles of a lane.
#[derive(Debug, Default)]
pub(super) struct Calls {
    watches: Vec<Watch>,
    free: Vec<u32>,
    /// For each of the origin's numbers the handle that watches it.
    by_call: Vec<u32>,
}

impl Calls {
    /// A handle on a call, for a task.
    pub(super) fn watch(&mut self, call: CallId, task: TaskRef, measured: bool) -> u32 {
        let handle = self.keep(Watch { call, task, measured, outcome: None });
        let index = call.0 as usize;
        if index >= self.by_call.len() {
            self.by_call.resize(index + 1, NONE);
        }
        self.by_call[index] = handle;
        handle
    }

    fn keep(&mut self, watch: Watch) -> u32 {
        if let Some(handle) = self.free.pop() {
            self.watches[handle as usize] = watch;
            return handle;
        }
        self.watches.push(watch);
        self.watches.len() as u32 - 1
    }

    /// A handle on a call that was refused.
    pub(super) fn refused(&mut self, task: TaskRef) -> u32 {
        let refused = Some(Err(Failure::Shed));
        self.keep(Watch { call: CallId(NONE), task, measured: false, outcome: refused })
    }

    /// The origin is done with a call; returned is the task that watches it.
    pub(super) fn finished(
        &mut self,
        call: CallId,
        outcome: Result<Value, Failure>,
    ) -> Option<TaskRef> {
        let handle = std::mem::replace(&mut self.by_call[call.0 as usize], NONE);
        let watch = self.watches.get_mut(handle as usize)?;
        watch.outcome = Some(outcome);
        Some(watch.task)
    }

    /// What came of a call, and whether it is measured; the handle is spent.
    pub(super) fn take(&mut self, handle: u32) -> Option<(Result<Value, Failure>, bool)> {
        let watch = self.watches[handle as usize];
        let outcome = watch.outcome?;
        self.free.push(handle);
        Some((outcome, watch.measured))
    }

    /// The handle was dropped. Returned is the call if the origin still has it; otherwise whether its unseen result was
    /// wasted.
    pub(super) fn drop_handle(&mut self, handle: u32) -> Dropped {
        let watch = self.watches[handle as usize];
        self.free.push(handle);
        if let Some(outcome) = watch.outcome {
            return Dropped::Unseen { wasted: watch.measured && outcome.is_ok() };
        }
        self.by_call[watch.call.0 as usize] = NONE;
        Dropped::Abandoned(watch.call)
    }
}

/// What a dropped handle leaves behind.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Dropped {
    /// A call that nobody watches any more.
    Abandoned(CallId),
    /// A result that nobody looked at.
    Unseen {
        /// Whether it was measured work with a result.
        wasted: bool,
    },
}
