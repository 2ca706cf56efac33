//! The name that was probably meant.

/// The nearest of `names` to `said`, if one is near enough to be a slip: at most a third of its letters differ.
pub fn nearest<'a>(said: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let said = said.to_lowercase();
    names
        .into_iter()
        .map(|name| (distance(&said, name), name))
        .filter(|(edits, name)| *edits <= name.chars().count().max(3) / 3)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

/// Edits between two words, with a swap of neighbours as one (optimal string alignment; Damerau 1964).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j - 1] + same).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_word_and_a_stranger_none() {
        let names = ["beta", "ttl", "capacity", "concurrency"];
        assert_eq!(nearest("betta", names), Some("beta"));
        assert_eq!(nearest("TLT", names), Some("ttl"));
        assert_eq!(nearest("capcity", names), Some("capacity"));
        assert_eq!(nearest("colour", names), None);
    }
}
