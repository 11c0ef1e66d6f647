//! The parameters that neither lead back nor name scopes. Each rule is one function, in the order of the catalogue.

use super::request::{AcrText, Prompt};
use super::request_object::Values;
use super::text::Text;
use super::{AcrValues, Expectations};
use crate::id::Thumbprint;
use crate::jose::base64url;
use crate::pkce::{self, CodeChallenge};
use crate::rule::{Facts, Fault, Rule, Trail};

/// RFC 6749 section 3.1.1.
pub(super) fn response_type_is_code(values: &Values<'_>) -> Result<(), Facts> {
    match values.get("response_type") {
        Some("code") => Ok(()),
        Some(other) => Err(Facts::value("code", other)),
        None => Err(Facts::missing("code")),
    }
}

/// OAuth 2.0 Multiple Response Type Encoding Practices section 2.1.
pub(super) fn response_mode_is_offered(values: &Values<'_>) -> Result<(), Facts> {
    match values.get("response_mode") {
        Some(name) if super::way_back::mode_of(name).is_none() => {
            Err(Facts::value("query or form_post", name))
        }
        _ => Ok(()),
    }
}

/// RFC 7636 sections 4.3 and 7.2; a missing method means `plain`.
pub(super) fn method_is_s256(values: &Values<'_>) -> Result<(), Facts> {
    match values.get("code_challenge_method") {
        Some(pkce::METHOD) => Ok(()),
        Some(other) => Err(Facts::value(pkce::METHOD, other)),
        None => Err(Facts::missing(pkce::METHOD)),
    }
}

/// RFC 7636 sections 4.2 and 4.4.1.
pub(super) fn challenge_is_a_hash(values: &Values<'_>) -> Result<CodeChallenge, Facts> {
    let text = values.get("code_challenge").ok_or_else(|| Facts::missing("a code_challenge"))?;
    CodeChallenge::parse(text)
}

/// A text that is given back, under `rule`; one that should be there and is not passes with a warning.
pub(super) fn recommended<const MAX: usize>(
    values: &Values<'_>,
    (name, rule): (&'static str, Rule),
    trail: &mut Trail,
) -> Result<Option<Text<MAX>>, Fault> {
    let text = text_is_bounded(values, name).map_err(|facts| Fault::new(rule, facts))?;
    match &text {
        Some(_) => trail.holds(rule),
        None => trail.warn(rule, Facts::missing(format_args!("a new random {name}"))),
    }
    Ok(text)
}

/// A text of bounded length without control characters. The facts do not repeat it.
pub(super) fn text_is_bounded<const MAX: usize>(
    values: &Values<'_>,
    name: &'static str,
) -> Result<Option<Text<MAX>>, Facts> {
    let text = values.get(name).map(Text::parse).transpose();
    text.map_err(|why| {
        Facts::new(format_args!("at most {MAX} bytes without control characters in {name}"), why)
    })
}

/// OpenID Connect Core 1.0 section 3.1.2.1.
pub(super) fn prompt_is_known(values: &Values<'_>) -> Result<Prompt, Facts> {
    const EXPECTED: &str = "login, consent and select_account, or none alone";
    let words: Vec<_> =
        values.get("prompt").unwrap_or_default().split(' ').filter(|word| !word.is_empty()).collect();
    if let Some(other) =
        words.iter().find(|word| !["none", "login", "consent", "select_account"].contains(word))
    {
        return Err(Facts::value(EXPECTED, other));
    }
    match (words.contains(&"none"), words.as_slice()) {
        (true, ["none"]) => Ok(Prompt::None),
        (true, _) => Err(Facts::new(EXPECTED, "none and another word")),
        (false, words) if words.contains(&"login") => Ok(Prompt::Login),
        (false, words) if words.contains(&"select_account") => Ok(Prompt::SelectAccount),
        _ => Ok(Prompt::WhereNeeded),
    }
}

/// OpenID Connect Core 1.0 section 3.1.2.1. More seconds than are counted are as many as are.
pub(super) fn max_age_is_a_number(values: &Values<'_>) -> Result<Option<u32>, Facts> {
    let Some(text) = values.get("max_age") else { return Ok(None) };
    let is_number = text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        Ok(Some(text.parse().unwrap_or(u32::MAX)))
    } else {
        Err(Facts::value("digits in max_age", text))
    }
}

/// OpenID Connect Core 1.0 section 3.1.2.1; HelseID: control of the login.
pub(super) fn acr_values(
    values: &Values<'_>,
    expectations: &Expectations<'_>,
    trail: &mut Trail,
) -> Result<AcrValues, Fault> {
    let text: Result<Option<AcrText>, _> = text_is_bounded(values, "acr_values");
    match text.map_err(|facts| Fault::new(Rule::AuthorizeAcrValues, facts))? {
        Some(text) => Ok(AcrValues::read(&text, expectations.identity_providers, trail)),
        None => Ok(AcrValues::default()),
    }
}

/// OpenID Connect Core 1.0 sections 3.1.2.1 and 3.1.2.2.
pub(super) fn hint_is_ours<const MAX: usize>(
    values: &Values<'_>,
    expectations: &Expectations<'_>,
) -> Result<Option<Text<MAX>>, Facts> {
    let hint = text_is_bounded(values, "id_token_hint")?;
    if let Some(hint) = &hint {
        (expectations.id_token_hint)(Text::as_str(hint))?;
    }
    Ok(hint)
}

/// RFC 9449 section 10: the thumbprint of RFC 7638 by SHA-256.
pub(super) fn jkt_is_a_thumbprint(values: &Values<'_>) -> Result<Option<Thumbprint>, Facts> {
    const EXPECTED: &str = "43 base64url characters in dpop_jkt";
    let Some(text) = values.get("dpop_jkt") else { return Ok(None) };
    let is_hash = text.len() == 43 && base64url::decode(text).is_ok_and(|hash| hash.len() == 32);
    let thumbprint = Thumbprint::parse(text).ok().filter(|_| is_hash);
    thumbprint.map(Some).ok_or_else(|| Facts::value(EXPECTED, text))
}

/// RFC 9449 section 10.1: the key of the proof that came along is the one.
pub(super) fn proof_is_by_that_key(
    named: Option<&Thumbprint>,
    proof: Option<&Thumbprint>,
) -> Result<(), Facts> {
    match (named, proof) {
        (Some(named), Some(proof)) if named != proof => {
            Err(Facts::value(format_args!("{proof}, the thumbprint of the proof's key"), named))
        }
        _ => Ok(()),
    }
}
