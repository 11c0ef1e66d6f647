//! Known attacks over HTTP, each with its status, the error of its challenge, and the rule that it breaks.

use helseid_api::test_util::{Broken, TestRequest};
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::json::Object;
use helseid_protocol::rule::Rule;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use crate::wire::{Reply, Wire};
use crate::world::NOW;

const REQUEST: (u16, &str) = (400, "invalid_request");
const TOKEN: (u16, &str) = (401, "invalid_token");
const PROOF: (u16, &str) = (401, "invalid_dpop_proof");

#[track_caller]
fn refused(reply: &Reply, rule: Rule, (status, error): (u16, &str), what: &str) {
    let expected = (StatusCode::from_u16(status).unwrap(), Some(error), Some(rule));
    assert_eq!((reply.status, reply.error(), reply.rule()), expected, "{what}: {reply:?}");
    assert_eq!(
        reply.challenges[0].parameter("algs").map(|algs| algs.contains("ES512")),
        Some(true),
        "{what}"
    );
    assert!(reply.body.is_empty(), "{what}");
}

fn of_family(rule: Rule) -> (u16, &'static str) {
    match rule {
        Rule::ApiAuthorization => REQUEST,
        _ if rule.id().starts_with("dpop.") => PROOF,
        _ => TOKEN,
    }
}

#[tokio::test]
async fn each_named_break_is_refused_by_its_rule_and_the_thirteen_of_nhn_first() {
    let wire = Wire::new().await;
    assert_eq!(wire.ask(&wire.sent()).await.status, StatusCode::OK);
    for (place, broken) in Broken::ALL.into_iter().enumerate() {
        let reply = wire.ask(&wire.sent().broken(broken)).await;
        refused(&reply, broken.rule(), of_family(broken.rule()), &format!("{broken:?}"));
        assert_eq!(place < Broken::OF_NHN, place <= Broken::TokenJkt as usize);
    }
}

/// A compact JWS of any bytes, signed by `sign`.
fn jws(header: &[u8], claims: &[u8], sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let input = format!("{}.{}", base64url::encode(header), base64url::encode(claims));
    format!("{input}.{}", base64url::encode(&sign(input.as_bytes())))
}

fn part(jws: &str, place: usize) -> Vec<u8> {
    base64url::decode(jws.split('.').nth(place).unwrap()).unwrap()
}

/// The request with this token's text, and a proof that is right for it.
fn with_token(wire: &Wire, text: impl Into<String>) -> TestRequest {
    let mut sent = wire.sent();
    sent.token_text = Some(text.into());
    sent
}

fn with_proof(sent: &TestRequest, text: impl Into<String>) -> TestRequest {
    let mut sent = sent.clone();
    sent.proof_text = Some(text.into());
    sent
}

/// A proof as [`TestRequest`] would send it, for the token of the same request; as header and claims.
fn proof_parts(sent: &mut TestRequest) -> (Object, Object) {
    sent.token_text = Some(sent.token_text());
    let headers = sent.headers();
    let proof = headers["dpop"].to_str().unwrap();
    let object = |place| serde_json::from_slice(&part(proof, place)).unwrap();
    (object(0), object(1))
}

#[tokio::test]
async fn tokens_that_are_none() {
    let wire = Wire::new().await;
    let valid = wire.sent().token_text();
    let (header, claims, signature) = (part(&valid, 0), part(&valid, 1), part(&valid, 2));
    let own = |bytes: &[u8]| wire.world.issuer.sign(bytes);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let parts: Vec<&str> = valid.split('.').collect();
    let spelled = |signature: &str| format!("{}.{}.{signature}", parts[0], parts[1]);
    let with_alg = |alg: &str| text(&header).replace("ES256", alg).into_bytes();
    let doubled = text(&claims).replacen('{', "{\"aud\":\"nhn:other\",", 1).into_bytes();
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(2000), "]".repeat(2000)).into_bytes();
    let zeros = vec![0; 64];
    let unsigned = |jws: String| jws[..=jws.rfind('.').unwrap()].to_owned();
    for (what, token, rule) in [
        ("alg none", jws(&with_alg("none"), &claims, own), Rule::TokenAlg),
        ("alg NoNe", jws(&with_alg("NoNe"), &claims, own), Rule::TokenAlg),
        ("no signature", format!("{}.{}.", parts[0], parts[1]), Rule::TokenForm),
        ("alg none, no signature", unsigned(jws(&with_alg("none"), &claims, own)), Rule::TokenAlg),
        ("alg NONE, no signature", unsigned(jws(&with_alg("NONE"), &claims, own)), Rule::TokenAlg),
        ("two parts", format!("{}.{}", parts[0], parts[1]), Rule::TokenForm),
        ("four parts", format!("{valid}.x"), Rule::TokenForm),
        ("five parts, encrypted", format!("{valid}.x.y"), Rule::TokenForm),
        ("HS256 by the public key", jws(&with_alg("HS256"), &claims, own), Rule::TokenAlg),
        ("the algorithm of another key", jws(&with_alg("PS256"), &claims, own), Rule::TokenKid),
        ("zeros for a signature", jws(&header, &claims, |_| zeros.clone()), Rule::TokenSignature),
        (
            "DER for a signature",
            jws(&header, &claims, |_| [&[0x30, 0x44][..], &signature].concat()),
            Rule::TokenSignature,
        ),
        (
            "claims after the signature",
            jws(&header, &doubled.clone(), |_| signature.clone()),
            Rule::TokenForm,
        ),
        ("a member twice", jws(&header, &doubled, own), Rule::TokenForm),
        ("two thousand levels", jws(&header, &deep, own), Rule::TokenForm),
        ("claims that are no object", jws(&header, b"[]", own), Rule::TokenForm),
        ("claims that are no UTF-8", jws(&header, b"{\"a\":\"\xff\"}", own), Rule::TokenForm),
        (
            "an extension that is critical",
            jws(
                &text(&header).replacen('{', "{\"crit\":[\"b64\"],\"b64\":false,", 1).into_bytes(),
                &claims,
                own,
            ),
            Rule::TokenForm,
        ),
        ("padding", format!("{valid}="), Rule::TokenForm),
        ("another spelling of the last byte", spelled(&respelled(parts[2])), Rule::TokenForm),
        (
            "a kid that is a path",
            jws(&text(&header).replace("test-issuer", "../../dev/null").into_bytes(), &claims, own),
            Rule::TokenKid,
        ),
        (
            "a kid that is a query",
            jws(&text(&header).replace("test-issuer", "x' OR '1'='1").into_bytes(), &claims, own),
            Rule::TokenKid,
        ),
        (
            "no kid",
            jws(&text(&header).replace("\"kid\":\"test-issuer\"", "\"x\":\"y\"").into_bytes(), &claims, own),
            Rule::TokenKid,
        ),
        (
            "exp as a text",
            jws(&header, &text(&claims).replace(&(NOW + 600).to_string(), "\"soon\"").into_bytes(), own),
            Rule::TokenExp,
        ),
        (
            "exp beyond all numbers",
            jws(&header, &text(&claims).replace(&(NOW + 600).to_string(), "1e300").into_bytes(), own),
            Rule::TokenExp,
        ),
        ("a proof for a token", wire.sent().headers()["dpop"].to_str().unwrap().to_owned(), Rule::TokenTyp),
    ] {
        refused(&wire.ask(&with_token(&wire, token)).await, rule, TOKEN, what);
    }
}

/// The same bytes by another last character, of which base64url has several.
fn respelled(signature: &str) -> String {
    let (rest, last) = signature.split_at(signature.len() - 1);
    let next = match last {
        "A" => "B",
        "Q" => "R",
        "g" => "h",
        _ => "x",
    };
    format!("{rest}{next}")
}

#[tokio::test]
async fn keys_that_an_attacker_brings_are_not_looked_at() {
    let wire = Wire::new().await;
    let own_key = Value::Object(wire.world.client.public_key().bare());
    for (name, value) in [
        ("jwk", own_key),
        ("jku", json!("https://attacker.example/jwks.json")),
        ("x5u", json!("https://attacker.example/chain.pem")),
        ("x5c", json!(["MIIB"])),
    ] {
        let sent = wire.sent().token(|token| token.header(name, value));
        assert_eq!(wire.ask(&sent).await.status, StatusCode::OK, "{name}: the issuer's own token");
        refused(&wire.ask(&sent.broken(Broken::TokenSignature)).await, Rule::TokenSignature, TOKEN, name);
    }
}

#[tokio::test]
async fn proofs_that_are_none() {
    let wire = Wire::new().await;
    let own = |bytes: &[u8]| wire.world.client.sign(bytes);
    let point = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE";
    let modulus = |bytes: usize| base64url::encode(&vec![0xff; bytes]);
    type Change<'a> = Box<dyn Fn(&mut Object, &mut Object) + 'a>;
    let header = |name: &'static str, value: Value| -> Change<'_> {
        Box::new(move |header, _| drop(header.insert(name.into(), value.clone())))
    };
    let claim = |name: &'static str, value: Value| -> Change<'_> {
        Box::new(move |_, claims| drop(claims.insert(name.into(), value.clone())))
    };
    let rsa = |n: String, e: &str| json!({ "kty": "RSA", "n": n, "e": e });
    let with_rsa = |jwk: Value| -> Change<'_> {
        Box::new(move |header, _| {
            header.insert("alg".into(), "PS256".into());
            header.insert("jwk".into(), jwk.clone());
        })
    };
    for (what, change, rule) in [
        ("alg none", header("alg", json!("none")), Rule::DpopAlg),
        ("EdDSA, which HelseID does not take", header("alg", json!("EdDSA")), Rule::DpopAlg),
        ("a symmetric key", header("jwk", json!({ "kty": "oct", "k": "AAAA" })), Rule::DpopJwk),
        (
            "a point off the curve",
            header("jwk", json!({ "kty": "EC", "crv": "P-256", "x": point, "y": point })),
            Rule::DpopJkt,
        ),
        ("RSA of 1024 bits", with_rsa(rsa(modulus(128), "AQAB")), Rule::DpopJwk),
        ("RSA of 4104 bits", with_rsa(rsa(modulus(513), "AQAB")), Rule::DpopJwk),
        ("an algorithm of another kind of key", header("alg", json!("PS256")), Rule::DpopKeyAlg),
        ("an extension that is critical", header("crit", json!(["jwk"])), Rule::DpopForm),
        ("typ with another tree", header("typ", json!("application/x/dpop+jwt")), Rule::DpopTyp),
        ("htm in small letters", claim("htm", json!("get")), Rule::DpopHtm),
        ("htu with a user", claim("htu", json!(wire.url().replace("//", "//u@"))), Rule::DpopHtu),
        ("htu of a list", claim("htu", json!([wire.url()])), Rule::DpopHtu),
        ("htu of the path alone", claim("htu", json!("/who")), Rule::DpopHtu),
        ("htu with a slash behind", claim("htu", json!(format!("{}/", wire.url()))), Rule::DpopHtu),
        ("iat as a text", claim("iat", json!(NOW.to_string())), Rule::DpopIat),
        ("iat 21 s ago", claim("iat", json!(NOW - 21)), Rule::DpopIat),
        ("iat in 11 s", claim("iat", json!(NOW + 11)), Rule::DpopIat),
        ("jti of a kilobyte", claim("jti", json!("x".repeat(1024))), Rule::DpopJti),
        ("jti that is empty", claim("jti", json!("")), Rule::DpopJti),
        ("jti that is a number", claim("jti", json!(1)), Rule::DpopJti),
    ] {
        let mut sent = wire.sent();
        let (mut header, mut claims) = proof_parts(&mut sent);
        change(&mut header, &mut claims);
        let bytes = |object: &Object| serde_json::to_vec(object).unwrap();
        sent.proof_text = Some(jws(&bytes(&header), &bytes(&claims), own));
        refused(&wire.ask(&sent).await, rule, PROOF, what);
    }
    let mut sent = wire.sent();
    let (header, claims) = proof_parts(&mut sent);
    let bytes = |object: &Object| serde_json::to_string(object).unwrap().into_bytes();
    let twice = |object: &Object, member: &str| {
        String::from_utf8(bytes(object)).unwrap().replacen('{', &format!("{{{member},"), 1).into_bytes()
    };
    let long = twice(&claims, &format!("\"x\":\"{}\"", "x".repeat(3000)));
    for (what, proof, rule) in [
        (
            "zeros for a signature",
            jws(&bytes(&header), &bytes(&claims), |_| vec![0; 64]),
            Rule::DpopSignature,
        ),
        ("alg twice", jws(&twice(&header, "\"alg\":\"none\""), &bytes(&claims), own), Rule::DpopForm),
        (
            "htu twice",
            jws(&bytes(&header), &twice(&claims, "\"htu\":\"https://a.example\""), own),
            Rule::DpopForm,
        ),
        ("not a JWT", "proof".to_owned(), Rule::DpopForm),
        ("more than 4 KiB", jws(&bytes(&header), &long, own), Rule::DpopOnce),
    ] {
        let broken = with_proof(&sent, proof);
        refused(&wire.ask(&broken).await, rule, PROOF, what);
    }
}

#[tokio::test]
async fn headers_that_are_not_one() {
    let wire = Wire::new().await;
    let add = |name: &'static str, value: &str| {
        let mut headers = wire.sent().headers();
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        headers
    };
    let set = |name: &'static str, value: &str| {
        let mut headers = wire.sent().headers();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        headers
    };
    let own = wire.sent().headers();
    let (authorization, proof) = (own[AUTHORIZATION].to_str().unwrap(), own["dpop"].to_str().unwrap());
    for (what, headers, rule, answer) in [
        ("two Authorization headers", add("authorization", authorization), Rule::ApiAuthorization, REQUEST),
        (
            "a second one of another scheme",
            add("authorization", "Basic eDp5"),
            Rule::ApiAuthorization,
            REQUEST,
        ),
        (
            "two tokens joined by a comma",
            set("authorization", &format!("{authorization}, {authorization}")),
            Rule::ApiAuthorization,
            REQUEST,
        ),
        ("a scheme alone", set("authorization", "DPoP"), Rule::ApiAuthorization, REQUEST),
        ("a token alone", set("authorization", "x.y.z"), Rule::ApiAuthorization, REQUEST),
        (
            "more than 8 KiB",
            set("authorization", &format!("DPoP {}", "x".repeat(8192))),
            Rule::ApiAuthorization,
            REQUEST,
        ),
        ("another scheme", set("authorization", "Basic eDp5"), Rule::ApiScheme, TOKEN),
        ("two DPoP headers", add("dpop", proof), Rule::DpopOnce, PROOF),
        ("two proofs joined by a comma", set("dpop", &format!("{proof},{proof}")), Rule::DpopOnce, PROOF),
        ("an empty proof", set("dpop", ""), Rule::DpopForm, PROOF),
    ] {
        refused(&wire.get(headers).await, rule, answer, what);
    }
}

#[tokio::test]
async fn a_token_in_the_query_or_the_body_is_none() {
    let wire = Wire::new().await;
    let token = wire.sent().token_text();
    let headers = HeaderMap::from_iter([(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    )]);
    let query = format!("{}?access_token={token}", wire.url());
    let body = format!("access_token={token}").into_bytes();
    for (method, url, body) in [(Method::GET, query.as_str(), Vec::new()), (Method::POST, &wire.url(), body)]
    {
        let reply = wire.send(method, url, headers.clone(), body).await;
        assert_eq!((reply.status, reply.error()), (StatusCode::UNAUTHORIZED, None), "{url}");
    }
}

#[tokio::test]
async fn what_was_taken_from_another_is_of_no_use() {
    let wire = Wire::new().await;
    let sent = wire.sent();
    let stolen = sent.headers();
    assert_eq!(wire.get(stolen.clone()).await.status, StatusCode::OK);
    refused(&wire.get(stolen.clone()).await, Rule::DpopJtiOnce, PROOF, "the same proof again");

    // The token with a proof by the thief's own key.
    let thief = wire.world.issuer.client(crate::world::AUDIENCE).clock(wire.world.clock.clone());
    let mut theirs = thief.request(&Method::GET, &wire.url());
    theirs.token_text = Some(sent.token_text());
    refused(&wire.ask(&theirs).await, Rule::DpopJkt, PROOF, "a stolen token");

    // The proof with another token of the same client.
    let swapped = with_proof(&wire.sent(), stolen["dpop"].to_str().unwrap());
    refused(&wire.ask(&swapped).await, Rule::DpopAth, PROOF, "a proof of another token");

    // A fresh proof for another method or address.
    let other = wire.sent().headers();
    let reply = wire.send(Method::DELETE, &wire.url(), other.clone(), Vec::new()).await;
    refused(&reply, Rule::DpopHtm, PROOF, "another method");
    let reply = wire.send(Method::GET, &format!("{}/who%2F", wire.address), other.clone(), Vec::new()).await;
    refused(&reply, Rule::DpopHtu, PROOF, "another address");
    assert_eq!(wire.get(other).await.status, StatusCode::OK, "a refused proof was not used up");
}
