//! `leak`: somebody was served a value that was computed for somebody else.

use super::Rule;
use crate::text::count;

pub(super) const RULE: Rule = Rule {
    name: "leak",
    line: "somebody was served a value computed for somebody else",
    means: "A value computed for one user or language was served to another: the worst thing that a cache can do. The \
            cache key leaves out something that the value depends on.",
    fires: "at least one value went to a request of another variant.",
    source: "The article's vary_on_headers and fragment variables: what varies belongs in the key.",
    shown_by: None,
    explained_by: &[],
    judge: |run| {
        run.each(|seen| {
            let leaked = seen.record.summary.leaked;
            (leaked > 0).then(|| {
                (
                    format!(
                        "{} values went to a user or language they were not computed for.",
                        count(leaked)
                    ),
                    "Put everything that the value depends on into its key.".to_owned(),
                )
            })
        })
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, plan, says};

    #[test]
    fn a_single_leak_is_told() {
        let plan = plan(&["ttl"]);
        let mut told = Told::new(&plan, 0);
        assert_eq!(says(&RULE, &plan, &told), None);
        told.summary().leaked = 1;
        assert!(says(&RULE, &plan, &told).is_some());
    }
}
