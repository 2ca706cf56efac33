use std::io::Write;

use proptest::prelude::*;

use super::*;

fn items(trace: &Trace) -> Vec<u32> {
    trace.items().iter().map(|item| item.0).collect()
}

fn open(bytes: &[u8]) -> Result<TraceReader<'_>, TraceError> {
    TraceReader::open(bytes, None, &Columns::default())
}

/// All requests, and why there are no more, if that is an error.
fn read(bytes: &[u8], format: Option<Format>, columns: &str) -> (Vec<Request>, Option<TraceError>) {
    let mut requests = Vec::new();
    let read = Columns::parse(columns).and_then(|columns| {
        let mut reader = TraceReader::open(bytes, format, &columns)?;
        while reader.read(&mut requests, 3)? {}
        Ok(())
    });
    (requests, read.err())
}

fn secs(s: u64) -> Nanos {
    Nanos::from_secs(s)
}

#[test]
fn ids_are_numbered_by_popularity_then_by_first_appearance() {
    let trace = Trace::read(&b"x\ny\nz\nz\n\n*\ny\nz\n"[..]).unwrap();
    assert_eq!(items(&trace), [2, 1, 0, 0, 1, 0]);
    assert_eq!(trace.counts(), [3, 2, 1]);
    assert!(trace.times().is_empty() && trace.writes().is_empty());
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// `printf '1\n2\n1\n' | xz`.
const XZ: [u8; 64] = [
    0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01,
    0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x05, 0x31, 0x0a, 0x32, 0x0a, 0x31,
    0x0a, 0x00, 0x00, 0x00, 0xf9, 0x23, 0x10, 0xc7, 0x7f, 0x4b, 0x85, 0xe7, 0x00, 0x01, 0x1e, 0x06,
    0xc1, 0x2f, 0xa4, 0x1d, 0x1f, 0xb6, 0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a,
];

#[test]
fn packed_traces_are_told_by_their_magic_and_read_the_same_also_in_several_pieces() {
    for packed in [gzip(b"1\n2\n1\n"), zstd(b"1\n2\n1\n"), XZ.to_vec()] {
        assert_eq!(items(&Trace::read(&packed[..]).unwrap()), [0, 1, 0]);
        let twice = [packed.clone(), packed.clone()].concat();
        assert_eq!(items(&Trace::read(&twice[..]).unwrap()), [0, 1, 0, 0, 1, 0]);
        let cut = Trace::read(&packed[..packed.len() - 6]);
        assert!(matches!(cut, Err(TraceError::Read { .. })), "a cut one is an error: {cut:?}");
    }
}

#[test]
fn nothing_a_long_line_and_binary_are_named_with_their_place_and_content() {
    assert!(matches!(Trace::read(&b""[..]), Err(TraceError::Empty)));
    assert!(matches!(Trace::read(&b"\n\n"[..]), Err(TraceError::Empty)));
    let long = [b"a\n".as_slice(), &vec![b'x'; 5_000]].concat();
    assert!(matches!(Trace::read(&long[..]), Err(TraceError::Record { number: 2, offset: 2, .. })));
    let error = read(b"a\nb\nc\x01d\n", Some(Format::Ids), "").1.unwrap().to_string();
    assert_eq!(
        error,
        "ids: record 3, at byte 4: not text (is this a binary trace? say --format): 63 01 64"
    );
    let unknown = Trace::read(&b"\xff\xfe\x00garbage"[..]).unwrap_err().to_string();
    assert!(
        unknown.starts_with("cannot tell the trace's format: it begins with ff fe 00"),
        "{unknown}"
    );
}

#[test]
fn monitor_has_reads_writes_with_their_ttl_and_deletes_of_every_key() {
    let text = br#"OK
1700000000.500000 [0 127.0.0.1:50000] "GET" "user:1"
1700000001.000000 [0 127.0.0.1:50000] "set" "user:1" "\xffab\"\\c\n" "EX" "60"
1700000001.250000 [0 lua] "SETEX" "b" "7" "xyz"
1700000001.500000 [3 127.0.0.1:50000] "MGET" "b" "c"
1700000002.000000 [0 127.0.0.1:50000] "DEL" "b" "c"
1700000002.000000 [0 127.0.0.1:50000] "PING"
"#;
    let (requests, error) = read(text, None, "");
    assert!(error.is_none(), "{error:?}");
    let said: Vec<_> = requests.iter().map(|r| (r.op, r.ttl, r.size)).collect();
    let (read, write, delete) = (Op::Read, Op::Write, Op::Delete);
    let expected = [
        (read, 0, 0),
        (write, 60, 13),
        (write, 7, 4),
        (read, 0, 0),
        (read, 0, 0),
        (delete, 0, 0),
        (delete, 0, 0),
    ];
    assert_eq!(said, expected);
    assert_eq!(requests[0].id, requests[1].id);
    assert_eq!(requests[2].id, requests[5].id);
    assert_ne!(requests[2].id, requests[3].id, "another database, another key");
    assert_eq!(requests[1].time - requests[0].time, Nanos::from_millis(500));
    let trace = Trace::read(&text[..]).unwrap();
    assert_eq!((trace.items().len(), trace.writes().len(), trace.times()[0]), (3, 4, Nanos::ZERO));
}

#[test]
fn monitor_tells_what_keeps_a_ttl_and_what_gives_another() {
    let said = |command: &str| -> Vec<(Op, u32)> {
        let line = format!("1700000000.250000 [0 127.0.0.1:50000] {command}\n");
        read(line.as_bytes(), Some(Format::Monitor), "").0.iter().map(|r| (r.op, r.ttl)).collect()
    };
    let [write, amend, expire, delete, get] =
        [Op::Write, Op::Amend, Op::Expire, Op::Delete, Op::Read];
    for (command, expected) in [
        (r#""SET" "k" "EX""#, vec![(write, 0)]),
        (r#""SET" "k" "EX" "px" "1500" "GET""#, vec![(write, 2)]),
        (r#""SET" "k" "v" "EXAT" "1700000060""#, vec![(write, 60)]),
        (r#""SET" "k" "v" "PXAT" "1700000000250""#, vec![(delete, 0)]),
        (r#""SET" "k" "v" "KEEPTTL""#, vec![(amend, 0)]),
        (r#""SET" "lock" "me" "NX" "PX" "30000""#, vec![(amend, 30)]),
        (r#""INCR" "k""#, vec![(amend, 0)]),
        (r#""EXPIRE" "k" "10" "NX""#, vec![(expire, 10)]),
        (r#""EXPIRE" "k" "-1""#, vec![(delete, 0)]),
        (r#""EXPIRE" "k" "soon""#, vec![]),
        (r#""SET" "k" "v" "EX" "0""#, vec![]),
        (r#""SETEX" "k" "0" "v""#, vec![]),
        (r#""GETEX" "k" "EXAT" "1700000000""#, vec![(delete, 0)]),
        (r#""MSETNX" "j" "v" "k" "v""#, vec![(amend, 0), (amend, 0)]),
        (r#""PEXPIREAT" "k" "1700000002000""#, vec![(expire, 2)]),
        (r#""PERSIST" "k""#, vec![(expire, 0)]),
        (r#""GETEX" "k""#, vec![(get, 0)]),
        (r#""GETEX" "k" "EX" "9""#, vec![(get, 0), (expire, 9)]),
        (r#""GETEX" "k" "PERSIST""#, vec![(get, 0), (expire, 0)]),
    ] {
        assert_eq!(said(command), expected, "{command}");
    }
}

#[test]
fn twitters_lines_have_ttls_and_operations_and_their_keys_may_have_commas() {
    let text = b"0,a,b,3,100,12,get,0\n1,k,5,20,12,set,3600\n1,k,5,0,12,delete,0\n";
    let (requests, error) = read(text, None, "");
    assert!(error.is_none(), "{error:?}");
    let said: Vec<_> = requests.iter().map(|r| (r.time, r.size, r.ttl, r.op)).collect();
    let expected =
        [(secs(0), 103, 0, Op::Read), (secs(1), 25, 3_600, Op::Write), (secs(1), 5, 0, Op::Delete)];
    assert_eq!(said, expected);
}

#[test]
fn a_recording_knows_what_the_last_write_until_then_said_of_an_items_ttl() {
    let text = b"0,k,1,1,12,get,0\n1,k,1,1,12,set,60\n2,j,1,1,12,get,0\n3,k,1,1,12,delete,0\n5,k,1,1,12,set,7\n5,k,1,1,12,set,9\n8,k,1,1,12,set,0\n9,k,1,1,12,get,0\n";
    let trace = Trace::read(&text[..]).unwrap();
    let [k, j] = [Item(0), Item(1)];
    let said =
        [0, 1, 4, 5, 7, 8, 100].map(|second| trace.ttl(k, secs(second), 1.0).map(Nanos::as_secs));
    assert_eq!(said, [None, Some(60), Some(60), Some(9), Some(9), None, None]);
    assert!(trace.says_ttls() && trace.ttl(j, secs(9), 1.0).is_none());
    // Three times as fast the write of the second 1 is done at 333,333,333 ns, to the nanosecond when it is due.
    let thirds = [333_333_332, 333_333_333].map(|ns| trace.ttl(k, Nanos::from_nanos(ns), 3.0));
    assert_eq!(thirds, [None, Some(secs(60))]);
}

#[test]
fn csv_takes_libcachesims_columns_or_the_names_of_its_header() {
    let text = b"version,time,op,size,lbn\n1,5633898,2a,512,42932745\n1,5633899.5,2a,4096,0007\n";
    let said = |columns: &str| {
        read(text, None, columns).0.iter().map(|r| (r.time, r.id, r.size)).collect::<Vec<_>>()
    };
    let named = said("");
    assert_eq!(named[0], (secs(5_633_898), 42_932_745, 512));
    assert_eq!(
        said(
            "time-col=2,obj-id-col=5,obj_size_field=4,delimiter=,,has-header=true,obj-id-is-num=1"
        ),
        named
    );
    let ticks = read(b"7;12\n8;12\n", None, "time-col=1,obj-id-col=2,delimiter=;").0;
    assert_eq!((ticks.len(), ticks[1].time, ticks[1].id), (2, secs(8), 12));
    for (columns, text) in
        [("obj-id-col=0", "counted from 1"), ("id", "no value"), ("colour=3", "not known")]
    {
        let error = read(b"1,2\n", None, columns).1.unwrap().to_string();
        assert!(error.contains(text), "{error}");
    }
    let error =
        read(b"id,op\n5,get\n6,jump\n", None, "obj-id-col=1,op-col=2").1.unwrap().to_string();
    assert!(error.starts_with("csv: record 3, at byte 12: not an operation"), "{error}");
}

#[test]
fn webcachesims_lines_are_time_id_size() {
    let requests = read(b"1 77 512 3 4\n2 x 600\n", None, "").0;
    let said: Vec<_> = requests.iter().map(|r| (r.time, r.size)).collect();
    assert_eq!((said, requests[0].id), (vec![(secs(1), 512), (secs(2), 600)], 77));
}

fn oracle(time: u32, id: u64, size: u32, next: i64) -> Vec<u8> {
    [&time.to_le_bytes()[..], &id.to_le_bytes(), &size.to_le_bytes(), &next.to_le_bytes()].concat()
}

#[test]
fn oracle_general_is_told_by_what_it_says_of_the_next_request_and_its_end_is_named() {
    let bytes = [oracle(5, 9, 100, 2), oracle(6, 9, 100, -1)].concat();
    let (requests, error) = read(&bytes, None, "");
    assert!(error.is_none(), "{error:?}");
    assert_eq!(requests[1], Request { time: secs(6), id: 9, size: 100, ttl: 0, op: Op::Read });
    let (requests, error) = read(&bytes[..40], None, "");
    assert_eq!(requests.len(), 1, "what stands before the end is there");
    assert_eq!(
        error.unwrap().to_string(),
        "oracle-general: the file ends within record 2, at byte 24: 16 bytes of 24"
    );
    let mut with_op = oracle(5, 9, 100, -1);
    with_op.splice(16..16, [3, 0, 0]);
    let read = read(&with_op, Some(Format::OracleGeneralOpNs), "").0;
    assert_eq!((read[0].op, read[0].id), (Op::Write, 9));
}

#[test]
fn vscsi_has_blocks_and_microseconds_and_cache2k_has_big_endian_keys() {
    let v1 = [
        &1_u32.to_le_bytes()[..],
        &4_096_u32.to_le_bytes(),
        &[0; 4],
        &[0x2a, 0, 0, 1],
        &77_u64.to_le_bytes(),
        &5_000_000_u64.to_le_bytes(),
    ]
    .concat();
    assert_eq!(
        read(&v1, None, "").0,
        [Request { time: secs(5), id: 77, size: 4_096, ttl: 0, op: Op::Read }]
    );
    let v2 = [
        &[0x2a, 0, 0, 2],
        &[0; 4],
        &512_u32.to_le_bytes()[..],
        &[0; 4],
        &78_u64.to_le_bytes(),
        &6_000_000_u64.to_le_bytes(),
        &[0; 8],
    ]
    .concat();
    assert_eq!(
        read(&v2, None, "").0,
        [Request { time: secs(6), id: 78, size: 512, ttl: 0, op: Op::Read }]
    );
    let keys = [0, 0, 1, 2, 0, 0, 0, 7];
    let ids: Vec<u64> = read(&keys, None, "").0.iter().map(|r| r.id).collect();
    assert_eq!(ids, [258, 7]);
}

#[test]
fn times_do_not_go_back() {
    let requests = read(b"5 1 1\n3 1 1\n9 1 1\n", None, "").0;
    assert_eq!(requests.iter().map(|r| r.time).collect::<Vec<_>>(), [secs(5), secs(5), secs(9)]);
}

/// Never ends.
struct Endless(&'static [u8], usize);

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        for byte in into.iter_mut() {
            *byte = self.0[self.1 % self.0.len()];
            self.1 += 1;
        }
        Ok(into.len())
    }
}

#[test]
fn an_endless_trace_is_read_a_batch_at_a_time_and_an_endless_line_ends_in_an_error() {
    let mut reader = TraceReader::open(Endless(b"a\nbb\n", 0), None, &Columns::default()).unwrap();
    let mut requests = Vec::new();
    assert!(reader.read(&mut requests, 10_000).unwrap());
    assert_eq!(requests.len(), 10_000);
    let mut reader = TraceReader::open(Endless(b"x", 0), None, &Columns::default()).unwrap();
    assert!(matches!(reader.read(&mut requests, 1), Err(TraceError::Record { number: 1, .. })));
}

/// Two requests of each format, for the readers' tests.
fn two_of(format: Format) -> Vec<u8> {
    match format {
        Format::Ids => b"a\nb\n".to_vec(),
        Format::Csv => b"7,12\n8,13\n".to_vec(),
        Format::Monitor => b"1.5 [0 a:1] \"GET\" \"x\"\n2.5 [0 a:1] \"SET\" \"x\" \"v\"\n".to_vec(),
        Format::Twitter => b"0,a,3,100,12,get,0\n1,k,5,20,12,set,3600\n".to_vec(),
        Format::WebCacheSim => b"1 77 512\n2 78 600\n".to_vec(),
        Format::OracleGeneral => [oracle(5, 9, 100, 2), oracle(6, 9, 100, -1)].concat(),
        Format::OracleGeneralOpNs => {
            let mut records = [oracle(5, 9, 100, 2), oracle(6, 9, 100, -1)];
            records.iter_mut().for_each(|record| drop(record.splice(16..16, [3, 0, 0])));
            records.concat()
        }
        Format::Cache2k => vec![0, 0, 1, 2, 0, 0, 0, 7],
        Format::Vscsi => [[7; 8], [7, 7, 7, 7, 0x2a, 0, 0, 1], [1; 8], [2; 8]].concat().repeat(2),
        Format::Vscsi2 => {
            [[0x2a, 0, 0, 2, 0, 0, 0, 0], [7; 8], [1; 8], [2; 8], [3; 8]].concat().repeat(2)
        }
    }
}

const COLUMNS: &str = "time-col=1,obj-id-col=2";

#[test]
fn every_reader_gives_what_stands_before_a_cut_and_ends_in_an_error_within_a_record() {
    for format in Format::ALL {
        let whole = two_of(*format);
        let columns = if *format == Format::Csv { COLUMNS } else { "" };
        let (all, error) = read(&whole, Some(*format), columns);
        assert!(all.len() == 2 && error.is_none(), "{}: {all:?} {error:?}", format.name());
        let half = whole.len() / 2;
        let records = !whole.ends_with(b"\n");
        for cut in 1..whole.len() {
            let (some, error) = read(&whole[..cut], Some(*format), columns);
            let what = format!("{} cut at {cut}: {some:?} {error:?}", format.name());
            assert!(all.starts_with(&some) || !records, "{what}");
            assert!(!records || error.is_some() == (cut != half), "{what}");
        }
        assert!(matches!(read(b"", Some(*format), columns).1, Some(TraceError::Empty)));
    }
}

#[test]
fn every_reader_names_garbage_and_ends_within_its_first_record() {
    let binary: Vec<u8> = (0..4_096_u32).map(|at| (at * 167 % 251) as u8 | 0x80).collect();
    for format in Format::ALL {
        let columns = if *format == Format::Csv { COLUMNS } else { "" };
        let (requests, error) = read(&binary, Some(*format), columns);
        match format {
            // Any number is a key of these, but the last is cut.
            Format::OracleGeneral => assert_eq!(requests.len(), 4_096 / 24),
            Format::Cache2k => assert_eq!((requests.len(), error.is_none()), (1_024, true)),
            _ => assert!(requests.is_empty() && error.is_some(), "{}: {requests:?}", format.name()),
        }
        error.into_iter().for_each(|error| assert!(error.to_string().len() < 300, "{error}"));
    }
}

#[test]
fn every_reader_takes_an_endless_trace_a_batch_at_a_time() {
    for format in Format::ALL {
        let columns = if *format == Format::Csv { COLUMNS } else { "" };
        let endless = Endless(two_of(*format).leak(), 0);
        let columns = Columns::parse(columns).unwrap();
        let mut reader = TraceReader::open(endless, Some(*format), &columns).unwrap();
        for _ in 0..3 {
            let mut requests = Vec::new();
            assert!(reader.read(&mut requests, 1_000).unwrap(), "{}", format.name());
            assert_eq!(requests.len(), 1_000, "{}", format.name());
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_give_a_trace_or_an_error_and_never_panic(bytes: Vec<u8>) {
        if let Ok(trace) = Trace::read(&bytes[..]) {
            prop_assert!(trace.items().iter().all(|item| item.0 < trace.distinct()));
            prop_assert_eq!(trace.counts().iter().sum::<u64>(), trace.items().len() as u64);
        }
        for format in Format::ALL {
            let (requests, error) = read(&bytes, Some(*format), "");
            prop_assert!(requests.is_sorted_by_key(|request| request.time));
            error.into_iter().for_each(|error| _ = error.to_string());
        }
    }

    /// Text that is nearly right meets more of the readers than bytes do.
    #[test]
    fn nearly_right_lines_never_panic(
        lines in prop::collection::vec("[0-9]{1,4}[., ;|]?(\\[0 a\\] )?(\"(GET|SET|MGET)\" \"[a-z\\\\x]{0,4}\"?|[a-z]{0,3},[0-9]{1,2},3,4,(get|set|x),[0-9]{0,2}| [0-9] [0-9])?", 0..6),
    ) {
        let text = lines.join("\n");
        for format in Format::ALL {
            for columns in ["", "time-col=1,obj-id-col=2,obj-size-col=3,ttl-col=4"] {
                let (requests, _) = read(text.as_bytes(), Some(*format), columns);
                prop_assert!(requests.is_sorted_by_key(|request| request.time));
            }
        }
        let _ = open(text.as_bytes()).map(|reader| reader.format());
    }

    #[test]
    fn decimal_numbers_are_their_own_ids_and_other_texts_differ(a: u64, text in "[a-z0]{1,30}", other in "[a-z0]{1,30}") {
        prop_assert_eq!(parse::id_of(a.to_string().as_bytes()), a);
        prop_assert_eq!(parse::id_of(text.as_bytes()) == parse::id_of(other.as_bytes()), text == other);
    }
}
