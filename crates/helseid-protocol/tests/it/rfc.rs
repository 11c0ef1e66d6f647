//! The examples that RFC 9449 and RFC 7523 print, through the same checks as everybody's.

use std::time::Duration;

use helseid_protocol::dpop::{BoundTo, Expectations, ExpectedNonce, PresentedProof, Target, token_hash};
use helseid_protocol::endpoint::token::TokenForm;
use helseid_protocol::jose::AlgorithmSet;
use helseid_protocol::rule::{Fault, OtherAlgorithm, Rule, Trail};
use helseid_protocol::time::{TOLERANCE, Timestamp};
use http::Method;

use crate::parties::breaks;

/// Header of both proofs.
const HEADER: &str = concat!(
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik",
    "VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR",
    "nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE",
    "QSIsImNydiI6IlAtMjU2In19",
);

/// RFC 9449 section 4.1: towards a token endpoint.
const AT_THE_AUTHORITY: &str = concat!(
    "eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIj",
    "oiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia",
    "WF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg",
    "4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg",
);

/// RFC 9449 section 7.1: towards an API, with a token.
const AT_AN_API: &str = concat!(
    "eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj",
    "oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z",
    "WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF",
    "c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71E",
    "OptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA",
);

const TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";

/// RFC 9449 section 6.1: what the token of section 7.1 is bound to.
const THUMBPRINT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

struct Call<'a> {
    method: Method,
    address: &'a str,
    token: Option<&'a str>,
}

fn check(rest: &str, call: &Call<'_>) -> Result<String, Fault> {
    let hash = call.token.map(token_hash);
    let expectations = Expectations {
        method: &call.method,
        targets: &[Target::parse(call.address).unwrap()],
        nonce: ExpectedNonce::None,
        bound_to: hash.as_deref().map(|token_hash| BoundTo { token_hash, thumbprint: THUMBPRINT }),
        algorithms: AlgorithmSet::HELSEID,
        other_algorithm: OtherAlgorithm::Refused,
        window: Duration::from_secs(10),
        tolerance: TOLERANCE,
        now: Timestamp::from_seconds(1_562_262_618),
    };
    let proof = format!("{HEADER}.{rest}");
    let mut trail = Trail::new();
    let checked = PresentedProof::parse(&proof, &mut trail)?.check(expectations, &mut trail)?;
    Ok(checked.thumbprint().as_str().to_owned())
}

#[test]
fn the_proof_for_a_token_endpoint_is_right_there_and_nowhere_else() {
    let call = |method, address| Call { method, address, token: None };
    let there = call(Method::POST, "https://server.example.com/token");
    assert_eq!(check(AT_THE_AUTHORITY, &there).expect("the RFC's own proof"), THUMBPRINT);
    let other_method = call(Method::GET, "https://server.example.com/token");
    breaks(Rule::DpopHtm, check(AT_THE_AUTHORITY, &other_method).map(drop));
    let elsewhere = call(Method::POST, "https://server.example.com/token2");
    breaks(Rule::DpopHtu, check(AT_THE_AUTHORITY, &elsewhere).map(drop));
}

#[test]
fn the_proof_for_an_api_is_right_with_its_token_alone() {
    let with = |token| Call {
        method: Method::GET,
        address: "https://resource.example.org/protectedresource",
        token,
    };
    assert_eq!(check(AT_AN_API, &with(Some(TOKEN))).expect("the RFC's own proof"), THUMBPRINT);
    breaks(Rule::DpopAth, check(AT_AN_API, &with(Some("another"))).map(drop));
    let signature_of_the_other = AT_THE_AUTHORITY.rsplit_once('.').unwrap().1;
    let claims = AT_AN_API.rsplit_once('.').unwrap().0;
    let swapped = format!("{claims}.{signature_of_the_other}");
    breaks(Rule::DpopSignature, check(&swapped, &with(Some(TOKEN))).map(drop));
}

/// RFC 7523 section 2.2, with the grant of an m2m client; the RFC leaves its signature out, so only the form is read.
#[test]
fn the_request_with_a_client_assertion_is_read() {
    let body = "grant_type=client_credentials&\
        client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&\
        client_assertion=eyJhbGciOiJSUzI1NiIsImtpZCI6IjIyIn0.eyJpc3Mi.cC4hiUPo";
    let read = |body: &str| {
        TokenForm::read(Some("application/x-www-form-urlencoded"), body.as_bytes(), &mut Trail::new())
            .map(|form| form.client().assertion().expose().to_owned())
    };
    let assertion = read(body).expect("the RFC's own request");
    assert_eq!(assertion, "eyJhbGciOiJSUzI1NiIsImtpZCI6IjIyIn0.eyJpc3Mi.cC4hiUPo");
    breaks(Rule::RequestAssertionType, read(&body.replace("jwt-bearer", "saml2-bearer")).map(drop));
}
