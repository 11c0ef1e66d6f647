//! What pages say of a rule, in their language.

pub(super) use crate::web::rule_text::{RuleText, text};
