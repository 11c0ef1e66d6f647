//! Forms and queries (`application/x-www-form-urlencoded`) from strangers: bounded before anything is decoded, each
//! parameter once. One reader for all endpoints.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use crate::rule::{Facts, Fault, Rule, Trail};

/// The content type of a form.
pub const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// The most bytes of a form that are read: 64 KiB.
pub const MAX_BYTES: usize = 64 * 1024;

/// The most parameters of a form that are read.
pub const MAX_PARAMETERS: usize = 64;

/// The rules that a form breaks as such, at one endpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormRules {
    /// Its bounds and its encoding.
    pub(crate) body: Rule,
    /// A parameter that stands twice.
    pub(crate) once: Rule,
}

/// The parameters, each at most once; `resource` may repeat (RFC 8707).
///
/// ```
/// use helseid_protocol::endpoint::token::CONTENT_TYPE;
/// use helseid_protocol::endpoint::{ClientForm, ClientFormRules, Parameters};
/// use helseid_protocol::rule::{Fault, Trail};
///
/// let body = b"client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer\
///     &client_assertion=eyJhbGciOi&token=7F3A&token_type_hint=";
/// let form = ClientForm::read(ClientFormRules::REVOCATION, Some(CONTENT_TYPE), body, &mut Trail::new())?;
/// let asked: &Parameters<'_> = form.parameters();
/// assert_eq!(asked.value("token"), Some("7F3A"));
/// // One without a value counts as left out.
/// assert!(asked.names().eq(["token"]));
/// # Ok::<(), Fault>(())
/// ```
#[derive(Clone, Default)]
pub struct Parameters<'a> {
    once: BTreeMap<Name<'a>, Cow<'a, str>>,
    resources: Vec<String>,
}

/// Codes and tokens are among them.
impl fmt::Debug for Parameters<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Parameters").finish_non_exhaustive()
    }
}

impl<'a> Parameters<'a> {
    /// Reads a form, or a query without its question mark.
    pub(crate) fn read(form: &'a [u8], rules: FormRules, trail: &mut Trail) -> Result<Self, Fault> {
        let form = trail.require(rules.body, body_is_a_bounded_form(form))?;
        trail.require(rules.once, parameters_stand_once(form))
    }

    /// Takes a parameter out.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<String> {
        // RFC 6749 section 3.1: a parameter without a value counts as left out.
        self.once.remove(&Name(name.into())).map(Cow::into_owned).filter(|value| !value.is_empty())
    }

    /// The parameter of this name; one without a value counts as left out (RFC 6749 section 3.1).
    #[must_use]
    pub fn value(&self, name: &'static str) -> Option<&str> {
        self.once.get(&Name(name.into())).map(|value| &**value).filter(|value| !value.is_empty())
    }

    /// The names of those that have a value.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let once = self.once.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| &*name.0);
        once.chain(self.resources.first().map(|_| "resource"))
    }

    /// Every `resource` that has a value (RFC 8707 section 2).
    #[must_use]
    pub fn resources(&self) -> &[String] {
        &self.resources
    }
}

/// The name of a parameter. How often names are compared is what a form of many names would cost, so tests count it.
#[derive(Clone, PartialEq, Eq)]
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

/// RFC 6749 section 4.4.2: the body is a form; a `charset` parameter is let pass.
pub(crate) fn content_type_is_a_form(content_type: Option<&str>) -> Result<(), Facts> {
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
    if !body.split(|byte| *byte == b'&').all(is_utf8_when_decoded) {
        return Err(Facts::new("names and values in UTF-8", "other bytes"));
    }
    Ok(body)
}

/// Whether the escapes of a pair stand for UTF-8. A reader that lets others pass makes one character of many texts.
fn is_utf8_when_decoded(pair: &[u8]) -> bool {
    if !pair.contains(&b'%') {
        return true;
    }
    let digit = |at: usize| char::from(*pair.get(at)?).to_digit(16);
    let mut decoded = Vec::with_capacity(pair.len());
    let mut at = 0;
    while let Some(byte) = pair.get(at) {
        let escaped = (*byte == b'%').then(|| Some(digit(at + 1)? * 16 + digit(at + 2)?)).flatten();
        let escaped = escaped.and_then(|escaped| u8::try_from(escaped).ok());
        at += if escaped.is_some() { 3 } else { 1 };
        decoded.push(escaped.unwrap_or(*byte));
    }
    std::str::from_utf8(&decoded).is_ok()
}

/// RFC 6749 section 3.2.
fn parameters_stand_once(form: &[u8]) -> Result<Parameters<'_>, Facts> {
    let mut parameters = Parameters::default();
    for (name, value) in pairs(form) {
        if name == "resource" {
            // RFC 6749 section 3.1: without a value it counts as left out.
            parameters.resources.extend(Some(value.into_owned()).filter(|value| !value.is_empty()));
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
pub(crate) fn pairs(form: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
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

    const RULES: FormRules = FormRules { body: Rule::RequestBody, once: Rule::RequestOnce };

    /// What becomes of a form, and how often names were compared.
    fn read(form: &[u8]) -> (Option<Fault>, usize) {
        COMPARED.set(0);
        let fault = Parameters::read(form, RULES, &mut Trail::new()).err();
        (fault, COMPARED.get())
    }

    #[test]
    fn a_form_of_many_names_is_refused_before_two_are_compared() {
        for names in [65, 4_225, 16_384] {
            let (fault, compared) = read(&form(names));
            let fault = fault.expect("too many");
            assert_eq!((fault.rule(), compared), (Rule::RequestBody, 0), "{names}");
            assert_eq!(fault.facts().got, names.to_string());
        }
        let (fault, one) = read(&form(1));
        assert_eq!(fault, None);
        let (fault, most) = read(&form(MAX_PARAMETERS));
        assert_eq!(fault, None);
        // Twelve comparisons a name at most: a search in a tree, and no pairs.
        assert!(most <= one + 12 * MAX_PARAMETERS, "{one} comparisons for one name, {most} for 64");
    }

    #[test]
    fn what_is_no_utf8_when_it_is_decoded_is_refused() {
        for form in ["a=%ff", "%C3=x", "a=1&b=%c3%28", "a=%C3&b=%A5", "a=%E2%82", "a=%C0%80", "a=%ED%A0%80"] {
            let fault = read(form.as_bytes()).0.expect(form);
            assert_eq!((fault.rule(), &*fault.facts().got), (Rule::RequestBody, "other bytes"), "{form}");
        }
        for form in ["a=%C3%A5+%e2%82%ac", "a=%EF%BF%BD", "a=%&b=%4&c=%zz&d=%f", "a=%00", "a=%25ff"] {
            assert_eq!(read(form.as_bytes()).0, None, "{form}");
        }
    }

    #[test]
    fn a_resource_without_a_value_counts_as_left_out() {
        let read = |form: &'static str| Parameters::read(form.as_bytes(), RULES, &mut Trail::new()).unwrap();
        let parameters = read("resource=&resource&resource=nhn:api&resource=");
        assert_eq!(parameters.resources(), ["nhn:api"]);
        assert_eq!(read("resource=").names().count(), 0);
    }

    #[test]
    fn a_name_that_stands_twice_is_found_wherever_it_stands() {
        for form in ["a=1&a=2", "b=&a=1&c=2&%61=3", "a&a"] {
            let (fault, _) = read(form.as_bytes());
            let fault = fault.expect("a name twice");
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
