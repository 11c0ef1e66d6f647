//! `resource` at the token endpoint (RFC 8707 section 2.2).

use crate::id::Audience;
use crate::rule::Facts;

/// The APIs that a request names; none means all that were asked for.
pub(super) fn named_resources(resources: &[String]) -> Result<Vec<Audience>, Facts> {
    let parse = |text: &String| {
        Audience::parse(text)
            .map_err(|why| Facts::new("the name of an API", format_args!("an invalid name: {why}")))
    };
    resources.iter().map(parse).collect()
}

/// Each is one of those that the grant is for.
pub(super) fn resources_are_among(
    named: Vec<Audience>,
    granted: &[Audience],
) -> Result<Vec<Audience>, Facts> {
    match named.iter().find(|one| !granted.contains(one)) {
        None => Ok(named),
        Some(other) => {
            let names: Vec<_> = granted.iter().map(Audience::as_str).collect();
            Err(Facts::value(format_args!("one of {}", names.join(" ")), other))
        }
    }
}
