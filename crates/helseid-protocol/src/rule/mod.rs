//! Rules as data: every demand of the protocol once, with its source and how to mend a breach.
//!
//! A check walks the rules with a [`Trail`], which notes each as it is found to hold; the first
//! that does not ends the walk as a [`Fault`]. Trail and fault together make the [`Verdict`] that
//! the authority records and the command line prints.

mod catalogue;
mod endpoint;
mod fault;
mod profile;
mod set;
mod verdict;

pub use catalogue::{Family, Rule};
pub use endpoint::Endpoint;
pub use fault::{ErrorCode, Facts, Fault};
pub use profile::{
    AssertionAudience, AssertionType, JwtIdUse, OtherAlgorithm, Profile, ProofDemand, PublishedKey,
};
pub use set::RuleSet;
pub use verdict::{Finding, Outcome, Trail, Verdict};
