//! What goes around a lane's strategy: for which items, what an update does to the cache, whose cache it is.

use herdlab_sim::plan::{Backend, Invalidation, Moment, Rules};
use herdlab_sim::strategy::AnyStrategy;
use serde_json::{Value as Json, json};

use super::layers::layers;
use super::traffic::MOST_ITEMS;
use crate::kind::Kind;
use crate::section::Section;
use crate::values::{count, read_choice};

/// The fields of this file, which every lane has.
pub(crate) const NAMES: [&str; 4] = ["hottest", "invalidation", "invalidate", "backend"];

/// `invalidation`, before its moment is known.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Way {
    None,
    Delete,
    Bump,
}

const WAYS: &[(&str, Way)] = &[("none", Way::None), ("delete", Way::Delete), ("bump", Way::Bump)];
const MOMENTS: &[(&str, Moment)] =
    &[("after-commit", Moment::AfterCommit), ("before-commit", Moment::BeforeCommit)];
const BACKENDS: &[(&str, Backend)] =
    &[("memory", Backend::Shared), ("memcached", Backend::Memcached), ("locmem", Backend::LocMem)];

/// The rules of a lane: shown only where something is said.
pub(crate) fn rules(section: &Section<'_>, strategy: &AnyStrategy) -> Rules {
    section.quiet();
    let hottest = section.field(
        "hottest",
        "only for so many of the most popular items; the rest ride a bare ttl",
        Kind::Count(1, MOST_ITEMS),
        None,
        |hottest: &Option<u32>| json!(hottest),
        |node| count(node, 1, MOST_ITEMS).map(Some),
    );
    let invalidation = invalidation(section, strategy);
    let word = |backend: &Option<Backend>| {
        BACKENDS
            .iter()
            .find(|(_, b)| Some(*b) == *backend)
            .map_or(Json::Null, |(word, _)| json!(word))
    };
    let backend = section.field(
        "backend",
        "whose semantics the lane's cache has, if not those of cache.backend",
        Kind::Choice(BACKENDS.iter().map(|(word, _)| *word).collect()),
        None,
        word,
        |node| read_choice(node, BACKENDS).map(Some),
    );
    Rules { hottest, invalidation, backend, layers: layers(section) }
}

fn invalidation(section: &Section<'_>, strategy: &AnyStrategy) -> Invalidation {
    let way = section.choice(
        "invalidation",
        "what an update at the origin does to the cache: nothing, delete the entry, or raise its version",
        Way::None,
        WAYS,
    );
    let moment = section.choice(
        "invalidate",
        "when it is done: after the commit, or before it inside the transaction",
        Moment::AfterCommit,
        MOMENTS,
    );
    if way == Way::Bump && !strategy.versioned() {
        let place = section.entry("invalidation").map(|entry| entry.node.place.clone());
        let what = format!("the keys of {} have no version to raise", strategy.name());
        let hint = "say invalidation = \"delete\", or use = \"versioned\"";
        section.reading.fault(place, what, "here", Some(hint.to_owned()));
    }
    match way {
        Way::None => {
            if section.sound("invalidation") {
                let what = "invalidate says when, and nothing says what";
                section.refuse(
                    "invalidate",
                    "invalidation",
                    what,
                    "say invalidation = \"delete\" too",
                );
            }
            Invalidation::None
        }
        Way::Delete => Invalidation::Delete(moment),
        Way::Bump => Invalidation::Bump(moment),
    }
}
