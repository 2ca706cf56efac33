//! What differs between requests beside the item: languages, users, and whatever else `--var` names.

use crate::error::RunError;

/// More combinations than this are not told apart: a request's variant is a number of 16 bits.
const MOST: usize = 1 << 16;

/// Variables and their values. A request's variant is one number that says the value of each.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Variables(Vec<Variable>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Variable {
    name: String,
    values: Vec<String>,
}

impl Variables {
    /// `lang=en,de` and `user=1..1000`, one text a variable.
    ///
    /// # Errors
    /// [`RunError::Template`] that says what is wrong.
    pub(super) fn parse(texts: &[String]) -> Result<Self, RunError> {
        let mut all = Self::default();
        for text in texts {
            all.add(text).map_err(|reason| RunError::Template {
                what: "the variable",
                text: text.clone(),
                reason,
            })?;
        }
        Ok(all)
    }

    fn add(&mut self, text: &str) -> Result<(), String> {
        let example = "write one such as lang=en,de or user=1..1000";
        let (name, values) =
            text.split_once('=').ok_or_else(|| format!("has no values; {example}"))?;
        let name = name.trim();
        if !is_name(name) || name == "id" {
            return Err(format!("has no name that can be used; {example}, and not id"));
        }
        if self.position(name).is_some() {
            return Err("is there twice".to_owned());
        }
        let values = values_of(values.trim());
        if values.iter().any(|value| value.is_empty() || value.chars().any(char::is_control)) {
            return Err(format!(
                "has a value that is empty or holds control characters; {example}"
            ));
        }
        self.0.push(Variable { name: name.to_owned(), values });
        if self.combinations().is_none_or(|count| count > MOST) {
            return Err(format!("makes more than {MOST} combinations"));
        }
        Ok(())
    }

    fn combinations(&self) -> Option<usize> {
        self.0.iter().try_fold(1_usize, |product, one| product.checked_mul(one.values.len()))
    }

    /// How many variants there are; at least one.
    pub(super) fn count(&self) -> u32 {
        self.combinations().map_or(1, |count| count as u32)
    }

    /// The place of the variable of that name.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|one| one.name == name)
    }

    /// The names there are.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|one| one.name.as_str())
    }

    /// The value of the variable at that place, in that variant.
    pub(super) fn value(&self, place: usize, variant: u16) -> &str {
        let before: usize = self.0[..place].iter().map(|one| one.values.len()).product();
        let values = &self.0[place].values;
        &values[usize::from(variant) / before % values.len()]
    }
}

/// Whether text can name a variable.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// `a,b,c`, or `1..1000`, both ends included.
fn values_of(text: &str) -> Vec<String> {
    let range = text.split_once("..").and_then(|(from, to)| {
        let (from, to): (u32, u32) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
        (from <= to && (to - from) < MOST as u32).then_some(from..=to)
    });
    match range {
        Some(range) => range.map(|n| n.to_string()).collect(),
        None => text.split(',').map(|value| value.trim().to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn parsed(texts: &[&str]) -> Result<Variables, String> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        Variables::parse(&texts).map_err(|error| error.to_string())
    }

    #[test]
    fn every_combination_is_one_variant() {
        let all = parsed(&["lang=en, de", "user=1..3"]).unwrap();
        assert_eq!(all.count(), 6);
        let seen: BTreeSet<(String, String)> = (0..6)
            .map(|variant| (all.value(0, variant).to_owned(), all.value(1, variant).to_owned()))
            .collect();
        assert_eq!(seen.len(), 6);
        assert!(seen.contains(&("de".to_owned(), "3".to_owned())));
        assert_eq!(Variables::default().count(), 1);
    }

    #[test]
    fn what_is_wrong_with_a_variable_is_said() {
        for (bad, said) in [
            (&["lang"][..], "has no values"),
            (&["=x"], "no name"),
            (&["id=1"], "not id"),
            (&["a=1", "a=2"], "twice"),
            (&["a=1,,2"], "empty"),
            (&["a=\u{1b}[2J"], "control"),
            (&["a=1..65536", "b=1,2"], "more than 65536"),
        ] {
            let reason = parsed(bad).unwrap_err();
            assert!(reason.contains(said), "{bad:?}: {reason}");
        }
    }
}
