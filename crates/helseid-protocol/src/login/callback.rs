//! What comes back from the authorization endpoint by the browser (RFC 6749 section 4.1.2, RFC 9207).

use std::fmt;

use crate::endpoint::form::{FormRules, Parameters};
use crate::endpoint::token::OAuthError;
use crate::id::Issuer;
use crate::person::Subject;
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::secret::{AuthorizationCode, shown};

/// A request to the redirect URI. Whoever can open an address in the browser can have sent it: nothing of it counts before the
/// pending login of its `state` is found, and this browser began it.
///
/// ```
/// use helseid_protocol::{id::Issuer, login::{Callback, CallbackAnswer}, rule::Trail};
///
/// let trail = &mut Trail::new();
/// let callback = Callback::read(b"state=7F3A&code=51C0&iss=https%3A%2F%2Fsts.example", trail)?;
/// // In a program: from the store, by the state; then by the browser's cookie, and by claiming the login.
/// let pending = (callback.state() == "7F3A").then_some(Issuer::parse("https://sts.example")?);
/// let issuer = callback.require_transaction(pending, trail)?;
/// callback.require_browser(true, trail)?;
/// callback.require_first_use(true, trail)?;
/// assert!(matches!(callback.answer(&issuer, trail)?, CallbackAnswer::Code(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Callback<'a> {
    state: String,
    parameters: Parameters<'a>,
}

/// What the authority says.
///
/// ```
/// use helseid_protocol::{id::Issuer, login::{Callback, CallbackAnswer}, rule::Trail};
///
/// let trail = &mut Trail::new();
/// let callback = Callback::read(b"state=7F3A&error=access_denied&iss=https%3A%2F%2Fsts.example", trail)?;
/// // Only after the transaction, the browser and the first use were checked, as the example of `Callback` shows.
/// match callback.answer(&Issuer::parse("https://sts.example")?, trail)? {
///     CallbackAnswer::Code(code) => println!("{code:?} is redeemed at the token endpoint"),
///     CallbackAnswer::Refused(error) => assert_eq!(error.code, "access_denied"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub enum CallbackAnswer {
    /// The person logged in.
    Code(AuthorizationCode),
    /// The person did not, such as `access_denied`. Its texts are cut and have no control characters, but are still a
    /// stranger's: not for a page, unless escaped.
    Refused(OAuthError),
}

impl<'a> Callback<'a> {
    /// Reads the query, without its question mark, as far as its `state`.
    pub fn read(query: &'a [u8], trail: &mut Trail) -> Result<Self, Fault> {
        let mut parameters = Parameters::read(query, RULES, trail)?;
        let state = parameters.take("state").ok_or_else(|| Facts::missing("state"));
        Ok(Self { state: trail.require(Rule::LoginTransaction, state)?, parameters })
    }

    /// By which the pending login is found.
    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }

    /// The pending login that was `found` by the state, and is not too old.
    pub fn require_transaction<T>(&self, found: Option<T>, trail: &mut Trail) -> Result<T, Fault> {
        let found = found
            .ok_or_else(|| Facts::new("the state of a login that was begun here within the hour", "another"));
        trail.require(Rule::LoginTransaction, found)
    }

    /// Checks that this browser began the login, as its cookie shows (RFC 9700 section 4.7).
    pub fn require_browser(&self, is_the_same: bool, trail: &mut Trail) -> Result<(), Fault> {
        let finding = if is_the_same {
            Ok(())
        } else {
            Err(Facts::new("the browser that began the login", "another browser"))
        };
        trail.require(Rule::LoginBrowser, finding)
    }

    /// Checks that the login comes back for the first time.
    pub fn require_first_use(&self, is_first: bool, trail: &mut Trail) -> Result<(), Fault> {
        let finding = if is_first {
            Ok(())
        } else {
            Err(Facts::new("a login that has not come back", "one that came back before"))
        };
        trail.require(Rule::LoginOnce, finding)
    }

    /// The answer, which must name `issuer` as the one that gives it, whatever the metadata says of that (RFC 9207 section
    /// 2.4), and be a code or an error.
    pub fn answer(mut self, issuer: &Issuer, trail: &mut Trail) -> Result<CallbackAnswer, Fault> {
        trail.require(Rule::LoginIss, iss_is_the_issuer(self.parameters.value("iss"), issuer))?;
        let code = self.parameters.take("code");
        match (self.parameters.take("error"), code) {
            (Some(_), Some(_)) => Err(Fault::new(Rule::LoginError, Facts::new("a code or an error", "both"))),
            (Some(error), None) => {
                trail.holds(Rule::LoginError);
                let description = self.parameters.take("error_description");
                Ok(CallbackAnswer::Refused(OAuthError {
                    code: shown(&error),
                    description: description.map(|text| shown(&text)),
                    uri: None,
                }))
            }
            (None, code) => {
                trail.holds(Rule::LoginError);
                let code =
                    code.map(AuthorizationCode::new).ok_or_else(|| Facts::missing("a code or an error"));
                trail.require(Rule::LoginCode, code).map(CallbackAnswer::Code)
            }
        }
    }
}

/// Checks that a step-up, or a login without a page, was by the person who is logged in. Neither is repeated.
pub fn same_person(expected: &Subject, found: &Subject, trail: &mut Trail) -> Result<(), Fault> {
    let finding = if expected == found {
        Ok(())
    } else {
        Err(Facts::new("the person who is logged in", "another person"))
    };
    trail.require(Rule::LoginSamePerson, finding)
}

/// The code is among them.
impl fmt::Debug for Callback<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Callback").finish_non_exhaustive()
    }
}

const RULES: FormRules = FormRules { body: Rule::LoginTransaction, once: Rule::LoginTransaction };

/// RFC 9207 section 2.4: compared as text.
fn iss_is_the_issuer(iss: Option<&str>, issuer: &Issuer) -> Result<(), Facts> {
    match iss {
        Some(iss) if iss == issuer.as_str() => Ok(()),
        Some(other) => Err(Facts::value(issuer, other)),
        None => Err(Facts::missing(issuer)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str =
        "state=the+state&code=the+code&iss=https%3A%2F%2Fsts.example&session_state=x&scope=openid";

    fn answer(query: &str, trail: &mut Trail) -> Result<CallbackAnswer, Fault> {
        let callback = Callback::read(query.as_bytes(), trail)?;
        callback.require_transaction((callback.state() == "the state").then_some(()), trail)?;
        callback.require_browser(true, trail)?;
        callback.require_first_use(true, trail)?;
        callback.answer(&Issuer::parse("https://sts.example").unwrap(), trail)
    }

    #[test]
    fn a_code_comes_back_by_every_rule() {
        let mut trail = Trail::new();
        let Ok(CallbackAnswer::Code(code)) = answer(VALID, &mut trail) else { panic!("a code") };
        assert_eq!(code.expose(), "the code");
        let person = Subject::parse("the-person").unwrap();
        same_person(&person, &person, &mut trail).unwrap();
        let rules = Rule::ALL.iter().filter(|rule| rule.id().starts_with("login."));
        for rule in rules.filter(|rule| **rule != Rule::LoginReturnTo) {
            assert!(trail.has(*rule), "{}", rule.id());
        }
    }

    #[test]
    fn an_error_comes_back_as_it_may_be_shown() {
        let query = VALID.replace("code=the+code", "error=access_denied&error_description=no%0a%1b[31m");
        let Ok(CallbackAnswer::Refused(error)) = answer(&query, &mut Trail::new()) else {
            panic!("an error")
        };
        assert_eq!(error.to_string(), "access_denied: no??[31m");
    }

    #[test]
    fn each_breach_has_its_rule() {
        for (from, to, rule) in [
            ("state=the+state&", "", Rule::LoginTransaction),
            ("state=the+state", "state=another", Rule::LoginTransaction),
            ("state=the+state", "state=the+state&state=the+state", Rule::LoginTransaction),
            ("&iss=https%3A%2F%2Fsts.example", "", Rule::LoginIss),
            ("sts.example", "sts.example%2F", Rule::LoginIss),
            ("sts.example", "another.example", Rule::LoginIss),
            ("code=the+code", "code=the+code&error=access_denied", Rule::LoginError),
            ("&code=the+code", "", Rule::LoginCode),
            ("code=the+code", "code=", Rule::LoginCode),
        ] {
            let fault = answer(&VALID.replace(from, to), &mut Trail::new()).expect_err(to);
            assert_eq!(fault.rule(), rule, "{from} -> {to}");
            assert!(!fault.description().contains("the code"), "{fault}");
        }
        let callback = Callback::read(VALID.as_bytes(), &mut Trail::new()).unwrap();
        let trail = &mut Trail::new();
        assert_eq!(callback.require_browser(false, trail).unwrap_err().rule(), Rule::LoginBrowser);
        assert_eq!(callback.require_first_use(false, trail).unwrap_err().rule(), Rule::LoginOnce);
        let [one, other] = ["one", "other"].map(|text| Subject::parse(text).unwrap());
        assert_eq!(same_person(&one, &other, trail).unwrap_err().rule(), Rule::LoginSamePerson);
        assert_eq!(format!("{callback:?}"), "Callback { .. }");
    }
}
