//! The part of the run that charts show, and which column an instant falls into.

use herdlab_sim::time::Nanos;

use crate::lane::Lane;
use crate::point::Point;

/// A span of the run, in columns. Its length is fixed: it moves with the clock, but never squeezes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Window {
    /// Its beginning and length.
    pub(crate) from: Nanos,
    pub(crate) span: Nanos,
}

impl Window {
    pub(crate) fn end(&self) -> Nanos {
        self.from + self.span
    }

    /// When a column of so many begins.
    pub(crate) fn begin(&self, column: usize, columns: usize) -> Nanos {
        let part = u128::from(self.span.as_nanos()) * column as u128 / columns.max(1) as u128;
        self.from + Nanos::from_nanos(part as u64)
    }

    /// The column of an instant; nothing if it lies outside.
    pub(crate) fn column(&self, at: Nanos, columns: usize) -> Option<usize> {
        if at < self.from || at > self.end() || self.span == Nanos::ZERO || columns == 0 {
            return None;
        }
        let part = u128::from((at - self.from).as_nanos()) * columns as u128;
        Some(((part / u128::from(self.span.as_nanos())) as usize).min(columns - 1))
    }

    /// The intervals of each column; a column within an interval has that one.
    pub(crate) fn columns<'a>(
        &self,
        lane: &'a Lane,
        columns: usize,
    ) -> impl Iterator<Item = &'a [Point]> {
        let window = *self;
        (0..columns).map(move |column| {
            let (from, to) = (window.begin(column, columns), window.begin(column + 1, columns));
            let points = lane.between(from, to);
            if !points.is_empty() {
                return points;
            }
            let around = lane.points.partition_point(|point| point.at <= from);
            &lane.points[around..(around + 1).min(lane.points.len())]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instant_of_the_window_has_the_column_that_it_begins_in() {
        let window = Window { from: Nanos::from_secs(10), span: Nanos::from_secs(60) };
        for columns in [1, 7, 80, 600] {
            for column in 0..columns {
                let middle = window.begin(column, columns) + Nanos::from_millis(1);
                assert_eq!(window.column(middle, columns), Some(column));
            }
        }
        assert_eq!(window.column(Nanos::from_secs(9), 80), None);
        assert_eq!(window.column(Nanos::from_secs(70), 80), Some(79));
        assert_eq!(window.column(Nanos::from_secs(71), 80), None);
    }
}
