//! Whether bytes that come in pieces are UTF-8.

/// What was seen so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Utf8 {
    /// The beginning of a character whose end is to come.
    begun: Vec<u8>,
    broken: bool,
}

impl Utf8 {
    /// The next piece.
    pub(super) fn feed(&mut self, mut piece: &[u8]) {
        if self.broken {
            return;
        }
        while !self.begun.is_empty() && !piece.is_empty() {
            self.begun.push(piece[0]);
            piece = &piece[1..];
            match std::str::from_utf8(&self.begun) {
                Ok(_) => self.begun.clear(),
                Err(error) if error.error_len().is_some() => return self.broken = true,
                Err(_) => {}
            }
        }
        if let Err(error) = std::str::from_utf8(piece) {
            match error.error_len() {
                Some(_) => self.broken = true,
                None => self.begun.extend(&piece[error.valid_up_to()..]),
            }
        }
    }

    /// Whether all that came is whole characters.
    pub(super) fn is_whole(&self) -> bool {
        !self.broken && self.begun.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(pieces: &[&[u8]]) -> bool {
        let mut utf8 = Utf8::default();
        pieces.iter().for_each(|piece| utf8.feed(piece));
        utf8.is_whole()
    }

    proptest! {
        #[test]
        fn pieces_are_judged_as_the_whole_is(
            bytes in prop_oneof![
                any::<Vec<u8>>(),
                any::<String>().prop_map(String::into_bytes),
                "[aü€😀]{0,9}".prop_map(String::into_bytes),
            ],
            cuts in prop::collection::vec(0_usize..64, 0..6),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]).collect();
            prop_assert_eq!(whole(&pieces), std::str::from_utf8(&bytes).is_ok());
        }
    }
}
