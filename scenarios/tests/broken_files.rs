//! The broken scenarios of `tests/broken/`: each is refused with the line, the reason and the hint of its first line,
//! `# LINE | REASON | HINT`, where `-` is no line; and by the JSON Schema too, if the first line ends in `| schema`.

use std::fs;
use std::path::{Path, PathBuf};

use herdlab_scenarios::{Given, Scenario, library, schema};
use serde_json::Value as Json;

/// A broken scenario, and what is to be said of it.
struct Broken {
    file: PathBuf,
    bytes: Vec<u8>,
    line: Option<usize>,
    reason: String,
    hint: String,
    schema: bool,
}

fn all() -> Vec<Broken> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(read).collect()
}

fn read(file: PathBuf) -> Broken {
    let bytes = fs::read(&file).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let first = text.lines().next().unwrap().strip_prefix("# ").unwrap();
    let parts: Vec<&str> = first.split('|').map(str::trim).collect();
    let (line, reason, hint) = (parts[0].parse().ok(), parts[1].to_owned(), parts[2].to_owned());
    let schema = parts.get(3) == Some(&"schema");
    Broken { file, line, reason, hint, schema, bytes }
}

fn to_json(text: &str) -> Option<Json> {
    serde_json::to_value(toml::from_str::<toml::Table>(text).ok()?).ok()
}

#[test]
fn each_broken_file_is_refused_with_its_line_its_reason_and_what_to_do() {
    let all = all();
    assert!(all.len() >= 40, "{} files", all.len());
    let wrong: Vec<String> = all.iter().filter_map(otherwise).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What is said instead of what should be, or beside it.
fn otherwise(broken: &Broken) -> Option<String> {
    let (file, line) = (broken.file.display(), broken.line);
    let (reason, hint) = (&broken.reason, &broken.hint);
    let Err(faults) = Scenario::read("broken.toml", &broken.bytes, &Given::default()) else {
        return Some(format!("{file} is not refused"));
    };
    let as_told = match faults.faults() {
        [fault] => {
            faults.line(fault) == line
                && fault.what.contains(reason)
                && fault.hint.as_deref().unwrap_or_default().contains(hint)
        }
        _ => false,
    };
    let told = format!("{file} at {line:?} should say {reason:?}, hint {hint:?} and nothing else");
    (!as_told).then(|| format!("{told}:\n{faults}"))
}

#[test]
fn a_hundred_megabytes_are_refused_without_being_read() {
    let huge = vec![b'a'; 100 << 20];
    let told = Scenario::read("huge.toml", &huge, &Given::default()).unwrap_err().to_string();
    assert_eq!(told, "error: huge.toml is larger than 4 MiB, and no scenario is");
    assert!(Scenario::read("empty.toml", b"", &Given::default()).is_err());
}

#[test]
fn the_schema_refuses_what_is_wrong_by_itself() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut refused = 0;
    for broken in all().into_iter().filter(|broken| broken.schema) {
        let json = to_json(std::str::from_utf8(&broken.bytes).unwrap()).unwrap();
        assert!(!validator.is_valid(&json), "{} is valid", broken.file.display());
        refused += 1;
    }
    assert!(refused >= 30, "{refused} files");
}

#[test]
fn the_schema_accepts_every_scenario_as_it_is_written_and_as_it_is_resolved() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for shipped in library() {
        let errors = |json: &Json| -> Vec<String> {
            validator
                .iter_errors(json)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect()
        };
        assert_eq!(errors(&to_json(shipped.text).unwrap()), [""; 0], "{}", shipped.name);
        let read = Scenario::read(shipped.name, shipped.text.as_bytes(), &Given::default());
        assert_eq!(errors(&read.unwrap().resolved()), [""; 0], "{}, resolved", shipped.name);
    }
}

#[test]
fn the_schema_of_the_repository_is_the_languages() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/herdlab.scenario.schema.json");
    let kept: Json = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let told = "herdlab schema > docs/herdlab.scenario.schema.json";
    assert!(kept == schema(), "the language has changed: {told}");
}
