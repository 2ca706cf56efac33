//! A job that refreshes ahead.

use herdlab_sim::plan::Keys;
use herdlab_sim::strategy::{AnyStrategy, RefreshAhead};
use herdlab_sim::time::Nanos;

use super::{TTL, failing, ran, warm};
use crate::support::outcomes;

#[test]
fn what_is_on_the_list_never_expires_while_the_job_is_in_time() {
    let lane = RefreshAhead { ttl: TTL, every: 0.8, items: 1 };
    let run = ran(&warm(3_000), AnyStrategy::RefreshAhead(lane.clone()));
    assert_eq!(outcomes(&run)[0], 3_000);
    assert_eq!(run.origin.calls(), 3, "at 0.8, 1.6 and 2.4 s");
    // A run takes 200 ms an item: the first stores the sixth at 2 s, a second after it was gone.
    let mut six = warm(3_000);
    six.traffic.keys = Keys::Uniform { count: 6 };
    let late = RefreshAhead { items: 6, ..lane };
    assert!(outcomes(&ran(&six, AnyStrategy::RefreshAhead(late)))[3] > 100);
}

#[test]
fn the_jobs_failures_are_nobodys_until_the_entry_is_gone() {
    let lane = RefreshAhead { ttl: Nanos::from_secs(2), every: 0.4, items: 1 };
    let run = ran(&failing(warm(1_999), 0), AnyStrategy::RefreshAhead(lane));
    assert_eq!(outcomes(&run)[0], 1_999);
    assert_eq!(run.origin.failed(), 2, "at 0.8 and 1.6 s");
}
