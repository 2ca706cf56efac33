//! When a lane is itself again after an event.

use super::Second;

/// How long before the event is looked at, in seconds.
const BEFORE: usize = 10;
/// Over how many seconds together the share has to hold.
const OVER: usize = 5;
/// How much of the share before has to be reached.
const SHARE: f64 = 0.99;

/// Seconds from second `at` until the share of requests due in a second that were answered in time has been at least
/// 0.99 times its share in the 10 s before, over 5 s together; `None` if it never was.
///
/// The answer is the first second of those five. Seconds without requests say nothing and are passed over.
#[must_use]
pub fn recovery(seconds: &[Second], at: usize) -> Option<u64> {
    let share = |range: &[Second]| {
        let (requests, in_time) = range.iter().fold((0_u64, 0_u64), |(r, i), s| {
            (r + u64::from(s.requests), i + u64::from(s.in_time))
        });
        (requests > 0).then(|| in_time as f64 / requests as f64)
    };
    let at = at.min(seconds.len());
    let before = share(&seconds[at.saturating_sub(BEFORE)..at])?;
    seconds[at..]
        .windows(OVER)
        .position(|window| share(window).is_some_and(|now| now >= SHARE * before))
        .map(|offset| offset as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(in_time: &[u32]) -> Vec<Second> {
        in_time.iter().map(|n| Second { requests: 100, in_time: *n, ..Second::default() }).collect()
    }

    #[test]
    fn recovery_is_the_first_of_five_seconds_as_good_as_before() {
        let mut run = vec![100; 10];
        run.extend([0, 0, 50, 100, 100, 100, 100, 100]);
        assert_eq!(recovery(&seconds(&run), 10), Some(3));
    }

    #[test]
    fn a_lane_that_never_gets_back_has_not_recovered() {
        let mut run = vec![100; 10];
        run.extend([0, 0, 90, 90, 90, 90, 90, 90, 90, 100]);
        assert_eq!(recovery(&seconds(&run), 10), None);
    }

    #[test]
    fn a_lane_that_was_never_hurt_recovers_at_once() {
        assert_eq!(recovery(&seconds(&[99; 30]), 10), Some(0));
    }

    #[test]
    fn without_requests_before_the_event_nothing_is_said() {
        assert_eq!(recovery(&seconds(&[]), 10), None);
        assert_eq!(recovery(&[Second::default(); 30], 10), None);
    }
}
