//! The values of a request's parameters, wherever they stand. Each rule is one function, in the order of the catalogue.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::endpoint::form::{MAX_PARAMETERS, Parameters};
use crate::jose::json::Object;
use crate::jwt::member;
use crate::rule::{Facts, Fault, Rule, Trail};

/// The parameters that are one text each.
const NAMES: [&str; 19] = [
    "response_type",
    "response_mode",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "acr_values",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "dpop_jkt",
    "code_challenge",
    "code_challenge_method",
    "test_pid",
    "test_security_level",
    "test_hpr_number",
    "on_behalf_of",
];

const DETAILS: &str = "authorization_details";

/// The values inside a request object and beside it. What stands inside comes first.
pub(in super::super) struct Values<'a> {
    inside: Option<Inside>,
    /// None where nothing outside counts.
    outside: Option<&'a Parameters<'a>>,
}

/// The values inside a request object.
#[derive(Default)]
pub(super) struct Inside {
    texts: BTreeMap<&'static str, String>,
    resources: Vec<String>,
    details: Option<String>,
}

impl<'a> Values<'a> {
    pub(super) const fn outside_alone(outside: &'a Parameters<'a>) -> Self {
        Self { inside: None, outside: Some(outside) }
    }

    /// The value of a parameter that is one text.
    pub(in super::super) fn get(&self, name: &'static str) -> Option<&str> {
        let inside = self.inside.as_ref().and_then(|inside| inside.texts.get(name));
        inside.map(String::as_str).or_else(|| self.outside?.value(name))
    }

    /// Every `resource`.
    pub(in super::super) fn resources(&self) -> impl Iterator<Item = &str> {
        let inside = self.inside.as_ref().map(|inside| inside.resources.as_slice()).unwrap_or_default();
        let outside = self.outside.map(Parameters::resources).unwrap_or_default();
        let resources = if inside.is_empty() { outside } else { inside };
        resources.iter().map(String::as_str)
    }

    /// `authorization_details` as JSON, and whether it is signed.
    pub(in super::super) fn details(&self) -> Option<(&str, bool)> {
        let inside = self.inside.as_ref().and_then(|inside| inside.details.as_deref());
        match inside {
            Some(json) => Some((json, true)),
            None => self.outside?.value(DETAILS).map(|json| (json, false)),
        }
    }

    /// Whether a value counts that stands outside alone.
    pub(super) fn uses_outside(&self) -> bool {
        let (Some(inside), Some(outside)) = (&self.inside, self.outside) else { return false };
        !only_outside(inside, outside).is_empty()
    }
}

/// RFC 9101 section 4, RFC 8707 section 2: the parameters in the claims, each of its type. Claims that are no parameters are
/// passed over.
pub(super) fn inside(claims: &Object, trail: &mut Trail) -> Result<Inside, Fault> {
    trail.require(Rule::RequestObjectClaims, claims_are_parameters(claims))
}

fn claims_are_parameters(claims: &Object) -> Result<Inside, Facts> {
    let mut inside = Inside::default();
    for name in NAMES {
        let text = match claims.get(name) {
            None => continue,
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) if name == "max_age" => number.to_string(),
            Some(other) => return Err(Facts::new(format_args!("a string in {name}"), member::kind(other))),
        };
        if !text.is_empty() {
            inside.texts.insert(name, text);
        }
    }
    inside.resources = resources(claims)?;
    inside.details = claims.get(DETAILS).map(|details| match details {
        // Some clients write the JSON as a text, as it stands in a form.
        Value::String(json) => json.clone(),
        json => json.to_string(),
    });
    Ok(inside)
}

fn resources(claims: &Object) -> Result<Vec<String>, Facts> {
    const EXPECTED: &str = "a string or an array of strings in resource";
    match claims.get("resource") {
        None => Ok(Vec::new()),
        Some(Value::String(text)) if text.is_empty() => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(Value::Array(items)) if items.len() <= MAX_PARAMETERS => {
            let texts = items.iter().map(|item| match item {
                Value::String(text) => Ok(text.clone()),
                other => Err(Facts::new(EXPECTED, format_args!("an array with {}", member::kind(other)))),
            });
            texts.collect()
        }
        Some(Value::Array(items)) => {
            Err(Facts::new(format_args!("at most {MAX_PARAMETERS} resources"), items.len()))
        }
        Some(other) => Err(Facts::new(EXPECTED, member::kind(other))),
    }
}

/// RFC 9101 section 6.3: what stands outside does not count. That it stands there is worth a warning if it says anything else.
pub(super) fn inside_alone<'a>(inside: Inside, outside: &Parameters<'_>, trail: &mut Trail) -> Values<'a> {
    let unused: Vec<_> =
        different(&inside, outside).into_iter().chain(only_outside(&inside, outside)).collect();
    if unused.is_empty() {
        trail.holds(Rule::RequestObjectOutside);
    } else {
        let facts = Facts::new(
            "every parameter inside the request object",
            format_args!("{} beside it", unused.join(", ")),
        );
        trail.warn(Rule::RequestObjectOutside, facts);
    }
    Values { inside: Some(inside), outside: None }
}

/// Of this project: what stands outside counts too, since NHN's samples send it so; what differs is refused, so that nobody
/// who changes the one can be mistaken for the client who signed the other. Values are not told.
pub(super) fn merged<'a>(
    inside: Inside,
    outside: &'a Parameters<'a>,
    trail: &mut Trail,
) -> Result<Values<'a>, Fault> {
    let finding = match different(&inside, outside).first() {
        Some(name) => Err(Facts::new(
            format_args!("one value of {name}"),
            "another beside the request object than inside",
        )),
        None => Ok(()),
    };
    trail.require(Rule::RequestObjectOutside, finding)?;
    Ok(Values { inside: Some(inside), outside: Some(outside) })
}

/// The parameters that have one value inside and another outside.
fn different(inside: &Inside, outside: &Parameters<'_>) -> Vec<&'static str> {
    let differs = |name: &&'static str| {
        let (one, other) = (inside.texts.get(*name), outside.value(name));
        one.zip(other).is_some_and(|(one, other)| one != other)
    };
    let mut names: Vec<_> = NAMES.into_iter().filter(differs).collect();
    let one: BTreeSet<_> = inside.resources.iter().map(String::as_str).collect();
    let other: BTreeSet<_> = outside.resources().iter().map(String::as_str).collect();
    if !one.is_empty() && !other.is_empty() && one != other {
        names.push("resource");
    }
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    let details = inside.details.as_deref().zip(outside.value(DETAILS));
    if details.is_some_and(|(one, other)| one != other && (json(one).is_none() || json(one) != json(other))) {
        names.push(DETAILS);
    }
    names
}

/// The parameters that stand outside alone.
fn only_outside(inside: &Inside, outside: &Parameters<'_>) -> Vec<&'static str> {
    let is_alone = |name: &&'static str| !inside.texts.contains_key(*name) && outside.value(name).is_some();
    let mut names: Vec<_> = NAMES.into_iter().filter(is_alone).collect();
    if inside.resources.is_empty() && !outside.resources().is_empty() {
        names.push("resource");
    }
    if inside.details.is_none() && outside.value(DETAILS).is_some() {
        names.push(DETAILS);
    }
    names
}
