//! ID tokens of the double.

use helseid_protocol::id_token::at_hash;
use helseid_protocol::jose::jws::Unverified;
use helseid_protocol::jose::{Algorithm, JwkSet, VerifyKey};
use helseid_protocol::secret::AccessToken;
use serde_json::{Value, json};

use super::{AUDIENCE, Service, claims, client};

/// A token and the ID token that comes with it.
async fn minted(service: &Service, ask: Value) -> (String, String) {
    let mut body =
        json!({ "audience": AUDIENCE, "createIdToken": true, "userClaimsParametersGeneration": 1 });
    body.as_object_mut().unwrap().extend(ask.as_object().unwrap().clone());
    let (_, answer) = service.ask("", &body).await;
    let text = |name: &str| {
        answer["successResponse"][name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    };
    (text("accessTokenJwt"), text("idTokenJwt"))
}

/// Whether the authority's published key made the signature.
async fn is_signed(service: &Service, token: &str) -> bool {
    let set = client().get(service.desk.url("/.well-known/openid-configuration/jwks")).send().await.unwrap();
    let set = JwkSet::read(&set.bytes().await.unwrap()).unwrap();
    let unverified = Unverified::parse(token, 20_000).unwrap();
    let mut keys = set.keys().iter().map(|key| VerifyKey::new(key.clone()).unwrap());
    keys.any(|key| unverified.is_signed_by(&key, Algorithm::ES256))
}

#[tokio::test]
async fn an_id_token_is_of_the_same_login() {
    let service = Service::new().await;
    let ask = json!({
        "clientClaimsParameters": { "clientId": "the-client", "scope": ["openid", "a/b"] },
        "idTokenParameters": { "nonce": "the nonce" },
    });
    let (token, id_token) = minted(&service, ask).await;
    let (access, id) = (claims(&token), claims(&id_token));
    for name in [
        "iss",
        "sub",
        "sid",
        "auth_time",
        "idp",
        "amr",
        "name",
        "iat",
        "exp",
        "helseid://claims/identity/pid",
    ] {
        assert!(id[name] == access[name] && !id[name].is_null(), "{name}: {id}");
    }
    assert_eq!(
        (&id["aud"], &id["nonce"], &id["acr"]),
        (&json!("the-client"), &json!("the nonce"), &json!("Level4"))
    );
    let token = AccessToken::new(token);
    assert_eq!(id["at_hash"], at_hash(&token, Algorithm::ES256));
    for name in ["scope", "client_id", "cnf", "jti"] {
        assert!(id.get(name).is_none(), "{name} is of access tokens");
    }
    assert!(is_signed(&service, &id_token).await);
    let header = Unverified::parse(&id_token, 20_000).unwrap();
    assert_eq!(header.header().typ(), Some("JWT"));
}

#[tokio::test]
async fn an_id_token_is_broken_as_its_access_token_is() {
    let service = Service::new().await;
    let (_, id) = minted(&service, json!({ "setInvalidIssuer": true })).await;
    assert_eq!(claims(&id)["iss"], "https://invalid-issuer.example");
    let (_, id) = minted(&service, json!({ "setInvalidAudience": true })).await;
    assert_eq!(claims(&id)["aud"], "invalid:audience");
    let (_, id) =
        minted(&service, json!({ "expirationParameters": { "setExpirationTimeAsExpired": true } })).await;
    assert_eq!(claims(&id)["exp"], service.desk.now().seconds() - 3_600);
    let (_, id) = minted(&service, json!({ "signJwtWithInvalidSigningKey": true })).await;
    assert!(!is_signed(&service, &id).await);
    // Nobody asked for one.
    let (_, answer) =
        service.ask("", &json!({ "audience": AUDIENCE, "userClaimsParametersGeneration": 1 })).await;
    assert!(answer["successResponse"].get("idTokenJwt").is_none(), "{answer}");
}
