//! Takes a valid exchange, breaks one property, expects that one fault.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::endpoint::token::CONTENT_TYPE;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// An exchange by the client `api`, which is the API `nhn:a`.
struct Exchange {
    aud: Value,
    exp: i64,
    /// How often the token was exchanged before.
    exchanged: usize,
    may_be_exchanged_by: &'static [&'static str],
}

const TOKEN: &str = "the.subject.token";

fn valid() -> Exchange {
    Exchange {
        aud: json!("nhn:a"),
        exp: NOW.seconds() + 60,
        exchanged: 0,
        may_be_exchanged_by: &["other", "api"],
    }
}

fn client(id: &str) -> ClientId {
    ClientId::parse(id).unwrap()
}

fn body() -> String {
    let request = ExchangeRequest {
        client_id: &client("api"),
        subject_token: &AccessToken::new(TOKEN),
        scope: &ScopeSet::parse("nhn:b/read").unwrap(),
        resource: Some(&Audience::parse("nhn:b").unwrap()),
    };
    request.body(&ClientAssertion::new("h.c.s"))
}

fn read(body: &str, trail: &mut Trail) -> Result<ExchangeForm, Fault> {
    let form = TokenForm::read(Some(CONTENT_TYPE), body.as_bytes(), trail).unwrap();
    assert_eq!(form.grant(&[GrantType::TokenExchange], trail), Ok(GrantType::TokenExchange));
    assert_eq!(form.resources(), ["nhn:b"]);
    ExchangeForm::read(&form, trail)
}

impl Exchange {
    fn claims(&self) -> AccessTokenClaims {
        let act =
            (0..self.exchanged).fold(Value::Null, |act, _| json!({ "client_id": "another", "act": act }));
        let Value::Object(claims) = json!({ "iss": "https://sts.example", "aud": self.aud, "exp": self.exp, "client_id": "web", "act": act })
        else {
            unreachable!("an object")
        };
        AccessTokenClaims::read(claims).unwrap()
    }

    fn check(&self, trail: &mut Trail) -> Result<AccessTokenClaims, Fault> {
        let asked = read(&body(), trail)?;
        assert_eq!(asked.subject_token().expose(), TOKEN);
        let claims = asked.require_good(Ok(self.claims()), NOW, trail)?;
        let listed: Vec<_> = self.may_be_exchanged_by.iter().map(|id| client(id)).collect();
        let listed = asked.require_clients(Some(listed), trail)?;
        let exchanging = Exchanging {
            actor: &client("api"),
            own_audiences: &["nhn:x", "nhn:a"].map(|name| Audience::parse(name).unwrap()),
            may_be_exchanged_by: &listed,
            max_exchanges: MAX_EXCHANGES,
        };
        asked.check(&claims, exchanging, trail)?;
        asked.require_live_login(true, trail)?;
        Ok(claims)
    }

    fn breaks(&self, rule: Rule) {
        let fault = self.check(&mut Trail::new()).unwrap_err();
        assert_eq!(fault.rule(), rule, "{fault}");
    }
}

fn form_breaks(rule: Rule, body: &str) {
    let fault = read(body, &mut Trail::new()).unwrap_err();
    assert_eq!(fault.rule(), rule, "{fault}");
    assert!(!fault.description().contains(TOKEN), "{fault}");
}

#[test]
fn a_valid_exchange_holds_every_rule_of_its_own() {
    let mut trail = Trail::new();
    valid().check(&mut trail).unwrap();
    let own = Rule::ALL.iter().filter(|rule| rule.id().starts_with("exchange."));
    assert_eq!(own.clone().filter(|rule| !trail.has(**rule)).count(), 0);
    assert_eq!(own.count(), 9);
}

#[test]
fn exchange_subject_token() {
    form_breaks(Rule::ExchangeSubjectToken, &body().replace("subject_token=", "token="));
    form_breaks(Rule::ExchangeSubjectToken, &body().replace(TOKEN, &"a".repeat(8_193)));
    for exp in [NOW.seconds(), NOW.seconds() - 1] {
        Exchange { exp, ..valid() }.breaks(Rule::ExchangeSubjectToken);
    }
    let asked = read(&body(), &mut Trail::new()).unwrap();
    let broken = Fault::new(Rule::TokenSignature, Facts::new("a signature by the issuer's key", "another"));
    let fault = asked.require_good(Err(broken), NOW, &mut Trail::new()).unwrap_err();
    assert_eq!((fault.rule(), fault.code().as_str()), (Rule::ExchangeSubjectToken, "invalid_request"));
    let said = fault.description();
    assert!(
        said.starts_with("invalid subject_token - The access token is not signed by its issuer: expected"),
        "{said}"
    );
    let fault = asked.require_clients::<()>(None, &mut Trail::new()).unwrap_err();
    assert_eq!(fault.rule(), Rule::ExchangeSubjectToken);
}

#[test]
fn exchange_subject_token_type() {
    let sent = format!("subject_token_type={}", ACCESS_TOKEN_TYPE.replace(':', "%3A"));
    assert!(body().contains(&sent), "{}", body());
    for other in
        ["", "subject_token_type=", "subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aid_token"]
    {
        form_breaks(Rule::ExchangeSubjectTokenType, &body().replace(&sent, other));
    }
}

#[test]
fn exchange_requested_token_type() {
    let with = |kind: &str| format!("{}&requested_token_type={kind}", body());
    for good in ["", ACCESS_TOKEN_TYPE] {
        read(&with(good), &mut Trail::new()).unwrap();
    }
    form_breaks(Rule::ExchangeRequestedTokenType, &with("urn:ietf:params:oauth:token-type:refresh_token"));
}

#[test]
fn exchange_actor_token() {
    for name in ["actor_token", "actor_token_type"] {
        form_breaks(Rule::ExchangeActorToken, &format!("{}&{name}=x", body()));
    }
}

#[test]
fn exchange_scope() {
    for other in ["", "scope=", "scope=+"] {
        form_breaks(Rule::ExchangeScope, &body().replace("scope=nhn%3Ab%2Fread", other));
    }
}

#[test]
fn exchange_audience() {
    Exchange { aud: json!(["nhn:b", "nhn:a"]), ..valid() }.check(&mut Trail::new()).unwrap();
    for other in [json!("nhn:b"), json!(["nhn:b", "nhn:c"]), json!("https://sts.example")] {
        Exchange { aud: other, ..valid() }.breaks(Rule::ExchangeAudience);
    }
}

#[test]
fn exchange_permitted() {
    for listed in [&[][..], &["other", "API"]] {
        Exchange { may_be_exchanged_by: listed, ..valid() }.breaks(Rule::ExchangePermitted);
    }
}

#[test]
fn exchange_count() {
    for exchanged in [1, 2] {
        Exchange { exchanged, ..valid() }.check(&mut Trail::new()).unwrap();
    }
    for exchanged in [3, 4] {
        Exchange { exchanged, ..valid() }.breaks(Rule::ExchangeCount);
    }
}

#[test]
fn exchange_session() {
    let asked = read(&body(), &mut Trail::new()).unwrap();
    let fault = asked.require_live_login(false, &mut Trail::new()).unwrap_err();
    assert_eq!(fault.rule(), Rule::ExchangeSession);
}

#[test]
fn a_form_that_is_printed_tells_no_token() {
    let asked = read(&body(), &mut Trail::new()).unwrap();
    assert!(!format!("{asked:?}").contains(TOKEN));
}

proptest! {
    #[test]
    fn any_form_is_read_without_a_panic(token in "\\PC{0,60}", kind in "\\PC{0,60}", scope in "\\PC{0,60}") {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([("client_assertion_type", super::super::ASSERTION_TYPE), ("client_assertion", "h.c.s")]);
        form.extend_pairs([("subject_token", &token), ("subject_token_type", &kind), ("scope", &scope)]);
        let (body, mut trail) = (form.finish(), Trail::new());
        if let Ok(form) = TokenForm::read(Some(CONTENT_TYPE), body.as_bytes(), &mut trail) {
            let _ = ExchangeForm::read(&form, &mut trail);
        }
    }
}
