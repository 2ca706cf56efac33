//! Every field that the language has, found by reading samples that ask for all of them.

use crate::fault::Text;
use crate::field::Field;
use crate::fields::deeds;
use crate::files::NoFiles;
use crate::read::read_tree;
use crate::section::Reading;
use crate::tree;
use herdlab_sim::strategy::AnyStrategy;

/// An open loop, and a cache whose limit is in entries; then a closed loop, and a cache in each process; then a site's
/// cache. Fields that depend on another field are asked for in one of them.
const SAMPLES: [&str; 3] = [
    "[traffic]\narrivals = \"bursty\"\n[cache]\nbackend = \"memory\"\n",
    "[traffic]\nusers = 1\n[cache]\nbackend = \"locmem\"\n",
    "[cache]\nbackend = \"http\"\n",
];

/// Every field once: its path, what it is, what it may be, its default if it has one. A strategy's fields stand under
/// its name, an event's under what it does.
pub(crate) fn declared() -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for sample in SAMPLES {
        for mut field in fields_of(sample) {
            // An event is known by its number, which is that of its deed.
            if let [section, of, _] = field.steps.as_mut_slice()
                && section == "event"
                && let Some(deed) = of.parse().ok().and_then(|nth| deeds().nth(nth))
            {
                deed.clone_into(of);
            }
            if fields.iter().all(|known| known.steps != field.steps) {
                fields.push(field);
            }
        }
    }
    fields
}

fn fields_of(sample: &str) -> Vec<Field> {
    let mut text = format!("schema = 1\n{sample}");
    for about in AnyStrategy::ALL {
        text.push_str(&format!("[[strategy]]\nuse = {:?}\n", about.name));
    }
    for deed in deeds() {
        text.push_str(&format!("[[event]]\nat = \"1s\"\ndo = {deed:?}\n"));
    }
    let tree = tree::parse(&text, 0, &mut Vec::new());
    let reading = Reading::new(vec![Text::new("sample", text)], Vec::new(), &NoFiles);
    read_tree(&reading, &tree);
    reading.fields.into_inner()
}
