//! Zipf sampling: rand_distr's own sampler against the alias table, at sizes that fit the processor's cache and not.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use herdlab_sim::plan::Keys;
use herdlab_sim::random::stream;
use herdlab_sim::traffic::Items;
use rand_distr::{Distribution, Zipf};

const DRAWS: u64 = 100_000;

fn sampling(c: &mut Criterion) {
    let mut group = c.benchmark_group("zipf");
    group.throughput(Throughput::Elements(DRAWS));
    for count in [10_000, 1_000_000, 10_000_000_u32] {
        let mut items = Items::new(&Keys::Zipf { exponent: 1.0, count });
        let mut rng = stream(42, "items");
        group.bench_function(BenchmarkId::new("alias", count), |b| {
            b.iter(|| (0..DRAWS).for_each(|_| _ = black_box(items.next(&mut rng))));
        });
        let law = Zipf::new(f64::from(count), 1.0).expect("the parameters are in range");
        group.bench_function(BenchmarkId::new("rand_distr", count), |b| {
            b.iter(|| (0..DRAWS).for_each(|_| _ = black_box(law.sample(&mut rng))));
        });
    }
    group.finish();
}

criterion_group!(benches, sampling);
criterion_main!(benches);
