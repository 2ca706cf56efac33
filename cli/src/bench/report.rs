//! A benchmark's record in each of its formats.

use herdlab_loadgen::bench::Pace;

use super::csv::csv;
use super::record::Record;
use super::table::{aligned, markdown, rows};
use super::verdict::verdict;
use crate::args::Format;
use crate::exit::Stop;
use crate::record::no_log;
use crate::summary::format::{plain, wrapped};

/// Everything that a report is made of.
pub(super) struct Report {
    pub(super) record: Record,
    pub(super) pace: Pace,
}

impl Report {
    /// The report as text; `width` columns wide if a person reads it.
    pub(super) fn text(&self, format: Format, width: usize) -> Result<String, Stop> {
        match format {
            Format::Json => serde_json::to_string(&self.record)
                .map(|text| text + "\n")
                .map_err(|error| Stop::runtime(format!("error: no record: {error}"))),
            Format::Csv => Ok(csv(&self.record)),
            Format::Markdown => Ok(plain(&self.markdown())),
            Format::Human => Ok(plain(&self.human(width))),
            Format::IntervalLog => Err(no_log()),
        }
    }

    fn title(&self) -> String {
        let record = &self.record;
        let load = match self.pace {
            Pace::Users { users, pipeline } => {
                let users =
                    if users == 1 { "one user".to_owned() } else { format!("{users} users") };
                let each = if pipeline == 1 {
                    String::new()
                } else {
                    format!(", {pipeline} requests at once each")
                };
                users + &each
            }
            Pace::Rate { per_second, .. } => format!("{per_second} requests a second"),
        };
        let servers: Vec<String> = record
            .backends
            .iter()
            .map(|backend| format!("{} ({})", backend.name, backend.server))
            .collect();
        let how = match &record.bound {
            Some(bound) => format!("search for {bound}, runs of {}s", record.duration_s),
            None => format!("{load}, {} rounds of {}s", record.rounds, record.duration_s),
        };
        format!("{}: {how}", servers.join(" and "))
    }

    fn legend(&self) -> &'static str {
        match (&self.record.bound, self.pace) {
            (Some(_), _) => {
                "Open loop: latency from the intended start. A rate meets the bound if most of its runs do, with no error \
                 and no growing queue."
            }
            (None, Pace::Users { .. }) => {
                "Means over the rounds, ± half of their 95% interval. Closed loop: a slow answer also delays the next \
                 request, so compare latencies at a --rate."
            }
            (None, Pace::Rate { .. }) => {
                "Means over the rounds, ± half of their 95% interval. Open loop: latency from the intended start."
            }
        }
    }

    fn verdict(&self) -> Vec<String> {
        verdict(&self.record, matches!(self.pace, Pace::Rate { .. }))
    }

    fn human(&self, width: usize) -> String {
        let mut text = format!("{}\n\n", wrapped(&self.title(), width));
        for sentence in self.verdict() {
            text.push_str(&format!("{}\n", wrapped(&sentence, width)));
        }
        text.push_str(&format!("\n{}", aligned(&rows(&self.record))));
        text.push_str(&format!("{}\n", wrapped(self.legend(), width)));
        for note in &self.record.notes {
            text.push_str(&format!("{}\n", wrapped(&format!("note: {note}"), width)));
        }
        text.push_str(&format!("\nrepeat: {}\n", self.record.command));
        text
    }

    fn markdown(&self) -> String {
        let said: String =
            self.verdict().iter().map(|sentence| format!("- {sentence}\n")).collect();
        format!(
            "## {}\n\n{said}\n{}\n{}\n\n```sh\n{}\n```\n",
            self.title(),
            markdown(&rows(&self.record)),
            self.legend(),
            self.record.command
        )
    }
}
