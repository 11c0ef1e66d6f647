//! What the session's API demands of its callers besides a good token.

use std::time::Duration;

use helseid_admin_api::SessionDemands;
use helseid_protocol::resource::{AttestationAge, Caller, Moment};
use helseid_protocol::rule::{Fault, Rule, Trail};

/// Checks all of them, so that one call tells everything that it lacks; the first breach is the fault.
pub(super) fn check(
    demands: &SessionDemands,
    caller: &Caller,
    moment: Moment,
    trail: &mut Trail,
) -> Result<(), Fault> {
    let mut first = None;
    let mut broken = |finding: Result<(), Fault>, trail: &mut Trail| {
        let Err(fault) = finding else { return };
        match &first {
            None => first = Some(fault),
            // Of no machine's token is it said more than once that it is none of a person.
            Some(first) if first.rule() == fault.rule() => {}
            // It is only noted, as the first one ends the call.
            Some(_) => drop(trail.require_or_note(fault.rule(), Err(fault.facts().clone()))),
        }
    };
    let SessionDemands { person, security_level, hpr_number, attestation_minutes, organisation, nonce: _ } =
        *demands;
    if person {
        broken(caller.require_person(trail).map(drop), trail);
    }
    if let Some(level) = security_level {
        broken(caller.require_security_level(level.security_level(), trail), trail);
    }
    if hpr_number {
        broken(caller.require_hpr_number(trail).map(drop), trail);
    }
    if let Some(minutes) = attestation_minutes {
        let age = AttestationAge::at_most(Duration::from_secs(u64::from(minutes) * 60));
        broken(caller.require_attestation(age, moment, trail).map(drop), trail);
    }
    if organisation {
        broken(caller.require_organisation(trail), trail);
    }
    first.map_or(Ok(()), Err)
}

/// What the challenge tells of the demand that was not met: `acr_values` (RFC 9470 section 3).
pub(super) fn parameter(demands: &SessionDemands, broken: Rule) -> Option<(&'static str, &'static str)> {
    let level = demands.security_level.filter(|_| broken == Rule::ApiSecurityLevel)?;
    Some(("acr_values", level.security_level().acr()))
}
