//! What the screen asks of the program around it: the language, files.

use herdlab_sim::plan::Event;
use herdlab_sim::time::Nanos;

/// What was played, as a scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// Where it was written.
    pub file: String,
    /// The command that plays it.
    pub command: String,
}

/// Does what the screen cannot do itself.
pub trait Backstage {
    /// What a line such as `flush`, `set strategy.beta 1.5` or `slow origin 10x` means, said at an instant.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    fn read(&self, line: &str, at: Nanos) -> Result<Vec<Event>, String>;

    /// Writes what was played as a scenario.
    ///
    /// # Errors
    /// Why it could not be written.
    fn write(&self, acts: &[Event]) -> Result<Written, String>;

    /// Saves the screen, and says where.
    ///
    /// # Errors
    /// Why it could not be saved.
    fn save(&self, screen: &str) -> Result<String, String>;
}
