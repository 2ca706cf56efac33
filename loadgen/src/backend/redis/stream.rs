//! A way into a Redis: a stream over TCP, TLS or a unix socket, on which the server already knows who we are.
//!
//! `AUTH` and `SELECT` go out in one write where the address asks for them, and `PING` behind them in any case: only
//! its answer shows that the server is willing (a client certificate that is missing is told on the first read, a
//! server that wants a password or loads its data says so at the first command).

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use super::super::Duplex;
use super::address::Place;
use super::refusal::Refusal;

/// A reply to these commands is one line, shorter than this.
const LINE: usize = 4_096;

/// Opens a stream on which commands about the place's database can be sent. It has no limit of time.
///
/// # Errors
/// [`Refusal`], which says what can be done about it.
pub(super) async fn open(place: &Place) -> Result<Box<dyn Duplex>, Refusal> {
    let mut stream = connect(place).await?;
    let commands = greeting(place);
    let bytes: Vec<u8> = commands.iter().flat_map(|words| command(words)).collect();
    let spoken = async {
        stream.write_all(&bytes).await?;
        stream.flush().await?;
        let mut replies = Vec::with_capacity(commands.len());
        for _ in &commands {
            replies.push(line(&mut stream).await?);
        }
        Ok(replies)
    };
    let replies = spoken.await.map_err(|error| Refusal::of_io(error, place))?;
    let last = replies.len() - 1;
    for (nth, reply) in replies.iter().enumerate() {
        let Some(said) = reply.strip_prefix('-') else { continue };
        if nth < last || !said.starts_with("NOPERM") {
            return Err(Refusal::said(said)); // but who may not PING is let in all the same
        }
    }
    Ok(stream)
}

async fn connect(place: &Place) -> Result<Box<dyn Duplex>, Refusal> {
    let plain = place.endpoint.connect(place.nodelay).await.map_err(Refusal::Unreachable)?;
    let Some(secure) = &place.secure else { return Ok(plain) };
    let shaken = secure.connector.connect(secure.name.clone(), plain).await;
    let stream = shaken.map_err(|error| Refusal::of_io(error, place))?;
    Ok(Box::new(stream))
}

/// What is said first.
fn greeting(place: &Place) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    if let Some(password) = &place.password {
        let user = place.user.clone();
        commands
            .push(["AUTH".to_owned()].into_iter().chain(user).chain([password.clone()]).collect());
    }
    if place.database != 0 {
        commands.push(vec!["SELECT".to_owned(), place.database.to_string()]);
    }
    commands.push(vec!["PING".to_owned()]);
    commands
}

/// A command as an array of bulk strings.
fn command(words: &[String]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
    bytes
}

/// A line without its end. Byte by byte, so that nothing behind it is taken: three short lines a connection.
async fn line(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n") {
        if bytes.len() == LINE {
            return Err(io::ErrorKind::InvalidData.into());
        }
        bytes.push(stream.read_u8().await?);
    }
    bytes.truncate(bytes.len() - 2);
    if !matches!(bytes.first(), Some(b'+' | b'-')) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::super::Endpoint;
    use super::*;

    fn place(user: Option<&str>, password: Option<&str>, database: i64) -> Place {
        let [user, password] = [user, password].map(|word| word.map(str::to_owned));
        let endpoint = Endpoint::Tcp("127.0.0.1".to_owned(), 1);
        Place { endpoint, secure: None, nodelay: true, user, password, database }
    }

    #[test]
    fn only_what_the_address_asks_for_is_said_and_a_ping() {
        assert_eq!(greeting(&place(None, None, 0)), [["PING"]]);
        assert_eq!(
            greeting(&place(None, Some("p"), 3)),
            [vec!["AUTH", "p"], vec!["SELECT", "3"], vec!["PING"]]
        );
        assert_eq!(
            greeting(&place(Some("u"), Some("p"), 0)),
            [vec!["AUTH", "u", "p"], vec!["PING"]]
        );
        assert_eq!(
            command(&["AUTH".to_owned(), "é\r\n".to_owned()]),
            "*2\r\n$4\r\nAUTH\r\n$4\r\né\r\n\r\n".as_bytes()
        );
    }
}
