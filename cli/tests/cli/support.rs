//! Running the binary.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The binary, with nothing of this environment's that would change what it says.
pub(crate) fn herdlab(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_herdlab"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HERDLAB_")) {
        command.env_remove(name);
    }
    command.args(args).stdin(Stdio::null()).env("NO_COLOR", "1");
    command
}

pub(crate) fn run(args: &[&str]) -> Output {
    herdlab(args).output().expect("the binary starts")
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8")
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("stderr is UTF-8")
}

/// What a run that must succeed printed.
pub(crate) fn ok(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", err(&output));
    out(&output)
}

/// Its record.
pub(crate) fn json(args: &[&str]) -> serde_json::Value {
    serde_json::from_str(&ok(&[args, &["--format", "json", "--quiet"]].concat()))
        .expect("the record is JSON")
}

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace")
}

/// The words of a line, as a shell takes them apart; the quoted ones are whole.
pub(crate) fn words(line: &str) -> Vec<String> {
    let parts = line.split('\'').enumerate().flat_map(|(index, part)| match index % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    parts.collect()
}
