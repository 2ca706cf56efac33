//! The flag that says how finely a real run's requests are sent.

use clap::Args;
use herdlab_scenarios::units;
use herdlab_sim::time::Nanos;

use crate::exit::{Stop, understood};

/// No timer is finer.
const FINEST: Nanos = Nanos::from_micros(10);
/// What is sent ten times a second is no schedule any more.
const COARSEST: Nanos = Nanos::from_millis(100);

#[derive(Clone, Debug, Args)]
pub(crate) struct TickArgs {
    /// Requests due within one tick of each other are sent together; a coarser one costs less CPU, and makes a request up
    /// to a tick late, which lateness and latencies tell
    #[arg(
        long,
        value_name = "SPAN",
        env = "HERDLAB_TICK",
        default_value = "50us",
        hide_short_help = true,
        help_heading = "Generator"
    )]
    pub(crate) tick: String,
}

impl TickArgs {
    /// For the load generator.
    pub(crate) fn tick(&self) -> Result<Nanos, Stop> {
        understood("--tick", &self.tick, tick)
    }
}

fn tick(text: &str) -> Result<Nanos, String> {
    let span = units::span(text)?;
    if (FINEST..=COARSEST).contains(&span) {
        return Ok(span);
    }
    Err("is no tick from 10us to 100ms; the usual is 50us, and 1ms is what timers in milliseconds have".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_a_span_from_10us_to_100ms() {
        assert_eq!(tick("10us"), Ok(Nanos::from_micros(10)));
        assert_eq!(tick("1ms"), Ok(Nanos::from_millis(1)));
        assert_eq!(tick("100ms"), Ok(Nanos::from_millis(100)));
        for (bad, said) in
            [("0ms", "10us to 100ms"), ("9us", "10us"), ("101ms", "100ms"), ("1", "unit")]
        {
            let reason = tick(bad).expect_err(bad);
            assert!(reason.contains(said), "{bad}: {reason}");
        }
    }
}
