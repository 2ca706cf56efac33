//! The matrix as data: `herdlab.matrix/1`.

use std::collections::BTreeMap;

use herdlab_scenarios::MatrixFault;
use herdlab_sim::matrix::{Word, judge};
use serde::Serialize;

use super::cells::Column;

/// Every cell with the figures that decide.
#[derive(Clone, Debug, Serialize)]
pub(super) struct MatrixRecord {
    schema: &'static str,
    version: &'static str,
    /// What part of the bare lane's harm each word allows.
    thresholds: BTreeMap<&'static str, f64>,
    pub(super) faults: Vec<FaultRecord>,
    pub(super) lanes: Vec<String>,
    /// By lane, within a lane by fault.
    pub(super) cells: Vec<Cell>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct FaultRecord {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) figures: Vec<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Cell {
    pub(super) lane: String,
    pub(super) fault: &'static str,
    pub(super) word: Word,
    /// The figure that decided.
    pub(super) by: &'static str,
    /// This lane's figures, and in the same order the bare one's.
    pub(super) figures: Vec<Harm>,
}

#[derive(Copy, Clone, Debug, Serialize)]
pub(super) struct Harm {
    pub(super) name: &'static str,
    pub(super) value: f64,
    pub(super) bare: f64,
    #[serde(skip)]
    pub(super) is_share: bool,
}

impl MatrixRecord {
    pub(super) fn new(faults: &[MatrixFault], columns: Vec<Column>) -> Self {
        let lanes: Vec<String> = columns
            .first()
            .map(|column| column.iter().map(|(name, _)| name.clone()).collect())
            .unwrap_or_default();
        let mut cells = Vec::new();
        for (row, lane) in lanes.iter().enumerate() {
            for (fault, column) in faults.iter().zip(&columns) {
                let (of, bare) = (&column[row].1, &column[0].1);
                let (word, by) = judge(fault.figures, of, bare);
                let harm = |figure: &herdlab_sim::matrix::Figure| Harm {
                    name: figure.name(),
                    value: figure.of(of),
                    bare: figure.of(bare),
                    is_share: figure.is_share(),
                };
                let figures = fault.figures.iter().map(harm).collect();
                let (lane, by) = (lane.clone(), by.name());
                cells.push(Cell { lane, fault: fault.name, word, by, figures });
            }
        }
        Self {
            schema: "herdlab.matrix/1",
            version: env!("CARGO_PKG_VERSION"),
            thresholds: [
                ("protected", Word::PROTECTED),
                ("partly", Word::PARTLY),
                ("worse", Word::WORSE),
            ]
            .into(),
            faults: faults
                .iter()
                .map(|fault| FaultRecord {
                    name: fault.name,
                    about: fault.about(),
                    figures: fault.figures.iter().map(|figure| figure.name()).collect(),
                })
                .collect(),
            lanes,
            cells,
        }
    }

    /// The cells of a lane, by fault.
    pub(super) fn row(&self, lane: &str) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(move |cell| cell.lane == lane)
    }
}
