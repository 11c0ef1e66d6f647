//! The form in which a logout token is sent (OpenID Connect Back-Channel Logout 1.0 section 2.5).

use crate::endpoint::form::{FormRules, Parameters, content_type_is_a_form};
use crate::rule::{Facts, Fault, Rule, Trail};

/// The body of the request, a form. Holds the token: not for logs.
#[must_use]
pub fn body(logout_token: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", logout_token).finish()
}

/// The logout token in a request with this `Content-Type` and body.
pub fn read_body(content_type: Option<&str>, body: &[u8], trail: &mut Trail) -> Result<String, Fault> {
    content_type_is_a_form(content_type).map_err(|facts| Fault::new(Rule::LogoutTokenForm, facts))?;
    let mut parameters = Parameters::read(body, RULES, trail)?;
    let token = parameters.take("logout_token").ok_or_else(|| Facts::missing("logout_token"));
    token.map_err(|facts| Fault::new(Rule::LogoutTokenForm, facts))
}

const RULES: FormRules = FormRules { body: Rule::LogoutTokenForm, once: Rule::LogoutTokenForm };

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::form::CONTENT_TYPE;

    #[test]
    fn a_logout_token_is_read_as_it_was_sent() {
        let read = |content_type, body: &str| read_body(content_type, body.as_bytes(), &mut Trail::new());
        assert_eq!(read(Some(CONTENT_TYPE), &body("a.b-_.c")), Ok("a.b-_.c".to_owned()));
        for (content_type, form) in [
            (None, "logout_token=a.b.c"),
            (Some("application/jwt"), "logout_token=a.b.c"),
            (Some(CONTENT_TYPE), ""),
            (Some(CONTENT_TYPE), "logout_token="),
            (Some(CONTENT_TYPE), "logout_token=a&logout_token=b"),
        ] {
            assert_eq!(read(content_type, form).unwrap_err().rule(), Rule::LogoutTokenForm, "{form}");
        }
    }
}
