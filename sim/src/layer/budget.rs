//! A retry budget: calls are made again only as a part of all calls.
//!
//! Finagle's RetryBudget (finagle-core, com/twitter/finagle/service/RetryBudget.scala): each call pays in a part of a
//! retry, each retry takes out one, and what was paid in or taken out ten seconds ago is forgotten; ten retries a second
//! are allowed in any case. So an origin that fails for long sees its calls raised by a fifth, not multiplied.

use std::collections::VecDeque;

use super::per_process::PerProcess;
use crate::plan::Retry;
use crate::time::Nanos;
use crate::world::World;

/// Seconds that are remembered.
const WINDOW: u64 = 10;
/// Retries a second that are always allowed.
const RESERVE: f64 = 10.0;

/// What was paid in less what was taken out, by the second.
type Account = VecDeque<(u64, f64)>;

/// The budget of each process.
#[derive(Debug)]
pub(super) struct Budgets {
    pub(super) plan: Retry,
    accounts: PerProcess<Account>,
}

impl Budgets {
    pub(super) fn new(plan: Retry) -> Self {
        Self { plan, accounts: PerProcess::new() }
    }

    /// A call is made.
    pub(super) fn pay_in<W: World>(&self, w: &W) {
        let now = w.now();
        self.accounts.of(w.process(), |account| book(account, now, self.plan.budget));
    }

    /// Takes out a retry, if there is one.
    pub(super) fn take_out<W: World>(&self, w: &W) -> bool {
        let now = w.now();
        self.accounts.of(w.process(), |account| {
            book(account, now, 0.0);
            let balance: f64 = account.iter().map(|(_, amount)| amount).sum();
            let may = balance + RESERVE * WINDOW as f64 >= 1.0;
            if may {
                book(account, now, -1.0);
            }
            may
        })
    }
}

/// Books an amount in the present second, and forgets what is too long ago.
fn book(account: &mut Account, now: Nanos, amount: f64) {
    let second = now.as_secs();
    while account.front().is_some_and(|(then, _)| then + WINDOW <= second) {
        account.pop_front();
    }
    match account.back_mut() {
        Some((then, sum)) if *then == second => *sum += amount,
        _ => account.push_back((second, amount)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_booked_ten_seconds_ago_is_forgotten() {
        let mut account = Account::new();
        book(&mut account, Nanos::SECOND, 0.2);
        book(&mut account, Nanos::SECOND, 0.2);
        book(&mut account, Nanos::from_secs(10), 0.0);
        assert_eq!(account, [(1, 0.4), (10, 0.0)]);
        book(&mut account, Nanos::from_secs(11), -1.0);
        assert_eq!(account, [(10, 0.0), (11, -1.0)]);
    }
}
