//! The verdict: what the figures say, in a sentence or two, by rules.

use herdlab_sim::measure::LaneRecord;

use super::format::{count, list, mean, percent};
use super::recovery::{Recovery, recovery};

/// Lanes this near the best in what clients get are as good as it.
const AS_GOOD: f64 = 0.99;

/// One or two sentences; `cut` if the run was cut short.
pub(super) fn verdict(lanes: &[LaneRecord], cut: bool) -> Vec<String> {
    match lanes {
        [] => vec!["nothing was run".to_owned()],
        _ if lanes.iter().all(|lane| lane.summary.requests == 0) => {
            vec!["No request was measured.".to_owned()]
        }
        [one] => vec![alone(one, cut)],
        _ if cut => {
            vec!["No verdict: the run was cut short.".to_owned()]
        }
        _ => recoveries(lanes).into_iter().chain([protection(lanes)]).collect(),
    }
}

/// One lane, in a sentence.
fn alone(lane: &LaneRecord, cut: bool) -> String {
    let s = &lane.summary;
    let duplicates =
        if s.origin_calls == 0 { 0.0 } else { s.origin_duplicates as f64 / s.origin_calls as f64 };
    let mut sentence = format!(
        "{}: {} of requests served from the cache, {} in time; {} origin calls, {} of them duplicates; the largest herd \
         was {}.",
        lane.name,
        percent(s.hit_rate),
        percent(s.goodput),
        count(s.origin_calls),
        percent(duplicates),
        count(s.herd_max),
    );
    for (index, event) in lane.events.iter().enumerate() {
        let after = match recovery(lane, index, cut) {
            Recovery::After(seconds) => format!("it was itself again after {seconds:.0}s"),
            Recovery::Never => "it never was itself again".to_owned(),
            Recovery::Unknown => continue,
        };
        sentence.push_str(&format!(" After the {} at {}s {after}.", event.event, event.at_s));
    }
    sentence
}

/// Who gets out of an event, if not all do.
fn recoveries(lanes: &[LaneRecord]) -> Option<String> {
    let never = |lane: &LaneRecord, index| recovery(lane, index, false) == Recovery::Never;
    let (index, event) = lanes
        .first()?
        .events
        .iter()
        .enumerate()
        .find(|(index, _)| lanes.iter().any(|lane| never(lane, *index)))?;
    let of = |lost: bool| -> Vec<&LaneRecord> {
        lanes.iter().filter(|lane| never(lane, index) == lost).collect()
    };
    let names = |lanes: &[&LaneRecord]| {
        list(&lanes.iter().map(|lane| lane.name.as_str()).collect::<Vec<_>>())
    };
    let (well, lost) = (of(false), of(true));
    let verb = if lost.len() == 1 { "recovers" } else { "recover" };
    let head =
        format!("After the {} at {}s {} never {verb}", event.event, event.at_s, names(&lost));
    if well.is_empty() {
        return Some(format!("{head}."));
    }
    let seconds = |lane: &&LaneRecord| {
        format!("{} after {:.0}s", lane.name, lane.events[index].seconds.unwrap_or(0.0))
    };
    let each: Vec<String> = well.iter().map(seconds).collect();
    Some(format!("{head}; {}.", list(&each.iter().map(String::as_str).collect::<Vec<_>>())))
}

/// Who protects the origin best among those who serve their clients as well as any, and against whom.
fn protection(lanes: &[LaneRecord]) -> String {
    let served = lanes.iter().map(|lane| lane.summary.goodput).fold(0.0, f64::max);
    let good = |lane: &&LaneRecord| lane.summary.goodput >= AS_GOOD * served;
    let load = |lane: &LaneRecord| (lane.summary.origin_qps_peak, lane.summary.origin_calls);
    let (Some(best), Some(worst)) = (
        lanes.iter().filter(good).min_by_key(|lane| load(lane)),
        lanes.iter().max_by_key(|lane| load(lane)),
    ) else {
        return "no lane answered anything".to_owned();
    };
    if worst.summary.herd_max <= 1 {
        return format!(
            "No lane lets a herd through: every origin call was the only one for its key. {}",
            peaks(best, worst)
        );
    }
    let equals: Vec<&str> = lanes
        .iter()
        .filter(good)
        .filter(|lane| load(lane) == load(best))
        .map(|lane| lane.name.as_str())
        .collect();
    if load(best) == load(worst) {
        return format!(
            "All lanes load the origin alike: they let {} through at a time for a key ({} on average), and {}/s at most.",
            calls(best.summary.herd_max),
            mean(best.summary.herd_avg),
            count(best.summary.origin_qps_peak),
        );
    }
    let (verb, them) =
        if equals.len() == 1 { ("protects", "it lets") } else { ("protect", "they let") };
    format!(
        "{} {verb} the origin best: {them} {} through at a time for a key ({} on average), where {} lets {} ({}). {}",
        list(&equals),
        calls(best.summary.herd_max),
        mean(best.summary.herd_avg),
        worst.name,
        count(worst.summary.herd_max),
        mean(worst.summary.herd_avg),
        peaks(best, worst),
    )
}

fn calls(n: u64) -> String {
    if n == 1 { "1 call".to_owned() } else { format!("at most {} calls", count(n)) }
}

fn peaks(best: &LaneRecord, worst: &LaneRecord) -> String {
    let (least, most) = (best.summary.origin_qps_peak, worst.summary.origin_qps_peak);
    format!("Peak origin load: {}/s against {}/s.", count(least), count(most))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use herdlab_sim::measure::{EventRecord, Histograms, Series, StrategyRecord, Summary};

    /// A lane with that peak load and that herd on average and at most.
    pub(in crate::summary) fn lane(name: &str, peak: u64, herd: f64) -> LaneRecord {
        let summary = Summary {
            requests: 1_000,
            goodput: 1.0,
            origin_calls: peak,
            origin_qps_peak: peak,
            herd_avg: herd,
            herd_max: herd.ceil() as u64,
            ..Summary::default()
        };
        LaneRecord {
            name: name.to_owned(),
            strategy: StrategyRecord { name: name.to_owned(), parameters: Default::default() },
            summary,
            series: Series::default(),
            histograms: Histograms::default(),
            events: Vec::new(),
        }
    }

    fn with_flush(mut lane: LaneRecord, seconds: Option<f64>) -> LaneRecord {
        lane.events = vec![EventRecord {
            event: "flush".to_owned(),
            at_s: 60.0,
            recovered: seconds.is_some(),
            seconds,
        }];
        lane.series.requests = vec![10; 120];
        lane
    }

    #[test]
    fn the_lane_with_the_lowest_peak_protects_best() {
        let said = verdict(
            &[lane("ttl", 1_020, 501.9), lane("xfetch", 9, 2.58), lane("lock", 1, 1.0)],
            false,
        );
        assert_eq!(
            said,
            [
                "lock protects the origin best: it lets 1 call through at a time for a key (1 on average), where ttl lets 502 \
              (501.9). Peak origin load: 1/s against 1,020/s."
            ]
        );
    }

    #[test]
    fn a_lane_that_does_not_serve_its_clients_is_not_the_best() {
        let mut silent = lane("silent", 0, 0.0);
        silent.summary.goodput = 0.5;
        assert!(
            verdict(&[silent, lane("lock", 1, 1.0), lane("ttl", 9, 9.0)], false)[0]
                .starts_with("lock protects")
        );
    }

    #[test]
    fn equals_are_named_together_and_nobody_is_blamed_without_a_herd() {
        let both = verdict(&[lane("a", 1, 1.0), lane("b", 1, 1.0), lane("ttl", 9, 9.0)], false);
        assert!(
            both[0].starts_with("a and b protect the origin best: they let 1 call"),
            "{both:?}"
        );
        assert!(
            verdict(&[lane("a", 1, 1.0), lane("b", 2, 1.0)], false)[0]
                .starts_with("No lane lets a herd through")
        );
    }

    #[test]
    fn lanes_that_load_the_origin_alike_are_not_told_apart() {
        let alike = verdict(&[lane("ttl", 21, 2.0), lane("get-many", 21, 2.0)], false);
        assert!(alike[0].starts_with("All lanes load the origin alike"), "{alike:?}");
    }

    #[test]
    fn who_never_recovers_comes_first() {
        let lanes = [
            with_flush(lane("ttl", 9, 9.0), None),
            with_flush(lane("single-flight", 5, 1.0), Some(12.0)),
        ];
        assert_eq!(
            verdict(&lanes, false)[0],
            "After the flush at 60s ttl never recovers; single-flight after 12s."
        );
        assert!(
            verdict(&lanes[..1], false)[0]
                .ends_with("After the flush at 60s it never was itself again.")
        );
    }
    #[test]
    fn of_a_run_that_was_cut_short_nobody_is_said_to_win_or_never_to_recover() {
        let lanes =
            [with_flush(lane("ttl", 9, 9.0), None), with_flush(lane("lock", 1, 1.0), Some(1.0))];
        assert!(verdict(&lanes, true)[0].starts_with("No verdict"));
        let alone = &verdict(&lanes[..1], true)[0];
        assert!(alone.ends_with("the largest herd was 9."), "{alone}");
    }

    #[test]
    fn a_run_that_ends_too_soon_after_an_event_does_not_say_never() {
        let mut short = with_flush(lane("ttl", 9, 9.0), None);
        short.series.requests.truncate(64);
        let said = verdict(&[short.clone(), with_flush(lane("lock", 1, 1.0), Some(0.0))], false);
        assert!(said.len() == 1 && said[0].starts_with("lock protects"), "{said:?}");
        short.summary.requests = 0;
        assert_eq!(verdict(&[short], false), ["No request was measured."]);
    }
}
