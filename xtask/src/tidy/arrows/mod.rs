//! Inside a crate, modules import only what stands below them.
//!
//! The order of each crate's modules is [a table](plan), with the imports that do not fit yet. A new one fails; so does a
//! line of the table that no import needs any more, so that there are only ever fewer.

mod document;
mod imports;
mod plan;

use std::collections::HashMap;

use super::Problem;
use super::tree::Tree;
use imports::Imports;
use plan::{PLANS, Plan};

const TABLE: &str = "xtask/src/tidy/arrows/plan.rs";

/// Compares each crate's imports with the table, and the table with the document that explains it.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let imports = PLANS.iter().flat_map(|plan| against(plan, &Imports::of(tree, plan.name)));
    imports.chain(PLANS.iter().filter_map(|plan| document::check(tree, plan))).collect()
}

fn against(plan: &Plan, imports: &Imports) -> Vec<Problem> {
    let place: HashMap<&str, usize> = plan.order.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let mut problems = Vec::new();
    for module in imports.modules.iter().filter(|module| !place.contains_key(module.as_str())) {
        let what = format!("the module {module} of {} has no place", plan.name);
        problems.push(Problem::new(TABLE, 1, what, "Say between which modules it stands."));
    }
    for name in plan.order.iter().filter(|name| !imports.modules.contains(**name)) {
        let what = format!("{} has no module {name}", plan.name);
        problems.push(Problem::new(TABLE, 1, what, "Take it out of the table."));
    }
    let known = |from: &str, to: &str| plan.breaches.contains(&(from, to));
    let goes_up = |from: &str, to: &str| place.get(from) > place.get(to);
    for import in &imports.all {
        if goes_up(&import.from, &import.to) && !known(&import.from, &import.to) {
            problems.push(Problem::new(
                &import.path,
                import.line,
                format!("{} imports {}, which stands above it in {}", import.from, import.to, plan.name),
                "Move what both need below them, or pass it in.",
            ));
        }
    }
    for (from, to) in plan.breaches {
        if !goes_up(from, to) || !imports.all.iter().any(|import| import.from == *from && import.to == *to) {
            let what = format!("{from} of {} no longer imports {to} from above", plan.name);
            problems.push(Problem::new(TABLE, 1, what, "Take the line out of the breaches."));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;
    use crate::tidy::tree::tree;

    const PLAN: Plan =
        Plan { name: "a", order: &["top", "middle", "bottom"], breaches: &[("bottom", "middle")] };

    /// The problems of a crate whose middle and bottom are these.
    fn problems(middle: &str, bottom: &str) -> Vec<String> {
        let files = [
            ("crates/a/src/lib.rs", "pub use top::{Door, Window};"),
            ("crates/a/src/top.rs", "use crate::middle::M; use super::bottom;"),
            ("crates/a/src/middle/mod.rs", middle),
            ("crates/a/src/bottom/deep.rs", bottom),
        ];
        places(&against(&PLAN, &Imports::of(&tree(&files, vec![]), "a")))
    }

    #[test]
    fn imports_go_down_and_a_known_breach_may_stay() {
        assert!(problems("use crate::bottom::deep;", "use crate::middle::M;").is_empty());
    }

    #[test]
    fn an_import_that_goes_up_is_found_also_by_the_roots_name() {
        let known = "use crate::middle::M;\n";
        for up in ["crate::top::Door", "super::super::top", "crate::Window", "crate::{middle, top::{Door}}"] {
            let bottom = format!("{known}use {up};");
            assert_eq!(problems("", &bottom), ["crates/a/src/bottom/deep.rs:2"], "{up}");
        }
        assert_eq!(problems("use crate::Door;", known), ["crates/a/src/middle/mod.rs:1"]);
    }

    #[test]
    fn a_breach_that_has_gone_leaves_the_table() {
        assert_eq!(problems("", "// use crate::middle::M;"), [format!("{TABLE}:1")]);
    }
}
