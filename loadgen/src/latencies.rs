//! The cores' latencies by the second, gathered while they run: what is over everywhere takes no room any more.

use std::cell::RefCell;
use std::sync::mpsc::{Receiver, Sender, channel};

use herdlab_sim::measure::{Handed, Recorder, Seconds};

use crate::engine::{Asks, Question};

/// What a core handed over, and which it is.
pub(crate) type Told = (usize, Handed);

/// Gathers the cores' seconds. Nobody waits for anybody: what a core answers late is taken in later.
pub(crate) struct Latencies {
    tell: Sender<Told>,
    told: Receiver<Told>,
    seconds: RefCell<Seconds>,
}

impl Latencies {
    /// Of so many cores.
    pub(crate) fn new(cores: usize) -> Self {
        let (tell, told) = channel();
        Self { tell, told, seconds: RefCell::new(Seconds::new(cores)) }
    }

    /// Asks the cores to hand over what is over, and takes in what they have handed over since they were last asked.
    pub(crate) fn gather(&self, cores: &[Asks]) {
        self.take_in();
        for (core, asks) in cores.iter().enumerate() {
            let _ = asks.send(Question::Seconds(core, self.tell.clone())); // a core that is gone has said so
        }
    }

    fn take_in(&self) {
        let mut seconds = self.seconds.borrow_mut();
        self.told.try_iter().for_each(|(core, handed)| seconds.add(core, handed));
    }

    /// Adds what was handed over to what the cores kept.
    pub(crate) fn add_to(&self, requests: &mut Recorder) {
        self.take_in();
        requests.take_in(&self.seconds.borrow());
    }
}
