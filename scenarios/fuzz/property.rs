//! What holds of any bytes that are read as a scenario. The fuzzer and ordinary tests share it.

use herdlab_scenarios::{Faults, Forecast, Given, NoFiles, Scenario, warnings};

/// Panics unless the bytes are a scenario that comes to a plan, or have mistakes that can be shown, each on a line of
/// theirs.
pub(crate) fn holds(bytes: &[u8]) {
    let scenario = match Scenario::read("any.toml", bytes, &Given::default()) {
        Ok(scenario) => scenario,
        Err(faults) => return have_lines(&faults, bytes),
    };
    assert!(scenario.resolved().is_object());
    match scenario.plan(&NoFiles) {
        Ok(plan) => {
            let mut lines = Forecast::new(&plan).lines();
            lines.extend(warnings(&plan));
            assert!(lines.iter().all(|line| !line.contains("NaN")), "{lines:?}");
        }
        Err(faults) => have_lines(&faults, bytes),
    }
}

fn have_lines(faults: &Faults, bytes: &[u8]) {
    assert!(!faults.faults().is_empty() && !faults.render(true).is_empty());
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let lines = text.matches('\n').count() + 1;
    for fault in faults.faults() {
        let line = faults.line(fault);
        assert!(
            line.is_some_and(|line| (1..=lines).contains(&line)),
            "{line:?} of {lines}: {faults}"
        );
    }
}
