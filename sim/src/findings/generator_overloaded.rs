//! `generator-overloaded`: the generator, not the system, was the slow one.

use super::Rule;

pub(super) const RULE: Rule = Rule {
    name: "generator-overloaded",
    line: "the generator, not the system, was the slow one",
    means: "In real time herdlab sends each request when it is due. Here it could not: requests left late, and the \
            latencies, which run from when a request was due, are partly the generator's own. The exit code is 5.",
    fires: "the p99 of the lateness is above the generator's limit and above a tenth of the p99 latency.",
    source: "Gil Tene's coordinated omission: a generator that waits hides exactly the slow moments.",
    shown_by: None,
    explained_by: &[],
    judge: |run| {
        run.each(|seen| {
            let why = seen.facts.overloaded.as_ref()?;
            Some((
                format!("the generator could not keep up: {why}."),
                "Do not compare this lane's latencies with anything.".to_owned(),
            ))
        })
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, plan, says};

    #[test]
    fn a_generator_that_kept_up_is_not_mentioned() {
        let plan = plan(&["ttl"]);
        let mut told = Told::new(&plan, 0);
        assert_eq!(says(&RULE, &plan, &told), None);
        told.facts.overloaded = Some("one request in a hundred was sent 8ms late".to_owned());
        assert!(says(&RULE, &plan, &told).unwrap().text.contains("8ms late"));
    }
}
