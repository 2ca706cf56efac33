//! The corpus of the fuzzer of trace readers, whole, cut and bent: requests or an error, and nothing panics.

#[path = "../../fuzz/property.rs"]
mod property;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/trace");
    let files = fs::read_dir(folder).expect("there is a corpus");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).expect("it can be read")).collect()
}

#[test]
fn every_trace_of_the_corpus_comes_to_requests_or_an_error() {
    let all = corpus();
    assert!(all.len() >= 20, "{} files", all.len());
    all.iter().for_each(|bytes| property::holds(bytes));
}

proptest! {
    #[test]
    fn a_damaged_trace_comes_to_requests_or_an_error(which: Index, at: Index, byte: u8, cut: Index) {
        let all = corpus();
        let mut bytes = which.get(&all).clone();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        bytes.truncate(cut.index(bytes.len()) + 1);
        property::holds(&bytes);
    }
}
