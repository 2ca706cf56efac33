//! Who is let into a Redis, how, and what is said to who is not: TLS with a CA of our own, users, passwords, databases.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use herdlab_loadgen::http::{self, Ask, Asking, Behind, Job, Place};
use herdlab_loadgen::{RunError, Settings, Target, Tls};
use herdlab_sim::time::Nanos;
use tempfile::TempDir;

use crate::common::*;
use crate::http::{MANNERS, plan};

/// What the refusal of a missing right names, and no more.
const RIGHTS: &str =
    "~herdlab:* +@read +@write +@connection -@dangerous +info +evalsha +script|load";

/// A CA, and what it has signed.
struct Authority {
    directory: TempDir,
}

impl Authority {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let authority = Self { directory };
        authority.openssl("req -x509 -days 2 -subj /CN=authority -keyout ca.key -out ca.pem", true);
        authority
    }

    /// A certificate with these names.
    fn sign(&self, file: &str, names: &str) {
        let request = "req -new -subj /CN=herdlab-test -addext";
        let names = format!("subjectAltName={names}");
        self.openssl(&format!("{request} {names} -keyout {file}.key -out {file}.csr"), true);
        let sign =
            "x509 -req -days 2 -CA ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy";
        self.openssl(&format!("{sign} -in {file}.csr -out {file}.pem"), false);
    }

    fn openssl(&self, arguments: &str, new_key: bool) {
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        let key = if new_key { key } else { "" };
        let done = Command::new("openssl")
            .args(arguments.split(' ').chain(key.split_whitespace()))
            .current_dir(&self.directory)
            .output()
            .expect("openssl is installed");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What a client needs that knows this CA.
    fn known(&self) -> Tls {
        Tls { ca: Some(self.file("ca.pem")), ..Tls::default() }
    }

    /// And that has a certificate of this CA's.
    fn known_as(&self, file: &str) -> Tls {
        let pem = |end| Some(self.file(&format!("{file}.{end}")));
        Tls { certificate: pem("pem"), key: pem("key"), ..self.known() }
    }
}

/// A Redis on loopback, with TLS and without, and on a unix socket. Gone with us, however we end.
struct Guarded {
    shell: Child,
    directory: TempDir,
    plain: u16,
    secure: u16,
}

impl Guarded {
    /// `lines` of its configuration beside what it needs.
    fn start(authority: &Authority, lines: &str) -> Self {
        let ports = || std::net::TcpListener::bind("127.0.0.1:0");
        for _ in 0..20 {
            // Both at once, so that they differ; somebody may take one before the server does.
            let (plain, secure) = (ports().expect("a port"), ports().expect("a port"));
            let port = |l: std::net::TcpListener| l.local_addr().expect("an address").port();
            if let Some(server) = Self::on(authority, lines, port(plain), port(secure)) {
                return server;
            }
        }
        panic!("no redis-server with TLS comes up");
    }

    fn on(authority: &Authority, lines: &str, plain: u16, secure: u16) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a directory");
        let place = directory.path().display();
        let [ca, pem, key] = ["ca.pem", "server.pem", "server.key"].map(|f| authority.file(f));
        let config = format!(
            "bind 127.0.0.1\nport {plain}\ntls-port {secure}\nunixsocket {place}/s\ndir {place}\n\
             save \"\"\nappendonly no\ntls-ca-cert-file {}\ntls-cert-file {}\ntls-key-file {}\n{lines}\n",
            ca.display(),
            pem.display(),
            key.display(),
        );
        fs::write(directory.path().join("conf"), config).expect("a file");
        let script = r#"redis-server "$1/conf" >"$1/log" 2>&1 & pid=$!; read -r _; kill -9 $pid"#;
        let shell = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(directory.path())
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        let server = Self { shell, directory, plain, secure };
        for _ in 0..5_000 {
            let log = fs::read_to_string(server.directory.path().join("log")).unwrap_or_default();
            if log.contains("Ready to accept connections") && server.socket().exists() {
                return Some(server);
            }
            if log.contains("Address already in use") {
                return None;
            }
            assert!(!log.contains("FATAL"), "{log}");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        None
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("s")
    }

    /// Its URL with TLS, for a user and a database.
    fn secure(&self, user: &str, database: &str) -> String {
        format!("rediss://{user}127.0.0.1:{}/{database}", self.secure)
    }

    /// A blocking connection as the default user.
    fn connect(&self) -> redis::Connection {
        let url = format!("redis+unix://{}?pass=0wner", self.socket().display());
        let client = redis::Client::open(url).expect("an address");
        client.get_connection().expect("it is up")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// A tenth of a second of a hot key.
fn go(url: &str, tls: Tls) -> Result<u64, RunError> {
    let settings = Settings { tls, ..settings() };
    let target = Target::Url(url.to_owned());
    let mut plan = hot_key(300.0, ms(100));
    plan.client.connections = 2;
    let run = run(&plan, &lane("lock", Nanos::from_secs(60)), &target, &settings, &mut ())?;
    assert_eq!(run.lane.requests.requests(), scheduled(&plan), "seed {SEED}");
    assert_eq!((run.lane.cache.errors, run.figures.warnings.len()), (0, 0));
    Ok(run.lane.cache.gets)
}

/// What a run that is refused says; never a password, in whatever form it is shown.
fn refused(url: &str, tls: Tls) -> String {
    let error = go(url, tls).expect_err("it is refused");
    let shown = format!("{error} {error:?} {:?}", Target::Url(url.to_owned()));
    assert!(!shown.contains("s3cret"), "{shown}");
    error.to_string()
}

fn says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "it should say {word:?}: {said}");
    }
}

fn guarded(authority: &Authority, more: &str) -> Guarded {
    authority.sign("server", "IP:127.0.0.1,DNS:redis.test");
    let users = format!(
        "requirepass 0wner\nuser joe on >s3cret {RIGHTS}\nuser reader on >s3cret ~* +@read +@connection +info"
    );
    Guarded::start(authority, &format!("{users}\n{more}"))
}

#[test]
fn a_user_with_the_rights_that_are_named_runs_over_tls_in_the_database_of_the_address() {
    let authority = Authority::new();
    let server = guarded(&authority, "tls-auth-clients no");
    let mut admin = server.connect();
    for database in [0, 3] {
        redis::cmd("SELECT").arg(database).exec(&mut admin).expect("SELECT");
        redis::cmd("SET").arg("theirs").arg(database).exec(&mut admin).expect("SET");
    }
    let gets = go(&server.secure("joe:s3cret@", "3"), authority.known()).expect("a run");
    assert!(gets > 10, "{gets}");
    for database in [0, 3] {
        redis::cmd("SELECT").arg(database).exec(&mut admin).expect("SELECT");
        let left: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut admin).expect("KEYS");
        assert_eq!(left, ["theirs"], "database {database}");
    }
    let info: String = redis::cmd("INFO").arg("commandstats").query(&mut admin).expect("INFO");
    assert!(info.contains("cmdstat_evalsha:"), "it went there: {info}");
}

#[test]
fn a_unix_socket_takes_a_password_and_a_database_too() {
    let authority = Authority::new();
    let server = guarded(&authority, "tls-auth-clients no");
    let url = format!("redis+unix://{}?user=joe&pass=s3cret&db=2", server.socket().display());
    go(&url, Tls::default()).expect("a run");
    says(&refused(&url.replace("s3cret", "s3cretly"), Tls::default()), &["WRONGPASS"]);
}

#[test]
fn a_certificate_is_checked_against_the_ca_and_the_name_that_were_said() {
    let authority = Authority::new();
    authority.sign("server", "DNS:redis.test");
    let server = Guarded::start(&authority, "requirepass s3cret\ntls-auth-clients no");
    let url = server.secure(":s3cret@", "0");
    says(&refused(&url, authority.known()), &["--tls-name"]);
    let named = Tls { name: Some("redis.test".to_owned()), ..authority.known() };
    go(&url, named.clone()).expect("a run");
    let strange = Tls { ca: Authority::new().known().ca, ..named.clone() };
    let strange = refused(&url, strange); // that CA's file is gone by now
    says(&strange, &["ca.pem", "No such file"]);
    let other = Authority::new();
    says(&refused(&url, Tls { ca: Some(other.file("ca.pem")), ..named.clone() }), &["--tls-ca"]);
    says(&refused(&url, Tls { ca: None, ..named }), &["--tls-ca"]);
}

#[test]
fn a_server_that_wants_a_certificate_gets_ours_or_says_so() {
    let authority = Authority::new();
    let server = guarded(&authority, "tls-auth-clients yes");
    authority.sign("client", "DNS:client.test");
    let url = server.secure("joe:s3cret@", "0");
    says(&refused(&url, authority.known()), &["--tls-cert"]);
    go(&url, authority.known_as("client")).expect("a run");
    let other = Authority::new();
    other.sign("client", "DNS:client.test");
    let foreign = Tls { ca: Some(authority.file("ca.pem")), ..other.known_as("client") };
    says(&refused(&url, foreign), &["--tls-cert"]);
    let half = Tls { key: None, ..authority.known_as("client") };
    says(&refused(&url, half), &["needs its key"]);
    let swapped = Tls { key: Some(authority.file("ca.pem")), ..authority.known_as("client") };
    says(&refused(&url, swapped), &["ca.pem"]);
}

#[test]
fn who_is_not_let_in_hears_why_and_what_to_do() {
    let authority = Authority::new();
    let server = guarded(&authority, "tls-auth-clients no");
    let port = server.plain;
    for (url, words) in [
        (server.secure("joe:s3cretly@", "0"), &["WRONGPASS", "check the user"][..]),
        (format!("redis://nobody:s3cret@127.0.0.1:{port}"), &["WRONGPASS", "check the user"]),
        (format!("redis://127.0.0.1:{port}"), &["NOAUTH", "user:password@"]),
        (format!("redis://joe:s3cret@127.0.0.1:{port}/99"), &["DB index", "fewer databases"]),
        (format!("redis://reader:s3cret@127.0.0.1:{port}"), &["permission", "set", RIGHTS]),
        (format!("rediss://joe:s3cret@127.0.0.1:{port}"), &["TLS"]),
        (format!("redis://joe:s3cret@127.0.0.1:{}", server.secure), &["rediss://"]),
    ] {
        says(&refused(&url, authority.known()), words);
    }
    let open = private();
    let Target::Private(open) = &open else { unreachable!() };
    let url = format!("{}?pass=s3cret", open.url());
    says(&refused(&url, Tls::default()), &["leave it out"]);
}

#[test]
fn a_file_that_is_no_certificate_is_named_with_what_it_should_be() {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(b"nonsense").expect("it takes bytes");
    let path: &Path = file.path();
    let tls = Tls { ca: Some(path.to_owned()), ..Tls::default() };
    says(&refused("rediss://127.0.0.1:1", tls), &[&path.display().to_string(), "PEM"]);
}

/// A site over TLS, with a certificate for that name.
struct SecureSite {
    process: Child,
    port: u16,
}

impl SecureSite {
    fn start(authority: &Authority, name: &str) -> Self {
        authority.sign("site", name);
        let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = free.expect("a port").port();
        let mut process = Command::new("openssl")
            .args(["s_server", "-www", "-cert", "site.pem", "-key", "site.key", "-accept"])
            .arg(format!("127.0.0.1:{port}"))
            .current_dir(&authority.directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is installed");
        let said = BufReader::new(process.stdout.take().expect("it is piped"));
        said.lines()
            .map_while(Result::ok)
            .find(|line| line.contains("ACCEPT"))
            .expect("it listens");
        Self { process, port }
    }

    /// How a load of it ends: its statuses and its failures.
    fn load(&self, tls: Tls) -> (Vec<u16>, Vec<&'static str>) {
        let url = format!("https://127.0.0.1:{}/", self.port);
        let asking = Asking { url, ..Asking::default() };
        let place = Place::of(&asking.url, false).expect("an address");
        let ask = Ask::new(&asking, &place).expect("a request");
        let job = Job { place, ask, manners: MANNERS, behind: Behind::Unknown };
        let _beside = beside();
        let done = http::run(&plan(10.0, 1), &job, &Settings { tls, ..settings() }, &mut ());
        let figures = done.expect("a run").figures;
        (figures.statuses.into_keys().collect(), figures.failures.into_keys().collect())
    }
}

impl Drop for SecureSite {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_site_is_loaded_over_tls_only_if_its_certificate_has_the_name_that_was_said() {
    let authority = Authority::new();
    let site = SecureSite::start(&authority, "DNS:shop.example");
    let named = Tls { name: Some("shop.example".to_owned()), ..authority.known() };
    assert_eq!(site.load(named), (vec![200], vec![]));
    assert_eq!(site.load(authority.known()), (vec![], vec!["connect"]), "it is not 127.0.0.1");
}
