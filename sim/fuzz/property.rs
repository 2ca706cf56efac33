//! What holds of any bytes: the fuzzer and the tests hold the same.

use herdlab_sim::traffic::{Columns, Format, TraceReader};

/// The first byte says the format (one too many is: tell it), the rest is the trace.
pub(crate) fn holds(bytes: &[u8]) {
    let Some((first, trace)) = bytes.split_first() else { return };
    let format = Format::ALL.get(*first as usize % (Format::ALL.len() + 1)).copied();
    for columns in ["", "time-col=1,obj-id-col=2,obj-size-col=3,op-col=4,ttl-col=5"] {
        let columns = Columns::parse(columns).expect("these are columns");
        let Ok(mut reader) = TraceReader::open(trace, format, &columns) else { continue };
        let mut requests = Vec::new();
        let end = loop {
            match reader.read(&mut requests, 100) {
                Ok(true) if requests.len() < 1_000_000 => {}
                end => break end,
            }
        };
        assert!(requests.is_sorted_by_key(|request| request.time), "times go back");
        if let Err(error) = end {
            let text = error.to_string();
            assert!(!text.chars().any(char::is_control), "an error for a terminal: {text:?}");
        }
    }
}
