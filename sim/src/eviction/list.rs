//! Doubly linked lists threaded through the slots themselves: no map and no allocation an access.
//!
//! All lists of a policy share one table of neighbours, as a slot is in one of them at a time.

/// The end of a list, as a slot that no cache gives out.
pub(super) const END: u32 = u32::MAX;
/// The neighbour of a slot that is in no list.
const NOWHERE: u32 = u32::MAX - 1;

/// For each slot its neighbours: towards the oldest, towards the newest.
#[derive(Clone, Debug, Default)]
pub(super) struct Links(Vec<[u32; 2]>);

/// One list.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) oldest: u32,
    pub(super) newest: u32,
    /// What its slots weigh together.
    pub(super) weight: u64,
}

impl Default for List {
    fn default() -> Self {
        Self { oldest: END, newest: END, weight: 0 }
    }
}

impl Links {
    /// Slots below this number may come.
    pub(super) fn reserve(&mut self, slots: usize) {
        if slots > self.0.len() {
            self.0.resize(slots, [NOWHERE; 2]);
        }
    }

    /// Whether a slot is in a list.
    #[inline(always)]
    pub(super) fn has(&self, slot: u32) -> bool {
        self.0[slot as usize][0] != NOWHERE
    }

    /// Reads a slot's neighbours, so that they are at hand when they are needed.
    #[inline(always)]
    pub(super) fn warm(&self, slot: u32) -> u32 {
        self.0[slot as usize][0]
    }

    /// The neighbour towards the newest.
    #[inline(always)]
    pub(super) fn newer(&self, slot: u32) -> u32 {
        self.0[slot as usize][1]
    }
}

impl List {
    pub(super) const fn is_empty(&self) -> bool {
        self.oldest == END
    }

    /// A slot that is in no list becomes the newest.
    #[inline(always)]
    pub(super) fn push(&mut self, links: &mut Links, slot: u32, weight: u64) {
        self.append(links, slot);
        self.weight += weight;
    }

    /// A slot of this list leaves it.
    #[inline(always)]
    pub(super) fn remove(&mut self, links: &mut Links, slot: u32, weight: u64) {
        self.unlink(links, slot);
        links.0[slot as usize] = [NOWHERE; 2];
        self.weight -= weight;
    }

    /// A slot of this list becomes its newest.
    #[inline(always)]
    pub(super) fn renew(&mut self, links: &mut Links, slot: u32) {
        if slot != self.newest {
            self.unlink(links, slot);
            self.append(links, slot);
        }
    }

    /// The oldest slot, if there is one.
    pub(super) fn first(&self) -> Option<u32> {
        (self.oldest != END).then_some(self.oldest)
    }

    #[inline(always)]
    fn append(&mut self, links: &mut Links, slot: u32) {
        links.0[slot as usize] = [self.newest, END];
        match self.newest {
            END => self.oldest = slot,
            newest => links.0[newest as usize][1] = slot,
        }
        self.newest = slot;
    }

    #[inline(always)]
    fn unlink(&mut self, links: &mut Links, slot: u32) {
        let [older, newer] = links.0[slot as usize];
        match older {
            END => self.oldest = newer,
            _ => links.0[older as usize][1] = newer,
        }
        match newer {
            END => self.newest = older,
            _ => links.0[newer as usize][0] = older,
        }
    }
}
