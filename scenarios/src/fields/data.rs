//! `[data]`: what is cached: how large, how often written, and what an answer depends on beside its item.

use herdlab_sim::plan::{Updates, Variants};
use herdlab_sim::time::Nanos;
use serde_json::{Value as Json, json};

use super::traffic::{MOST_ITEMS, show_rate};
use crate::fault::Place;
use crate::kind::Kind;
use crate::section::{Reading, Section};
use crate::tree::Node;
use crate::units;
use crate::values::{
    Wrong, count, list, only, part, part_or, share, size, switch, table, text, with_unit,
};

/// More variants than requests tell apart.
const MOST_VARIANTS: u32 = 65_536;

/// The section, read.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Data {
    pub(crate) updates: Updates,
    pub(crate) value_size: u32,
    pub(crate) variants: Variants,
    /// The share of items that the origin does not have.
    pub(crate) absent: f64,
    /// Where `vary` stands, if it is said.
    vary: Option<Place>,
}

/// Something that an answer depends on.
#[derive(Clone, PartialEq, Debug)]
struct Vary {
    name: String,
    values: u32,
    forgotten: bool,
}

pub(crate) fn data(section: Section<'_>) -> Data {
    let rate = section.field(
        "writes",
        "updates a second at the origin, of items by their popularity; what they do to the cache is each strategy's invalidation",
        Kind::Rate,
        0.0,
        show_rate,
        read_writes,
    );
    let transaction = section.span(
        "transaction",
        "from an update inside its transaction to the commit",
        Nanos::ZERO,
    );
    let value_size = section.field(
        "value_size",
        "bytes of a value",
        Kind::Size,
        2_048,
        |size| json!(units::size_text(u64::from(*size))),
        read_value_size,
    );
    let absent = section.field(
        "absent",
        "the share of items that the origin does not have: asked for one, it says so (None, 404)",
        Kind::Share,
        0.0,
        |share| json!(share),
        share,
    );
    let part = Kind::table([
        ("name", Kind::Text),
        ("values", Kind::Count(1, MOST_VARIANTS)),
        ("forgotten?", Kind::Switch),
    ]);
    let about =
        "what an answer depends on beside its item; forgotten = true leaves it out of the key";
    let vary =
        section.field("vary", about, part.list(), Vec::new(), |vary| show_vary(vary), read_vary);
    let read = Data {
        updates: Updates { rate, transaction },
        value_size,
        variants: variants(&vary),
        absent,
        vary: section.entry("vary").map(|entry| entry.node.place.clone()),
    };
    section.finish();
    read
}

impl Data {
    /// Refuses more things to cache than an ordinary machine has memory for.
    pub(crate) fn fits(&self, reading: &Reading<'_>, items: u32) {
        if let Some((what, hint)) = self.too_many(items) {
            reading.fault(self.vary.clone(), what, "here", Some(hint));
        }
    }

    /// What is wrong with so many items of so many variants, and what to do.
    pub(crate) fn too_many(&self, items: u32) -> Option<(String, String)> {
        let kept = self.variants.kept;
        let all = u64::from(items) * u64::from(kept);
        (all > u64::from(MOST_ITEMS)).then(|| {
            let what = format!(
                "{items} items of {kept} variants are {all} things to cache, more than {MOST_ITEMS}"
            );
            (what, "ask for fewer items, or vary by less".to_owned())
        })
    }

    /// Where `vary` stands, if it is said.
    pub(crate) const fn place(&self) -> Option<&Place> {
        self.vary.as_ref()
    }
}

fn variants(vary: &[Vary]) -> Variants {
    let product = |kept_only: bool| {
        vary.iter().filter(|v| !(kept_only && v.forgotten)).map(|v| v.values).product()
    };
    Variants { kept: product(true), all: product(false) }
}

fn read_writes(node: &Node) -> Result<f64, Wrong> {
    let rate = with_unit(node, units::rate, "a rate, such as \"5/s\"")?;
    if rate <= 1e9 { Ok(rate) } else { Err(Wrong::new("must be at most 1e9 a second").at(node)) }
}

fn read_value_size(node: &Node) -> Result<u32, Wrong> {
    let bytes = size(node)?;
    u32::try_from(bytes)
        .ok()
        .filter(|bytes| *bytes <= 512 << 20)
        .ok_or_else(|| Wrong::new("is more than 512MiB, the largest value Redis takes").at(node))
}

fn show_vary(vary: &[Vary]) -> Json {
    let show = |v: &Vary| json!({ "name": v.name, "values": v.values, "forgotten": v.forgotten });
    vary.iter().map(show).collect()
}

fn read_vary(node: &Node) -> Result<Vec<Vary>, Wrong> {
    const EXPECTED: &str = "[{ name = \"lang\", values = 3 }]";
    let mut read: Vec<Vary> = Vec::new();
    let mut all = 1_u64;
    for each in list(node, EXPECTED)? {
        let vary = read_one(each)?;
        if read.iter().any(|other| other.name == vary.name) {
            return Err(Wrong::new(format!("has two of the name {:?}", vary.name)).at(each));
        }
        all *= u64::from(vary.values);
        if all > u64::from(MOST_VARIANTS) {
            let what = format!("makes {all} variants, more than {MOST_VARIANTS}");
            return Err(Wrong::new(what).hint("their values are multiplied: say fewer").at(each));
        }
        read.push(vary);
    }
    Ok(read)
}

fn read_one(node: &Node) -> Result<Vary, Wrong> {
    const EXPECTED: &str = "{ name = \"lang\", values = 3 }";
    let parts = table(node, EXPECTED)?;
    only(parts, &["name", "values", "forgotten"])?;
    let name = part(node, "name", EXPECTED, |node| match text(node)? {
        "" => Err(Wrong::new("is empty").hint("say what it is: \"lang\"").at(node)),
        name => Ok(name.to_owned()),
    })?;
    let values = part(node, "values", EXPECTED, |node| count(node, 1, MOST_VARIANTS))?;
    let forgotten = part_or(parts, "forgotten", false, switch)?;
    Ok(Vary { name, values, forgotten })
}
