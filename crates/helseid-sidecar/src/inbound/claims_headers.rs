//! What the API is told of the caller: a fixed list of headers, of which each is there, so that each takes the place of whatever
//! the caller sent under its name (threat B3).

use helseid_protocol::claims::AccessTokenClaims;
use helseid_protocol::jose::base64url;
use helseid_protocol::resource::Caller;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

type Told = fn(&Caller) -> Option<String>;

/// The list. A value that a header cannot hold is empty, and stands in the last one.
const LIST: [(&str, Told); 12] = [
    ("x-helseid-client-id", |caller| caller.claims().client_id().map(|id| id.as_str().to_owned())),
    ("x-helseid-scope", |caller| Some(caller.claims().scopes().to_string())),
    ("x-helseid-client-tenancy", |caller| {
        caller.claims().client_tenancy().map(|tenancy| tenancy.name().to_owned())
    }),
    ("x-helseid-orgnr-parent", |caller| of(caller, AccessTokenClaims::orgnr_parent)),
    ("x-helseid-orgnr-child", |caller| of(caller, AccessTokenClaims::orgnr_child)),
    ("x-helseid-orgnr-supplier", |caller| of(caller, AccessTokenClaims::orgnr_supplier)),
    ("x-helseid-subject", |caller| of(caller, AccessTokenClaims::subject)),
    ("x-helseid-pid", |caller| of(caller, AccessTokenClaims::pid)),
    ("x-helseid-hpr-number", |caller| of(caller, AccessTokenClaims::hpr_number)),
    ("x-helseid-security-level", |caller| {
        caller.claims().security_level().map(|level| level.name().to_owned())
    }),
    ("x-helseid-token-type", |caller| Some(caller.token_type().as_str().to_owned())),
    ("x-helseid-expires", |caller| Some(caller.claims().expires().to_string())),
];

/// Every claim, as base64url of JSON: names with letters beyond ASCII survive.
const CLAIMS: &str = "x-helseid-claims";

fn of(caller: &Caller, claim: fn(&AccessTokenClaims) -> Option<&str>) -> Option<String> {
    claim(caller.claims()).map(str::to_owned)
}

/// All of them.
pub(super) fn claims_headers(caller: &Caller) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, told) in LIST {
        let text = told(caller).filter(|text| text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        let value = text.and_then(|text| HeaderValue::try_from(text).ok());
        headers.insert(HeaderName::from_static(name), value.unwrap_or(HeaderValue::from_static("")));
    }
    let all = Value::Object(caller.claims().all().clone()).to_string();
    let all = HeaderValue::try_from(base64url::encode(all.as_bytes()));
    headers.insert(HeaderName::from_static(CLAIMS), all.unwrap_or(HeaderValue::from_static("")));
    headers
}

/// Their names.
#[cfg(test)]
pub(super) fn names() -> Vec<&'static str> {
    LIST.iter().map(|(name, _)| *name).chain([CLAIMS]).collect()
}

#[cfg(test)]
mod tests {
    use helseid_api::test_util::{TestIssuer, TestPerson};
    use helseid_api::{ApiProtection, RequestFacts};
    use http::Method;

    use super::*;

    const URL: &str = "https://api.example/patients";

    async fn told(client: helseid_api::test_util::TestClient, issuer: &TestIssuer) -> HeaderMap {
        let protection = ApiProtection::builder(issuer.name(), "nhn:api").keys(issuer.keys());
        let verifier = protection.public_url("https://api.example").build().unwrap().verifier();
        let headers = client.scope("nhn:api/read").request(&Method::GET, URL).headers();
        let verified = verifier.verify(RequestFacts::new(&Method::GET, "/patients", &headers)).await.unwrap();
        claims_headers(verified.caller().unwrap())
    }

    #[tokio::test]
    async fn each_header_tells_its_own_claim_and_an_empty_one_that_there_is_none() {
        let issuer = TestIssuer::new("https://sts.example");
        let person = TestPerson::new("13116900216").hpr_number("565501872");
        let client = issuer.client("nhn:api").client_id("the-client").person(&person);
        let client = client
            .claim("helseid://claims/client/claims/orgnr_parent", "994598759")
            .claim("helseid://claims/client/claims/orgnr_child", "994598760")
            .claim("helseid://claims/client/claims/orgnr_supplier", "994598761");
        let of_person = told(client, &issuer).await;
        let subject = person.subject();
        let mut expected = vec![
            ("x-helseid-client-id", "the-client"),
            ("x-helseid-scope", "nhn:api/read"),
            ("x-helseid-orgnr-parent", "994598759"),
            ("x-helseid-orgnr-child", "994598760"),
            ("x-helseid-orgnr-supplier", "994598761"),
            ("x-helseid-subject", subject.as_str()),
            ("x-helseid-pid", "13116900216"),
            ("x-helseid-hpr-number", "565501872"),
            ("x-helseid-token-type", "DPoP"),
        ];
        for (name, value) in expected.drain(..) {
            assert_eq!(of_person.get(name).unwrap(), value, "{name}");
        }
        let of_machine = told(issuer.client("nhn:api"), &issuer).await;
        assert_eq!(of_machine.len(), names().len());
        for name in ["orgnr-parent", "orgnr-child", "orgnr-supplier", "subject", "pid", "hpr-number"] {
            assert_eq!(of_machine.get(format!("x-helseid-{name}")).unwrap(), "", "{name}");
        }
    }
}
