//! What the flags' texts mean: rules of hits, laws of keys. Each gives a value or the end of a sentence about it.

use std::time::Duration;

use herdlab_loadgen::http::Rule;
use herdlab_scenarios::units;
use herdlab_sim::plan::Keys;

use crate::bench::words;

/// `header X-Foo = HIT` and the other rules.
pub(super) fn rule(text: &str) -> Result<Rule, String> {
    let example = "write one such as 'header X-Foo = HIT', 'status = 203', 'body contains cached' or 'latency < 5ms'";
    let wrong = |what: &str| format!("{what}; {example}");
    let (about, rest) = text.trim().split_once(' ').ok_or_else(|| wrong("is no rule"))?;
    let rest = rest.trim();
    match about {
        "header" => header(rest).ok_or_else(|| wrong("names no header")),
        "status" => {
            let status = rest.strip_prefix('=').and_then(|status| status.trim().parse().ok());
            let known = status.filter(|status| (100..=599).contains(status));
            known.map(Rule::Status).ok_or_else(|| wrong("has no status from 100 to 599"))
        }
        "body" => {
            let part =
                rest.strip_prefix("contains ").map(str::trim).filter(|part| !part.is_empty());
            part.map(|part| Rule::Body(part.to_owned()))
                .ok_or_else(|| wrong("says nothing of a body"))
        }
        "latency" => {
            let bound = rest.strip_prefix('<').ok_or_else(|| wrong("has no upper bound"))?;
            let span = units::span(bound).map_err(|reason| format!("has a bound that {reason}"))?;
            Ok(Rule::Within(Duration::from_nanos(span.as_nanos())))
        }
        _ => Err(wrong("is about nothing that an answer has")),
    }
}

fn header(text: &str) -> Option<Rule> {
    if let Some((name, value)) = text.split_once('=') {
        return Some(Rule::Says(name.trim().parse().ok()?, value.trim().to_owned()));
    }
    if let Some((name, part)) = text.split_once(" contains ") {
        return Some(Rule::Mentions(name.trim().parse().ok()?, part.trim().to_owned()));
    }
    Some(Rule::Has(text.parse().ok()?))
}

/// `zipf:1.0:10k`, `uniform:1000`, `hotspot:10:90%:10k`, `trace:FILE`: as the scenario language writes them.
pub(super) fn keys(text: &str) -> Result<String, String> {
    if let Some(file) = text.strip_prefix("trace:") {
        return Ok(format!("{{ trace = {} }}", serde_json::Value::from(file)));
    }
    if let Some(parts) = text.strip_prefix("hotspot:") {
        let [hot, share, count] = parts.split(':').collect::<Vec<_>>()[..] else {
            return Err("is no law of keys; write hotspot:10:90%:10k".to_owned());
        };
        let share = words::share(share)?;
        return Ok(format!(
            "{{ hotspot = {}, share = {share:?}, count = {} }}",
            words::items(hot)?,
            words::items(count)?
        ));
    }
    Ok(match words::keys(text)? {
        Keys::Zipf { exponent, count } => format!("{{ zipf = {exponent:?}, count = {count} }}"),
        keys => format!("{{ uniform = true, count = {} }}", keys.count()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_rule_is_understood_and_nonsense_is_not() {
        let name = || "x-foo".parse().unwrap();
        for (text, expected) in [
            ("header X-Foo", Rule::Has(name())),
            ("header X-Foo = HIT", Rule::Says(name(), "HIT".to_owned())),
            ("header X-Foo contains HIT", Rule::Mentions(name(), "HIT".to_owned())),
            ("status = 203", Rule::Status(203)),
            ("body contains from cache", Rule::Body("from cache".to_owned())),
            (" latency < 5ms ", Rule::Within(Duration::from_millis(5))),
        ] {
            assert_eq!(rule(text), Ok(expected), "{text}");
        }
        for bad in [
            "",
            "header",
            "header é",
            "status 203",
            "status = 99",
            "body",
            "body contains  ",
            "latency > 5ms",
            "latency < 5",
            "weather = fine",
        ] {
            assert!(rule(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_are_written_as_the_language_has_them() {
        for (text, expected) in [
            ("zipf:1:10k", "{ zipf = 1.0, count = 10000 }"),
            ("uniform:5", "{ uniform = true, count = 5 }"),
            ("hotspot:10:90%:1k", "{ hotspot = 10, share = 0.9, count = 1000 }"),
            ("trace:a \"b\".csv", r#"{ trace = "a \"b\".csv" }"#),
        ] {
            assert_eq!(keys(text).as_deref(), Ok(expected), "{text}");
        }
        for bad in ["", "zipf", "hotspot:1:2", "hotspot:1:0.5:9", "uniform:0"] {
            assert!(keys(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_rule_or_has_a_reason(
            text in prop_oneof![any::<String>(), "(header|status|body|latency) [a-zA-Z=<>0-9 ]{0,16}"],
        ) {
            if let Err(reason) = rule(&text) {
                prop_assert!(reason.len() > 10, "{}", reason);
            }
        }
    }
}
