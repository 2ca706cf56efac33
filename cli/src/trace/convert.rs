//! `herdlab trace convert`.

use std::ffi::OsStr;
use std::io::{self, BufWriter, Write};

use herdlab_sim::eviction::Belady;
use herdlab_sim::replay::{Op, Request, Slots};
use herdlab_sim::time::Nanos;

use super::args::{ConvertArgs, To};
use crate::exit::{Exit, Stop};
use crate::record::{folder_of, temporary};
use crate::replay::input::Input;
use crate::signals::Signals;
use crate::summary::format::count;
use crate::tell;

/// Reads it and writes it.
pub(crate) fn convert(args: &ConvertArgs) -> Result<Exit, Stop> {
    let to = match (args.to, args.output.extension().and_then(OsStr::to_str)) {
        (Some(to), _) => to,
        (None, Some("csv")) => To::Csv,
        (None, Some("txt")) => To::Ids,
        (None, Some("bin")) => To::OracleGeneral,
        _ => {
            let what = format!("error: {}: which format?", args.output.display());
            return Err(Stop::usage(format!(
                "{what}\n  = help: say --to csv, ids or oracle-general"
            )));
        }
    };
    let signals = Signals::listen()
        .map_err(|error| Stop::runtime(format!("error: cannot listen to signals: {error}")))?;
    let mut input = Input::open(&args.trace, &args.reading, &signals)?;
    let unwritten = |error: io::Error| {
        Stop::runtime(format!("error: cannot write {}: {error}", args.output.display()))
    };
    let mut file = temporary(folder_of(&args.output)).map_err(unwritten)?;
    let mut out = BufWriter::new(&mut file);
    let written = match to {
        To::OracleGeneral => ahead(&mut input, &mut out),
        To::Csv | To::Ids => through(&mut input, &mut out, to),
    };
    let written = written.and_then(|written| out.flush().map(|()| written)).map_err(unwritten)?;
    drop(out);
    if let Some(broken) = &input.broken {
        let name = args.trace.display();
        return Err(Stop::runtime(format!("error: {name}: {broken}; nothing was written")));
    }
    file.persist(&args.output).map_err(|error| unwritten(error.error))?;
    tell(&format!("{} requests written to {}", count(written), args.output.display()));
    Ok(Exit::Done)
}

const fn word(op: Op) -> &'static str {
    match op {
        Op::Read => "get",
        Op::Write => "set",
        Op::Delete => "delete",
        Op::Amend => "append",
        Op::Expire => "touch",
    }
}

/// How many were written. A list of ids has none that asks for nothing.
fn through(input: &mut Input, out: &mut impl Write, to: To) -> io::Result<u64> {
    if to == To::Csv {
        writeln!(out, "time,id,size,operation,ttl")?;
    }
    let (mut batch, mut written) = (Vec::new(), 0);
    while input.read(&mut batch) {
        batch.retain(|request| to == To::Csv || request.op != Op::Expire);
        written += batch.len() as u64;
        for Request { time, id, size, ttl, op } in &batch {
            if to == To::Ids {
                writeln!(out, "{id}")?;
                continue;
            }
            let (seconds, nanos) = (time.as_secs(), time.as_nanos() % 1_000_000_000);
            writeln!(out, "{seconds}.{nanos:09},{id},{size},{},{ttl}", word(*op))?;
        }
    }
    Ok(written)
}

/// oracleGeneral says of each request when the same id comes next, so all of them have to be known. How many there are.
fn ahead(input: &mut Input, out: &mut impl Write) -> io::Result<u64> {
    let (mut slots, mut asked, mut rest, mut batch) =
        (Slots::default(), Vec::new(), Vec::new(), Vec::new());
    let mut begun = None;
    while input.read(&mut batch) {
        for request in batch.iter().filter(|request| request.op != Op::Expire) {
            let begun: Nanos = *begun.get_or_insert(request.time);
            asked.push(slots.of(request.id));
            rest.push(((request.time - begun).as_secs() as u32, request.id, request.size));
        }
    }
    let next = Belady::next_uses(&asked, slots.distinct());
    for ((time, id, size), next) in rest.iter().zip(&*next) {
        let next = if *next == u32::MAX { -1 } else { i64::from(*next) };
        out.write_all(&time.to_le_bytes())?;
        out.write_all(&id.to_le_bytes())?;
        out.write_all(&size.to_le_bytes())?;
        out.write_all(&next.to_le_bytes())?;
    }
    Ok(rest.len() as u64)
}
