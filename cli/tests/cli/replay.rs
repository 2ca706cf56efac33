//! `herdlab replay` and `herdlab trace`.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::Value;

use crate::support::{err, herdlab, out, root, words};

/// A skewed sequence of keys without any randomness: key k at every k-th step.
fn ids() -> Vec<u32> {
    (1..400_u32).flat_map(|step| (1..=20 + step % 60).filter(move |key| step % key == 0)).collect()
}

/// Traces that the examples of the help and of docs/traces.md name.
pub(crate) fn fill(folder: &Path) {
    let text: String = ids().iter().map(|id| format!("{id}\n")).collect();
    fs::write(folder.join("ids.txt"), text).expect("a trace");
    let mut monitor = "OK\n".to_owned();
    for (step, id) in ids().iter().enumerate() {
        let time = format!("17000000{:02}.{:06}", step / 100, step % 100 * 10_000);
        let (verb, rest) = match step % 7 {
            0 => ("SET", " \"value\" \"EX\" \"30\""),
            _ => ("GET", ""),
        };
        monitor += &format!("{time} [0 127.0.0.1:5] \"{verb}\" \"user:{id}\"{rest}\n");
    }
    let file = fs::File::create(folder.join("monitor.log.gz")).expect("a trace");
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::default());
    packed.write_all(monitor.as_bytes()).and_then(|()| packed.finish().map(drop)).expect("a trace");
}

fn replay(line: &str) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    fill(folder.path());
    let words = words(line);
    let args: Vec<&str> = words.iter().map(String::as_str).collect();
    let output = herdlab(&args).current_dir(folder.path()).output().expect("the binary starts");
    (output.status.code(), out(&output), err(&output))
}

fn record(line: &str) -> Value {
    let (code, out, err) = replay(&format!("{line} --format json"));
    assert_eq!(code, Some(0), "{line}: {err}");
    serde_json::from_str(&out).expect("a record")
}

fn misses(record: &Value, policy: &str, size: &str) -> u64 {
    let rows = record["rows"].as_array().expect("rows");
    let row = rows.iter().find(|row| row["policy"] == policy && row["size"] == size);
    row.and_then(|row| row["misses"].as_u64()).expect("such a row")
}

#[test]
fn every_record_of_a_replay_keeps_the_schema() {
    let schema =
        fs::read_to_string(root().join("docs/herdlab.replay.schema.json")).expect("there is one");
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    for line in [
        "replay ids.txt monitor.log.gz --policy lru,2q --size 10%,7,1KiB --curve",
        "replay ids.txt --policy lru,s3-fifo --size 50% --sample 0.5",
        "replay monitor.log.gz --ttl 1s --active-expiry --size 10",
    ] {
        let record = record(line);
        let errors: Vec<String> = validator.iter_errors(&record).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{line}: {errors:?}");
    }
}

#[test]
fn one_thread_and_several_count_the_same_and_the_curve_is_lru() {
    let line = "replay ids.txt --policy lru,sieve,arc,belady --size 5,10,20 --curve";
    let (one, four) =
        (record(&format!("{line} --threads 1")), record(&format!("{line} --threads 4")));
    assert_eq!(one["rows"], four["rows"]);
    let curve = &one["curves"][0];
    let sizes: Vec<u64> =
        curve["sizes"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
    for size in [5, 10, 20] {
        let at =
            sizes.iter().position(|other| *other == size).expect("the curve has every small size");
        assert_eq!(curve["misses"][at], misses(&one, "lru", &size.to_string()));
        assert!(
            misses(&one, "belady", &size.to_string()) <= misses(&one, "arc", &size.to_string())
        );
    }
    let naive = |size: usize| {
        let mut order: Vec<u32> = Vec::new();
        let miss = |id: &u32| {
            let found = order.iter().position(|other| other == id);
            found.map(|at| order.remove(at));
            order.push(*id);
            if order.len() > size {
                order.remove(0);
            }
            found.is_none()
        };
        ids()
            .iter()
            .filter({
                let mut miss = miss;
                move |id| miss(id)
            })
            .count() as u64
    };
    assert_eq!(misses(&one, "lru", "10"), naive(10));
}

#[test]
fn a_converted_trace_misses_as_often_as_the_one_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    fill(folder.path());
    let run = |line: &str| {
        let words = words(line);
        let args: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = herdlab(&args).current_dir(folder.path()).output().expect("the binary starts");
        assert_eq!(output.status.code(), Some(0), "{line}: {}", err(&output));
        out(&output)
    };
    run("trace convert ids.txt ids.csv");
    run("trace convert ids.txt ids.bin");
    let rows = |file: &str| {
        let text = run(&format!("replay {file} --policy lru,lfu --size 8 --format csv"));
        text.replace(file, "")
            .lines()
            .map(|line| line.split(',').take(7).collect::<Vec<_>>().join(","))
            .collect::<Vec<_>>()
    };
    assert_eq!(rows("ids.txt"), rows("ids.csv"));
    assert_eq!(rows("ids.txt"), rows("ids.bin"));
}

/// A store of sessions: each is read once, and its end is put off each time.
#[test]
fn what_only_puts_off_an_end_is_no_request_for_a_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = |n: u32| {
        format!("170000{n:04}.000000 [0 127.0.0.1:5] \"GETEX\" \"session:{n}\" \"EX\" \"60\"\n")
    };
    let text: String = (0..1_000).map(line).collect();
    fs::write(folder.path().join("monitor.log"), text).expect("a trace");
    let told = |args: &[&str]| {
        let output = herdlab(args).current_dir(folder.path()).output().expect("the binary starts");
        assert!(output.status.success(), "{args:?}: {}", err(&output));
        out(&output)
    };
    let info = told(&["trace", "info", "monitor.log"]);
    assert!(info.contains("1,000, 100% of them asked for once"), "{info}");
    assert!(info.contains("1,000 reads, 0 writes, 0 deletes, 1,000 new TTLs"), "{info}");
    for size in ["50", "10%"] {
        let line = ["replay", "monitor.log", "--policy", "lru", "--size", size, "--as-reads"];
        let record: Value =
            serde_json::from_str(&told(&[&line[..], &["--format", "json"]].concat()))
                .expect("a record");
        assert_eq!(
            (&record["rows"][0]["requests"], &record["rows"][0]["misses"]),
            (&1_000.into(), &1_000.into())
        );
    }
    told(&["trace", "convert", "monitor.log", "ids.txt"]);
    assert_eq!(
        fs::read_to_string(folder.path().join("ids.txt")).expect("ids").lines().count(),
        1_000
    );
}

#[test]
fn what_cannot_be_is_said_with_what_to_do() {
    for (line, code, says) in [
        ("replay ids.txt --policy lrv", 2, "did you mean lru?"),
        ("replay ids.txt --size big", 2, "write 1% (of the keys), 5000 (entries) or 64MiB"),
        ("replay - --size 1%", 2, "give sizes in entries, or a file"),
        ("replay nothing.txt", 2, "cannot read nothing.txt"),
        ("replay ids.txt --sample 2", 2, "above 0 and below 1"),
        ("replay ids.txt --trace-format oracle", 2, "there are ids, csv"),
        ("replay ids.txt --trace-format oracle-general --size 5", 1, "was not read to its end"),
        ("replay ids.txt --policy belady --ttl 1s", 2, "belady knows entries only"),
        ("trace convert ids.txt ids.xyz", 2, "say --to csv, ids or oracle-general"),
    ] {
        let (found, _, err) = replay(line);
        assert!(found == Some(code) && err.contains(says), "{line}: {found:?} {err}");
    }
}
