use super::*;

fn secs(s: f64) -> Nanos {
    Nanos::from_secs_f64(s)
}

fn recorder() -> Recorder {
    Recorder::new(Window { warmup: secs(10.0), end: secs(20.0) }, Some(secs(1.0)))
}

#[test]
fn requests_due_in_the_warmup_are_not_counted_though_they_end_after_it() {
    let mut r = recorder();
    r.ended(secs(9.999), secs(10.5), Outcome::Fresh);
    r.ended(secs(10.0), secs(10.5), Outcome::Fresh);
    assert_eq!(r.requests(), 1);
}

#[test]
fn an_answer_at_the_very_end_of_the_clients_patience_is_in_time() {
    let mut r = recorder();
    r.ended(secs(11.0), secs(12.0), Outcome::Computed);
    r.ended(secs(11.0), secs(12.000_001), Outcome::Computed);
    assert_eq!((r.requests(), r.in_time()), (2, 1));
}

#[test]
fn hits_count_for_the_second_a_request_was_due_and_latency_for_the_one_it_ended() {
    let mut r = recorder();
    r.ended(secs(10.9), secs(12.1), Outcome::Stale);
    r.ended(secs(12.2), secs(12.3), Outcome::Failed(Failure::Timeout));
    assert_eq!(r.seconds()[10], Second { requests: 1, hits: 1, ..Second::default() });
    assert_eq!(r.seconds()[12], Second { requests: 1, failed: 1, ..Second::default() });
    assert_eq!(r.failures(Failure::Timeout), 1);
    let p99 = r.p99_series(13);
    assert_eq!(p99[..12], [0; 12]);
    assert!((p99[12] as f64 / 1.2e6 - 1.0).abs() < 1e-3);
}

/// Two cores, and one that has the requests of both.
fn cores(mut each: impl FnMut(&mut Recorder, u64, Nanos)) -> [Recorder; 3] {
    let (mut left, mut right) =
        (recorder().keeping_latencies(true), recorder().keeping_latencies(true));
    let mut one = recorder();
    for n in 0..20_000_u64 {
        let done = secs(10.5) + Nanos::from_micros(n * 400);
        // One core's requests are slow in odd seconds, the other's in even ones.
        let slow = (done.as_secs() + n) % 2 * 300_000;
        let due = done - Nanos::from_micros(slow + n * n % 7_919);
        let core = if n % 2 == 0 { &mut left } else { &mut right };
        for recorder in [&mut one, &mut *core] {
            recorder.ended(due, done, Outcome::Fresh);
            recorder.sent_late(Nanos::from_micros(n % 97));
        }
        each(core, n, done);
    }
    [one, left, right]
}

#[test]
fn two_cores_seconds_merged_are_one_cores_seconds_with_the_same_requests() {
    let [mut one, mut left, mut right] = cores(|_, _, _| {});
    let pairs = left.p99_series(20).into_iter().zip(right.p99_series(20));
    let highest: Vec<u64> = pairs.map(|(left, right)| left.max(right)).collect();
    left.merge(right);
    assert_eq!(left.p99_series(20), one.p99_series(20));
    assert_ne!(left.p99_series(20), highest, "the highest of the cores' is not it");
    assert_eq!(left.latency().encoded(), one.latency().encoded());
    assert_eq!(left.lateness().encoded(), one.lateness().encoded());
}

#[test]
fn seconds_handed_over_meanwhile_are_the_same_and_few_are_kept() {
    let mut seconds = Seconds::new(2);
    let [mut one, mut left, right] = cores(|core, n, done| {
        // By turns, and late: each core is asked after a second and a half of its own requests.
        if n % 3_750 < 2 {
            seconds.add(n as usize % 2, core.hand_over(done));
        }
    });
    assert!(seconds.open() <= 2, "{} seconds are kept", seconds.open());
    left.merge(right);
    left.take_in(&seconds);
    assert_eq!(left.p99_series(20), one.p99_series(20));
    assert_eq!(left.latency().encoded(), one.latency().encoded());
}

#[test]
fn outdated_is_older_than_the_last_write_and_its_age_runs_from_that_write() {
    let mut r = recorder();
    r.value_served(secs(12.0), Value::data(secs(3.0), 0), 0, Some(secs(5.0)));
    r.value_served(secs(12.0), Value::data(secs(5.0), 0), 0, Some(secs(5.0)));
    r.value_served(secs(12.0), Value::data(secs(5.0), 1), 0, None);
    assert_eq!((r.outdated(), r.leaked(), r.age().max_us()), (1, 1, 7_000_000));
}
