//! Recording a latency: bare HdrHistogram against ours, which also keeps exact sums, on constant and on spread values.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hdrhistogram::Histogram;
use herdlab_sim::measure::Distribution;
use herdlab_sim::random::stream;
use herdlab_sim::time::Nanos;
use rand::Rng;

const VALUES: usize = 100_000;

fn histogram(c: &mut Criterion) {
    let mut rng = stream(42, "latencies");
    let spread: Vec<Nanos> =
        (0..VALUES).map(|_| Nanos::from_nanos(rng.next_u64() % 1_000_000_000)).collect();
    let constant = vec![Nanos::from_micros(300); VALUES];
    let mut group = c.benchmark_group("histogram");
    group.throughput(Throughput::Elements(VALUES as u64));
    for (label, values) in [("constant", constant), ("spread", spread)] {
        let mut bare = Histogram::<u64>::new_with_bounds(1, 86_400_000_000, 3)
            .expect("the bounds are in range");
        group.bench_function(format!("hdrhistogram/{label}"), |b| {
            b.iter(|| values.iter().for_each(|v| bare.saturating_record(v.as_micros())));
        });
        let mut ours = Distribution::default();
        group.bench_function(format!("distribution/{label}"), |b| {
            b.iter(|| values.iter().for_each(|v| ours.record(*v)))
        });
    }
    group.finish();
}

criterion_group!(benches, histogram);
criterion_main!(benches);
