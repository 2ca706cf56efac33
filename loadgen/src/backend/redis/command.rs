//! Commands, as words: written in Redis' protocol (RESP2) by us, or handed to the `redis` crate, which writes it itself.

use herdlab_sim::key::KeyText;
use redis::Cmd;

/// Takes the words of one command.
pub(super) trait Words {
    /// A command of so many words begins.
    fn begin(&mut self, count: usize);

    /// A word.
    fn word(&mut self, word: &[u8]);

    /// A key's text.
    fn key(&mut self, text: KeyText<'_>);

    /// A whole number, as decimal text.
    fn number(&mut self, number: u64) {
        self.word(itoa::Buffer::new().format(number).as_bytes());
    }
}

/// An array of bulk strings: what a server takes.
impl Words for Vec<u8> {
    fn begin(&mut self, count: usize) {
        length(self, b'*', count);
    }

    fn word(&mut self, word: &[u8]) {
        length(self, b'$', word.len());
        self.extend_from_slice(word);
        self.extend_from_slice(b"\r\n");
    }

    fn key(&mut self, text: KeyText<'_>) {
        length(self, b'$', text.length());
        text.append_to(self);
        self.extend_from_slice(b"\r\n");
    }
}

impl Words for Cmd {
    fn begin(&mut self, _: usize) {}

    fn word(&mut self, word: &[u8]) {
        self.arg(word);
    }

    fn key(&mut self, text: KeyText<'_>) {
        let mut bytes = Vec::with_capacity(text.length());
        text.append_to(&mut bytes);
        self.arg(bytes);
    }
}

fn length(out: &mut Vec<u8>, kind: u8, length: usize) {
    out.push(kind);
    match length {
        0..10 => out.push(b'0' + length as u8),
        10..100 => out.extend_from_slice(&[b'0' + (length / 10) as u8, b'0' + (length % 10) as u8]),
        _ => out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes()),
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use herdlab_sim::key::Item;

    #[test]
    fn a_command_is_written_as_the_protocol_has_it_and_as_the_crate_writes_it() {
        let say = |words: &mut dyn Words| {
            words.begin(7);
            words.word(b"SET");
            words.word(b"k\r\n");
            words.word(b"");
            words.number(1_024);
            words.key(Item(7).lock().text("wf"));
            words.word(&[b'x'; 10]);
            words.word(&[b'x'; 123]);
        };
        let (mut ours, mut theirs) = (Vec::new(), Cmd::new());
        say(&mut ours);
        say(&mut theirs);
        assert!(ours.starts_with(b"*7\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$0\r\n\r\n$4\r\n1024\r\n$16\r\nwf:1:item:7:lock\r\n"));
        assert_eq!(ours, theirs.get_packed_command());
    }
}
