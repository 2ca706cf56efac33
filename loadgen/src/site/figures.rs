//! What the origin measured, as it is told over HTTP and put into a record.

use herdlab_sim::measure::{CacheCounts, Ledger, Recorder, Summary, Window};
use serde::{Deserialize, Serialize};

/// The schema's name.
const SCHEMA: &str = "herdlab.figures/1";

macro_rules! figures {
    ($($name:literal $field:ident: $type:ty,)*) => {
        /// An origin's figures, under the names that they have in a run's summary.
        #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
        pub struct SiteFigures {
            /// The schema's name.
            pub schema: String,
            /// Seconds that are measured.
            pub seconds: f64,
            /// Different things that were asked for.
            pub items: u64,
            /// Computes under way.
            pub computing: u32,
            /// Calls that wait for one.
            pub queued: u32,
            /// What was answered.
            pub answers: Answers,
            $(
                #[doc = concat!("`", $name, "` of a summary.")]
                #[serde(rename = $name)]
                pub $field: $type,
            )*
        }

        impl SiteFigures {
            /// Puts them into a summary whose own origin saw nothing.
            pub fn put_into(&self, summary: &mut Summary) {
                $(summary.$field = self.$field;)*
            }

            /// Those of an origin with that ledger, as of `window.end`.
            pub(super) fn new(
                window: Window,
                ledger: &mut Ledger,
                items: usize,
                (computing, queued): (u32, u32),
                answers: Answers,
            ) -> Self {
                let mut nobody = Recorder::new(window, None);
                let summary = Summary::new(window, &mut nobody, ledger, &CacheCounts::default());
                Self {
                    schema: SCHEMA.to_owned(),
                    seconds: window.seconds(),
                    items: items as u64,
                    computing,
                    queued,
                    answers,
                    $($field: summary.$field,)*
                }
            }
        }
    };
}

figures! {
    "origin.calls" origin_calls: u64,
    "origin.duplicates" origin_duplicates: u64,
    "origin.wasted" origin_wasted: u64,
    "origin.dropped" origin_dropped: u64,
    "origin.shed" origin_shed: u64,
    "origin.failed" origin_failed: u64,
    "origin.qps.avg" origin_qps_avg: f64,
    "origin.qps.peak" origin_qps_peak: u64,
    "stampede.qps.avg" stampede_qps_avg: f64,
    "stampede.qps.peak" stampede_qps_peak: u64,
    "origin.queue.max" origin_queue_max: u64,
    "origin.wait.avg_us" origin_wait_avg_us: f64,
    "origin.wait.p99_us" origin_wait_p99_us: u64,
    "herd.count" herd_count: u64,
    "herd.avg" herd_avg: f64,
    "herd.p99" herd_p99: u64,
    "herd.max" herd_max: u64,
    "herd.open" herd_open: u64,
}

/// Answers by their kind, since the origin began.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Answers {
    /// 200, with a value.
    pub values: u64,
    /// 304: the client had it already.
    pub not_modified: u64,
    /// 500: the compute failed.
    pub failed: u64,
    /// 503: the queue was full.
    pub shed: u64,
    /// 504: passed over in the queue, as the client's patience was over.
    pub expired: u64,
    /// 503: too many different things were asked for.
    pub refused: u64,
    /// None: the client left first.
    pub left: u64,
}
