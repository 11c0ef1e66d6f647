//! Takes a valid refresh, breaks one property, expects that one fault.

use proptest::prelude::*;

use super::*;
use crate::endpoint::token::CONTENT_TYPE;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

struct Refresh {
    scope: &'static str,
    resource: Option<&'static str>,
    owner: &'static str,
    is_bound: bool,
    proof_key: Option<&'static str>,
    is_revoked: bool,
    attested: [bool; 2],
    now: Timestamp,
}

const VALID: Refresh = Refresh {
    scope: "openid nhn:a/read",
    resource: Some("nhn:a"),
    owner: "the-client",
    is_bound: true,
    proof_key: Some("a new key"),
    is_revoked: false,
    attested: [true, false],
    now: NOW,
};

impl Refresh {
    fn body(&self) -> String {
        let client_id = ClientId::parse("the-client").unwrap();
        let resource = self.resource.map(|name| Audience::parse(name).unwrap());
        let request = RefreshRequest {
            client_id: &client_id,
            refresh_token: &RefreshToken::new("the+token"),
            scope: &ScopeSet::parse(self.scope).unwrap(),
            resource: resource.as_ref(),
        };
        request.body(&ClientAssertion::new("h.c.s"))
    }

    fn check_body(&self, body: &str, trail: &mut Trail) -> Result<Narrowed, Fault> {
        let form = TokenForm::read(Some(CONTENT_TYPE), body.as_bytes(), trail).unwrap();
        let asked = RefreshForm::read(&form, trail)?;
        let (owner, sender) = (ClientId::parse(self.owner).unwrap(), ClientId::parse("the-client").unwrap());
        let scopes = ScopeSet::parse("openid profile nhn:a/read nhn:b/read").unwrap();
        let resources = ["nhn:a", "nhn:b"].map(|name| Audience::parse(name).unwrap());
        let grant = RefreshGrant {
            client_id: &owner,
            scopes: &scopes,
            resources: &resources,
            is_bound: self.is_bound,
            is_attested: self.attested[0],
            expires: NOW.plus(std::time::Duration::from_secs(60)),
            is_revoked: self.is_revoked,
        };
        let sender = Sender {
            client_id: &sender,
            proof_key: self.proof_key,
            attests: self.attested[1],
            now: self.now,
        };
        let is_known = asked.refresh_token().expose() == "the+token";
        let grant = asked.require_known(is_known.then_some(grant), trail)?;
        let narrowed = asked.check(grant, sender, trail)?;
        asked.require_unused(true, trail)?;
        Ok(narrowed)
    }

    fn check(&self) -> Result<Narrowed, Rule> {
        self.check_body(&self.body(), &mut Trail::new()).map_err(|fault| fault.rule())
    }
}

#[test]
fn a_refresh_narrows_what_was_granted_and_passes_every_rule() {
    let mut trail = Trail::new();
    let narrowed = VALID.check_body(&VALID.body(), &mut trail).unwrap();
    assert_eq!(narrowed.scopes.to_string(), "nhn:a/read openid");
    assert_eq!(narrowed.resources.iter().map(Audience::as_str).collect::<Vec<_>>(), ["nhn:a"]);
    for rule in Rule::ALL.iter().filter(|rule| rule.id().starts_with("refresh.")) {
        assert!(trail.has(*rule), "{}", rule.id());
    }
    let everything = Refresh { scope: "", resource: None, ..VALID }.check().unwrap();
    assert_eq!((everything.scopes.len(), everything.resources.len()), (4, 0));
    let granted = ScopeSet::parse("openid profile").unwrap();
    for blank in ["", " ", "   "] {
        assert_eq!(scopes_are_granted(Some(blank), &granted).unwrap(), granted, "a blank scope is none");
    }
}

#[test]
fn each_breach_has_its_rule() {
    let ended = NOW.plus(std::time::Duration::from_secs(60));
    for (refresh, rule) in [
        (Refresh { owner: "another", ..VALID }, Rule::RefreshClient),
        (Refresh { now: ended, ..VALID }, Rule::RefreshExpiry),
        (Refresh { is_revoked: true, ..VALID }, Rule::RefreshRevoked),
        (Refresh { proof_key: None, ..VALID }, Rule::RefreshDpop),
        (Refresh { is_bound: false, ..VALID }, Rule::RefreshDpop),
        (Refresh { scope: "openid nhn:c/read", ..VALID }, Rule::RefreshScope),
        (Refresh { resource: Some("nhn:c"), ..VALID }, Rule::RefreshResource),
        (Refresh { attested: [true, true], ..VALID }, Rule::RefreshDetailsPlace),
    ] {
        assert_eq!(refresh.check(), Err(rule));
    }
    let unbound = Refresh { is_bound: false, proof_key: None, ..VALID };
    assert!(unbound.check().is_ok());
    for attested in [[false, true], [false, false]] {
        assert!(Refresh { attested, ..VALID }.check().is_ok());
    }
}

#[test]
fn a_refresh_token_is_sent_known_and_not_repeated() {
    let broken = |from: &str, to: &str| {
        VALID.check_body(&VALID.body().replace(from, to), &mut Trail::new()).expect_err(to)
    };
    assert_eq!(broken("&refresh_token=the%2Btoken", "").rule(), Rule::RefreshPresent);
    let unknown = broken("the%2Btoken", "a-secret");
    assert_eq!(unknown.rule(), Rule::RefreshKnown);
    assert!(!unknown.description().contains("secret"), "{}", unknown.description());
    assert_eq!(broken("scope=", "scope=a%22b+").rule(), Rule::RefreshScope);
    let body = VALID.body();
    let form = TokenForm::read(Some(CONTENT_TYPE), body.as_bytes(), &mut Trail::new()).unwrap();
    let used = RefreshForm::read(&form, &mut Trail::new()).unwrap().require_unused(false, &mut Trail::new());
    assert_eq!(used.unwrap_err().rule(), Rule::RefreshOnce);
}

proptest! {
    #[test]
    fn what_is_written_is_read(token in "[!-~]{1,80}", scopes in proptest::collection::btree_set("[!#-\\[\\]-~]{1,20}", 0..5)) {
        let client_id = ClientId::parse("c").unwrap();
        let scope = ScopeSet::parse(&scopes.into_iter().collect::<Vec<_>>().join(" ")).unwrap();
        let refresh_token = RefreshToken::new(token.clone());
        let request = RefreshRequest { client_id: &client_id, refresh_token: &refresh_token, scope: &scope, resource: None };
        let body = request.body(&ClientAssertion::new("h.c.s"));
        let form = TokenForm::read(Some(CONTENT_TYPE), body.as_bytes(), &mut Trail::new()).unwrap();
        let read = RefreshForm::read(&form, &mut Trail::new()).unwrap();
        prop_assert_eq!(read.refresh_token().expose(), token);
        prop_assert_eq!(form.parameter("scope").unwrap_or_default(), scope.to_string());
    }
}
