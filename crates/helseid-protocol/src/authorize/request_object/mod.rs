//! Request objects (RFC 9101; HelseID: use of request objects): the parameters as a JWT that the client signs.

mod check;
mod make;
mod once;
mod values;

use super::{Client, Expectations};
use crate::endpoint::form::Parameters;
use crate::rule::{Facts, Fault, RequestObjects, Rule, Trail};

pub use make::{LIFETIME, RequestObject, draft};
pub use once::RequestObjectId;
pub(super) use values::Values;

/// `typ` of a request object (RFC 9101 section 10.8).
pub const TYP: &str = "oauth-authz-req+jwt";

/// The most bytes of a request object: 32 KiB, for those with structured claims.
const MAX_BYTES: usize = 32 * 1024;

/// The parameters of a request, inside and outside its object, and the object if it is good once.
pub(super) fn read<'a>(
    parameters: &'a Parameters<'a>,
    is_pushed: bool,
    (client, expectations): (&Client<'_>, &Expectations<'_>),
    trail: &mut Trail,
) -> Result<(Values<'a>, Option<RequestObjectId>), Fault> {
    let Some(text) = parameters.value("request") else {
        let finding = if client.require_signed_requests {
            Err(Facts::missing("a request object in request"))
        } else {
            Ok(())
        };
        trail.require(Rule::RequestObjectRequired, finding)?;
        return Ok((Values::outside_alone(parameters), None));
    };
    trail.holds(Rule::RequestObjectRequired);
    let object = check::check(text, (client, expectations), trail)?;
    let inside = values::inside(&object.claims, trail)?;
    let switches = &expectations.switches.login;
    let is_strict = client.require_signed_requests || switches.request_objects == RequestObjects::Strict;
    let values = if is_strict {
        values::inside_alone(inside, parameters, trail)
    } else {
        let values = values::merged(inside, parameters, trail)?;
        // Whoever saw the object once could send it with parameters of his own.
        if !is_pushed && values.uses_outside() && object.id.is_none() {
            return Err(Fault::new(Rule::RequestObjectJti, Facts::missing("a jti in the request object")));
        }
        values
    };
    Ok((values, object.id))
}
