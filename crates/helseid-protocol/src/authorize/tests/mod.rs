//! Takes a valid request, breaks one property, expects that one fault and where it is shown.

mod broken;
mod details;
mod front_form;
mod interaction;
mod merging;
mod request_object;
mod request_uri;
mod written;

use std::sync::LazyLock;

use super::*;
use crate::assertion::ClientKey;
use crate::endpoint::form::{FormRules, Parameters};
use crate::forge::{self, Jwt};
use crate::id::{Audience, ClientId, Issuer, Thumbprint};
use crate::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey, VerifyKey};
use crate::person::{HprNumber, SyntheticMonth};
use crate::rule::{Facts, Fault, LoginSwitches, Profile, PushedRequests, Rule, Switches, Trail};
use crate::scope::{Scope, ScopeSet};
use crate::time::{TOLERANCE, Timestamp};
use crate::uri::RedirectUri;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
const HINT: &str = "a hint of ours";
/// Of RFC 7636 appendix B; the thumbprint of RFC 7638 section 3.1.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const THUMBPRINT: &str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

static ISSUER: LazyLock<Issuer> = LazyLock::new(|| Issuer::parse("https://sts.example").unwrap());
static CLIENT: LazyLock<ClientId> = LazyLock::new(|| ClientId::parse("the-client").unwrap());
static API: LazyLock<Audience> = LazyLock::new(|| Audience::parse("nhn:api").unwrap());
static KEY: LazyLock<SigningKey> = LazyLock::new(|| new_key(Algorithm::ES256));
static KEYS: LazyLock<Vec<ClientKey>> = LazyLock::new(|| vec![registered(&KEY)]);
static REDIRECT_URIS: LazyLock<Vec<RedirectUri>> = LazyLock::new(|| {
    ["https://app.example/cb", "http://localhost/cb"].map(|text| RedirectUri::parse(text).unwrap()).into()
});

fn new_key(algorithm: Algorithm) -> SigningKey {
    SigningKey::new(&PrivateJwk::generate(algorithm, RsaSize::Bits2048, None)).unwrap()
}

fn registered(key: &SigningKey) -> ClientKey {
    ClientKey { key: VerifyKey::new(key.public().clone()).unwrap(), expires: None }
}

/// A request, and what it is held against. A new one is valid in every profile, pushed or not.
#[derive(Clone)]
struct World {
    parameters: Vec<(&'static str, String)>,
    object: Option<String>,
    switches: Switches,
    scopes: &'static str,
    may_use_codes: bool,
    may_use_refresh_tokens: bool,
    require_par: Option<bool>,
    require_signed_requests: bool,
    test_persons: Option<SyntheticMonth>,
    proof: Option<Thumbprint>,
    trail: Trail,
}

impl World {
    fn new(profile: Profile) -> Self {
        let parameters = [
            ("response_type", "code"),
            ("redirect_uri", "https://app.example/cb"),
            ("scope", "openid profile offline_access nhn:api/read"),
            ("state", "a state"),
            ("nonce", "a nonce"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        Self {
            parameters: parameters.map(|(name, value)| (name, value.to_owned())).into(),
            object: None,
            switches: *profile.switches(),
            scopes: "profile nhn:api/read nhn:gone/read",
            may_use_codes: true,
            may_use_refresh_tokens: true,
            require_par: None,
            require_signed_requests: false,
            test_persons: Some(SyntheticMonth::Plus80),
            proof: None,
            trail: Trail::new(),
        }
    }

    /// The same where nothing need be pushed.
    fn unpushed(mut self) -> Self {
        self.switches.login =
            LoginSwitches { pushed_requests: PushedRequests::Optional, ..self.switches.login };
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(other, _)| *other != name);
        self
    }

    fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        let mut world = self.without(name);
        world.parameters.push((name, value.into()));
        world
    }

    fn and(mut self, name: &'static str, value: &str) -> Self {
        self.parameters.push((name, value.to_owned()));
        self
    }

    fn object(mut self, jwt: &Jwt) -> Self {
        self.object = Some(jwt.sign(&KEY));
        self
    }

    fn form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&self.parameters);
        form.extend_pairs(self.object.as_ref().map(|object| ("request", object)));
        form.finish()
    }

    /// Calls `judge` with the parameters and with what they are held against.
    fn judged<T>(
        &mut self,
        judge: impl FnOnce(&Parameters<'_>, (&Client<'_>, &Expectations<'_>), &mut Trail) -> T,
    ) -> T {
        let api_of = |scope: &Scope| (scope.audience() == Some("nhn:api")).then(|| API.clone());
        let hint_is_ours =
            |text: &str| if text == HINT { Ok(()) } else { Err(Facts::new("ours", "another")) };
        let scopes = ScopeSet::parse(self.scopes).unwrap();
        let client = Client {
            id: &CLIENT,
            keys: &KEYS,
            redirect_uris: &REDIRECT_URIS,
            scopes: &scopes,
            api_of: &api_of,
            may_use_codes: self.may_use_codes,
            may_use_refresh_tokens: self.may_use_refresh_tokens,
            require_par: self.require_par,
            require_signed_requests: self.require_signed_requests,
        };
        let expectations = Expectations {
            issuer: &ISSUER,
            switches: &self.switches,
            tolerance: TOLERANCE,
            now: NOW,
            identity_providers: &["testidp-oidc", "testidpnew-oidc"],
            test_persons: self.test_persons,
            id_token_hint: &hint_is_ours,
        };
        let form = self.form();
        let rules = FormRules { body: Rule::ParBody, once: Rule::AuthorizeOnce };
        let parameters = Parameters::read(form.as_bytes(), rules, &mut self.trail).unwrap();
        judge(&parameters, (&client, &expectations), &mut self.trail)
    }

    fn push(&mut self) -> Result<CheckedRequest, Fault> {
        let proof = self.proof.clone();
        self.judged(|parameters, against, trail| push(parameters, proof.as_ref(), against, trail))
    }

    fn front(&mut self) -> Result<CheckedRequest, Refusal> {
        self.judged(front)
    }

    #[track_caller]
    fn holds(mut self) -> CheckedRequest {
        let checked = self.push().expect("a valid request");
        assert_eq!(self.trail.warnings().collect::<Vec<_>>(), []);
        checked
    }

    #[track_caller]
    fn warns(mut self, rule: Rule) -> CheckedRequest {
        let checked = self.push().expect("a request that passes");
        assert_eq!(self.trail.warnings().map(|(warned, _)| warned).collect::<Vec<_>>(), [rule]);
        checked
    }

    #[track_caller]
    fn breaks(mut self, rule: Rule) {
        assert_eq!(self.push().expect_err("a fault").rule(), rule);
    }
}

fn valid_object() -> Jwt {
    forge::request_object(&KEY, &CLIENT, &ISSUER, NOW)
}

/// A request object with every parameter of a valid request.
fn full_object() -> Jwt {
    World::new(Profile::Helseid)
        .parameters
        .into_iter()
        .fold(valid_object(), |jwt, (name, value)| jwt.claim(name, value))
}

#[test]
fn a_valid_request_passes_every_profile_without_a_warning() {
    for profile in Profile::ALL {
        let checked = World::new(profile).holds();
        assert_eq!(checked.client_id, *CLIENT);
        assert_eq!(checked.way_back.target().as_str(), "https://app.example/cb");
        assert_eq!(checked.way_back.state(), Some("a state"));
        assert_eq!(checked.ask.nonce.as_ref().map(Text::as_str), Some("a nonce"));
        assert_eq!(checked.ask.code_challenge.as_str(), CHALLENGE);
        assert_eq!(checked.ask.prompt, Prompt::WhereNeeded);
        assert!(checked.request_object.is_none());

        let mut world = World::new(profile).unpushed();
        assert_eq!(world.front().expect("the same"), checked);
        assert_eq!(world.trail.warnings().len(), 0);
    }
}

#[test]
fn everything_that_may_be_asked_for_is_understood() {
    let checked = World::new(Profile::Helseid)
        .with("response_mode", "form_post")
        .with("prompt", "login consent")
        .with("max_age", "0")
        .with("acr_values", "idp:testidp-oidc Level4 Level3 amr:bankid")
        .with("login_hint", "doctor")
        .with("id_token_hint", HINT)
        .with("ui_locales", "nb-no en")
        .with("dpop_jkt", THUMBPRINT)
        .with("resource", "nhn:api")
        .with("test_pid", "15849197352")
        .with("test_security_level", "3")
        .with("test_hpr_number", "565550846")
        .with("display", "popup")
        .with("x-client-SKU", "ID_NET9_0")
        .holds();
    let ask = &checked.ask;
    assert_eq!(checked.way_back.mode(), crate::redirect::ResponseMode::FormPost);
    assert_eq!((ask.prompt, ask.max_age), (Prompt::Login, Some(0)));
    assert_eq!(ask.acr.level, Some(crate::claims::SecurityLevel::Substantial));
    assert_eq!(ask.acr.provider.as_ref().map(Text::as_str), Some("testidp-oidc"));
    assert_eq!(ask.login_hint.as_ref().map(Text::as_str), Some("doctor"));
    assert_eq!(ask.id_token_hint.as_ref().map(Text::as_str), Some(HINT));
    assert_eq!(ask.dpop_jkt.as_ref().map(Thumbprint::as_str), Some(THUMBPRINT));
    assert_eq!(ask.resources.iter().map(Audience::as_str).collect::<Vec<_>>(), ["nhn:api"]);
    let person = ask.test_person.as_ref().expect("a person");
    assert_eq!(
        (person.number.expose(), person.hpr_number.map(HprNumber::expose)),
        ("15849197352", Some(565_550_846))
    );
    let shown = format!("{person:?}");
    assert!(
        !shown.contains("565550846") && !shown.contains("565_550_846") && !shown.contains("15849197352"),
        "{shown}"
    );
    assert!(!format!("{checked:?}").contains("15849197352"), "{checked:?}");
}

#[test]
fn each_level_has_its_words() {
    use crate::claims::SecurityLevel::{High, Low, Substantial};
    for (word, level) in [
        ("Level2", Low),
        ("Level3", Substantial),
        ("Substantial", Substantial),
        ("Level4", High),
        ("High", High),
    ] {
        assert_eq!(World::new(Profile::Helseid).with("acr_values", word).holds().ask.acr.level, Some(level));
    }
}

#[test]
fn what_is_shown_of_a_request_names_nobody() {
    let text = Text::<9>::parse("a person").unwrap();
    assert_eq!(format!("{text:?}"), "Text(8 bytes)");
    assert_eq!(Text::<9>::parse(""), Err(InvalidText::Empty));
    World::new(Profile::Helseid).judged(|_, (client, expectations), _| {
        assert_eq!(format!("{client:?}"), "Client { id: ClientId(\"the-client\"), .. }");
        assert!(
            format!("{expectations:?}").starts_with("Expectations { issuer: Issuer("),
            "{expectations:?}"
        );
    });
}

#[test]
fn tokens_are_bound_to_the_key_of_the_proof_that_came_along() {
    let mut world = World::new(Profile::Helseid);
    world.proof = Some(Thumbprint::parse(THUMBPRINT).unwrap());
    assert_eq!(world.clone().holds().ask.dpop_jkt, world.proof);
    assert_eq!(world.clone().with("dpop_jkt", THUMBPRINT).holds().ask.dpop_jkt, world.proof);
    world.with("dpop_jkt", CHALLENGE).breaks(Rule::ParDpopJkt);
}

#[test]
fn a_name_is_not_pushed() {
    World::new(Profile::Helseid)
        .with("request_uri", "urn:ietf:params:oauth:request_uri:x")
        .breaks(Rule::ParRequestUri);
}

#[test]
fn who_must_push_is_for_profile_and_client_to_say() {
    use Profile::{Fapi2, Helseid, HelseidNext, Legacy};
    for (profile, require_par, must) in [
        (Helseid, None, true),
        (Helseid, Some(false), false),
        (Helseid, Some(true), true),
        (HelseidNext, None, true),
        (HelseidNext, Some(false), true),
        (Fapi2, Some(false), true),
        (Legacy, None, false),
        (Legacy, Some(true), true),
    ] {
        let mut world = World::new(profile);
        world.require_par = require_par;
        let refused = world.front().err();
        let expected = must.then_some(Rule::AuthorizePar);
        assert_eq!(
            refused.as_ref().map(|refusal| refusal.fault().rule()),
            expected,
            "{profile} {require_par:?}"
        );
        assert!(refused.is_none_or(|refusal| matches!(refusal, Refusal::Page(_))));
    }
}
