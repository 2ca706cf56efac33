//! What is refreshed before its expiry.

use herdlab_sim::strategy::{AnyStrategy, CaffeineRefresh, CashewsEarly};

use super::{TTL, failing, ran, warm};
use crate::support::outcomes;

#[test]
fn caffeine_reloads_behind_the_first_read_past_half_the_ttl() {
    let lane = CaffeineRefresh { ttl: TTL, ..CaffeineRefresh::default() };
    let run = ran(&warm(2_000), AnyStrategy::CaffeineRefresh(lane.clone()));
    assert_eq!(outcomes(&run)[0], 2_000);
    // At 501 ms, and 200 + 501 ms after each reload began.
    assert_eq!((run.origin.calls(), run.origin.herds().early), (3, 3));
    let failing = ran(&failing(warm(1_500), 0), AnyStrategy::CaffeineRefresh(lane));
    // Reads go on trying; nobody hears of it until the entry is gone.
    assert_eq!(outcomes(&failing)[0], 999);
}

#[test]
fn cashews_refreshes_from_a_third_of_the_ttl_on() {
    let lane = CashewsEarly { ttl: TTL, ..CashewsEarly::default() };
    let run = ran(&warm(2_000), AnyStrategy::CashewsEarly(lane));
    assert_eq!(outcomes(&run)[0], 2_000);
    assert_eq!(
        (run.origin.calls(), run.origin.herds().max),
        (4, 1),
        "at 330, 860, 1390 and 1920 ms"
    );
}
