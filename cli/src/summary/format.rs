//! Text as a terminal bears it.

pub(crate) use herdlab_sim::text::{count, list, mean, micros, percent};

/// The text without its control characters, but for line feeds.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

/// A sentence in lines of at most `width` columns, the later ones indented; a word that is longer stands alone.
pub(crate) fn wrapped(sentence: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("  {word}")),
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_taken_out() {
        assert_eq!(plain("a\x1b[2J\r\u{9b}1m\tb\n"), "a[2J1mb\n");
    }

    #[test]
    fn a_long_sentence_is_broken_between_words() {
        assert_eq!(wrapped("one two three", 8), "one two\n  three");
        assert_eq!(wrapped("incomprehensibilities a", 5), "incomprehensibilities\n  a");
    }
}
