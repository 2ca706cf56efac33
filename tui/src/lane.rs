//! A lane as the screen knows it: its points, and what was noted of it.

use herdlab_sim::measure::Totals;
use herdlab_sim::time::Nanos;

use crate::point::Point;

/// So many identical calls at once are worth a note.
pub(crate) const HERD: u32 = 8;

/// Something of note in a lane.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Noted {
    /// When it began.
    pub at: Nanos,
    /// What, in a few words.
    pub text: String,
}

/// A lane.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// Its intervals so far, in order.
    pub points: Vec<Point>,
    /// What was noted.
    pub noted: Vec<Noted>,
    /// Whether it is over.
    pub over: bool,
    /// The herd under way: since when, its most and its item.
    herd: Option<(Nanos, u32, u32)>,
    /// Since when requests fail.
    failing: Option<Nanos>,
}

impl Lane {
    /// A lane of which nothing is known yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// An interval more.
    pub fn push(&mut self, point: Point) {
        self.note_herd(&point);
        self.note_failures(&point);
        self.points.push(point);
    }

    /// Whether the newest interval begins something of note: a herd, or failures.
    #[must_use]
    pub fn stirs(&self) -> bool {
        let Some((last, before)) = self.points.split_last() else { return false };
        let calm = |pick: fn(&Point) -> bool| !before.iter().rev().take(10).any(pick);
        let herds: fn(&Point) -> bool = |point| point.largest.1 >= HERD;
        let fails: fn(&Point) -> bool = |point| point.failed() > 0;
        (herds(last) && before.last().is_none_or(|point| !herds(point)))
            || (fails(last) && calm(fails))
    }

    /// The last interval that ended by then.
    #[must_use]
    pub fn at(&self, time: Nanos) -> Option<&Point> {
        let index = self.points.partition_point(|point| point.at <= time);
        self.points[..index].last()
    }

    /// The intervals that ended after `from` and by `to`.
    #[must_use]
    pub fn between(&self, from: Nanos, to: Nanos) -> &[Point] {
        let begin = self.points.partition_point(|point| point.at <= from);
        let end = self.points.partition_point(|point| point.at <= to);
        &self.points[begin..end.max(begin)]
    }

    /// What was measured by then.
    #[must_use]
    pub fn totals(&self, time: Nanos) -> Totals {
        self.at(time).map(|point| point.totals).unwrap_or_default()
    }

    fn note_herd(&mut self, point: &Point) {
        let (item, most) = point.largest;
        if most >= HERD {
            let herd = self.herd.get_or_insert((point.at, most, item));
            if most > herd.1 {
                (herd.1, herd.2) = (most, item);
            }
        } else if let Some((at, most, item)) = self.herd.take() {
            self.noted.push(Noted {
                at,
                text: format!("{most} identical computes at once, of key #{item}"),
            });
        }
    }

    fn note_failures(&mut self, point: &Point) {
        if point.failed() > 0 {
            self.failing = Some(self.failing.unwrap_or(point.at));
        } else if let Some(since) = self.failing
            && point.requests() > 0
        {
            self.failing = None;
            let text = format!("requests failed for {}", point.at - since);
            self.noted.push(Noted { at: since, text });
        }
    }

    /// What was noted, and what is still under way.
    #[must_use]
    pub fn notes(&self) -> Vec<Noted> {
        let mut all = self.noted.clone();
        if let Some((at, most, item)) = self.herd {
            all.push(Noted {
                at,
                text: format!("{most} identical computes at once, of key #{item}"),
            });
        }
        if let Some(at) = self.failing {
            all.push(Noted { at, text: "requests fail".to_owned() });
        }
        all.sort_by_key(|noted| noted.at);
        all
    }
}
