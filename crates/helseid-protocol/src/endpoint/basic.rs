//! `Authorization: Basic` where a client authenticates (RFC 6749 section 2.3.1, RFC 7617 section 2).

use std::borrow::Cow;

use base64::Engine as _;
use http::HeaderValue;

/// Whether this header authenticates a client by another way than its assertion: by Basic with anything but the client's own id
/// and an empty password, which is what clients send that know no secret.
pub(super) fn is_another(value: &HeaderValue, client: &str) -> bool {
    let bytes = value.as_bytes();
    let Some((scheme, rest)) = bytes.split_at_checked(5) else { return false };
    if !scheme.eq_ignore_ascii_case(b"basic") || rest.first().is_some_and(|byte| *byte != b' ') {
        return false;
    }
    let pair = base64::engine::general_purpose::STANDARD.decode(rest.trim_ascii());
    let id = pair.ok().and_then(|pair| pair.strip_suffix(b":").map(<[u8]>::to_vec));
    !id.is_some_and(|id| id == client.as_bytes() || decoded(&id).as_ref() == client)
}

/// RFC 6749 section 2.3.1: the id is form-encoded, which many clients leave out.
fn decoded(id: &[u8]) -> Cow<'_, str> {
    form_urlencoded::parse(id).next().map(|(name, _)| name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_clients_own_id_without_a_password_is_no_second_way() {
        let basic = |pair: &str| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
        for (header, another) in [
            (basic("a+b:c:"), false),
            (basic("a%2Bb%3Ac:"), false),
            (basic("a+b:c:").replace("Basic", "basic"), false),
            (basic("a+b:c"), true),
            (basic("a+b:c:secret"), true),
            (basic("other:"), true),
            (basic(""), true),
            ("Basic".to_owned(), true),
            ("Basic !!".to_owned(), true),
            ("Basically".to_owned(), false),
            ("Bearer abc".to_owned(), false),
            ("".to_owned(), false),
        ] {
            let value = HeaderValue::from_str(&header).expect("a header");
            assert_eq!(is_another(&value, "a+b:c"), another, "{header}");
        }
    }
}
