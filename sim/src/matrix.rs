//! How well a strategy protects against a fault: in one of four words, by figures.
//!
//! Each figure of harm is held against that of the bare `ttl` lane on the same requests. Its word goes by the ratio of
//! the two, and a lane has the worst word of its figures: a lock that saves the origin and has its clients wait past
//! their patience is not protection. Harm that nobody would notice is none, whatever the ratio.

use serde::{Deserialize, Serialize};

use crate::measure::Summary;

/// A figure of harm.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Figure {
    /// Origin calls made while another for the same item was in flight.
    Duplicates,
    /// Origin calls.
    Calls,
    /// Origin calls in the worst second.
    Peak,
    /// The share of requests not answered within their clients' patience.
    Late,
    /// The share of values served that are older than their item's last write.
    Outdated,
}

impl Figure {
    /// Its name: a metric's where there is one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duplicates => "origin.duplicates",
            Self::Calls => "origin.calls",
            Self::Peak => "origin.qps.peak",
            Self::Late => "late",
            Self::Outdated => "outdated.rate",
        }
    }

    /// Whether it is a share of all, and not a count.
    #[must_use]
    pub const fn is_share(self) -> bool {
        matches!(self, Self::Late | Self::Outdated)
    }

    /// The harm in a lane's figures.
    #[must_use]
    pub fn of(self, lane: &Summary) -> f64 {
        match self {
            Self::Duplicates => lane.origin_duplicates as f64,
            Self::Calls => lane.origin_calls as f64,
            Self::Peak => lane.origin_qps_peak as f64,
            Self::Late => 1.0 - lane.goodput,
            Self::Outdated => lane.outdated_rate,
        }
    }

    /// Harm up to this is none: a handful of calls, one request in a thousand, one old value in fifty.
    #[must_use]
    pub const fn unnoticed(self) -> f64 {
        match self {
            Self::Duplicates | Self::Calls | Self::Peak => 10.0,
            Self::Late => 0.001,
            Self::Outdated => 0.02,
        }
    }
}

/// How well a strategy protects.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// At most a tenth of the bare lane's harm is left, or nothing that anybody would notice.
    Protected,
    /// At most seven tenths are left.
    Partly,
    /// About as much as without.
    No,
    /// More than a quarter more than without.
    Worse,
}

impl Word {
    /// At most this part of the bare lane's harm is protection,
    pub const PROTECTED: f64 = 0.1;
    /// at most this is partly,
    pub const PARTLY: f64 = 0.7;
    /// and more than this is worse than nothing.
    pub const WORSE: f64 = 1.25;

    /// The word for this much harm, where the bare lane has that much.
    #[must_use]
    pub fn of(figure: Figure, harm: f64, bare: f64) -> Self {
        let unnoticed = figure.unnoticed();
        if harm <= unnoticed {
            return Self::Protected;
        }
        let left = harm / bare.max(unnoticed);
        if left <= Self::PROTECTED {
            Self::Protected
        } else if left <= Self::PARTLY {
            Self::Partly
        } else if left <= Self::WORSE {
            Self::No
        } else {
            Self::Worse
        }
    }

    /// As the table writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Partly => "partly",
            Self::No => "no",
            Self::Worse => "worse",
        }
    }
}

/// A lane's word for a fault, and the figure that decided.
#[must_use]
pub fn judge(figures: &[Figure], lane: &Summary, bare: &Summary) -> (Word, Figure) {
    let word = |figure: &Figure| Word::of(*figure, figure.of(lane), figure.of(bare));
    let first = figures.first().copied().unwrap_or(Figure::Late);
    // The first of the worst.
    figures
        .iter()
        .map(|figure| (word(figure), *figure))
        .fold((Word::Protected, first), |worst, next| if next.0 > worst.0 { next } else { worst })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_goes_by_what_is_left_of_the_harm() {
        let word = |harm, bare| Word::of(Figure::Duplicates, harm, bare);
        assert_eq!(word(100.0, 1_000.0), Word::Protected);
        assert_eq!(word(101.0, 1_000.0), Word::Partly);
        assert_eq!(word(700.0, 1_000.0), Word::Partly);
        assert_eq!(word(701.0, 1_000.0), Word::No);
        assert_eq!(word(1_250.0, 1_000.0), Word::No);
        assert_eq!(word(1_251.0, 1_000.0), Word::Worse);
    }

    #[test]
    fn harm_that_nobody_notices_is_none_and_harm_where_there_was_none_is_worse() {
        assert_eq!(Word::of(Figure::Late, 0.001, 0.0), Word::Protected);
        assert_eq!(Word::of(Figure::Late, 0.01, 0.0), Word::Worse);
    }

    #[test]
    fn a_lane_has_the_worst_word_of_its_figures() {
        let bare = Summary { origin_duplicates: 1_000, goodput: 0.9, ..Summary::default() };
        let lane = Summary { origin_duplicates: 0, goodput: 0.5, ..Summary::default() };
        let both = [Figure::Duplicates, Figure::Late];
        assert_eq!(judge(&both, &lane, &bare), (Word::Worse, Figure::Late));
        assert_eq!(judge(&both, &bare, &bare), (Word::No, Figure::Duplicates));
    }
}
