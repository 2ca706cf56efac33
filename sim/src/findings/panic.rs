//! `panic`: a strategy panicked.

use super::Rule;
use crate::text::count;

pub(super) const RULE: Rule = Rule {
    name: "panic",
    line: "the strategy panicked",
    means: "The strategy's own code panicked. Only the requests it happened to failed; the run went on, but what the \
            lane measured is not what the strategy was meant to do.",
    fires: "at least one request of the lane ended in a panic.",
    source: "A bug of the strategy; herdlab contains it so that the other lanes still count.",
    shown_by: None,
    explained_by: &[],
    judge: |run| {
        run.each(|seen| {
            let message = seen.facts.panic.as_ref()?;
            let failed = count(seen.facts.panicked);
            Some((
                format!("the strategy panicked, and {failed} requests failed by it: {message}."),
                "Mend the strategy before you believe this lane: the same seed repeats the panic."
                    .to_owned(),
            ))
        })
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, plan, says};

    #[test]
    fn a_panic_is_told_with_its_message_and_no_panic_is_not() {
        let plan = plan(&["ttl"]);
        let mut told = Told::new(&plan, 0);
        assert_eq!(says(&RULE, &plan, &told), None);
        told.facts.panic = Some("index out of bounds".to_owned());
        told.facts.panicked = 1_200;
        let text = says(&RULE, &plan, &told).unwrap().text;
        assert!(text.contains("1,200 requests") && text.contains("index out of bounds"), "{text}");
    }
}
