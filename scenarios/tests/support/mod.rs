//! Scenarios that tests begin with, and the files beside them.

use std::io::{self, Read};
use std::path::Path;

use herdlab_scenarios::{Faults, Given, Override, Scenario};
use herdlab_sim::plan::Plan;

pub(crate) const RIGHT: &str = "schema = 1\n[cache]\nttl = \"5s\"\n[[strategy]]\nuse = \"ttl\"\n[[strategy]]\nuse = \"xfetch\"\nname = \"xfetch-1.5\"\nbeta = 1.5\n";

/// The files beside a scenario in these tests.
pub(crate) fn files(file: &Path) -> io::Result<Box<dyn Read>> {
    let text = match file.to_str() {
        Some("shop.txt") => "a\nb\na\n",
        Some("kept.csv") => "0,a,1,1,12,set,60\n0,a,1,1,12,get,0\n4,b,1,1,12,get,0\n",
        Some("latencies.txt") => "# of last Monday\n10ms\n\n12.5ms # twice as many\n12.5ms\n1s\n",
        Some("bare.txt") => "10ms\n12.5\n",
        Some("empty.txt") => "# nothing\n",
        _ => return Err(io::Error::new(io::ErrorKind::NotFound, "no such file")),
    };
    Ok(Box::new(text.as_bytes()))
}

pub(crate) fn try_read(text: &str, sets: &[&str], lanes: &[&str]) -> Result<Scenario, Faults> {
    let overrides: Vec<Override> = sets.iter().map(|set| Override::set(set).unwrap()).collect();
    let lanes: Vec<String> = lanes.iter().map(|lane| (*lane).to_owned()).collect();
    let given = Given { overrides: &overrides, lanes: &lanes, files: &files };
    Scenario::read("right.toml", text.as_bytes(), &given)
}

pub(crate) fn read(text: &str, sets: &[&str]) -> Scenario {
    try_read(text, sets, &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

pub(crate) fn plan(scenario: &Scenario) -> Plan {
    scenario.plan(&files).unwrap_or_else(|faults| panic!("{faults}"))
}
