//! How a server's program is started, and how one hears that it is up.

/// A server that we can start on a unix socket in a directory of its own.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Program {
    /// Its name in the search path.
    pub(crate) name: &'static str,
    /// The Debian package that has it.
    pub(crate) package: &'static str,
    /// The shell command that starts it in the foreground; `$1` is its directory, `$1/s.sock` its socket.
    pub(crate) command: &'static str,
    /// What to send to hear whether it is up.
    pub(crate) ping: &'static [u8],
    /// What it then says.
    pub(crate) pong: &'static [u8],
}
