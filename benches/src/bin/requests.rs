//! Runs one lane in virtual time and says nothing else: what `benches/instructions` counts under callgrind and what a
//! profiler is put on.
//!
//! Usage: `requests STRATEGY KEYS LATENCY_US REQUESTS`

use herdlab_benches::{lane, plan};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt::run;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [strategy, keys, latency, requests] = arguments.as_slice() else {
        eprintln!("usage: requests STRATEGY KEYS LATENCY_US REQUESTS");
        std::process::exit(2);
    };
    let number = |text: &String| {
        text.parse::<u64>().unwrap_or_else(|_| panic!("{text} is not a whole number"))
    };
    let plan = plan(number(keys) as u32, Nanos::from_micros(number(latency)), number(requests));
    let mut ran =
        run(&plan, &lane(strategy), &mut ()).expect("the plan's origin is not overloaded");
    println!(
        "{} requests, p99 {} us",
        ran.requests.requests(),
        ran.requests.latency().quantile_us(0.99)
    );
}
