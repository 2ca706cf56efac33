//! The flag that says how finely a real run's requests are sent.

use clap::Args;
use herdlab_scenarios::units;
use herdlab_sim::time::Nanos;

use crate::exit::{Stop, understood};

/// No timer is finer.
const FINEST: Nanos = Nanos::from_micros(10);
/// What is used if nothing is said.
const USUAL: Nanos = Nanos::from_micros(50);
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

/// Refuses a tick that would decide what it should only wait for: requests may be a tick late, and `what` counts from when
/// they are due.
pub(crate) fn bears(tick: Nanos, what: &str, limit: Nanos) -> Result<(), Stop> {
    let most = limit.scale(0.1).max(USUAL);
    if tick <= most {
        return Ok(());
    }
    let why =
        format!("more than a tenth of {what}, {limit}, which counts from when a request is due");
    Err(Stop::usage(format!("error: --tick {tick} is {why}\n  = help: say {most} at the most")))
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
    fn a_tick_that_would_eat_up_a_timeout_is_refused_with_what_would_do() {
        let ms = Nanos::from_millis;
        assert!(bears(ms(5), "the timeout", ms(50)).is_ok());
        assert!(bears(USUAL, "the timeout", USUAL).is_ok(), "nobody asked for it");
        let refused = bears(ms(100), "the timeout", ms(50)).expect_err("too coarse").message;
        assert!(refused.contains("a tenth of the timeout, 50ms"), "{refused}");
        assert!(refused.contains("say 5ms at the most"), "{refused}");
    }

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
