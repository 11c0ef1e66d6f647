use http::Method;

use super::*;
use crate::endpoint::{ClientForm, ClientFormRules};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

fn get(query: &str) -> FrontRequest<'_> {
    FrontRequest { method: &Method::GET, query: Some(query), content_type: None, body: b"" }
}

fn post(body: &[u8]) -> FrontRequest<'_> {
    FrontRequest { method: &Method::POST, query: None, content_type: FORM, body }
}

#[track_caller]
fn broken(rule: Rule, request: FrontRequest<'_>) {
    let mut trail = Trail::new();
    let fault = match AuthorizationForm::read(request, &mut trail) {
        Ok(form) => form.asked(&mut trail).map(drop).expect_err("a fault"),
        Err(fault) => fault,
    };
    assert_eq!(fault.rule(), rule);
}

#[test]
fn a_request_is_a_query_or_a_form_that_names_its_client() {
    for request in [
        get("client_id=the-client&state=x&x=&ui_locales=nb"),
        post(b"ui_locales=nb&client_id=the%2Dclient&&"),
    ] {
        let mut trail = Trail::new();
        let form = AuthorizationForm::read(request, &mut trail).expect("a form");
        assert_eq!((form.client_id(), form.ui_locales()), (&*CLIENT, Some("nb")));
        assert!(matches!(form.asked(&mut trail), Ok(Asked::Here(_))));
    }
    let put = FrontRequest { method: &Method::PUT, ..get("client_id=x") };
    let json = FrontRequest { content_type: Some("application/json"), ..post(b"client_id=x") };
    broken(Rule::AuthorizeMethod, put);
    broken(Rule::AuthorizeMethod, FrontRequest { method: &Method::HEAD, ..get("client_id=x") });
    broken(Rule::AuthorizeMethod, json);
    broken(Rule::AuthorizeMethod, FrontRequest { content_type: None, ..post(b"client_id=x") });
    broken(Rule::AuthorizeForm, get(&"a".repeat(64 * 1024 + 1)));
    broken(Rule::AuthorizeForm, get(&"a&".repeat(65)));
    broken(Rule::AuthorizeForm, post("client_id=å".as_bytes()));
    broken(Rule::AuthorizeOnce, get("client_id=a&client_id=a"));
    broken(Rule::AuthorizeOnce, post(b"client_id=a&state=x&%73tate=x"));
    for query in ["", "state=x", "client_id=", "client_id=%00"] {
        broken(Rule::AuthorizeClientId, get(query));
    }
}

#[test]
fn a_request_is_here_or_was_pushed() {
    let name = "urn:ietf:params:oauth:request_uri:abc";
    broken(Rule::AuthorizeRequestXor, get(&format!("client_id=a&request=x&request_uri={name}")));
    for (query, warned) in [
        (format!("client_id=a&request_uri={name}"), false),
        (format!("client_id=a&request_uri={name}&state=&x-client-SKU=&request="), false),
        (format!("client_id=a&request_uri={name}&x-client-SKU=x"), true),
        (format!("client_id=a&request_uri={name}&state=x&resource=y"), true),
    ] {
        let mut trail = Trail::new();
        let form = AuthorizationForm::read(get(&query), &mut trail).expect("a form");
        let Ok(Asked::Pushed(request_uri)) = form.asked(&mut trail) else { panic!("{query}") };
        assert_eq!(request_uri, RequestUri::of("abc"));
        let rules: Vec<_> = trail.warnings().map(|(rule, _)| rule).collect();
        assert_eq!(rules, if warned { vec![Rule::AuthorizeOnlyTwo] } else { vec![] }, "{query}");
    }
}

#[test]
fn a_pushed_form_breaks_rules_of_its_own() {
    let read = |content_type, body: &str| {
        ClientForm::read(ClientFormRules::PAR, content_type, body.as_bytes(), &mut Trail::new())
            .map_err(|fault| fault.rule())
            .and_then(|form| {
                form.require_client("the-client", &mut Trail::new()).map_err(|fault| fault.rule())
            })
    };
    let client = "client_assertion=a.b.c&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let post = |method| require_post(&method, &mut Trail::new()).map_err(|fault| fault.rule());
    assert_eq!((post(Method::POST), post(Method::GET)), (Ok(()), Err(Rule::ParMethod)));
    assert_eq!(read(FORM, client), Ok(()));
    assert_eq!(read(FORM, &format!("{client}&client_id=the-client")), Ok(()));
    assert_eq!(read(FORM, &format!("{client}&client_id=another")), Err(Rule::ParClientId));
    assert_eq!(read(None, client), Err(Rule::ParContentType));
    assert_eq!(read(FORM, &"a".repeat(64 * 1024 + 1)), Err(Rule::ParBody));
    assert_eq!(read(FORM, &format!("{client}&state=a&state=b")), Err(Rule::AuthorizeOnce));
    assert_eq!(read(FORM, "client_id=the-client"), Err(Rule::RequestAssertion));
}
