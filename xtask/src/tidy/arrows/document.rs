//! Where a document has a table of a crate's modules, it names those of the plan, in its order.

use super::plan::Plan;
use crate::tidy::Problem;
use crate::tidy::tree::Tree;

const DOCUMENT: &str = "ARCHITECTURE.md";

/// Compares the table below "**`CRATE`**, from the top:" with the plan. A crate without such a table is described in prose.
pub(super) fn check(tree: &Tree, plan: &Plan) -> Option<Problem> {
    let text = &tree.file(DOCUMENT)?.text;
    let title = format!("**`{}`**, from the top:", plan.name);
    let at = text.lines().position(|line| line == title)?;
    let below = text.lines().skip(at + 1).skip_while(|line| line.is_empty());
    let rows = below.take_while(|line| line.starts_with('|'));
    let modules =
        rows.filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split('`').skip(1).step_by(2));
    if modules.eq(plan.order.iter().copied()) {
        return None;
    }
    let what = format!("the table of {} names other modules than the plan, or in another order", plan.name);
    Some(Problem::new(DOCUMENT, at + 1, what, format!("Name these: {}.", plan.order.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::tree;

    const PLAN: Plan = Plan { name: "a", order: &["top", "middle", "bottom"], breaches: &[] };

    fn is_told(first: &str, second: &str) -> bool {
        let table = format!(
            "**`a`**, from the top:\n\n| modules | what |\n| --- | --- |\n| {first} | `x` |\n| {second} | y |\n\n`z`"
        );
        check(&tree(&[(DOCUMENT, &table)], vec![]), &PLAN).is_some()
    }

    #[test]
    fn a_table_names_the_modules_of_the_plan_in_its_order() {
        assert!(!is_told("`top`, `middle`", "`bottom`"));
        assert!(is_told("`top`", "`bottom`"), "one is missing");
        assert!(is_told("`top`, `middle`", "`bottom`, `cellar`"), "there is no such module");
        assert!(is_told("`middle`, `top`", "`bottom`"), "another order");
    }

    #[test]
    fn a_crate_without_a_table_is_left_to_its_prose() {
        assert!(check(&tree(&[(DOCUMENT, "**`b`**: `top`")], vec![]), &PLAN).is_none());
        assert!(check(&tree(&[], vec![]), &PLAN).is_none());
    }
}
