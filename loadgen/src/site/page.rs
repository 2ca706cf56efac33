//! The origin's page for a person: its figures, anew every second.

use std::fmt::Write;

use super::shared::Shared;
use crate::site::SiteFigures;

/// The page. It shows numbers only: nothing that a client said gets into it.
pub(super) fn page(shared: &Shared) -> String {
    let figures = shared.figures();
    let mut rows = String::new();
    for (what, value, means) in rows_of(&figures) {
        let _ = writeln!(rows, "<tr><th>{what}<td>{value}<td>{means}"); // text takes all
    }
    let most = figures.origin_queue_max;
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=1>\
         <title>herdlab origin</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:44em;padding:0 1em}}\
         th{{text-align:left;font-weight:normal;padding-right:2em}}\
         td{{text-align:right;padding-right:2em;font-variant-numeric:tabular-nums}}\
         td:last-child{{text-align:left;color:#666}}</style>\
         <h1>herdlab origin</h1>\
         <p>Up for {up:.0} s, measured for {seconds:.0} s. It computes {computing} now; {queued} wait (at most {most}).\
         <table>\n{rows}</table>\
         <p>For a program: <a href=/_herdlab/figures>/_herdlab/figures</a>. Any other path is computed and served.",
        up = shared.age().as_secs_f64(),
        seconds = figures.seconds,
        computing = figures.computing,
        queued = figures.queued,
    )
}

fn rows_of(figures: &SiteFigures) -> [(&'static str, String, &'static str); 9] {
    let whole = |n: u64| n.to_string();
    [
        ("origin.calls", whole(figures.origin_calls), "computes that were asked for"),
        (
            "origin.duplicates",
            whole(figures.origin_duplicates),
            "of these, of what was being computed already",
        ),
        ("origin.qps.peak", whole(figures.origin_qps_peak), "calls in the worst second"),
        ("stampede.qps.peak", whole(figures.stampede_qps_peak), "duplicates in the worst second"),
        ("herd.max", whole(figures.herd_max), "the largest herd"),
        ("herd.avg", format!("{:.2}", figures.herd_avg), "calls a herd"),
        ("origin.wasted", whole(figures.origin_wasted), "computed for clients who had left"),
        ("origin.shed", whole(figures.origin_shed), "refused, as the queue was full"),
        ("items", whole(figures.items), "different things"),
    ]
}
