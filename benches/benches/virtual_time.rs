//! Requests a second of the virtual clock, every measure on: with and without latency, over few and many keys.

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use herdlab_benches::{lane, plan};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt::run;

fn virtual_time(c: &mut Criterion) {
    let mut group = c.benchmark_group("virtual_time");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for (latency, label) in [(Nanos::from_micros(300), "latency"), (Nanos::ZERO, "zero")] {
        for keys in [1_000, 1_000_000] {
            let plan = plan(keys, latency, 2_000_000);
            group.throughput(Throughput::Elements(2_000_000));
            for strategy in ["ttl", "xfetch", "lock", "single-flight"] {
                let lane = lane(strategy);
                let id = BenchmarkId::new(format!("{label}/{strategy}"), keys);
                group.bench_function(id, |b| {
                    b.iter(|| run(&plan, &lane, &mut ()).expect("not overloaded"))
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, virtual_time);
criterion_main!(benches);
