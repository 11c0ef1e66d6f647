//! Reads of token requests what every grant has: the client's authentication and the grant's name. Each rule is one
//! function, in the order of the catalogue.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use http::{HeaderMap, header};

use super::basic;
use super::{ASSERTION_TYPE, CONTENT_TYPE, MAX_BYTES, MAX_PARAMETERS};
use crate::grant::GrantType;
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::secret::ClientAssertion;

/// A token request of the right form, as far as every grant has it. What else is asked for, the grant reads by rules of its
/// own; parameters that no rule knows are passed over (RFC 6749 section 3.2).
#[derive(Debug)]
pub struct TokenForm<'a> {
    client_id: Option<String>,
    assertion: ClientAssertion,
    grant_type: Option<String>,
    others: Parameters<'a>,
}

impl<'a> TokenForm<'a> {
    /// Reads the form of a request with this `Content-Type`, as far as the client's authentication.
    pub fn read(content_type: Option<&str>, body: &'a [u8], trail: &mut Trail) -> Result<Self, Fault> {
        trail.require(Rule::RequestContentType, content_type_is_a_form(content_type))?;
        let text = trail.require(Rule::RequestBody, body_is_a_bounded_form(body))?;
        let mut parameters = trail.require(Rule::RequestOnce, parameters_stand_once(text))?;
        trail.require(Rule::RequestAssertion, no_other_authentication(&parameters))?;
        let assertion_type = parameters.take("client_assertion_type");
        trail.require_or_note(Rule::RequestAssertionType, assertion_type_is_jwt_bearer(assertion_type))?;
        let assertion = parameters.take("client_assertion").ok_or_else(|| Facts::missing("client_assertion"));
        Ok(Self {
            assertion: ClientAssertion::new(trail.require(Rule::RequestAssertion, assertion)?),
            client_id: parameters.take("client_id"),
            grant_type: parameters.take("grant_type"),
            others: parameters,
        })
    }

    /// The assertion.
    #[must_use]
    pub const fn assertion(&self) -> &ClientAssertion {
        &self.assertion
    }

    /// The `client_id` beside the assertion.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// Checks that the request's headers do not authenticate the client another way (RFC 6749 section 2.3).
    pub fn require_no_basic(
        &self,
        headers: &HeaderMap,
        client: &str,
        trail: &mut Trail,
    ) -> Result<(), Fault> {
        let other =
            headers.get_all(header::AUTHORIZATION).iter().any(|value| basic::is_another(value, client));
        let finding = if other {
            let facts = Facts::new("a client assertion alone", "Authorization: Basic beside it");
            Err(facts.saying("The client authenticates twice: by an assertion, and by Authorization: Basic"))
        } else {
            Ok(())
        };
        trail.require_or_note(Rule::RequestAssertion, finding)
    }

    /// Checks that a `client_id` beside the assertion names the same client (RFC 7523 section 3 (2)).
    pub fn require_client(&self, assertion_sub: &str, trail: &mut Trail) -> Result<(), Fault> {
        let finding = match self.client_id.as_deref() {
            Some(client_id) if client_id != assertion_sub => {
                Err(Facts::value(format_args!("'{assertion_sub}', as the assertion has it"), client_id))
            }
            _ => Ok(()),
        };
        trail.require_or_note(Rule::RequestClientId, finding)
    }

    /// The grant that is asked for, which must be one of `granted` (RFC 6749 section 5.2). A trail that goes on looks at the
    /// rest of another as at client credentials.
    pub fn grant(&self, granted: &[GrantType], trail: &mut Trail) -> Result<GrantType, Fault> {
        let asked = self.grant_type.as_deref();
        let finding = match granted.iter().find(|grant| asked == Some(grant.name())) {
            Some(grant) => Ok(*grant),
            None => Err(grant_is_another(asked, granted)),
        };
        let grant = *finding.as_ref().unwrap_or(&GrantType::ClientCredentials);
        trail.require_or_note(Rule::RequestGrantType, finding.map(drop))?;
        Ok(grant)
    }

    /// Another parameter of this name, as the grant has it; one without a value counts as left out.
    #[must_use]
    pub fn parameter(&self, name: &'static str) -> Option<&str> {
        self.others.value(name)
    }

    /// Every `resource` (RFC 8707 section 2).
    #[must_use]
    pub fn resources(&self) -> &[String] {
        &self.others.resources
    }
}

/// The parameters, each at most once; `resource` may repeat (RFC 8707).
#[derive(Default)]
struct Parameters<'a> {
    once: BTreeMap<Name<'a>, Cow<'a, str>>,
    resources: Vec<String>,
}

/// Codes and tokens are among them.
impl fmt::Debug for Parameters<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Parameters").finish_non_exhaustive()
    }
}

impl Parameters<'_> {
    fn take(&mut self, name: &'static str) -> Option<String> {
        // RFC 6749 section 3.1: a parameter without a value counts as left out.
        self.once.remove(&Name(name.into())).map(Cow::into_owned).filter(|value| !value.is_empty())
    }

    fn value(&self, name: &'static str) -> Option<&str> {
        self.once.get(&Name(name.into())).map(|value| &**value).filter(|value| !value.is_empty())
    }
}

/// The name of a parameter. How often names are compared is what a form of many names would cost, so tests count it.
#[derive(PartialEq, Eq)]
struct Name<'a>(Cow<'a, str>);

impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        #[cfg(test)]
        tests::COMPARED.with(|compared| compared.set(compared.get() + 1));
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// RFC 6749 section 4.4.2; a `charset` parameter is let pass.
fn content_type_is_a_form(content_type: Option<&str>) -> Result<(), Facts> {
    let content_type = content_type.ok_or_else(|| Facts::missing(CONTENT_TYPE))?;
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(CONTENT_TYPE) { Ok(()) } else { Err(Facts::value(CONTENT_TYPE, essence)) }
}

/// RFC 6749 appendix B.
fn body_is_a_bounded_form(body: &[u8]) -> Result<&[u8], Facts> {
    if body.len() > MAX_BYTES {
        return Err(Facts::new(
            format_args!("at most {MAX_BYTES} bytes"),
            format_args!("{} bytes", body.len()),
        ));
    }
    if !body.is_ascii() {
        return Err(Facts::new("a form of ASCII characters", "other bytes"));
    }
    // Counted before anything is decoded or compared: strangers send this.
    let parameters = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).count();
    if parameters > MAX_PARAMETERS {
        return Err(Facts::new(format_args!("at most {MAX_PARAMETERS} parameters"), parameters));
    }
    Ok(body)
}

/// RFC 6749 section 3.2.
fn parameters_stand_once(form: &[u8]) -> Result<Parameters<'_>, Facts> {
    let mut parameters = Parameters::default();
    for (name, value) in pairs(form) {
        if name == "resource" {
            parameters.resources.push(value.into_owned());
            continue;
        }
        match parameters.once.entry(Name(name)) {
            Entry::Vacant(place) => {
                place.insert(value);
            }
            Entry::Occupied(place) => {
                return Err(Facts::new(format_args!("{} once", place.key().0), "it again"));
            }
        }
    }
    Ok(parameters)
}

/// The parameters as they are meant. One without `%` and `+` is taken as it stands: the assertion, most of a form, is one.
pub(super) fn pairs(form: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form.split(|byte| *byte == b'&').flat_map(|pair| {
        // Without an early end, the compiler looks at many bytes at once.
        let escaped = pair.iter().fold(false, |found, byte| found | (*byte == b'%') | (*byte == b'+'));
        match std::str::from_utf8(pair) {
            Ok("") => None,
            Ok(plain) if !escaped => {
                let (name, value) = plain.split_once('=').unwrap_or((plain, ""));
                Some((name.into(), value.into()))
            }
            _ => form_urlencoded::parse(pair).next(),
        }
    })
}

/// HelseID: use of client assertion. A secret is never taken, also not beside an assertion.
fn no_other_authentication(parameters: &Parameters<'_>) -> Result<(), Facts> {
    if parameters.value("client_secret").is_some() {
        let facts = Facts::new("a client assertion", "a client secret");
        return Err(facts.saying("The client sends a client_secret"));
    }
    if parameters.value("client_assertion").is_none() {
        return Err(Facts::missing("client_assertion"));
    }
    Ok(())
}

/// RFC 6749 section 5.2.
fn grant_is_another(asked: Option<&str>, granted: &[GrantType]) -> Facts {
    let names = granted.iter().map(|grant| grant.name()).collect::<Vec<_>>().join(" or ");
    asked.map_or_else(|| Facts::missing(&names), |other| Facts::value(&names, other))
}

/// RFC 7523 section 2.2.
fn assertion_type_is_jwt_bearer(assertion_type: Option<String>) -> Result<(), Facts> {
    match assertion_type {
        Some(text) if text == ASSERTION_TYPE => Ok(()),
        Some(text) => Err(Facts::value(ASSERTION_TYPE, text)),
        None => Err(Facts::missing(ASSERTION_TYPE)),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    thread_local! {
        pub(super) static COMPARED: Cell<usize> = const { Cell::new(0) };
    }

    /// A form of at most 64 KiB with as many names, all of one length and equal but for their ends.
    fn form(names: usize) -> Vec<u8> {
        let length = MAX_BYTES / names - 1;
        let letter = |digit: usize| char::from(b'A' + (digit % 32) as u8);
        let name = |number: usize| {
            let end: String = [number >> 10, number >> 5, number].map(letter).into_iter().collect();
            format!("{end:x>length$}")
        };
        (0..names).map(name).collect::<Vec<_>>().join("&").into_bytes()
    }

    /// What becomes of a form, and how often names were compared.
    fn read(form: &[u8]) -> (Fault, usize) {
        COMPARED.set(0);
        let fault = TokenForm::read(Some(CONTENT_TYPE), form, &mut Trail::new()).expect_err("no assertion");
        (fault, COMPARED.get())
    }

    #[test]
    fn a_form_of_many_names_is_refused_before_two_are_compared() {
        for names in [65, 4_225, 16_384] {
            let (fault, compared) = read(&form(names));
            assert_eq!((fault.rule(), compared), (Rule::RequestBody, 0), "{names}");
            assert_eq!(fault.facts().got, names.to_string());
        }
        let (fault, one) = read(&form(1));
        assert_eq!(fault.rule(), Rule::RequestAssertion);
        let (fault, most) = read(&form(MAX_PARAMETERS));
        assert_eq!(fault.rule(), Rule::RequestAssertion);
        // Twelve comparisons a name at most: a search in a tree, and no pairs.
        assert!(most <= one + 12 * MAX_PARAMETERS, "{one} comparisons for one name, {most} for 64");
    }

    #[test]
    fn a_name_that_stands_twice_is_found_wherever_it_stands() {
        for form in ["a=1&a=2", "b=&a=1&c=2&%61=3", "a&a"] {
            let (fault, _) = read(form.as_bytes());
            assert_eq!(
                (fault.rule(), fault.facts().expected.as_str()),
                (Rule::RequestOnce, "a once"),
                "{form}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_form_costs_no_more_comparisons_than_its_bytes(form in "[a-c=&%1-3+]{0,400}", names in 1..16_384_usize) {
            prop_assert!(read(form.as_bytes()).1 <= 12 * MAX_PARAMETERS);
            prop_assert!(read(&self::form(names)).1 <= 12 * MAX_PARAMETERS);
        }
    }
}
