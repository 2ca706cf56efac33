//! The strategy of docs/your-own-strategy.md, compiled as it stands there, and run.

#[rustfmt::skip] // as the document has it
#[allow(unreachable_pub, reason = "in the crate it is public")]
mod lottery;

use herdlab_sim::plan::Warm;
use herdlab_sim::time::Nanos;

use crate::support::{outcomes, plan, run};

const DOCUMENT: &str = include_str!("../../../../docs/your-own-strategy.md");

#[test]
fn the_documents_strategy_is_the_one_compiled_here_and_the_document_is_short() {
    let block = DOCUMENT.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next());
    let written = block
        .expect("the document has its code")
        .replace("use super::", "use herdlab_sim::strategy::");
    assert_eq!(written.replace("use crate::", "use herdlab_sim::"), include_str!("lottery.rs"));
    assert!(DOCUMENT.lines().count() < 40);
}

#[test]
fn the_documents_strategy_does_what_it_says() {
    let mut plan = plan(20_000);
    plan.cache.warm = Warm::Full;
    let ran = run(&plan, &lottery::Lottery { ttl: Nanos::from_secs(10) });
    let [fresh, .., computed, _, failed] = outcomes(&ran);
    // The ticket of one in a hundred is drawn in the last second of ten, by 200 readers before the first is done.
    assert_eq!((fresh + computed, failed), (20_000, 0));
    assert!(ran.origin.herds().early >= 1 && computed < 20, "{computed} tickets");
}
