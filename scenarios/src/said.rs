//! An event said in a line, as on the screen's command line: `flush`, `set strategy.beta 1.5`, `at +5s slow origin 10x`.
//!
//! The words become an `[[event]]`, which the language reads as it reads any other: what may be said and what is wrong
//! with it are decided in one place.

use herdlab_sim::plan::Event;
use herdlab_sim::time::Nanos;

use crate::fields::deeds;
use crate::files::Files;
use crate::given::Given;
use crate::nearest::nearest;
use crate::scenario::Scenario;
use crate::units;

impl Scenario {
    /// What a line means in this scenario, said at an instant: an event, or two if it is for a while.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub fn said(&self, line: &str, at: Nanos, files: &dyn Files) -> Result<Vec<Event>, String> {
        let (at, words) = when(line, at)?;
        let table = table(&words, at)?;
        let text = format!("{}\n{table}", self.written(&[]));
        let given = Given { files, ..Given::default() };
        let read = Self::read("line", text.as_bytes(), &given).map_err(|faults| {
            let first = faults.faults().first();
            first.map_or_else(String::new, |fault| match &fault.hint {
                Some(hint) => format!("{}: {hint}", field(&fault.what)),
                None => field(&fault.what).to_owned(),
            })
        })?;
        let mut before: Vec<Event> = self.events.iter().map(|field| field.event).collect();
        let mut new = Vec::new();
        for event in read.events.iter().map(|field| field.event) {
            match before.iter().position(|known| *known == event) {
                Some(known) => _ = before.remove(known),
                None => new.push(event),
            }
        }
        Ok(new)
    }
}

/// A message without the path of a field that nobody wrote.
fn field(what: &str) -> &str {
    what.strip_prefix("event.").and_then(|rest| rest.split_once('.')).map_or(what, |(_, rest)| rest)
}

/// When it happens: `at +5s` from now, `at 65s` of the run; otherwise now. And what is left of the words.
fn when(line: &str, now: Nanos) -> Result<(Nanos, Vec<&str>), String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let Some(("at", rest)) = words.split_first().map(|(first, rest)| (*first, rest)) else {
        return Ok((now, words));
    };
    let (when, rest) = rest.split_first().ok_or("say when and what: at +5s flush")?;
    let (ahead, span) = match when.strip_prefix('+') {
        Some(span) => (now, span),
        None => (Nanos::ZERO, *when),
    };
    let at = ahead + units::span(span).map_err(|what| format!("at {when}: it {what}"))?;
    if at < now {
        return Err(format!("{when} is over: it is {now}"));
    }
    Ok((at, rest.to_vec()))
}

/// The words as an `[[event]]`.
fn table(words: &[&str], at: Nanos) -> Result<String, String> {
    let (verb, rest) = words.split_first().ok_or("say what")?;
    let (rest, span) = match rest {
        [before @ .., "for", span] => (before, Some(*span)),
        _ => (rest, None),
    };
    let mut fields = vec![("at", quoted(&at.to_string()))];
    let mut say = |name, value| fields.push((name, value));
    match (*verb, rest) {
        ("flush" | "bump" | "load", []) => say("do", quoted(verb)),
        ("expire" | "crash", item) if item.len() < 2 => {
            say("do", quoted(verb));
            say("item", value(item.first().unwrap_or(&"0")));
        }
        ("slow", ["origin", factor]) => {
            say("do", quoted(verb));
            say("factor", value(factor.trim_end_matches('x')));
        }
        ("slow", ["cache", span]) => {
            say("do", quoted(verb));
            say("target", quoted("cache"));
            say("latency", quoted(span));
        }
        ("fail", ["origin", share]) | ("lose", ["cache", share]) => {
            say("do", quoted(verb));
            say("target", quoted(rest[0]));
            say("share", value(share));
        }
        ("lag", [target, span]) => {
            say("do", quoted(verb));
            say("target", quoted(target));
            say("span", quoted(span));
        }
        ("skew", [span]) => {
            say("do", quoted(verb));
            say("span", quoted(span));
        }
        ("deploy", ["every", every, rename @ ..]) if matches!(rename, [] | ["rename"]) => {
            say("do", quoted(verb));
            say("every", quoted(every));
            say("rename", (!rename.is_empty()).to_string());
        }
        ("reconnect", ["over", over]) => {
            say("do", quoted(verb));
            say("over", quoted(over));
        }
        ("squeeze", [left]) => {
            say("do", quoted(verb));
            say("left", value(left));
        }
        ("kill", ["origin"]) => say("do", quoted("stop")), // the nearest that an origin has
        ("stop" | "kill" | "restore" | "reset", [target]) => {
            say("do", quoted(verb));
            say("target", quoted(target));
        }
        ("rate", [rate]) | ("set", ["traffic.rate", rate]) => {
            say("do", quoted("rate"));
            say("rate", quoted(rate));
        }
        ("set", [path, to]) => {
            say("do", quoted(verb));
            say("field", quoted(path));
            say("value", value(to));
        }
        _ => return Err(unknown(verb)),
    }
    if let Some(span) = span {
        say("for", quoted(span));
    }
    let lines: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    Ok(format!("[[event]]\n{}", lines.concat()))
}

fn unknown(verb: &str) -> String {
    let forms = match verb {
        "flush" | "bump" | "load" => "it stands alone",
        "expire" => "expire 0",
        "crash" => "crash 0",
        "lose" => "lose cache 10% for 5s",
        "reset" => "reset cache",
        "lag" => "lag cache 500ms, lag origin 2s",
        "skew" => "skew 200ms",
        "deploy" => "deploy every 2s, deploy every 2s rename",
        "reconnect" => "reconnect over 5s",
        "squeeze" => "squeeze 50%",
        "slow" => "slow origin 10x for 20s, slow cache 5ms",
        "fail" => "fail origin 20%",
        "stop" | "kill" | "restore" => "stop origin for 5s, kill cache, restore cache",
        "rate" => "rate 2000/s",
        "set" => "set strategy.beta 1.5, set cache.ttl 5s, set origin.concurrency 20",
        _ => {
            let all: Vec<&str> = deeds().collect();
            return match nearest(verb, all.iter().copied()) {
                Some(near) => format!("{verb:?} cannot be done: did you mean {near}?"),
                None => format!("{verb:?} cannot be done; there are {}", all.join(", ")),
            };
        }
    };
    format!("{verb} is said like this: {forms}")
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// As it stands if it is a value of TOML, else as text.
fn value(text: &str) -> String {
    let plain = toml::from_str::<toml::Table>(&format!("value = {text}"));
    if plain.is_ok_and(|table| table.len() == 1) { text.to_owned() } else { quoted(text) }
}
