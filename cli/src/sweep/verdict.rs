//! What a sweep says in a few sentences, by rules.

use herdlab_sim::sweep::{Difference, Knee, Pareto, Row, Study};

use super::figure::{estimate, figure, setting, settings};
use crate::summary::format::list;

/// More rows than this are counted, not named.
const NAMED: usize = 8;

/// The knee of the first metric, the front, the largest difference to the first lane, and whether theory agrees.
pub(super) fn verdict(
    study: &Study,
    metric: &'static str,
    knees: &[Knee],
    pareto: &Pareto,
    paired: &[Difference],
) -> Vec<String> {
    let bends = knees.iter().filter(|knee| knee.metric == metric).map(|knee| bend(study, knee));
    bends
        .chain([on_front(study, pareto)])
        .chain(apart(metric, paired))
        .chain(theory(study, metric))
        .collect()
}

fn bend(study: &Study, knee: &Knee) -> String {
    let value =
        study.rows()[knee.row].metrics.get(knee.metric).map_or(0.0, |case| case.estimate.mean);
    format!(
        "Knee: {} of {} bends at {} = {}, where it is {}.",
        knee.metric,
        knee.lane,
        knee.path,
        setting(&knee.at),
        figure(knee.metric, value)
    )
}

fn on_front(study: &Study, pareto: &Pareto) -> String {
    let rows = || pareto.rows.iter().map(|row| &study.rows()[*row]);
    let names: Vec<String> = study
        .lanes()
        .into_iter()
        .filter_map(|lane| {
            let of: Vec<&Row> = rows().filter(|row| row.lane == lane).collect();
            let at: Vec<String> = of.iter().map(|row| values(row)).collect();
            let at: Vec<&str> = at.iter().map(String::as_str).collect();
            match of.first()?.parameters.0.as_slice() {
                [] => Some(lane.to_owned()),
                _ if of.len() > NAMED => Some(format!(
                    "{} of the {} rows of {lane}",
                    of.len(),
                    study.rows_of(lane).count()
                )),
                [(path, _)] => Some(format!("{lane} at {path} = {}", list(&at))),
                _ => Some(format!("{lane} at {}", list(&at))),
            }
        })
        .collect();
    let given: Vec<&str> = study
        .axes()
        .iter()
        .filter(|axis| !axis.is_choice())
        .map(|axis| axis.path.as_str())
        .collect();
    let circumstances =
        if given.is_empty() { String::new() } else { format!(" for each {}", list(&given)) };
    format!(
        "Pareto front of origin load (at its peak and on average), p99.9 latency and staleness{circumstances}, *: {}.",
        names.join("; ")
    )
}

/// What a row's only field is set to, or each of several by its name.
fn values(row: &Row) -> String {
    match row.parameters.0.as_slice() {
        [(_, only)] => setting(only),
        _ => format!("({})", settings(&row.parameters)),
    }
}

/// For each other lane the point at which it differs most from the first: of those where it is sure to differ, if any.
fn apart(metric: &'static str, paired: &[Difference]) -> Vec<String> {
    let sure = |difference: &Difference| {
        difference.metrics.get(metric).is_some_and(|by| by.ci95.is_none() || by.is_not_zero())
    };
    let by = |difference: &Difference| {
        (sure(difference), difference.metrics.get(metric).map_or(0.0, |by| by.mean.abs()))
    };
    let mut most: Vec<&Difference> = Vec::new();
    for difference in paired {
        match most.iter_mut().find(|most| most.lane == difference.lane) {
            Some(most) if by(most) < by(difference) => *most = difference,
            Some(_) => {}
            None => most.push(difference),
        }
    }
    let sentence = |difference: &&Difference| {
        let by = difference.metrics.get(metric)?;
        let at = settings(&difference.parameters);
        let at = if at.is_empty() { at } else { format!(", most at {at}") };
        Some(format!(
            "On the same requests {metric} of {} is {} against {}{at}.",
            difference.lane,
            signed(&estimate(metric, by)),
            difference.against
        ))
    };
    let mut said: Vec<String> =
        most.iter().filter(|d| sure(d)).take(NAMED).filter_map(sentence).collect();
    let chance: Vec<&str> =
        most.iter().filter(|d| !sure(d)).map(|difference| difference.lane.as_str()).collect();
    if let Some(first) = most.first().filter(|_| !chance.is_empty()) {
        said.push(format!(
            "By more than chance {metric} differs nowhere between {} and {}.",
            first.against,
            list(&chance)
        ));
    }
    said
}

/// An interval wider than this share of the figure tells nothing of it.
const TELLING: f64 = 0.5;
/// Means are of rounded figures.
const ROUNDING: f64 = 1e-3;

fn signed(text: &str) -> String {
    if text.starts_with('-') { text.to_owned() } else { format!("+{text}") }
}

fn theory(study: &Study, metric: &str) -> Option<String> {
    let cases = || study.rows().iter().filter_map(|row| row.metrics.get(metric));
    let with = || cases().filter_map(|case| Some((case.estimate.ci95?, case.theory.as_ref()?)));
    // An interval that says little agrees with everything; one without width need not equal a rounded figure.
    let tells = |[low, high]: [f64; 2], value: f64| high - low <= TELLING * value.abs();
    let near = |[low, high]: [f64; 2], value: f64| {
        let slack = ROUNDING * value.abs();
        (low - slack..=high + slack).contains(&value)
    };
    let all = with().count();
    let telling = || with().filter(|(ci95, theory)| tells(*ci95, theory.value));
    let within = telling().filter(|(ci95, theory)| near(*ci95, theory.value)).count();
    let vague = all - telling().count();
    let mut neglects: Vec<&str> = with()
        .filter_map(|(_, theory)| theory.note.as_deref())
        .flat_map(|note| note.split("; "))
        .collect();
    neglects.sort_unstable();
    neglects.dedup();
    let notes = if neglects.is_empty() {
        String::new()
    } else {
        format!(" In theory: {}.", neglects.join("; "))
    };
    let wide = match vague {
        0 => String::new(),
        1 => " In 1 more the interval is too wide to tell: take more seeds.".to_owned(),
        n => format!(" In {n} more the interval is too wide to tell: take more seeds."),
    };
    (all > 0).then(|| {
        format!(
            "Theory: the closed form lies within the 95% interval of {metric} in {within} of {} rows.{wide}{notes}",
            all - vague
        )
    })
}
