//! Golden counts on recorded traces, which are other projects' and do not lie here: `HERDLAB_TRACES` names a folder.
//!
//! Without it, or of traces that are not in it, the tests say so; the regenerated ones are always checked.

use std::fs::File;
use std::path::PathBuf;

use herdlab_sim::replay::Request;
use herdlab_sim::traffic::{Columns, Format, TraceReader};

use super::eviction::{self, LITTLE, Row, rows};
use super::whole;

/// The folder, if there is one.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("HERDLAB_TRACES").map(PathBuf::from).filter(|path| path.is_dir());
    if folder.is_none() {
        println!("HERDLAB_TRACES names no folder: only regenerated traces are checked");
    }
    folder
}

/// Where a trace of the golden table lies, and its format if that cannot be told.
fn file(trace: &str) -> Option<(String, Option<Format>)> {
    Some(match trace.split_once('_') {
        Some(("cache2k", name)) => (format!("cache2k/{name}.trace.xz"), Some(Format::Cache2k)),
        Some(("lirs", name)) => (format!("lirs/{name}.trace.gz"), None),
        None => (format!("{trace}.oracleGeneral.bin"), None),
        _ => return None,
    })
}

fn requests(path: &PathBuf, format: Option<Format>) -> Vec<Request> {
    let mut reader =
        TraceReader::open(File::open(path).unwrap(), format, &Columns::default()).unwrap();
    let mut requests = Vec::new();
    while reader.read(&mut requests, 1 << 20).unwrap() {}
    requests
}

#[test]
fn policies_miss_exactly_as_often_as_libcachesims_on_recorded_traces() {
    let Some(folder) = folder() else { return };
    let mut names: Vec<String> = rows().into_iter().map(|row| row.trace).collect();
    names.dedup();
    for name in names {
        let Some((file, format)) = file(&name) else { continue };
        let path = folder.join(file);
        if !path.exists() || (LITTLE && name == "cache2k_orm-busy") {
            println!("{name}: not checked");
            continue;
        }
        let requests = requests(&path, format);
        let replayed = eviction::check(&name, &requests);
        let few = |row: &Row| !LITTLE && row.size <= 1_000;
        let whole = if requests.len() < 200_000 { whole::check(&name, &requests, few) } else { 0 };
        println!("{name}: {replayed} counts, {whole} of them through the full simulator too");
        assert!(replayed > 0);
    }
}

/// The published simulator's totals (github.com/cmu-snap/Delayed-Hits, `cache_lru`).
#[test]
fn delayed_hits_of_the_published_trace_cost_to_the_tick_what_was_published() {
    let Some(folder) = folder() else { return };
    let Ok(text) = std::fs::read_to_string(folder.join("delayed-hits-trace.csv")) else {
        return println!("delayed-hits-trace.csv: not checked");
    };
    let id = |line: &str| line.trim().split_once(';').map(|(_, id)| id.parse().unwrap());
    let asked: Vec<Option<u64>> = text.lines().map(id).collect();
    for line in include_str!("delayed_hits.csv").lines().skip(1) {
        let parts: Vec<&str> = line.split(',').collect();
        let number = |part: usize| parts[part].parse::<u64>().unwrap();
        assert_eq!(whole::delayed_hits(&asked, number(2), number(3)), number(5), "{line}");
    }
}
