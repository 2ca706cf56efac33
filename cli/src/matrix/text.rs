//! The matrix to read: marks for a terminal, words and figures as Markdown.

use herdlab_sim::matrix::Word;
use herdlab_sim::text::{count, percent};

use super::record::{Cell, Harm, MatrixRecord};

/// With so many lanes or fewer the terminal is told the figures too.
const FEW: usize = 4;

const fn mark(word: Word) -> &'static str {
    match word {
        Word::Protected => "+",
        Word::Partly => "~",
        Word::No => "-",
        Word::Worse => "!",
    }
}

fn figure(harm: &Harm) -> String {
    let show = |value: f64| if harm.is_share { percent(value) } else { count(value as u64) };
    format!("{} {} of {}", harm.name, show(harm.value), show(harm.bare))
}

fn figures(cell: &Cell) -> String {
    cell.figures.iter().map(figure).collect::<Vec<_>>().join(", ")
}

/// A table of marks, and what they mean.
pub(super) fn human(record: &MatrixRecord) -> String {
    let mut text = String::new();
    for (nth, fault) in record.faults.iter().enumerate() {
        text.push_str(&format!("{:>3} {:<18} {}\n", nth + 1, fault.name, fault.about));
    }
    let widest = record.lanes.iter().map(String::len).max().unwrap_or(0);
    text.push_str(&format!("\n{:widest$}", ""));
    (1..=record.faults.len()).for_each(|nth| text.push_str(&format!(" {nth:>2}")));
    text.push('\n');
    for lane in &record.lanes {
        let marks: Vec<&str> = record.row(lane).map(|cell| mark(cell.word)).collect();
        text.push_str(&format!("{lane:<widest$}  {}\n", marks.join("  ")));
    }
    text.push_str(
        "\n+ protected   ~ partly   - no   ! worse, than the bare ttl on the same requests\n",
    );
    if record.lanes.len() <= FEW {
        for lane in record.lanes.iter().skip(1) {
            text.push_str(&format!("\n{lane}\n"));
            for cell in record.row(lane) {
                let word = cell.word.name();
                text.push_str(&format!("  {:<18} {word:<9} {}\n", cell.fault, figures(cell)));
            }
        }
    }
    text
}

/// A table of words, and a table of figures a fault.
pub(super) fn markdown(record: &MatrixRecord) -> String {
    let mut text = "| | ".to_owned();
    let names: Vec<&str> = record.faults.iter().map(|fault| fault.name).collect();
    text.push_str(&format!("{} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len())));
    for lane in &record.lanes {
        let words: Vec<&str> = record.row(lane).map(|cell| cell.word.name()).collect();
        text.push_str(&format!("| `{lane}` | {} |\n", words.join(" | ")));
    }
    for fault in &record.faults {
        text.push_str(&format!(
            "\n### {}\n\n{}\n\n| | | by | {} |\n|---|---|---|{}\n",
            fault.name,
            fault.about,
            fault.figures.join(" | "),
            "---|".repeat(fault.figures.len())
        ));
        for cell in record.cells.iter().filter(|cell| cell.fault == fault.name) {
            let show = |harm: &Harm| {
                if harm.is_share { percent(harm.value) } else { count(harm.value as u64) }
            };
            let figures: Vec<String> = cell.figures.iter().map(show).collect();
            let (lane, word, by) = (&cell.lane, cell.word.name(), cell.by);
            text.push_str(&format!("| `{lane}` | {word} | {by} | {} |\n", figures.join(" | ")));
        }
    }
    text
}
