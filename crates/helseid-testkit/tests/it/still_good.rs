//! An API that asks the authority about its callers: whether a token is still good, and what userinfo says of its person.

use helseid_client::protocol::person::Subject;
use helseid_client::protocol::secret::AccessToken;
use helseid_client::{Client, ErrorKind, KeyLocation, NotActive};
use helseid_protocol::bounded::Bounded;
use helseid_protocol::grant::GrantType;
use helseid_protocol::jose::jws::Unverified;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use helseid_testkit::{AUDIENCE, SCOPE, World, registration};
use serde_json::json;

const CALLBACK: &str = "https://app.example/callback";

/// A world with the client of its API, and with an app that logs people in.
struct Asked {
    world: World,
    api: Client,
    app: helseid_protocol::id::ClientId,
}

impl Asked {
    /// Userinfo takes the app's tokens without a proof, or does not.
    async fn new(insecure_userinfo_by_bearer: bool) -> Self {
        let world = World::start(Profile::Helseid).await.unwrap();
        let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        let mut registered = registration(&key).unwrap();
        registered.own_audiences = Bounded::of([AUDIENCE.parse().unwrap()]).unwrap();
        let api = world.authority.register(registered).await.unwrap();
        let mut config = world.config();
        (config.client_id, config.key) = (api.client_id, KeyLocation::Text(key.to_json()));
        let api = Client::builder(config).clock(world.clock().clone()).build().unwrap();

        let mut app = registration(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).unwrap();
        app.scopes = ScopeSet::parse(&format!("profile {SCOPE}")).unwrap();
        app.grant_types = [GrantType::AuthorizationCode, GrantType::RefreshToken].into_iter().collect();
        app.login = serde_json::from_value(json!({
            "redirect_uris": [CALLBACK], "insecure_userinfo_by_bearer": insecure_userinfo_by_bearer,
        }))
        .unwrap();
        let app = world.authority.register(app).await.unwrap().client_id;
        Self { world, api, app }
    }

    /// The access token of a login of the doctor, bound to a key of this thumbprint.
    async fn login(&self, thumbprint: &str) -> AccessToken {
        let login = self.world.authority.sign_in("doctor", &self.app);
        let scope = format!("openid profile {SCOPE}");
        AccessToken::new(login.scope(scope).bound_to(thumbprint).await.unwrap().access_token)
    }
}

fn subject(token: &AccessToken) -> Subject {
    let token = Unverified::parse(token.expose(), 20_000).unwrap();
    Subject::parse(token.unverified_claims()["sub"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn an_api_knows_that_a_token_is_good_until_it_expires() {
    let asked = Asked::new(true).await;
    let tokens = asked.api.active_tokens();
    let caller = asked.world.client().unwrap();
    let machine = caller.token().await.unwrap().access_token().clone();
    let claims = tokens.require_active(&machine).await.unwrap();
    assert_eq!(claims.client_id(), Some(&asked.world.client_id));
    assert_eq!(claims.bound_to().map(ToString::to_string), Some(caller.proof_thumbprint().to_string()));
    let person = asked.login(caller.proof_thumbprint().as_str()).await;
    let claims = tokens.require_active(&person).await.unwrap();
    assert_eq!(claims.subject(), Some(subject(&person).as_str()));
    // Whoever is no API of the token learns nothing.
    let stranger = caller.active_tokens().require_active(&machine).await;
    assert!(matches!(stranger, Err(NotActive::Inactive)), "{stranger:?}");

    // A token that expires is good for no longer.
    asked.world.clock().forward(std::time::Duration::from_secs(700));
    for token in [&machine, &person] {
        assert!(matches!(tokens.require_active(token).await, Err(NotActive::Inactive)));
    }
}

#[tokio::test]
async fn userinfo_tells_an_api_what_a_caller_is_approved_for() {
    let asked = Asked::new(true).await;
    let token = asked.login(asked.api.proof_thumbprint().as_str()).await;
    let subject = subject(&token);
    // With the key of the token, and as an API that has not got it.
    let proved = asked.api.userinfo(&token, &subject).await.unwrap();
    let foreign = asked.login(asked.world.client().unwrap().proof_thumbprint().as_str()).await;
    let by_bearer = asked.api.insecure_userinfo_by_bearer(&foreign, &subject).await.unwrap();
    for info in [proved, by_bearer] {
        let approvals = &info.health_personnel().expect("a doctor").approvals;
        assert_eq!(approvals.first().map(|approval| approval.profession.as_str()), Some("LE"));
        assert!(!format!("{info:?}").contains("06828399789"));
    }
    // Another key than the token's, another person than expected, and a machine's token.
    let error = asked.api.userinfo(&foreign, &subject).await.expect_err("another key");
    assert_eq!(error.kind(), ErrorKind::OAuth, "{error}");
    let another = Subject::parse("another").unwrap();
    let error = asked.api.userinfo(&token, &another).await.expect_err("another person");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    assert!(
        error.to_string().contains("userinfo.sub") && !error.to_string().contains(subject.as_str()),
        "{error}"
    );
    let machine = asked.world.client().unwrap().token().await.unwrap().access_token().clone();
    let error = asked.api.insecure_userinfo_by_bearer(&machine, &another).await.expect_err("nobody");
    assert_eq!(error.kind(), ErrorKind::OAuth, "{error}");
}

#[tokio::test]
async fn where_the_app_is_not_let_off_a_callers_token_opens_no_userinfo() {
    let asked = Asked::new(false).await;
    let token = asked.login(asked.world.client().unwrap().proof_thumbprint().as_str()).await;
    let error = asked.api.insecure_userinfo_by_bearer(&token, &subject(&token)).await.expect_err("no proof");
    assert!(error.to_string().contains("userinfo.dpop"), "{error}");
}
