//! How fast the run's clock goes, against the wall's.

use std::time::Duration;

use herdlab_sim::time::Nanos;

/// How the run goes on.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Gait {
    /// It stands still.
    Paused,
    /// At the speed.
    Runs,
    /// As fast as it can, until something happens.
    Seeks,
}

/// Speeds that `+` and `-` go through, in tenths.
const SPEEDS: [u32; 13] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];
/// A frame that took longer than this is not made up for.
const LATE: Duration = Duration::from_millis(100);
/// How long a run should take that nobody touches.
const SHOW: u64 = 20;
/// As far as the lanes are let go at once when there is no speed to keep.
const STRIDE: (u64, u64) = (1, 4_096);

/// How fast the clock goes.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Pace {
    pub(crate) gait: Gait,
    /// In tenths of the wall's; nothing is as fast as it can.
    pub(crate) speed: Option<u32>,
    /// Time of the run that is still to come, as the wall goes.
    owed: f64,
    /// Intervals that lanes are let go at once, at full speed.
    stride: u64,
}

impl Pace {
    /// So fast that the run takes about twenty seconds.
    pub(crate) fn of(duration: Nanos) -> Self {
        let tenths = (duration.as_nanos() / 100_000_000).div_ceil(SHOW).max(1);
        let speed = Some(tenths.min(u64::from(u32::MAX)) as u32);
        Self { gait: Gait::Runs, speed, owed: 0.0, stride: STRIDE.0 }
    }

    /// The next speed up or down.
    pub(crate) fn change(&mut self, up: bool) {
        let last = SPEEDS[SPEEDS.len() - 1];
        self.speed = match (self.speed, up) {
            (None, true) => None,
            (None, false) => Some(last),
            (Some(now), true) => SPEEDS.into_iter().find(|speed| *speed > now),
            (Some(now), false) => {
                Some(SPEEDS.into_iter().rev().find(|speed| *speed < now).unwrap_or(SPEEDS[0]))
            }
        };
    }

    /// Whether the lanes are let go as soon as they stand, without regard to the wall.
    pub(crate) const fn hurries(&self) -> bool {
        match self.gait {
            Gait::Paused => false,
            Gait::Seeks => true,
            Gait::Runs => self.speed.is_none(),
        }
    }

    /// How many intervals lanes that stand may go on after so much of the wall's time.
    pub(crate) fn intervals(&mut self, wall: Duration, tick: Nanos) -> u64 {
        match (self.gait, self.speed) {
            (Gait::Paused, _) => 0,
            (Gait::Seeks, _) => 1,
            (Gait::Runs, None) => {
                self.stride = if wall < LATE { self.stride * 2 } else { self.stride / 2 };
                self.stride = self.stride.clamp(STRIDE.0, STRIDE.1);
                self.stride
            }
            (Gait::Runs, Some(speed)) => {
                self.owed += wall.min(LATE).as_nanos() as f64 * f64::from(speed) / 10.0;
                let whole = (self.owed / tick.as_nanos() as f64).floor();
                self.owed -= whole * tick.as_nanos() as f64;
                whole as u64
            }
        }
    }

    /// The lanes do not keep up: what was owed is not made up for.
    pub(crate) const fn forget(&mut self) {
        self.owed = 0.0;
    }

    /// The speed as text.
    pub(crate) fn text(&self) -> String {
        match self.speed {
            None => "max".to_owned(),
            Some(tenths) if tenths % 10 == 0 => format!("x{}", tenths / 10),
            Some(tenths) => format!("x{}.{}", tenths / 10, tenths % 10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_takes_about_twenty_seconds_whatever_the_frames() {
        for secs in [12, 60, 150, 3_600] {
            let mut pace = Pace::of(Nanos::from_secs(secs));
            let tick = Nanos::from_millis(100);
            let frames = 20 * 30;
            let frame = Duration::from_secs(20) / frames;
            let ticks: u64 = (0..frames).map(|_| pace.intervals(frame, tick)).sum();
            assert!(ticks.abs_diff(secs * 10) <= secs / 2, "{secs} s: {ticks} ticks");
        }
    }

    #[test]
    fn speeds_go_up_to_all_it_can_and_down_to_a_tenth() {
        let mut pace = Pace::of(Nanos::from_secs(150));
        assert_eq!(pace.text(), "x7.5");
        pace.change(true);
        assert_eq!(pace.text(), "x10");
        (0..20).for_each(|_| pace.change(true));
        assert_eq!(pace.text(), "max");
        (0..20).for_each(|_| pace.change(false));
        assert_eq!(pace.text(), "x0.1");
    }
}
