//! What `herdlab` alone says.

/// Twelve lines; the first command works at once.
pub(crate) const TEXT: &str = "\
herdlab: will your database survive when the cache does not?

  herdlab compare hot-key-expiry        one hot key expires: who lets the herd through?
  herdlab compare flush                 the whole cache is lost
  herdlab compare flush-lockup          ... and the origin never recovers. Or does it?

  herdlab list                          scenarios, strategies, metrics
  herdlab check flush                   what a scenario means, field by field
  herdlab compare flush --on redis      the same in real time, on a Redis of our own

All of this runs on your machine, in virtual time unless you say --on.
`herdlab help` has the rest, `herdlab explain` the words.
";
