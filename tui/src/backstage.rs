//! What the screen asks of the program around it: the language, files.

use herdlab_sim::plan::Event;
use herdlab_sim::time::Nanos;

/// Does what the screen cannot do itself.
pub trait Backstage {
    /// What a line such as `flush`, `set strategy.beta 1.5` or `slow origin 10x` means, said at an instant.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    fn read(&self, line: &str, at: Nanos) -> Result<Vec<Event>, String>;

    /// Writes what was played as a scenario, and says where.
    ///
    /// # Errors
    /// Why it could not be written.
    fn write(&self, acts: &[Event]) -> Result<String, String>;

    /// Saves the screen, and says where.
    ///
    /// # Errors
    /// Why it could not be saved.
    fn save(&self, screen: &str) -> Result<String, String>;
}
