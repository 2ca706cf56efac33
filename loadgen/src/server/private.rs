//! A server of our own, in a temporary directory, on a unix socket: no port, no disk, nobody else's.
//!
//! It must not outlive us, not even if we are killed with SIGKILL. So a small shell watches it and holds one end of a
//! pipe; when our end closes, for whatever reason, the shell ends the server and removes the directory. The shell has a
//! process group of its own: Ctrl-C in a terminal ends the run, and the run ends the server.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::program::Program;
use crate::clock::monotonic;
use crate::error::RunError;
use crate::service::Service;
use herdlab_sim::time::Nanos;
use rustix::process::{Pid, Signal, kill_process};

/// Every line from us asks for a new server; the end of the pipe ends it all. Told is each server's process id.
const WATCHDOG: &str = r#"
start() {
    COMMAND >>"$1/log" 2>&1 & pid=$!
    echo "$pid"
}
start "$1"
while read -r _; do
    kill -9 "$pid" 2>/dev/null; wait "$pid" 2>/dev/null
    start "$1"
done
kill -9 "$pid" 2>/dev/null; wait "$pid" 2>/dev/null
rm -rf "$1"
"#;

/// How long a server may take to come up.
const START: Nanos = Nanos::from_secs(10);
/// A unix socket's path has to be shorter than this.
const SOCKET_PATH: usize = 108;

/// A running server that nobody else uses. Dropped, it is gone.
pub struct PrivateServer {
    service: Service,
    program: Program,
    directory: PathBuf,
    watchdog: Mutex<Watchdog>,
}

struct Watchdog {
    child: Child,
    /// Closed, it ends everything.
    pipe: Option<ChildStdin>,
    told: BufReader<ChildStdout>,
    pid: u32,
}

impl fmt::Debug for PrivateServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateServer")
            .field("service", &self.service)
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

impl PrivateServer {
    /// Starts a server and waits until it answers.
    ///
    /// # Errors
    /// [`RunError::NoServer`] if its program is not installed or the service has none, [`RunError::Start`] if it does
    /// not come up, [`RunError::System`] if there is no directory or process for it.
    pub fn start(service: Service) -> Result<Self, RunError> {
        let missing = || RunError::NoServer {
            service: service.name(),
            package: service.program().map_or("", |program| program.package),
        };
        let program = service.program().filter(|program| installed(program.name));
        let program = program.ok_or_else(missing)?;
        let directory = directory()?;
        let script = WATCHDOG.replace("COMMAND", program.command);
        let mut child = Command::new("sh")
            .args([OsStr::new("-c"), OsStr::new(&script), OsStr::new("sh"), directory.as_os_str()])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .inspect_err(|_| _ = fs::remove_dir_all(&directory))?;
        let pipe = child.stdin.take();
        let told = BufReader::new(child.stdout.take().expect("it was asked to be piped"));
        let watchdog = Mutex::new(Watchdog { child, pipe, told, pid: 0 });
        let server = Self { service, program, directory, watchdog };
        server.hear_pid()?;
        server.await_answer()?;
        Ok(server)
    }

    /// Ends the server at once, as `kill -9` does, and starts a new, empty one in its place.
    ///
    /// # Errors
    /// [`RunError::Start`] if it does not come up.
    pub fn restart(&self) -> Result<(), RunError> {
        let asked = match &mut self.watchdog().pipe {
            Some(pipe) => pipe.write_all(b"restart\n"),
            None => Ok(()),
        };
        asked?;
        self.hear_pid()?;
        self.await_answer()
    }

    /// The server stands still, as after `kill -STOP`: it takes connections and commands and answers none.
    ///
    /// # Errors
    /// [`RunError::System`] if it is gone.
    pub fn stop(&self) -> Result<(), RunError> {
        self.signal(Signal::STOP)
    }

    /// A server that stands still goes on where it was.
    ///
    /// # Errors
    /// [`RunError::System`] if it is gone.
    pub fn go_on(&self) -> Result<(), RunError> {
        self.signal(Signal::CONT)
    }

    /// Ends the server as `kill -9` does, with all that it holds. [`PrivateServer::restart`] starts another.
    ///
    /// # Errors
    /// [`RunError::System`] if it is gone already.
    pub fn kill(&self) -> Result<(), RunError> {
        self.signal(Signal::KILL)
    }

    fn signal(&self, signal: Signal) -> Result<(), RunError> {
        let watchdog = self.watchdog(); // the number stays the server's until the watchdog starts another
        let pid = i32::try_from(watchdog.pid).ok().and_then(Pid::from_raw);
        let gone = || io::Error::other("the private server has no process");
        Ok(kill_process(pid.ok_or_else(gone)?, signal).map_err(io::Error::from)?)
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}+unix://{}", self.service.name(), self.socket().display())
    }

    /// What it is.
    #[must_use]
    pub const fn service(&self) -> Service {
        self.service
    }

    /// The server's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.watchdog().pid
    }

    /// Its directory, which goes with it.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn watchdog(&self) -> std::sync::MutexGuard<'_, Watchdog> {
        self.watchdog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn socket(&self) -> PathBuf {
        self.directory.join("s.sock")
    }

    fn hear_pid(&self) -> Result<(), RunError> {
        let mut watchdog = self.watchdog();
        let mut line = String::new();
        watchdog.told.read_line(&mut line)?;
        watchdog.pid = line.trim().parse().map_err(|_| self.not_started())?;
        Ok(())
    }

    fn await_answer(&self) -> Result<(), RunError> {
        let (begun, pid) = (monotonic(), self.pid());
        while monotonic() - begun < START {
            if self.answers().is_ok_and(|answered| answered) {
                return Ok(());
            }
            if ended(pid) {
                break;
            }
            thread::sleep(Duration::from_millis(2));
        }
        Err(self.not_started())
    }

    fn answers(&self) -> std::io::Result<bool> {
        let mut socket = UnixStream::connect(self.socket())?;
        socket.set_read_timeout(Some(Duration::from_secs(1)))?;
        socket.write_all(self.program.ping)?;
        let mut answer = vec![0; self.program.pong.len()];
        socket.read_exact(&mut answer)?;
        Ok(answer == self.program.pong)
    }

    fn not_started(&self) -> RunError {
        let log = File::open(self.directory.join("log"));
        let last =
            log.ok().and_then(|log| BufReader::new(log).lines().map_while(Result::ok).last());
        RunError::Start {
            program: self.program.name,
            directory: self.directory.clone(),
            reason: last.unwrap_or_else(|| "it wrote no log".to_owned()),
        }
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        let watchdog = self.watchdog.get_mut().unwrap_or_else(PoisonError::into_inner);
        watchdog.pipe = None;
        let _ = watchdog.child.wait(); // it ends by itself
    }
}

/// Whether a process is gone, or a zombie that its watchdog has not looked at yet.
fn ended(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
        || !Path::new(&format!("/proc/{pid}")).exists()
}

/// Whether there is such a program in the search path.
fn installed(program: &str) -> bool {
    let executable = |path: PathBuf| {
        fs::metadata(path)
            .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|place| executable(place.join(program))))
}

/// A new directory with a path short enough for a socket in it. The watchdog removes it.
fn directory() -> Result<PathBuf, RunError> {
    let make = |place: &Path| tempfile::Builder::new().prefix("herdlab-").tempdir_in(place);
    let mut made = make(&env::temp_dir())?;
    if made.path().join("s.sock").as_os_str().as_bytes().len() >= SOCKET_PATH {
        made = make(Path::new("/tmp"))?;
    }
    Ok(made.keep())
}
