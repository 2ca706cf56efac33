//! Figures as text: short, and the same everywhere on the screen.

use herdlab_sim::plan::{Change, Setting};
use herdlab_sim::strategy::Setpoint;
use herdlab_sim::time::Nanos;

/// A count with its thousands told apart: `12,345`.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count in few characters: `999`, `1.2k`, `35k`, `1.2M`.
#[must_use]
pub fn short(n: f64) -> String {
    let units = [(1e9, "G"), (1e6, "M"), (1e3, "k")];
    for (size, unit) in units {
        if n >= 0.9995 * size {
            let n = n / size;
            return if n < 9.95 { format!("{n:.1}{unit}") } else { format!("{n:.0}{unit}") };
        }
    }
    if n >= 9.95 || n == n.round() { format!("{n:.0}") } else { format!("{n:.1}") }
}

/// A share: `97.49%`, `100%`; never 100% for less.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = (share * 1e4).floor() / 100.0;
    if percent >= 100.0 { "100%".to_owned() } else { format!("{percent:.2}%") }
}

/// A hit rate; nobody knows it where no answer tells.
#[must_use]
pub fn hit_rate(share: f64, is_untold: bool) -> String {
    if is_untold { "unknown".to_owned() } else { percent(share) }
}

/// A span in microseconds: `512us`, `1.54ms`, `251ms`, `12.3s`.
#[must_use]
pub fn micros(us: f64) -> String {
    let (n, unit) = match us {
        us if us < 999.5 => return format!("{us:.0}us"),
        us if us < 999_500.0 => (us / 1e3, "ms"),
        us => (us / 1e6, "s"),
    };
    match n {
        n if n < 9.995 => format!("{n:.2}{unit}"),
        n if n < 99.95 => format!("{n:.1}{unit}"),
        n => format!("{n:.0}{unit}"),
    }
}

/// A size: `512B`, `1.2KiB`, `35MiB`.
#[must_use]
pub fn bytes(n: u64) -> String {
    let mut size = n as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if size < 1_023.5 || unit == "GiB" {
            let whole = unit == "B" || size >= 9.95;
            return if whole { format!("{size:.0}{unit}") } else { format!("{size:.1}{unit}") };
        }
        size /= 1_024.0;
    }
    String::new()
}

/// An instant of the run: `0:40.0`, `2:05.3`.
#[must_use]
pub fn clock(at: Nanos) -> String {
    let tenths = at.as_nanos() / 100_000_000;
    let (secs, tenth) = (tenths / 10, tenths % 10);
    if secs >= 3_600 {
        format!("{}:{:02}:{:02}", secs / 3_600, secs / 60 % 60, secs % 60)
    } else {
        format!("{}:{:02}.{tenth}", secs / 60, secs % 60)
    }
}

/// What happens, as the command line takes it.
#[must_use]
pub fn change(change: &Change) -> String {
    match change {
        Change::Flush => "flush".to_owned(),
        Change::Bump => "bump".to_owned(),
        Change::Expire(item) => format!("expire {}", item.0),
        Change::SlowOrigin(factor) => format!("slow origin {factor}x"),
        Change::FailOrigin(share) => format!("fail origin {share}"),
        Change::StopOrigin => "stop origin".to_owned(),
        Change::RestoreOrigin => "restore origin".to_owned(),
        Change::StopCache => "stop cache".to_owned(),
        Change::KillCache => "kill cache".to_owned(),
        Change::SlowCache(span) => format!("slow cache {span}"),
        Change::LoseCache(share) => format!("lose cache {share}"),
        Change::ResetCache => "reset cache".to_owned(),
        Change::RestoreCache => "restore cache".to_owned(),
        Change::Rate(rate) => format!("rate {}/s", plain(*rate)),
        Change::Crash(item) => format!("crash {}", item.0),
        Change::LagOrigin(span) => format!("lag origin {span}"),
        Change::LagCache(span) => format!("lag cache {span}"),
        Change::SkewClocks(span) => format!("skew {span}"),
        Change::Deploy { every, rename: false } => format!("deploy {every}"),
        Change::Deploy { every, rename: true } => format!("deploy {every} renamed"),
        Change::Reconnect(over) => format!("reconnect {over}"),
        Change::Squeeze(left) => format!("squeeze {left}"),
        Change::Load => "load".to_owned(),
        Change::Concurrency(None) => "set origin.concurrency unlimited".to_owned(),
        Change::Concurrency(Some(slots)) => format!("set origin.concurrency {slots}"),
        Change::Set(setting) => format!("set {}", setting_text(*setting)),
    }
}

fn setting_text(Setting { parameter, value }: Setting) -> String {
    let path = match parameter {
        "ttl" => "cache.ttl".to_owned(),
        name => format!("strategy.{name}"),
    };
    match value {
        Setpoint::Span(span) => format!("{path} {span}"),
        Setpoint::Number(number) => format!("{path} {}", plain(number)),
        Setpoint::Count(count) => format!("{path} {count}"),
        Setpoint::Switch(switch) => format!("{path} {switch}"),
    }
}

/// A number without what rounding left behind: `1.1`, not `1.1000000000000001`.
fn plain(n: f64) -> String {
    format!("{}", (n * 1e9).round() / 1e9)
}

/// Text without control characters: names come from files.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_never_better_than_they_are() {
        assert_eq!(
            [999.0, 1_240.0, 35_400.0, 1.24e6, 0.5, 0.0].map(short),
            ["999", "1.2k", "35k", "1.2M", "0.5", "0"]
        );
        assert_eq!([1.0, 0.99999, 0.9749, 0.0].map(percent), ["100%", "99.99%", "97.49%", "0.00%"]);
        assert_eq!(
            [512.0, 1_540.0, 251_000.0, 12.34e6].map(micros),
            ["512us", "1.54ms", "251ms", "12.3s"]
        );
        assert_eq!([12, 1_500, 35 << 20].map(bytes), ["12B", "1.5KiB", "35MiB"]);
        assert_eq!([1_234_567, 999, 1_000].map(count), ["1,234,567", "999", "1,000"]);
        let at = |ms| clock(Nanos::from_millis(ms));
        assert_eq!([at(40_049), at(125_300), at(3_725_000)], ["0:40.0", "2:05.3", "1:02:05"]);
    }
}
