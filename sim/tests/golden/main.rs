//! Golden results: closed forms and independent simulations that herdlab has to agree with.
//!
//! `cargo test --release -p herdlab-sim --test golden -- --nocapture` prints every row. A figure that scatters may lie
//! three standard errors from the golden one, its own and the golden one's taken together; about one in twenty should
//! lie beyond two. The seeds are fixed and were not chosen. A debug build runs only the shorter experiments, the same way.
//!
//! Where theory knows the figure exactly, our own error is the only one there is: those distances have to scatter as
//! standard errors do, neither wider (a bias) nor closer (an error that is overstated).

mod closed;
mod eviction;
mod experiment;
mod geometric;
mod recorded;
mod sample;
mod table;
mod whole;
mod zipf;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use experiment::Experiment;
use sample::{Estimate, SEED, Samples};
use table::Row;

/// Experiments of more requests are for release builds.
const LONGEST: f64 = if cfg!(debug_assertions) { 2.5e6 } else { f64::INFINITY };

/// A row, and what the virtual world says of it.
struct Verdict {
    row: Row,
    ours: Estimate,
}

impl Verdict {
    /// The distance in standard errors; figures that do not scatter on either side must be equal.
    fn z(&self) -> f64 {
        let distance = self.ours.value - self.row.expected;
        let error = self.ours.error.hypot(self.row.standard_error());
        if distance.abs() <= 1e-9 * self.row.expected.abs() { 0.0 } else { distance / error }
    }

    /// The distance from the closed form in our own standard errors, if there are both.
    fn own_z(&self) -> Option<f64> {
        let exact = closed::form(&self.row)?;
        (self.ours.error > 1e-9 * exact.abs()).then(|| (self.ours.value - exact) / self.ours.error)
    }

    fn print(&self) {
        let Self { row, ours } = self;
        let own = self.own_z().map_or(String::new(), |z| format!("{z:.2}"));
        println!(
            "{:<66} {:<31} {:>12} {:>11.6} {:>9.2e} {:>6.2} {own:>6}",
            row.run,
            row.short_metric(),
            row.printed,
            ours.value,
            ours.error,
            self.z()
        );
    }
}

#[test]
fn the_virtual_world_agrees_with_every_golden_row_within_three_standard_errors() {
    let verdicts = simulate();
    println!("seed {SEED}; se is ours, z counts both errors, own only ours");
    println!(
        "{:<66} {:<31} {:>12} {:>11} {:>9} {:>6} {:>6}",
        "run", "metric", "golden", "ours", "se", "z", "own"
    );
    verdicts.iter().for_each(Verdict::print);

    let beyond = |limit: f64| verdicts.iter().filter(|v| v.z().abs() > limit).count();
    println!("{} rows, {} beyond 2 se, {} beyond 3", verdicts.len(), beyond(2.0), beyond(3.0));
    let own: Vec<f64> = verdicts.iter().filter_map(Verdict::own_z).collect();
    let mean_square = own.iter().map(|z| z * z).sum::<f64>() / own.len() as f64;
    let own_beyond = own.iter().filter(|z| z.abs() > 2.0).count();
    println!(
        "{} rows against closed forms by our own error: mean square {mean_square:.2}, {own_beyond} beyond 2",
        own.len()
    );
    assert_eq!(beyond(3.0), 0, "rows beyond 3 standard errors, seed {SEED}: see the table above");
    assert!(
        (0.5..1.6).contains(&mean_square),
        "our own errors are off: {mean_square}, seed {SEED}"
    );
}

#[test]
fn closed_forms_equal_the_golden_ones_at_every_printed_digit() {
    for row in table::rows().iter().filter(|row| row.is_closed_form()) {
        let ours = closed::form(row).unwrap_or_else(|| panic!("no closed form for {row:?}"));
        // Printed with few digits, a number says less than the digits that were left off.
        let allowed = row.half_digit().min(1e-3 * row.expected.abs()) * (1.0 + 1e-6);
        let distance = (ours - row.expected).abs();
        assert!(distance <= allowed, "{} {}: {ours}, golden {}", row.run, row.metric, row.printed);
    }
}

#[test]
fn closed_forms_agree_with_independent_simulations() {
    for row in table::rows().iter().filter(|row| !row.is_closed_form()) {
        let Some(ours) = closed::form(row) else { continue };
        let allowed = (3.0 * row.standard_error()).max(1e-9);
        let distance = (ours - row.expected).abs();
        assert!(distance <= allowed, "{} {}: {ours}, golden {}", row.run, row.metric, row.printed);
    }
}

#[test]
fn every_golden_row_is_held_against_something() {
    for row in table::rows() {
        let held = closed::form(&row).is_some() || Experiment::of(&row).is_some();
        assert!(held, "nothing is compared with {} {}", row.run, row.metric);
    }
}

/// Runs every experiment of the table, the longest first, on all cores. Verdicts come in the table's order.
fn simulate() -> Vec<Verdict> {
    let rows = table::rows();
    let runs = rows.chunk_by(|a, b| a.run == b.run);
    let mut jobs: Vec<(&[Row], Experiment)> =
        runs.filter_map(|rows| Some((rows, Experiment::of(&rows[0])?))).collect();
    jobs.retain(|(_, experiment)| experiment.requests() <= LONGEST);
    jobs.sort_by(|a, b| b.1.requests().total_cmp(&a.1.requests()));
    let (next, verdicts) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((rows, run)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let judged = judge(rows, run);
                    verdicts.lock().expect("no other thread panicked").extend(judged);
                }
            });
        }
    });
    let mut verdicts = verdicts.into_inner().expect("no thread panicked");
    verdicts.sort_by_key(|verdict| verdict.row.line);
    verdicts
}

/// One experiment answers all rows about it.
fn judge(rows: &[Row], experiment: &Experiment) -> Vec<Verdict> {
    let mut samples = Samples::take(rows[0].run, experiment);
    rows.iter().map(|row| Verdict { row: row.clone(), ours: samples.estimate(row) }).collect()
}
