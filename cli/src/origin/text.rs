//! What reached the origin, for a person.

use herdlab_loadgen::site::{Answers, SiteFigures};

use super::record::Record;
use crate::summary::format::{count, list, mean, percent, plain, wrapped};
use crate::summary::thresholds;

/// The summary.
pub(super) fn text(record: &Record, name: &str, width: usize) -> String {
    let mut text = String::new();
    for sentence in sentences(&record.figures, name) {
        text.push_str(&format!("{}\n", wrapped(&sentence, width)));
    }
    text.push_str(&thresholds::lines(&record.thresholds, false, width));
    text.push_str(&format!("\nrepeat: {}\n", record.command));
    plain(&text)
}

/// What reached it, in sentences.
pub(crate) fn sentences(figures: &SiteFigures, name: &str) -> Vec<String> {
    let calls = figures.origin_calls;
    if calls == 0 {
        return vec![format!(
            "The origin ({name}) was asked for nothing in {:.1} s.",
            figures.seconds
        )];
    }
    let things = match figures.items {
        1 => "one thing".to_owned(),
        n => format!("{} different things", count(n)),
    };
    let mut said = vec![format!(
        "The origin ({name}) was asked for {things} {} times in {:.1} s, {} times in the worst second.",
        count(calls),
        figures.seconds,
        count(figures.origin_qps_peak)
    )];
    said.push(if figures.origin_duplicates == 0 {
        "Never for what it was computing already.".to_owned()
    } else {
        format!(
            "{} of these calls ({}) were for what it was computing already; the largest herd was {} (on average {}).",
            count(figures.origin_duplicates),
            percent(figures.origin_duplicates as f64 / calls as f64),
            count(figures.herd_max),
            mean(figures.herd_avg)
        )
    });
    if figures.origin_queue_max > 0 {
        said.push(format!("Up to {} calls waited for a slot.", count(figures.origin_queue_max)));
    }
    said.extend(losses(figures));
    said
}

/// What came to nothing.
fn losses(figures: &SiteFigures) -> Option<String> {
    let Answers { not_modified, refused, .. } = figures.answers;
    let all = [
        (figures.origin_wasted, "were computed for clients who had left"),
        (figures.origin_shed, "were refused, as the queue was full"),
        (figures.origin_dropped, "were dropped from the queue, as nobody waited"),
        (figures.origin_failed, "failed"),
        (not_modified, "were answered with 304"),
        (refused, "were for too many different things"),
    ];
    let said: Vec<String> = all
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{} {what}", count(*n)))
        .collect();
    let words: Vec<&str> = said.iter().map(String::as_str).collect();
    (!words.is_empty()).then(|| format!("Of the calls {}.", list(&words)))
}
