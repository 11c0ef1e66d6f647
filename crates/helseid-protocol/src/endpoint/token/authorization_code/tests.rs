//! Takes a valid redemption of a code, breaks one property, expects that one fault.

use super::*;
use crate::endpoint::token::CONTENT_TYPE;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct Redemption {
    body: String,
    owner: &'static str,
    challenge: Option<&'static str>,
    bound_to: Option<&'static str>,
    proof_key: Option<&'static str>,
    attested: [bool; 2],
    now: Timestamp,
}

fn valid() -> Redemption {
    let client_id = ClientId::parse("the-client").unwrap();
    let resource = Audience::parse("nhn:a").unwrap();
    let request = CodeRequest {
        client_id: &client_id,
        code: &AuthorizationCode::new("the+code"),
        redirect_uri: "https://app.example/callback?x=1&y=2",
        code_verifier: &CodeVerifier::parse(VERIFIER).unwrap(),
        resource: Some(&resource),
    };
    Redemption {
        body: request.body(&ClientAssertion::new("h.c.s")),
        owner: "the-client",
        challenge: Some(CHALLENGE),
        bound_to: Some("the-key"),
        proof_key: Some("the-key"),
        attested: [true, false],
        now: NOW,
    }
}

impl Redemption {
    fn with(self, name: &str, value: Option<&str>) -> Self {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(form_urlencoded::parse(self.body.as_bytes()).filter(|(old, _)| old != name));
        if let Some(value) = value {
            form.append_pair(name, value);
        }
        Self { body: form.finish(), ..self }
    }

    fn check(&self, trail: &mut Trail) -> Result<Vec<Audience>, Fault> {
        let form = TokenForm::read(Some(CONTENT_TYPE), self.body.as_bytes(), trail).unwrap();
        let asked = CodeForm::read(&form, trail)?;
        let (owner, sender) = (ClientId::parse(self.owner).unwrap(), ClientId::parse("the-client").unwrap());
        let challenge = self.challenge.map(|text| CodeChallenge::parse(text).unwrap());
        let resources = ["nhn:a", "nhn:b"].map(|name| Audience::parse(name).unwrap());
        let issued = IssuedCode {
            client_id: &owner,
            redirect_uri: "https://app.example/callback?x=1&y=2",
            challenge: challenge.as_ref(),
            bound_to: self.bound_to,
            resources: &resources,
            is_attested: self.attested[0],
            expires: NOW.plus(std::time::Duration::from_secs(60)),
        };
        let sender = Sender {
            client_id: &sender,
            proof_key: self.proof_key,
            attests: self.attested[1],
            now: self.now,
        };
        let known = asked.require_known((asked.code().expose() == "the+code").then_some(issued), trail)?;
        let resources = asked.check(known, sender, trail)?;
        asked.require_live_login(true, trail)?;
        asked.require_first_use(true, trail)?;
        Ok(resources)
    }

    fn broken(&self) -> Rule {
        self.check(&mut Trail::new()).expect_err("one thing is broken").rule()
    }
}

#[test]
fn a_code_is_redeemed_as_it_was_asked_for_and_passes_every_rule() {
    let mut trail = Trail::new();
    let resources = valid().check(&mut trail).unwrap();
    assert_eq!(resources.iter().map(Audience::as_str).collect::<Vec<_>>(), ["nhn:a"]);
    for rule in Rule::ALL.iter().filter(|rule| rule.id().starts_with("code.")) {
        assert!(trail.has(*rule), "{}", rule.id());
    }
}

#[test]
fn each_breach_has_its_rule() {
    let short = &VERIFIER[..42];
    let long = "a".repeat(129);
    for (name, value, rule) in [
        ("code", None, Rule::CodePresent),
        ("code", Some(""), Rule::CodePresent),
        ("code", Some("another"), Rule::CodeKnown),
        ("redirect_uri", None, Rule::CodeRedirectUri),
        ("redirect_uri", Some("https://app.example/callback"), Rule::CodeRedirectUri),
        ("redirect_uri", Some("https://APP.example/callback?x=1&y=2"), Rule::CodeRedirectUri),
        ("code_verifier", None, Rule::CodeVerifier),
        ("code_verifier", Some(short), Rule::CodeVerifier),
        ("code_verifier", Some(&long), Rule::CodeVerifier),
        ("code_verifier", Some("dBjftJeZ4CVP+mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), Rule::CodeVerifier),
        ("code_verifier", Some("eBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), Rule::CodeChallenge),
        ("code_verifier", Some(CHALLENGE), Rule::CodeChallenge),
        ("resource", Some("nhn:c"), Rule::CodeResource),
    ] {
        assert_eq!(valid().with(name, value).broken(), rule, "{name} {value:?}");
    }
    let expiry = NOW.plus(std::time::Duration::from_secs(60));
    for (redemption, rule) in [
        (Redemption { owner: "another", ..valid() }, Rule::CodeClient),
        (Redemption { now: expiry, ..valid() }, Rule::CodeExpiry),
        (Redemption { challenge: None, ..valid() }, Rule::CodeVerifier),
        (Redemption { proof_key: Some("another"), ..valid() }, Rule::CodeDpopJkt),
        (Redemption { proof_key: None, ..valid() }, Rule::CodeDpopJkt),
        (Redemption { attested: [true, true], ..valid() }, Rule::CodeDetailsPlace),
    ] {
        assert_eq!(redemption.broken(), rule);
    }
}

#[test]
fn what_was_not_asked_for_need_not_be_there() {
    let without_challenge = Redemption { challenge: None, ..valid().with("code_verifier", None) };
    let unbound = Redemption { bound_to: None, ..valid() };
    let without_proof = Redemption { bound_to: None, proof_key: None, ..valid() };
    for redemption in [without_challenge, unbound, without_proof, valid().with("scope", Some("openid"))] {
        assert!(redemption.check(&mut Trail::new()).is_ok());
    }
    assert_eq!(valid().with("resource", None).check(&mut Trail::new()), Ok(vec![]));
}

#[test]
fn a_login_that_ended_and_a_second_use_are_refused() {
    let redemption = valid();
    let form = TokenForm::read(Some(CONTENT_TYPE), redemption.body.as_bytes(), &mut Trail::new()).unwrap();
    let asked = CodeForm::read(&form, &mut Trail::new()).unwrap();
    let ended = asked.require_live_login(false, &mut Trail::new()).unwrap_err();
    let again = asked.require_first_use(false, &mut Trail::new()).unwrap_err();
    assert_eq!((ended.rule(), again.rule()), (Rule::CodeSession, Rule::CodeOnce));
}

#[test]
fn no_refusal_repeats_a_code_or_a_verifier() {
    assert!(!format!("{:?}", AuthorizationCode::new("the+code")).contains("the+code"));
    for redemption in [
        valid().with("code", Some("a-secret-code")),
        valid().with("code_verifier", Some("a-secret-verifier")),
        valid().with("code_verifier", Some("a-secret-verifier-a-secret-verifier-a-secret")),
    ] {
        let fault = redemption.check(&mut Trail::new()).unwrap_err();
        assert!(!fault.description().contains("secret"), "{}", fault.description());
    }
}
