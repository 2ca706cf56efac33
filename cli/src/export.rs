//! The result for other programs: a tidy table of the seconds, and a comment on a change.

use herdlab_sim::measure::{LaneRecord, ThresholdRecord, write_interval_log};

use crate::lanes::Ran;
use crate::summary::table::{escaped, markdown as table};
use crate::summary::thresholds::sentence;

const COLUMNS: &str = "lane,second,requests,hits,in_time,degraded,failed,origin.calls,origin.duplicates,latency.p99_us\n";

/// A row a second and lane, as RFC 4180 has it but for its line ends, which are those of the tools that read it.
pub(crate) fn csv(lanes: &[LaneRecord]) -> String {
    let mut text = COLUMNS.to_owned();
    for lane in lanes {
        let (name, s) = (field(&lane.name), &lane.series);
        for second in 0..s.requests.len() {
            text.push_str(&format!(
                "{name},{second},{},{},{},{},{},{},{},{}\n",
                s.requests[second],
                s.hits[second],
                s.in_time[second],
                s.degraded[second],
                s.failed[second],
                s.origin_calls[second],
                s.origin_duplicates[second],
                s.latency_p99_us[second],
            ));
        }
    }
    text
}

/// A histogram a second and lane, in HdrHistogram's log format.
pub(crate) fn interval_log(ran: &[Ran]) -> String {
    let mut bytes = Vec::new();
    let lanes = ran.iter().map(|ran| (ran.record.name.as_str(), &ran.log));
    write_interval_log(&mut bytes, lanes).expect("writing to memory does not fail");
    String::from_utf8(bytes).expect("tags are text and histograms base64")
}

/// Text as a field: in quotes if it has what would end one.
fn field(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// The verdicts, the table and the command, for a comment on a change.
pub(crate) fn markdown(
    title: &str,
    lanes: &[LaneRecord],
    thresholds: &[ThresholdRecord],
    partial: bool,
    command: &str,
) -> String {
    let mut text = format!("### {}\n\n", escaped(title));
    if partial {
        text.push_str("The run was cut short.\n\n");
    }
    for threshold in thresholds {
        let word = if threshold.passed { "PASS" } else { "FAIL" };
        text.push_str(&format!("- **{word}** {}\n", escaped(&sentence(threshold))));
    }
    if !thresholds.is_empty() {
        text.push('\n');
    }
    let fence = if command.contains("```") { "~~~" } else { "```" };
    let command: String = command.chars().filter(|c| !c.is_control()).collect();
    format!("{text}{}\n{fence}sh\n{command}\n{fence}\n", table(lanes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_field_and_one_cell() {
        assert_eq!(field("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(field("xfetch-1.5"), "xfetch-1.5");
        assert_eq!(escaped("a|b<i>\n*"), "a\\|b\\<i\\> \\*");
    }
}
