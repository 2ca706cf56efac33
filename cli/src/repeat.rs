//! The command that repeats a run.

use crate::args::RunArgs;

/// The command line, with the seed said and every field that was set. `on` is the place as it may be shown.
pub(crate) fn command(verb: &str, run: &RunArgs, seed: u64, on: &str) -> String {
    let args = &run.with;
    let mut words = vec!["herdlab".to_owned(), verb.to_owned(), quoted(&run.scenario)];
    if !args.strategies.is_empty() {
        words.extend(["-s".to_owned(), quoted(&args.strategies.join(","))]);
    }
    for set in &args.set {
        words.extend(["--set".to_owned(), quoted(set)]);
    }
    for (flag, value) in [("--duration", &args.duration), ("--rate", &args.rate)] {
        if let Some(value) = value {
            words.extend([flag.to_owned(), quoted(value)]);
        }
    }
    for assert in &run.asserts {
        words.extend(["--assert".to_owned(), quoted(assert)]);
    }
    words.extend(["--seed".to_owned(), seed.to_string()]);
    if on != "model" {
        words.extend(["--on".to_owned(), quoted(on)]);
    }
    if run.allow_remote {
        words.push("--allow-remote".to_owned());
    }
    words.join(" ")
}

/// A word as a POSIX shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn only_words_that_a_shell_would_take_apart_are_quoted() {
        assert_eq!(quoted("cache.ttl=5s"), "cache.ttl=5s");
        assert_eq!(
            quoted("traffic.keys={ zipf = 1.0, count = 5 }"),
            "'traffic.keys={ zipf = 1.0, count = 5 }'"
        );
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
