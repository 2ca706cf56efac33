//! What holds of any bytes that are read as a scenario. The fuzzer and an ordinary test share it.

use herdlab_scenarios::{Forecast, Given, NoFiles, Scenario, warnings};

/// Panics unless the bytes are a scenario that comes to a plan (or lacks a file), or have mistakes that can be shown, each
/// on a line of theirs.
pub(crate) fn holds(bytes: &[u8]) {
    let scenario = match Scenario::read("any.toml", bytes, &Given::default()) {
        Ok(scenario) => scenario,
        Err(faults) => {
            assert!(!faults.faults().is_empty() && !faults.render(true).is_empty());
            if let Ok(text) = std::str::from_utf8(bytes) {
                let lines = text.matches('\n').count() + 1;
                for fault in faults.faults() {
                    let line = faults.line(fault);
                    assert!(
                        line.is_some_and(|line| line <= lines),
                        "{line:?} of {lines}: {faults}"
                    );
                }
            }
            return;
        }
    };
    assert!(scenario.resolved().is_object());
    if let Ok(plan) = scenario.plan(&NoFiles) {
        let lines = Forecast::new(&plan).lines();
        assert!(
            lines.iter().chain(&warnings(&plan)).all(|line| !line.contains("NaN")),
            "{lines:?}"
        );
    }
}
