//! Metrics: a paragraph each, in one file a family; its formula, source and command are the family's.

use herdlab_sim::measure::Summary;

use super::page::{Page, Part, parts};

/// The families.
pub(super) const FILES: &[&str] = &[
    include_str!("metrics/requests.md"),
    include_str!("metrics/origin.md"),
    include_str!("metrics/stampede.md"),
    include_str!("metrics/herd.md"),
    include_str!("metrics/early.md"),
    include_str!("metrics/latency.md"),
    include_str!("metrics/generator.md"),
    include_str!("metrics/outdated.md"),
    include_str!("metrics/cache.md"),
];

pub(super) fn pages() -> Vec<Page> {
    FILES.iter().flat_map(|file| family(file)).collect()
}

/// A file: `# name` and its paragraph, again and again; then the parts that all of them share.
fn family(file: &str) -> Vec<Page> {
    let (texts, shared) = parts(file);
    let page = |text: &str| {
        let (name, paragraph) = text.split_once('\n')?;
        let line = Summary::METRICS.iter().find(|(metric, _)| *metric == name)?.1;
        let meaning = Part::new("What it means", paragraph.trim_matches('\n'));
        let parts = std::iter::once(meaning).chain(shared.iter().cloned()).collect();
        Some(Page { name: name.to_owned(), kind: "metric", line: line.trim().to_owned(), parts })
    };
    texts.trim_start_matches("# ").split("\n# ").filter_map(page).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_paragraph_is_about_a_metric_that_does_not_exist() {
        let known = |name: &str| Summary::METRICS.iter().any(|(metric, _)| *metric == name);
        for name in FILES.iter().flat_map(|file| file.lines()).filter_map(|l| l.strip_prefix("# "))
        {
            assert!(known(name), "{name}");
        }
    }
}
