//! Between us and a server on a unix socket: passes on what both say, and writes it down.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tempfile::TempDir;

/// What was said in one direction, over all connections.
type Said = Arc<Mutex<Vec<u8>>>;

pub(crate) struct Tee {
    directory: TempDir,
    asked: Said,
    answered: Said,
}

impl Tee {
    /// In front of the server with that socket.
    pub(crate) fn before(server: PathBuf) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let tee = Self { directory, asked: Said::default(), answered: Said::default() };
        let listener = UnixListener::bind(tee.socket()).expect("a socket");
        let (asked, answered) = (Arc::clone(&tee.asked), Arc::clone(&tee.answered));
        // The threads end with their connections, the last one with the process.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = UnixStream::connect(&server) else { return };
                pass(&client, &server, &asked);
                pass(&server, &client, &answered);
            }
        });
        tee
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("s")
    }

    /// The lines that we said.
    pub(crate) fn asked(&self) -> Vec<String> {
        lines(&self.asked)
    }

    /// The lines that the server said.
    pub(crate) fn answered(&self) -> Vec<String> {
        lines(&self.answered)
    }
}

fn pass(from: &UnixStream, to: &UnixStream, said: &Said) {
    let (mut from, mut to) =
        (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
    let said = Arc::clone(said);
    thread::spawn(move || {
        let mut chunk = [0; 16 << 10];
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            said.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&chunk[..count]);
            if to.write_all(&chunk[..count]).is_err() {
                return;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Write); // the other may be gone first
    });
}

fn lines(said: &Said) -> Vec<String> {
    let said = said.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&said).split("\r\n").map(str::to_owned).collect()
}
