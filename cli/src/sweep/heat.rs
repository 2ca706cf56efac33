//! A heat table: one metric over two fields, a table a lane, darker where there is more.

use herdlab_sim::sweep::Study;

use super::figure::{figure, setting};

const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];

/// The tables of `metric`, at most `width` columns of text wide: columns that do not fit are counted. `None` if not two
/// fields are varied, or none of the lanes has both.
pub(super) fn heat(study: &Study, metric: &str, width: usize) -> Option<String> {
    let [down, across] = study.axes() else { return None };
    let both = |lane: &&str| {
        study.rows_of(lane).next().is_some_and(|row| study.place(row).iter().all(Option::is_some))
    };
    let tables: Vec<String> = study
        .lanes()
        .into_iter()
        .filter(both)
        .map(|lane| {
            let mut means = vec![vec![None; across.values.len()]; down.values.len()];
            for row in study.rows_of(lane) {
                if let [Some(y), Some(x)] = study.place(row)
                    && let Some(case) = study.rows()[row].metrics.get(metric)
                {
                    means[*y][*x] = Some(case.estimate.mean);
                }
            }
            let heads: Vec<String> = across.values.iter().map(setting).collect();
            let sides: Vec<String> = down.values.iter().map(setting).collect();
            let title = format!("{lane}: {metric}, {} down, {} across\n", down.path, across.path);
            title + &grid(metric, &means, &sides, &heads, width)
        })
        .collect();
    (!tables.is_empty()).then(|| tables.join("\n"))
}

fn grid(
    metric: &str,
    means: &[Vec<Option<f64>>],
    sides: &[String],
    heads: &[String],
    width: usize,
) -> String {
    let all = || means.iter().flatten().flatten().copied();
    let (low, high) =
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let shade = |mean: f64| {
        let share = if high > low { (mean - low) / (high - low) } else { 0.0 };
        SHADES[((share * SHADES.len() as f64) as usize).min(SHADES.len() - 1)]
    };
    let cell = |mean: &Option<f64>| {
        mean.map_or_else(
            || "- ".to_owned(),
            |mean| format!("{}{}", figure(metric, mean), shade(mean)),
        )
    };
    let cells: Vec<Vec<String>> = means.iter().map(|row| row.iter().map(cell).collect()).collect();
    let length = |text: &String| text.chars().count();
    let side = sides.iter().map(length).max().unwrap_or(0);
    let each = cells.iter().flatten().chain(heads).map(length).max().unwrap_or(1);
    let fit = (width.saturating_sub(side) / (each + 1)).clamp(1, heads.len());
    let line = |first: &str, cells: &[String]| {
        let cells: String = cells[..fit].iter().map(|cell| format!(" {cell:>each$}")).collect();
        format!("{}\n", format!("{first:>side$}{cells}").trim_end())
    };
    let mut text = line("", heads);
    for (side, cells) in sides.iter().zip(&cells) {
        text.push_str(&line(side, cells));
    }
    if fit < heads.len() {
        text.push_str(&format!(
            "... and {} more columns: --format csv has them all\n",
            heads.len() - fit
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grid;

    #[test]
    fn the_most_is_the_darkest_and_what_does_not_fit_is_counted() {
        let means = vec![vec![Some(1.0), Some(2.0)], vec![Some(3.0), None]];
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        let text = grid("herd.avg", &means, &names(["5s", "10s"]), &names(["1", "2"]), 80);
        assert_eq!(text, "     1  2\n 5s 1  2▒\n10s 3█ -\n");
        let narrow = grid("herd.avg", &means, &names(["5s", "10s"]), &names(["1", "2"]), 7);
        assert!(narrow.contains("1 more columns"), "{narrow}");
    }
}
