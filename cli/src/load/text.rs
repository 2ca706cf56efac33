//! What a load found, for a person.

use herdlab_loadgen::http::{HttpFigures, Spans, Trouble};
use herdlab_sim::measure::Summary;
use herdlab_sim::plan::{Load, Plan};

use super::record::Record;
use crate::summary::format::{count, list, mean, micros, percent, plain, wrapped};
use crate::summary::thresholds;

/// So many leaks are shown; the record has more.
const SHOWN: usize = 3;

/// The summary; `origin` if there are figures of one.
pub(super) fn text(record: &Record, plan: &Plan, origin: bool, width: usize) -> String {
    let (s, http) = (&record.summary.summary, &record.http);
    let mut said = vec![title(&record.target, plan, s), String::new()];
    said.extend(sources(s, http));
    said.push(latencies(s, http));
    said.extend(failures(s, http));
    if origin {
        said.extend(behind(s));
    }
    let mut text = String::new();
    for sentence in said {
        text.push_str(&format!("{}\n", wrapped(&sentence, width)));
    }
    text.push_str(&leaks(s, http));
    text.push_str(&thresholds::lines(&record.thresholds, record.partial, width));
    text.push('\n');
    for note in notes(s, http, record.partial) {
        text.push_str(&format!("{}\n", wrapped(&format!("note: {note}"), width)));
    }
    text.push_str(&format!("repeat: {}\n", record.command));
    plain(&text)
}

fn title(url: &str, plan: &Plan, s: &Summary) -> String {
    let seconds = plan.window().seconds();
    let how = match &plan.traffic.load {
        Load::Open { .. } => "on a schedule".to_owned(),
        Load::Closed { users, .. } => format!("of {} users", count(u64::from(*users))),
        Load::Recorded { .. } => "as recorded".to_owned(),
    };
    format!("{url}: {} requests {how} in {seconds:.1} s", count(s.requests))
}

/// Where the answers came from.
fn sources(s: &Summary, http: &HttpFigures) -> Vec<String> {
    let answered = s.requests - s.failed;
    if answered == 0 {
        return vec!["Nothing was answered.".to_owned()];
    }
    if http.unknown == answered {
        return vec![
            "No answer says whether it came from a cache; say how a hit is told: --hit 'header X-Foo = HIT'."
                .to_owned(),
        ];
    }
    let tellers: Vec<&str> =
        http.told.keys().copied().filter(|teller| *teller != "nobody").collect();
    let mut said = vec![format!(
        "{} of requests were served from the cache ({} fresh, {} stale), {} asked the origin, {} waited for another's \
         request, as told by {}.",
        percent(s.hit_rate),
        count(s.fresh),
        count(s.stale),
        count(s.computed),
        count(s.waited),
        list(&tellers)
    )];
    if http.unknown > 0 {
        said.push(format!("{} answers do not say where they came from.", count(http.unknown)));
    }
    said
}

fn latencies(s: &Summary, http: &HttpFigures) -> String {
    let of = |what: &str, spans: &Spans| {
        (spans.count > 0).then(|| {
            let (half, most) = (micros(spans.p50_us as f64), micros(spans.p99_us as f64));
            format!("; {what} p50 {half}, p99 {most}")
        })
    };
    format!(
        "Latency from the intended start: p50 {}, p99 {}, p99.9 {}, at most {}{}{}.",
        micros(s.latency_p50_us as f64),
        micros(s.latency_p99_us as f64),
        micros(s.latency_p999_us as f64),
        micros(s.latency_max_us as f64),
        of("hits", &http.hits).unwrap_or_default(),
        of("misses", &http.misses).unwrap_or_default(),
    )
}

/// What went wrong, by its kind.
fn failures(s: &Summary, http: &HttpFigures) -> Vec<String> {
    if s.failed == 0 {
        return Vec::new();
    }
    let means = |kind: &str| {
        Trouble::ALL.iter().find(|trouble| trouble.name() == kind).map_or("", |one| one.means())
    };
    let mut said = vec![format!(
        "{} requests failed ({}); {} were answered in time:",
        count(s.failed),
        percent(s.failed as f64 / s.requests.max(1) as f64),
        percent(s.goodput)
    )];
    for (kind, n) in &http.failures {
        said.push(format!("  {kind} {}: {}", count(*n), means(kind)));
    }
    let bad: Vec<String> = http
        .statuses
        .iter()
        .filter(|(status, _)| **status >= 400)
        .map(|(status, n)| format!("{status} {} times", count(*n)))
        .collect();
    if !bad.is_empty() {
        let bad: Vec<&str> = bad.iter().map(String::as_str).collect();
        said.push(format!("  statuses: {}", list(&bad)));
    }
    said
}

/// What reached the origin.
fn behind(s: &Summary) -> Vec<String> {
    if s.origin_calls == 0 {
        return vec!["The origin was asked for nothing.".to_owned()];
    }
    let mut said = vec![format!(
        "The origin was asked {} times, {} times in the worst second; {} calls ({}) were for what it was computing \
         already; the largest herd was {} (on average {}).",
        count(s.origin_calls),
        count(s.origin_qps_peak),
        count(s.origin_duplicates),
        percent(s.origin_duplicates as f64 / s.origin_calls as f64),
        count(s.herd_max),
        mean(s.herd_avg)
    )];
    let lost = s.origin_wasted + s.origin_shed + s.origin_failed;
    if lost > 0 {
        said.push(format!(
            "{} of its computes were for clients who had left, {} it refused, {} failed.",
            count(s.origin_wasted),
            count(s.origin_shed),
            count(s.origin_failed)
        ));
    }
    said
}

/// Answers that were made for another, with both requests.
fn leaks(s: &Summary, http: &HttpFigures) -> String {
    if s.leaked == 0 {
        return String::new();
    }
    let mut text = format!(
        "LEAKED: {} answers were made for somebody else than their asker:\n",
        count(s.leaked)
    );
    for leak in http.leaks.iter().take(SHOWN) {
        text.push_str(&format!(
            "  the answer to  {}\n  was made for   {}\n",
            leak.got, leak.made_for
        ));
    }
    text
}

fn notes(s: &Summary, http: &HttpFigures, cut: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if cut {
        notes.push("the run was cut short; this is about what was measured until then".to_owned());
    }
    notes.extend(http.warnings.iter().cloned());
    if http.waits.p99_us > 1_000 {
        notes.push(format!(
            "one request in a hundred waited {} or longer for a connection; --connections has more",
            micros(http.waits.p99_us as f64)
        ));
    }
    notes.push(format!(
        "99% of requests were sent at most {} late",
        micros(s.lateness_p99_us as f64)
    ));
    notes
}
