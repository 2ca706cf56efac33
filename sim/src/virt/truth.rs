//! What answers are held against: what was written last, and who asked; and what else there is to an answer than its
//! outcome.

use super::machine::Machine;
use super::who::Who;
use crate::measure::Recorder;
use crate::plan::Plan;
use crate::traffic::Writes;
use crate::world::Served;

/// What is true of a run, whatever its caches say.
#[derive(Debug)]
pub(super) struct Truth {
    writes: Option<Writes>,
    matters: bool,
}

impl Truth {
    pub(super) fn new(plan: &Plan) -> Self {
        let traffic = &plan.traffic;
        let writes = Writes::new(plan);
        let matters = writes.is_some() || traffic.variants.all > 1 || traffic.page > 1;
        Self { writes, matters }
    }

    /// Whether there is more to an answer than its outcome: values may be outdated or another's, pages have items.
    #[inline]
    pub(super) const fn matters(&self) -> bool {
        self.matters
    }

    /// Counts a page's items, and the values that a request was served and should not have been.
    #[cold]
    pub(super) fn hold(
        &mut self,
        recorder: &mut Recorder,
        machine: &mut Machine,
        slot: u32,
        served: Served,
    ) {
        let Who { due, item, request, .. } = machine.requests[slot as usize];
        let mut items = std::mem::take(&mut machine.tally);
        if !recorder.measures(due) {
            return;
        }
        if items.is_empty() {
            items.push((item, served));
        } else {
            recorder.page_served(&items);
        }
        let (now, variant) = (machine.now, machine.fan.variant(request));
        for (item, served) in items {
            let rank = machine.fan.rank(item);
            let last = self.writes.as_mut().and_then(|writes| writes.last(now, rank));
            recorder.value_served(now, served.value(), variant, last);
        }
    }
}
