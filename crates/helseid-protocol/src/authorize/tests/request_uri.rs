use super::*;

const OWN: &str = "urn:ietf:params:oauth:request_uri:abc-_.1";

fn read(text: &str) -> Result<RequestUri, Rule> {
    RequestUri::read(text, &mut Trail::new()).map_err(|fault| fault.rule())
}

#[test]
fn a_name_of_ours_is_read_and_nothing_is_fetched() {
    assert_eq!(read(OWN), Ok(RequestUri::of("abc-_.1")));
    assert_eq!(
        (RequestUri::of("abc-_.1").to_wire().as_str(), RequestUri::of("abc").reference()),
        (OWN, "abc")
    );
    assert!(read(&format!("{OWN:x<512}")).is_ok());
    for text in ["https://app.example/request.jwt", "http://169.254.169.254/", "file:///etc/passwd"] {
        assert_eq!(read(text), Err(Rule::AuthorizeRequestUriForeign), "{text}");
    }
    let long = format!("{OWN:x<513}");
    for text in
        ["", "abc", "urn:ietf:params:oauth:request_uri:", "urn:ietf:params:oauth:request_uri:a/b", &long]
    {
        assert_eq!(read(text), Err(Rule::AuthorizeRequestUriForm), "{text}");
    }
}

#[test]
fn a_pushed_request_is_good_for_its_client_until_it_expires_or_is_answered() {
    let other = ClientId::parse("another").unwrap();
    let valid = PushedRequest { client_id: &CLIENT, expires: NOW.plus(TOLERANCE), is_answered: false };
    let outcome = |found, begun| {
        let name = RequestUri::of("abc");
        name.require_usable(found, (&CLIENT, begun), &mut Trail::new()).map_err(|fault| fault.rule())
    };
    assert_eq!(outcome(Some(valid), NOW), Ok(()));
    for (found, rule) in [
        (None, Rule::AuthorizeRequestUriKnown),
        (Some(PushedRequest { client_id: &other, ..valid }), Rule::AuthorizeRequestUriClient),
        (Some(PushedRequest { expires: NOW, ..valid }), Rule::AuthorizeRequestUriExpiry),
        (Some(PushedRequest { is_answered: true, ..valid }), Rule::AuthorizeRequestUriOnce),
    ] {
        assert_eq!(outcome(found, NOW), Err(rule));
    }
}
