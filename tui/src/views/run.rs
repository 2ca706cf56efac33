//! One lane: its figures, the herd, and what the herd does to everybody.

use herdlab_sim::measure::WATCHED;
use herdlab_sim::time::Nanos;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{events, lanes, parts};
use crate::lane::Lane;
use crate::model::{Clock, Model};
use crate::point::Point;
use crate::widgets::bars::{Bar, Scale, bars, bars_of};
use crate::widgets::boxed::boxed;
use crate::widgets::heatmap::heatmap;
use crate::widgets::herd_map::{Row, herd_row, legend};
use crate::widgets::percentiles::percentiles;
use crate::widgets::{axis, columns, nice, put, put_right, rows};
use crate::words::{bytes, hit_rate, micros, percent, short};

/// Over how long the figures of the present are taken.
const PRESENT: Nanos = Nanos::from_secs(5);
/// The labels left of a chart.
const LABELS: u16 = 8;

/// Draws the screen.
pub(crate) fn draw(model: &Model, body: Rect, buf: &mut Buffer) {
    let Some(lane) = model.lane() else { return };
    figures(model, lane, rows(body, 0, 3), buf);
    let said = if body.height >= 30 { 2 } else { 1 };
    parts::sentence(model, &[lane], rows(body, 3, said), buf);
    let rest = rows(body, 3 + said, body.height);
    if rest.height < 22 {
        small(model, lane, rest, buf);
    } else {
        medium(model, lane, rest, buf);
    }
}

/// Room for what matters only.
fn small(model: &Model, lane: &Lane, area: Rect, buf: &mut Buffer) {
    let herds = model.keys().saturating_add(3).min(usize::from(area.height)) as u16;
    let upper = (area.height * 5 / 9).max(5).max(area.height.saturating_sub(herds));
    let right = (area.width / 3).clamp(26, 40);
    let top = rows(area, 0, upper);
    origin(model, lane, columns(top, 0, area.width - right), buf);
    latencies(model, lane, columns(top, area.width - right, right), buf);
    herd_map(model, lane, rows(area, upper, area.height), buf);
}

/// Room for latencies over time, small charts, and what happened.
fn medium(model: &Model, lane: &Lane, area: Rect, buf: &mut Buffer) {
    // Where there are few keys, their herds need few rows, and the origin gets the rest.
    let b = (area.height * 3 / 10).max(6).min(model.keys().saturating_add(5) as u16);
    let a = (area.height * 7 / 10).saturating_sub(b);
    let right = (area.width * 2 / 5).clamp(36, 80);
    let left = area.width - right;
    let (top, middle, bottom) =
        (rows(area, 0, a), rows(area, a, b), rows(area, a + b, area.height));
    origin(model, lane, columns(top, 0, left), buf);
    latencies(model, lane, columns(top, left, right), buf);
    herd_map(model, lane, columns(middle, 0, left), buf);
    let inner = boxed(buf, columns(middle, left, right), "latency over time", &model.theme);
    heatmap(buf, inner, lane, model.window(), &model.theme);
    small_charts(model, lane, columns(bottom, 0, left), buf);
    let inner = boxed(buf, columns(bottom, left, right), "events", &model.theme);
    events::log(model, inner, buf);
}

/// The figures of the present above, those so far below.
fn figures(model: &Model, lane: &Lane, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let Some(last) = lane.at(model.looked_at()) else { return };
    let points = lane.between(last.at - PRESENT, last.at);
    let seconds = (points.len() as f64 * model.tick.as_secs_f64()).max(1e-9);
    let sum = |pick: fn(&Point) -> u32| points.iter().map(pick).map(f64::from).sum::<f64>();
    let requests = sum(|point| point.requests());
    let share = |part: f64| if requests > 0.0 { part / requests } else { 0.0 };
    let totals = &last.totals;
    let so_far = |text: String| {
        if totals.requests() > 0 { format!("all {text}") } else { "warm-up".to_owned() }
    };
    let seen = |text: String| if model.silence().is_some() { "-".to_owned() } else { text };
    let again = sum(|point| point.duplicates) / seconds;
    let slots = model.knobs().and_then(|knobs| knobs.concurrency);
    let busy = match slots {
        Some(slots) => format!("{} of {slots}", last.computing),
        None => last.computing.to_string(),
    };
    let evicted = points.first().map_or(0, |first| last.evictions - first.evictions);
    let outdated = share(sum(|point| point.outdated));
    let mut all = [
        (
            "HIT 5s",
            hit_rate(share(sum(|point| point.hits())), is_untold(points)),
            so_far(hit_rate(totals.hit_rate(), totals.is_untold())),
            theme.bold(),
        ),
        (
            "ORIGIN",
            seen(format!("{}/s", short(sum(|point| point.calls) / seconds))),
            seen(format!("peak {}", short(totals.peak.into()))),
            theme.bold(),
        ),
        (
            "STAMPEDE",
            seen(format!("{}/s", short(again))),
            seen(format!("herd {}", short(totals.herd_max.into()))),
            if again >= 1.0 { theme.duplicate() } else { theme.bold() },
        ),
        (
            "IN TIME 5s",
            percent(share(sum(|point| point.in_time))),
            so_far(percent(totals.goodput())),
            theme.bold(),
        ),
        (
            "p99",
            micros(totals.latency_us[3] as f64),
            format!("p99.9 {}", micros(totals.latency_us[4] as f64)),
            theme.bold(),
        ),
        ("BUSY", seen(busy), seen(format!("queue {}", short(last.queued.into()))), theme.bold()),
        (
            "REQUESTS",
            format!("{}/s", short(requests / seconds)),
            format!("{} in flight", short(last.in_flight as f64)),
            theme.bold(),
        ),
        match model.site {
            None => (
                "CACHE",
                short(last.held.0 as f64),
                format!("{} -{}/s", bytes(last.held.1), short(evicted as f64 / seconds)),
                theme.bold(),
            ),
            Some(_) => (
                "UNKNOWN 5s",
                percent(share(sum(|point| point.unknown))),
                format!("{} in all", short(totals.unknown as f64)),
                theme.bold(),
            ),
        },
        (
            "OUTDATED",
            percent(outdated),
            format!("{} in all", short(totals.outdated as f64)),
            theme.bold(),
        ),
    ];
    if model.site.is_some() {
        all[1..=7].rotate_right(1); // what is unknown stands beside what is known
    }
    let width = 14;
    let room = (area.width.saturating_sub(1) / width).max(1) as usize;
    put(buf, area, 1, 0, &lane.name, theme.accent());
    let names = lane.name.chars().count() as u16 + 2;
    let names = names.clamp(width, 2 * width).min(area.width);
    let shown = all.len().min(room.saturating_sub(usize::from(names.div_ceil(width))));
    parameters(model, columns(area, 0, names), buf);
    for (nth, (name, now, so_far, style)) in all.iter().take(shown).enumerate() {
        let cell = columns(area, names + width * nth as u16, width - 1);
        put(buf, cell, 0, 0, name, theme.dim());
        put(buf, cell, 0, 1, now, *style);
        put(buf, cell, 0, 2, so_far, theme.dim());
    }
}

/// Whether no answer of these intervals says where it came from.
fn is_untold(points: &[Point]) -> bool {
    let sum = |pick: fn(&Point) -> u32| points.iter().map(pick).sum::<u32>();
    let unknown = sum(|point| point.unknown);
    unknown > 0 && unknown == sum(|point| point.requests() - point.failed())
}

/// What can be turned, as it stands.
fn parameters(model: &Model, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let Some(knobs) = model.knobs() else { return };
    let beta = match (model.lane_has_beta(), knobs.beta) {
        (true, Some(beta)) => format!(" b{beta}"),
        _ => String::new(),
    };
    if model.site.is_none() {
        put(buf, area, 1, 1, &format!("ttl {}{beta}", knobs.ttl), theme.plain());
    }
    let state = match (knobs.origin_stopped, knobs.cache_gone, knobs.slow) {
        (true, ..) => ("origin stopped".to_owned(), theme.bad()),
        (_, true, _) => ("cache gone".to_owned(), theme.bad()),
        (_, _, slow) if slow != 1.0 => (format!("origin {slow}x"), theme.warn()),
        _ => {
            (knobs.rate.map_or_else(String::new, |rate| format!("{}/s", short(rate))), theme.dim())
        }
    };
    put(buf, area, 1, 2, &state.0, state.1);
}

/// What reached the origin.
fn origin(model: &Model, lane: &Lane, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let inner = boxed(buf, area, "origin calls/s, duplicates on top", theme);
    if parts::silence(model, inner, buf) {
        return;
    }
    let below = inner.height.saturating_sub(2);
    let chart = columns(rows(inner, 1, below), LABELS, inner.width);
    let all = lanes::calls(model, lane, chart);
    let capacity = lanes::capacity(model);
    let most = nice(lanes::most(&all));
    let scale = Scale { most, log: model.log, rule: capacity };
    bars(buf, chart, &all, scale, (theme.useful(), theme.duplicate()), theme);
    put_right(buf, rows(inner, 1, 1), LABELS - 1, 0, &short(most), theme.dim());
    put_right(buf, rows(inner, below, 1), LABELS - 1, 0, "0", theme.dim());
    let window = model.window();
    axis::marks(buf, columns(rows(inner, 0, 1), LABELS, inner.width), model, window);
    axis::times(
        buf,
        columns(rows(inner, inner.height.saturating_sub(1), 1), LABELS, inner.width),
        model,
        window,
    );
    axis::cursor(buf, chart, model, window);
}

fn latencies(model: &Model, lane: &Lane, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let inner = boxed(buf, area, "latency so far", theme);
    let timeout =
        model.plan.as_ref().and_then(|plan| plan.traffic.timeout).map(|span| span.as_micros());
    let us = lane.totals(model.looked_at()).latency_us;
    percentiles(buf, rows(inner, 0, 7), us, timeout, theme);
    if model.clock == Clock::Real {
        generator(model, lane, rows(inner, 7, inner.height), buf);
    }
}

/// How well the generator itself does.
fn generator(model: &Model, lane: &Lane, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let Some(last) = lane.at(model.looked_at()) else { return };
    let late = lane.between(last.at - PRESENT, last.at).iter().map(|point| point.lateness_us).max();
    let late = late.unwrap_or(0);
    let style = if late > 10_000 { theme.bad() } else { theme.dim() };
    put(buf, area, 1, 0, &format!("generator: p99 {} late", micros(late as f64)), style);
    if let Some(words) = &model.generator {
        put(buf, area, 1, 1, words, theme.dim());
    }
}

fn herd_map(model: &Model, lane: &Lane, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let title = format!("herd map  {}", legend(theme));
    let inner = boxed(buf, area, &title, theme);
    if parts::silence(model, inner, buf) {
        return;
    }
    let window = model.window();
    if model.archived {
        put(
            buf,
            inner,
            1,
            0,
            "a record has no herds over time; run it again to see them",
            theme.dim(),
        );
        return;
    }
    let keys = WATCHED.min(model.keys());
    let all = std::iter::once((Row::Worst, "any key".to_owned()))
        .chain((0..keys).map(|rank| (Row::Item(rank), format!("#{rank}"))));
    for (y, (row, label)) in (0..inner.height).zip(all) {
        let line = rows(inner, y, 1);
        put_right(buf, line, LABELS - 1, 0, &label, theme.dim());
        herd_row(buf, columns(line, LABELS, line.width), lane, window, row, theme);
    }
    axis::cursor(buf, columns(inner, LABELS, inner.width), model, window);
}

/// A figure over time.
struct Small {
    name: &'static str,
    value: fn(&[Point]) -> f64,
    text: fn(f64) -> String,
    bad: bool,
}

fn mean(points: &[Point], pick: fn(&Point) -> f64) -> f64 {
    points.iter().map(pick).sum::<f64>() / points.len().max(1) as f64
}

fn share(points: &[Point], pick: fn(&Point) -> u32) -> f64 {
    let requests: u32 = points.iter().map(Point::requests).sum();
    let part: u32 = points.iter().map(pick).sum();
    if requests == 0 { 0.0 } else { f64::from(part) / f64::from(requests) }
}

const SMALL: [Small; 6] = [
    Small { name: "misses", value: |p| share(p, Point::misses), text: percent, bad: true },
    Small {
        name: "in flight",
        value: |p| mean(p, |p| p.in_flight as f64),
        text: short,
        bad: false,
    },
    Small { name: "queue", value: |p| mean(p, |p| f64::from(p.queued)), text: short, bad: true },
    Small { name: "failed", value: |p| share(p, Point::failed), text: percent, bad: true },
    Small { name: "entries", value: |p| mean(p, |p| p.held.0 as f64), text: short, bad: false },
    Small { name: "outdated", value: |p| share(p, |p| p.outdated), text: percent, bad: true },
];

/// What there is to see of a site in place of its cache's entries.
const UNKNOWN: Small =
    Small { name: "unknown", value: |p| share(p, |p| p.unknown), text: percent, bad: true };

/// What else there is to see, a chart each on a scale of its own.
fn small_charts(model: &Model, lane: &Lane, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let inner = boxed(buf, area, "over time, each to its own maximum", theme);
    let each = (inner.height / SMALL.len() as u16).max(1);
    let labels = 20;
    let known = SMALL.iter().filter(|small| small.name != "queue" || model.silence().is_none());
    for (nth, small) in (0..).zip(known) {
        let small = if model.site.is_some() && small.name == "entries" { &UNKNOWN } else { small };
        let block = rows(inner, nth * each, each);
        if block.height == 0 {
            break;
        }
        let chart = columns(block, labels, block.width);
        let value = |points: &[Point]| {
            (!points.is_empty()).then(|| Bar { whole: (small.value)(points), part: 0.0 })
        };
        let all: Vec<Option<Bar>> =
            model.window().columns(lane, bars_of(chart, theme)).map(value).collect();
        let most = lanes::most(&all);
        let style = if small.bad { theme.warn() } else { theme.useful() };
        let scale = Scale { most, log: model.log, rule: None };
        bars(buf, chart, &all, scale, (style, style), theme);
        put_right(buf, block, 10, 0, small.name, theme.dim());
        put(buf, block, 11, 0, &format!("<{}", (small.text)(most)), theme.dim());
    }
}
