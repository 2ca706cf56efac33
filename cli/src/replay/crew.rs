//! One pass over a trace: it is read once, and all cells work on each batch, on all cores.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use herdlab_sim::replay::{Batch, Cell, Lone, Request, StackDistances};

/// Batches on their way to a worker.
const AHEAD: usize = 2;

/// What works on a trace.
pub(super) enum Work {
    Cell(Box<dyn Cell>),
    /// The only cell, which looks after its slots itself.
    Lone(Box<Lone>),
    /// The curve of LRU.
    Curve(Box<StackDistances>),
}

/// A piece of work, and the stream that it is about.
pub(super) struct Job {
    pub(super) stream: usize,
    pub(super) work: Work,
}

impl Job {
    pub(super) fn wants_details(&self) -> bool {
        matches!(&self.work, Work::Cell(cell) if cell.wants_details())
    }
}

/// What is read of a trace at a time.
#[derive(Default)]
pub(super) struct Portion {
    /// For a lone cell.
    pub(super) requests: Vec<Request>,
    /// For all others: a batch of each stream, and how many slots each has by then.
    pub(super) streams: Vec<(Batch, usize)>,
}

fn feed(jobs: &mut [Job], portion: &Portion) {
    for job in jobs {
        match &mut job.work {
            Work::Lone(lone) => lone.feed(&portion.requests),
            Work::Cell(cell) => {
                let (batch, slots) = &portion.streams[job.stream];
                cell.feed(batch, *slots);
            }
            Work::Curve(distances) => {
                let (batch, slots) = &portion.streams[job.stream];
                distances.feed(&batch.slots, *slots);
            }
        }
    }
}

/// Feeds all jobs with what `next` writes, until it writes nothing more. The jobs come back in their order.
pub(super) fn run(
    mut jobs: Vec<Job>,
    threads: usize,
    mut next: impl FnMut(&mut Portion) -> bool,
) -> Vec<Job> {
    if threads == 1 {
        let mut portion = Portion::default();
        while next(&mut portion) {
            feed(&mut jobs, &portion);
        }
        return jobs;
    }
    // By turns, as jobs of one policy and neighbouring sizes cost about the same.
    let mut shares: Vec<Vec<(usize, Job)>> = (0..threads).map(|_| Vec::new()).collect();
    for (number, job) in jobs.into_iter().enumerate() {
        shares[number % threads].push((number, job));
    }
    let mut done: Vec<(usize, Job)> = thread::scope(|scope| {
        let workers: Vec<_> = shares
            .into_iter()
            .map(|share| {
                let (sender, receiver) = sync_channel(AHEAD);
                (sender, scope.spawn(move || work(share, &receiver)))
            })
            .collect();
        loop {
            let mut portion = Portion::default();
            if !next(&mut portion) {
                break;
            }
            send(workers.iter().map(|(sender, _)| sender), Arc::new(portion));
        }
        let join = |(sender, worker)| {
            drop::<SyncSender<Arc<Portion>>>(sender);
            thread::ScopedJoinHandle::join(worker).expect("policies do not panic")
        };
        workers.into_iter().flat_map(join).collect()
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, job)| job).collect()
}

fn send<'a>(workers: impl Iterator<Item = &'a SyncSender<Arc<Portion>>>, portion: Arc<Portion>) {
    for worker in workers {
        let _ = worker.send(Arc::clone(&portion)); // its panic is told when it is joined
    }
}

fn work(share: Vec<(usize, Job)>, receiver: &Receiver<Arc<Portion>>) -> Vec<(usize, Job)> {
    let (numbers, mut jobs): (Vec<usize>, Vec<Job>) = share.into_iter().unzip();
    receiver.iter().for_each(|portion| feed(&mut jobs, &portion));
    numbers.into_iter().zip(jobs).collect()
}
