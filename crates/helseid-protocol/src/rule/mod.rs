//! Rules as data: every requirement of the protocol once, with its source and how to fix a breach.
//!
//! A check walks the rules with a [`Trail`], which notes each as it is found to hold; the first
//! that does not ends the walk as a [`Fault`]. Trail and fault together make the [`Verdict`] that
//! the authority records and the command line prints. How strictly the rules hold is in [`Switches`], of which a
//! [`Profile`] is the name.

mod catalogue;
mod code;
mod endpoint;
mod fault;
mod login_switches;
mod profile;
mod set;
mod switches;
mod verdict;

pub use catalogue::{Family, Rule};
pub use code::ErrorCode;
pub use endpoint::Endpoint;
pub use fault::{Facts, Fault};
pub use login_switches::{
    AuthorizeErrors, LoginSwitches, PushedRequests, RedirectCase, RefreshTokens, RequestObjects, TestPersons,
};
pub use profile::Profile;
pub use set::RuleSet;
pub use switches::{
    AssertionAudience, AssertionType, BoundAsBearer, ForeignRevocation, JwtIdUse, OtherAlgorithm,
    ProofRequirement, PublishedKey, Switches,
};
pub use verdict::{Finding, Outcome, Trail, Verdict};
