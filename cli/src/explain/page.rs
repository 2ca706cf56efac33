//! A page: a name, a line, and parts under a head each.

use crate::summary::format::wrapped;

/// What is known of a name.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) name: String,
    /// topic, strategy, finding or metric.
    pub(super) kind: &'static str,
    /// What it is, in a line.
    pub(super) line: String,
    pub(super) parts: Vec<Part>,
}

/// A head and what stands under it: paragraphs, `- ` points, and lines that are kept as they are, indented by four.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) head: String,
    pub(super) body: String,
}

impl Part {
    pub(super) fn new(head: &str, body: impl Into<String>) -> Self {
        Self { head: head.to_owned(), body: body.into() }
    }
}

/// The parts of a text with `## ` heads, and what stands before the first.
pub(super) fn parts(text: &str) -> (&str, Vec<Part>) {
    let mut sections = text.split("## ");
    let before = sections.next().unwrap_or_default().trim();
    let part = |section: &str| {
        let (head, body) = section.split_once('\n').unwrap_or((section, ""));
        Part::new(head.trim(), body.trim_matches('\n'))
    };
    (before, sections.map(part).collect())
}

impl Page {
    /// The page at that width.
    pub(super) fn text(&self, width: usize) -> String {
        let mut text = wrapped(&format!("{} ({}): {}", self.name, self.kind, self.line), width);
        text.push('\n');
        for part in &self.parts {
            text.push_str(&format!("\n{}\n", part.head));
            for paragraph in paragraphs(&part.body) {
                text.push_str(&set(&paragraph, width));
            }
        }
        text
    }
}

/// Lines that belong together: those of a paragraph or point joined, those that are kept each alone.
fn paragraphs(body: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut open = false; // whether the next line goes on with the last paragraph
    for line in body.lines() {
        let kept = line.starts_with("    ") || line.is_empty();
        match all.last_mut() {
            Some(last) if open && !kept && !line.starts_with("- ") => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => all.push(line.to_owned()),
        }
        open = !kept;
    }
    all
}

/// A paragraph at that width.
fn set(paragraph: &str, width: usize) -> String {
    if paragraph.is_empty() || paragraph.starts_with("    ") {
        return format!("{paragraph}\n");
    }
    let point = paragraph.starts_with("- ");
    let lines = wrapped(paragraph, width - 2);
    // `wrapped` indents what follows, as a point's text is; a paragraph's is not.
    let line = |line: &str| {
        let flush = if point { line } else { line.trim_start() };
        format!("  {flush}\n")
    };
    lines.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart_at_its_heads() {
        let (line, parts) = parts("A line.\n\n## One\nfirst\n\n## Two\n\nsecond\n");
        assert_eq!(line, "A line.");
        let pairs: Vec<(&str, &str)> =
            parts.iter().map(|part| (part.head.as_str(), part.body.as_str())).collect();
        assert_eq!(pairs, [("One", "first"), ("Two", "second")]);
    }

    #[test]
    fn paragraphs_and_points_are_set_and_kept_lines_are_not() {
        let body =
            "one two\nthree four\n\n- five six\nseven\n- eight\n    kept    as it is, however wide";
        let page = Page {
            name: "n".to_owned(),
            kind: "topic",
            line: "l".to_owned(),
            parts: vec![Part::new("Head", body)],
        };
        assert_eq!(
            page.text(14),
            "n (topic): l\n\nHead\n  one two\n  three four\n\n  - five six\n    seven\n  - eight\n    kept    as it is, however \
             wide\n"
        );
    }
}
