//! From a name or a file to a scenario and its plan.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use herdlab_scenarios::{Faults, Files, Given, Override, Scenario, find, library, nearest};
use herdlab_sim::plan::Plan;

use crate::args::{Colour, ScenarioArgs};
use crate::exit::Stop;

/// A scenario that was found and read.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) scenario: Scenario,
    files: Beside,
}

/// The files beside a scenario, by the folder they lie in.
#[derive(Clone, Debug)]
pub(crate) struct Beside(PathBuf);

impl Beside {
    /// Those beside that file.
    pub(crate) fn of(file: &Path) -> Self {
        Self(file.parent().map(Path::to_path_buf).unwrap_or_default())
    }
}

impl Files for Beside {
    fn open(&self, file: &Path) -> io::Result<Box<dyn Read>> {
        Ok(Box::new(File::open(self.0.join(file))?))
    }
}

/// More than any scenario may have; the language says what is too much.
const READ_AT_MOST: u64 = 8 << 20;

/// Finds and reads a scenario, with the flags put in.
pub(crate) fn open(name: &str, args: &ScenarioArgs) -> Result<Opened, Stop> {
    open_with(name, args, Vec::new())
}

/// The same with more put in, after the flags.
pub(crate) fn open_with(
    name: &str,
    args: &ScenarioArgs,
    more: Vec<Override>,
) -> Result<Opened, Stop> {
    let (file, bytes) = text(name)?;
    open_text(&file, &bytes, args, more)
}

/// The same of a text that is at hand; `file` is its name for messages.
pub(crate) fn open_text(
    file: &str,
    bytes: &[u8],
    args: &ScenarioArgs,
    more: Vec<Override>,
) -> Result<Opened, Stop> {
    let mut overrides = overrides(args)?;
    overrides.extend(more);
    let files = Beside::of(Path::new(file));
    let given = Given { overrides: &overrides, lanes: &args.strategies, files: &files };
    let faults = |faults: Faults| Stop::usage(faults.render(args.color.on_stderr()));
    let scenario = Scenario::read(file, bytes, &given).map_err(faults)?;
    Ok(Opened { scenario, files })
}

impl Opened {
    /// The files beside it.
    pub(crate) const fn files(&self) -> &Beside {
        &self.files
    }

    /// The scenario as it was played, from its text.
    pub(crate) fn again(&self, text: &str, colour: Colour) -> Result<Scenario, Stop> {
        let given = Given { files: &self.files, ..Given::default() };
        Scenario::read("what was played", text.as_bytes(), &given)
            .map_err(|faults| Stop::usage(faults.render(colour.on_stderr())))
    }

    /// The plan of a run on a cache, its trace read.
    pub(crate) fn plan(&self, args: &ScenarioArgs) -> Result<Plan, Stop> {
        self.scenario
            .is_about_a_cache()
            .map_err(|faults| Stop::usage(faults.render(args.color.on_stderr())))?;
        self.any_plan(args)
    }

    /// The plan of whatever it is about.
    pub(crate) fn any_plan(&self, args: &ScenarioArgs) -> Result<Plan, Stop> {
        self.scenario
            .plan(&self.files)
            .map_err(|faults| Stop::usage(faults.render(args.color.on_stderr())))
    }
}

fn overrides(args: &ScenarioArgs) -> Result<Vec<Override>, Stop> {
    let mut all = Vec::new();
    for set in &args.set {
        all.push(Override::set(set).map_err(|what| Stop::usage(format!("error: {what}")))?);
    }
    if let Some(seed) = args.seed {
        all.push(Override::flag("--seed", "seed", &seed.to_string()));
    }
    if let Some(duration) = &args.duration {
        all.push(Override::flag("--duration", "duration", duration));
    }
    if let Some(rate) = &args.rate {
        all.push(Override::flag("--rate", "traffic.rate", rate));
    }
    Ok(all)
}

/// The scenario's name for messages, and its text. A name with a dot or a slash is a file.
pub(crate) fn text(name: &str) -> Result<(String, Vec<u8>), Stop> {
    if let Some(shipped) = find(name) {
        return Ok((format!("{name}.toml"), shipped.text.as_bytes().to_vec()));
    }
    if !name.contains(['.', '/']) {
        let names = library().iter().map(|shipped| shipped.name);
        let hint = match nearest(name, names.clone()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!(
                "the library has: {}. A file ends in .toml",
                names.collect::<Vec<_>>().join(", ")
            ),
        };
        return Err(Stop::usage(format!("error: there is no scenario {name}\n  = help: {hint}")));
    }
    let mut bytes = Vec::new();
    let read = File::open(name).and_then(|file| file.take(READ_AT_MOST).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok((name.to_owned(), bytes)),
        Err(error) => Err(Stop::usage(format!("error: cannot read the scenario {name}: {error}"))),
    }
}
