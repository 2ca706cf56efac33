//! Commands, as words: arrays of bulk strings, which is what a server takes in Redis' protocol (RESP2).

use herdlab_sim::key::KeyText;
use redis::Cmd;

use super::reply;

/// Bytes that take the words of one command after another.
pub(super) trait Words {
    /// A command of so many words begins.
    fn begin(&mut self, count: usize);

    /// A word.
    fn word(&mut self, word: &[u8]);

    /// A key's text.
    fn key(&mut self, text: KeyText<'_>);

    /// A whole number, as decimal text.
    fn number(&mut self, number: u64);
}

impl Words for Vec<u8> {
    #[inline]
    fn begin(&mut self, count: usize) {
        length(self, b'*', count);
    }

    #[inline]
    fn word(&mut self, word: &[u8]) {
        length(self, b'$', word.len());
        self.extend_from_slice(word);
        self.extend_from_slice(b"\r\n");
    }

    #[inline]
    fn key(&mut self, text: KeyText<'_>) {
        let head = self.len();
        self.extend_from_slice(b"$00\r\n"); // the length is known when the text is there
        let start = self.len();
        text.append_to(self);
        let length = self.len() - start;
        if let 10..100 = length {
            self[head + 1..head + 3].copy_from_slice(&digits(length));
        } else {
            let mut written = itoa::Buffer::new();
            self.splice(head + 1..head + 3, written.format(length).bytes());
        }
        self.extend_from_slice(b"\r\n");
    }

    #[inline]
    fn number(&mut self, number: u64) {
        self.word(itoa::Buffer::new().format(number).as_bytes());
    }
}

/// The same command for the `redis` crate, which writes it itself.
pub(super) fn of_library(command: &[u8]) -> Cmd {
    let mut cmd = Cmd::new();
    let mut rest = command;
    while let Ok(Some((head, after))) = reply::line(rest) {
        rest = &rest[after..];
        if let Some(length) = head.strip_prefix(b"$").and_then(|text| reply::number(text).ok()) {
            let length = length as usize;
            cmd.arg(&rest[..length]);
            rest = &rest[length + "\r\n".len()..];
        }
    }
    cmd
}

#[inline]
fn length(out: &mut Vec<u8>, kind: u8, length: usize) {
    out.push(kind);
    match length {
        0..10 => out.push(b'0' + length as u8),
        10..100 => out.extend_from_slice(&digits(length)),
        _ => out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes()),
    }
    out.extend_from_slice(b"\r\n");
}

/// A number from 10 to 99.
#[inline]
const fn digits(number: usize) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;
    use herdlab_sim::key::Item;

    #[test]
    fn a_command_is_written_as_the_protocol_has_it_and_as_the_crate_writes_it() {
        let mut ours = Vec::new();
        ours.begin(9);
        ours.word(b"SET");
        ours.word(b"k\r\n");
        ours.word(b"");
        ours.number(1_024);
        ours.key(Item(7).lock().text("wf"));
        ours.word(&[b'x'; 10]);
        ours.word(&[b'x'; 123]);
        ours.key(Item(7).key().text(""));
        ours.key(Item(7).key().text(&"long".repeat(30)));
        let mut theirs = redis::cmd("SET");
        theirs.arg(b"k\r\n").arg(b"").arg(1_024).arg("wf:1:item:7:lock");
        theirs.arg(&[b'x'; 10]).arg(&[b'x'; 123]);
        theirs.arg(":1:item:7").arg("long".repeat(30) + ":1:item:7");
        assert!(ours.starts_with(b"*9\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$0\r\n\r\n$4\r\n1024\r\n$16\r\nwf:1:item:7:lock\r\n"));
        assert_eq!(ours, theirs.get_packed_command());
        assert_eq!(ours, of_library(&ours).get_packed_command());
    }
}
