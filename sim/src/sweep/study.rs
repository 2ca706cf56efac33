//! The runs of a sweep put together: rows, differences, the front, the knees.

use std::collections::BTreeMap;

use super::{
    Case, ClosedForm, Difference, Estimate, Figures, Knee, Objective, Pareto, Row, Setting,
    Settings, front, knee,
};
use crate::measure::Summary;

/// What the Pareto front weighs: two costs to the origin against two to the clients. The peak is what a database must
/// bear, the average what it is asked for in all: a refresh that comes far too early lowers the one and raises the
/// other. A client gets his answer late, or old.
pub const OBJECTIVES: [Objective; 4] = [
    Objective { name: "origin.qps.peak", about: "what the origin must bear" },
    Objective { name: "origin.qps.avg", about: "what the origin is asked for in all" },
    Objective { name: "latency.p99.9_us", about: "how late clients get an answer" },
    Objective { name: "(stale + outdated) / requests", about: "how old what they get is" },
];

/// A row that answers fewer requests in time than this share of the best row's is not on the front: who does not answer
/// is cheap.
const AS_GOOD: f64 = 0.99;

/// A varied field as an axis.
#[derive(Clone, PartialEq, Debug)]
pub struct Axis {
    /// The field.
    pub path: String,
    /// Its values.
    pub values: Vec<Setting>,
    /// Their places on the axis, if they are quantities; of a range at equal ratios their logarithms.
    pub places: Option<Vec<f64>>,
}

impl Axis {
    /// Whether the field is a choice of whoever runs the cache. Others are circumstances, such as how many requests
    /// come, and nobody is better for having fewer.
    #[must_use]
    pub fn is_choice(&self) -> bool {
        self.path.starts_with("strategy.") || self.path.starts_with("cache.")
    }
}

/// Rows and where they stand in the grid.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Study {
    axes: Vec<Axis>,
    rows: Vec<Row>,
    /// For each row and axis which value it has; `None` on an axis that does not concern its lane.
    places: Vec<Vec<Option<usize>>>,
}

impl Study {
    /// An empty one over these axes.
    #[must_use]
    pub const fn new(axes: Vec<Axis>) -> Self {
        Self { axes, rows: Vec::new(), places: Vec::new() }
    }

    /// Adds the runs of a lane at a point, one a seed.
    pub fn add(
        &mut self,
        lane: &str,
        place: Vec<Option<usize>>,
        runs: &[Summary],
        theory: &[ClosedForm],
    ) {
        let values: Vec<Vec<f64>> = runs.iter().map(Summary::values).collect();
        let case = |(index, (metric, _)): (usize, &(&'static str, &str))| {
            let values: Vec<f64> = values.iter().map(|run| run[index]).collect();
            let theory = theory.iter().find(|form| form.metric == *metric).cloned();
            (*metric, Case { estimate: Estimate::of(&values), values, theory })
        };
        let metrics = Figures(Summary::METRICS.iter().enumerate().map(case).collect());
        self.rows.push(Row { parameters: self.settings(&place), lane: lane.to_owned(), metrics });
        self.places.push(place);
    }

    fn settings(&self, place: &[Option<usize>]) -> Settings {
        let set = self.axes.iter().zip(place);
        Settings(
            set.filter_map(|(axis, at)| Some((axis.path.clone(), axis.values[(*at)?].clone())))
                .collect(),
        )
    }

    /// The axes.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// The rows, in the order they were added.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Which value of each axis a row has.
    #[must_use]
    pub fn place(&self, row: usize) -> &[Option<usize>] {
        &self.places[row]
    }

    /// The lanes, in the order of their first rows.
    #[must_use]
    pub fn lanes(&self) -> Vec<&str> {
        let mut lanes: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !lanes.contains(&row.lane.as_str()) {
                lanes.push(&row.lane);
            }
        }
        lanes
    }

    /// The rows of a lane by their number.
    pub fn rows_of<'a>(&'a self, lane: &'a str) -> impl Iterator<Item = usize> + 'a {
        (0..self.rows.len()).filter(move |row| self.rows[*row].lane == lane)
    }

    /// Every other lane less `first`, wherever both were run at one point.
    #[must_use]
    pub fn differences(&self, first: &str) -> Vec<Difference> {
        let mut all = Vec::new();
        for lane in self.lanes().into_iter().filter(|lane| *lane != first) {
            // The axes that concern both; on these they must agree.
            let Some((mine, theirs)) = self.rows_of(lane).next().zip(self.rows_of(first).next())
            else {
                continue;
            };
            let both: Vec<usize> = (0..self.axes.len())
                .filter(|axis| {
                    self.places[mine][*axis].is_some() && self.places[theirs][*axis].is_some()
                })
                .collect();
            let shared =
                |row: usize| both.iter().map(|axis| self.places[row][*axis]).collect::<Vec<_>>();
            let mut firsts: BTreeMap<Vec<Option<usize>>, Vec<usize>> = BTreeMap::new();
            self.rows_of(first).for_each(|row| firsts.entry(shared(row)).or_default().push(row));
            for row in self.rows_of(lane) {
                let others = firsts.get(&shared(row)).into_iter().flatten();
                all.extend(others.map(|other| self.difference(row, *other)));
            }
        }
        all
    }

    fn difference(&self, row: usize, other: usize) -> Difference {
        let place: Vec<Option<usize>> =
            self.places[row].iter().zip(&self.places[other]).map(|(a, b)| a.or(*b)).collect();
        let (row, other) = (&self.rows[row], &self.rows[other]);
        let pairs = row.metrics.0.iter().zip(&other.metrics.0);
        let metrics = pairs
            .map(|((metric, a), (_, b))| (*metric, Estimate::of_differences(&a.values, &b.values)))
            .collect();
        Difference {
            parameters: self.settings(&place),
            lane: row.lane.clone(),
            against: other.lane.clone(),
            metrics: Figures(metrics),
        }
    }

    /// The rows that no other beats in [`OBJECTIVES`], among those in the same circumstances.
    #[must_use]
    pub fn pareto(&self) -> Pareto {
        let mut groups: BTreeMap<Vec<Option<usize>>, Vec<usize>> = BTreeMap::new();
        for (row, place) in self.places.iter().enumerate() {
            let given = self.axes.iter().zip(place).filter(|(axis, _)| !axis.is_choice());
            groups.entry(given.map(|(_, at)| *at).collect()).or_default().push(row);
        }
        let mut rows: Vec<usize> = groups.values().flat_map(|group| self.front_of(group)).collect();
        rows.sort_unstable();
        Pareto { objectives: OBJECTIVES.to_vec(), rows }
    }

    fn front_of(&self, group: &[usize]) -> Vec<usize> {
        let mean = |row: &Row, metric: &str| {
            row.metrics.get(metric).map_or(0.0, |case| case.estimate.mean)
        };
        let good = |row: &usize| mean(&self.rows[*row], "goodput");
        let best = group.iter().map(good).fold(0.0, f64::max);
        let able: Vec<usize> =
            group.iter().copied().filter(|row| good(row) >= AS_GOOD * best).collect();
        let weighed = |row: &usize| {
            let row = &self.rows[*row];
            let stale = mean(row, "stale") / mean(row, "requests").max(1.0);
            let [peak, average, late, _] = OBJECTIVES.map(|objective| mean(row, objective.name));
            vec![peak, average, late, stale + mean(row, "outdated.rate")]
        };
        let on = front(&able.iter().map(weighed).collect::<Vec<_>>());
        able.into_iter().zip(on).filter(|(_, on)| *on).map(|(row, _)| row).collect()
    }

    /// The knee of each lane's curve of these metrics, if one field is varied and has an axis.
    #[must_use]
    pub fn knees(&self, metrics: &[&'static str]) -> Vec<Knee> {
        let [axis] = self.axes.as_slice() else { return Vec::new() };
        let Some(places) = &axis.places else { return Vec::new() };
        let mut all = Vec::new();
        for metric in metrics {
            for lane in self.lanes() {
                let rows: Vec<(usize, usize)> = self
                    .rows_of(lane)
                    .filter_map(|row| Some((row, self.places[row][0]?)))
                    .collect();
                let xs: Vec<f64> = rows.iter().map(|(_, at)| places[*at]).collect();
                let ys = rows.iter().filter_map(|(row, _)| self.rows[*row].metrics.get(metric));
                let ys: Vec<f64> = ys.map(|case| case.estimate.mean).collect();
                let Some(bend) = knee(&xs, &ys) else { continue };
                let (row, at) = rows[bend];
                all.push(Knee {
                    lane: lane.to_owned(),
                    metric,
                    path: axis.path.clone(),
                    at: axis.values[at].clone(),
                    row,
                });
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(peak: u64, late: u64, goodput: f64) -> Summary {
        Summary {
            requests: 100,
            origin_qps_peak: peak,
            latency_p999_us: late,
            goodput,
            ..Summary::default()
        }
    }

    fn axis(values: &[f64]) -> Axis {
        Axis {
            path: "strategy.beta".to_owned(),
            values: values.iter().map(|value| Setting::Number(*value)).collect(),
            places: Some(values.to_vec()),
        }
    }

    #[test]
    fn a_lane_that_nothing_concerns_is_compared_with_every_point_of_the_other() {
        let mut study = Study::new(vec![axis(&[1.0, 2.0])]);
        study.add("ttl", vec![None], &[summary(9, 1, 1.0), summary(11, 1, 1.0)], &[]);
        study.add("xfetch", vec![Some(0)], &[summary(4, 1, 1.0), summary(6, 1, 1.0)], &[]);
        study.add("xfetch", vec![Some(1)], &[summary(2, 1, 1.0), summary(3, 1, 1.0)], &[]);
        let differences = study.differences("ttl");
        let peaks: Vec<f64> =
            differences.iter().map(|d| d.metrics.get("origin.qps.peak").unwrap().mean).collect();
        assert_eq!(peaks, [-5.0, -7.5]);
        // Both seeds differ by the same 5: the paired interval is empty though each lane's own is not.
        assert_eq!(differences[0].metrics.get("origin.qps.peak").unwrap().ci95, Some([-5.0, -5.0]));
        assert_eq!(
            differences[1].parameters.0,
            [("strategy.beta".to_owned(), Setting::Number(2.0))]
        );
        assert_eq!(study.rows()[0].parameters, Settings::default());
    }

    #[test]
    fn lanes_that_one_field_concerns_are_compared_at_its_same_value_only() {
        let mut study = Study::new(vec![axis(&[1.0, 2.0])]);
        for at in 0..2 {
            for (lane, peak) in [("a", 1), ("b", 3)] {
                study.add(lane, vec![Some(at)], &[summary(peak + at as u64, 1, 1.0)], &[]);
            }
        }
        let differences = study.differences("a");
        assert_eq!(differences.len(), 2);
        assert!(differences.iter().all(|d| d.metrics.get("origin.qps.peak").unwrap().mean == 2.0));
    }

    #[test]
    fn the_front_has_cheap_and_quick_rows_and_none_that_does_not_answer() {
        let mut study = Study::new(Vec::new());
        for (lane, peak, late, goodput) in [
            ("cheap", 1, 90, 1.0),
            ("quick", 90, 1, 0.995),
            ("worse", 91, 95, 1.0),
            ("silent", 0, 0, 0.3),
        ] {
            study.add(lane, Vec::new(), &[summary(peak, late, goodput)], &[]);
        }
        assert_eq!(study.pareto().rows, [0, 1]);
    }

    #[test]
    fn rows_in_other_circumstances_are_not_compared() {
        let rate = Axis { path: "traffic.rate".to_owned(), ..axis(&[1.0, 2.0]) };
        let mut study = Study::new(vec![rate]);
        study.add("ttl", vec![Some(0)], &[summary(1, 1, 1.0)], &[]);
        study.add("ttl", vec![Some(1)], &[summary(9, 9, 1.0)], &[]);
        assert_eq!(study.pareto().rows, [0, 1], "twice the load is not a worse cache");
        let mut study = Study::new(vec![axis(&[1.0, 2.0])]);
        study.add("xfetch", vec![Some(0)], &[summary(1, 1, 1.0)], &[]);
        study.add("xfetch", vec![Some(1)], &[summary(9, 9, 1.0)], &[]);
        assert_eq!(study.pareto().rows, [0]);
    }

    #[test]
    fn a_curve_that_bends_has_its_knee_at_the_value_where_it_does() {
        let mut study = Study::new(vec![axis(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])]);
        for (at, peak) in [100, 50, 10, 9, 8, 7].into_iter().enumerate() {
            study.add("xfetch", vec![Some(at)], &[summary(peak, 1, 1.0)], &[]);
        }
        let knees = study.knees(&["origin.qps.peak", "hit.rate"]);
        assert_eq!(knees.len(), 1, "hit.rate is flat");
        assert_eq!((&knees[0].at, knees[0].row), (&Setting::Number(3.0), 2));
    }
}
