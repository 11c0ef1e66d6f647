//! Tokens, proofs and assertions, explained and verified.

use std::io::Write as _;
use std::process::Output;

use helseid_protocol::jose::jws::Draft;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use serde_json::{Value, json};

use crate::world::World;

fn given(world: &World, arguments: &[&str], input: &str) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = world.given(arguments, input.as_bytes());
    (status.code(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
}

pub(crate) fn now() -> i64 {
    helseid_http::system_clock().seconds()
}

fn key() -> SigningKey {
    SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).unwrap()
}

/// Header and claims, of which one thing is changed before they are signed.
struct Jwt(Value, Value);

impl Jwt {
    fn header(mut self, name: &str, value: &str) -> Self {
        self.0[name] = value.into();
        self
    }

    fn without_header(mut self, name: &str) -> Self {
        self.0.as_object_mut().unwrap().remove(name);
        self
    }

    fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.1[name] = value.into();
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.1.as_object_mut().unwrap().remove(name);
        self
    }

    fn sign(&self, key: &SigningKey) -> String {
        Draft::new(self.0.as_object().unwrap(), self.1.as_object().unwrap()).sign(key)
    }
}

/// An access token in which nothing is odd.
fn token() -> Jwt {
    let claims = json!({
        "iss": "https://helseid-sts.test.nhn.no", "aud": "nhn:api", "exp": now() + 550, "nbf": now() - 50,
        "iat": now() - 50, "scope": ["nhn:api/read"], "client_id": "a", "jti": "AB",
        "cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},
    });
    Jwt(json!({"typ": "at+jwt", "alg": "ES256", "kid": "K"}), claims)
}

fn assertion() -> Jwt {
    let claims = json!({
        "iss": "a", "sub": "a", "aud": "https://helseid-sts.nhn.no", "exp": now() + 10, "nbf": now(), "iat": now(),
        "jti": "one",
    });
    Jwt(json!({"typ": "client-authentication+jwt", "alg": "ES256", "kid": "K"}), claims)
}

#[test]
fn each_odd_thing_is_named_by_its_rule_and_nothing_else() {
    let (world, key) = (World::new(), key());
    let long_ago = now() - 3_600;
    let tokens: [(Jwt, Option<&str>); 9] = [
        (token(), None),
        (token().header("typ", "xx+jwt"), Some("token.typ")),
        (token().header("alg", "none"), Some("token.alg")),
        (token().without_header("kid"), Some("token.kid")),
        (token().claim("exp", long_ago), Some("token.exp")),
        (token().claim("nbf", now() + 60), Some("token.nbf")),
        (token().claim("aud", json!(["nhn:a", "nhn:b"])), Some("api.single_audience")),
        (token().without("cnf"), Some("token.cnf")),
        (token().claim("exp", "soon"), Some("token.exp")),
    ];
    let assertions: [(Jwt, Option<&str>); 7] = [
        (assertion(), None),
        (assertion().header("typ", "JWT"), Some("assertion.typ")),
        (assertion().claim("aud", "https://helseid-sts.nhn.no/connect/token"), Some("assertion.aud")),
        (assertion().claim("exp", now() + 600), Some("assertion.lifetime")),
        (assertion().claim("exp", long_ago), Some("assertion.exp")),
        (assertion().claim("sub", "b"), Some("assertion.sub")),
        (assertion().without("jti"), Some("assertion.jti")),
    ];
    let labelled =
        |(jwt, rule): (Jwt, Option<&'static str>), label: &str| (format!("{label}{}", jwt.sign(&key)), rule);
    let all = tokens.into_iter().map(|case| labelled(case, "Authorization: DPoP "));
    let all = all.chain(assertions.into_iter().map(|case| labelled(case, "client_assertion=")));
    for (input, rule) in all {
        let (code, said) = given(&world, &["token", "inspect", "--format", "json"], &input);
        let explained: Value = serde_json::from_str(&said).unwrap();
        let odd: Vec<_> =
            explained[0]["odd"].as_array().unwrap().iter().map(|odd| odd["rule"].as_str()).collect();
        assert_eq!(odd, rule.map(Some).into_iter().collect::<Vec<_>>(), "{said}");
        assert_eq!(code, Some(if rule.is_some() { 3 } else { 0 }));
    }
}

#[test]
fn claims_are_told_in_words_with_times_for_people() {
    let world = World::new();
    let token = token().claim("helseid://claims/client/claims/orgnr_parent", "999977774").sign(&key());
    let (code, said) = given(&world, &["token", "inspect"], &token);
    assert_eq!(code, Some(0), "{said}");
    for words in [
        "access token (at+jwt), signed with ES256 by the key K\n",
        "issued by https://helseid-sts.test.nhn.no, HelseID's test environment\n",
        "for the API nhn:api alone\n",
        "expires in 9 min ",
        "it acts for the organisation 999977774\n",
        "lets its holder do nhn:api/read\n",
        "usable only with a proof by that key\n",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    let (code, said) = given(&world, &["token", "inspect"], "no token here");
    assert!(code == Some(1) && said.contains("error: the input contains no JWT"), "{said}");
    let (code, said) = given(&world, &["token", "inspect"], "eyJhbGciOiJFUzI1NiJ9.e30");
    assert!(code == Some(3) && said.contains("odd: token.form"), "{said}");
}

#[test]
fn what_strangers_write_steers_no_terminal() {
    let world = World::new();
    let token =
        token().claim("helseid://claims/client/client_name", "\u{1b}[2JÆrlig\r\nok\u{7}").sign(&key());
    let (_, said) = given(&world, &["token", "inspect"], &token);
    assert!(said.contains("the client's name is \u{fffd}[2JÆrlig\u{fffd}\u{fffd}ok\u{fffd}\n"), "{said:?}");
}

#[test]
fn a_whole_dump_is_read_and_its_proof_held_against_its_token() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "dpop"]);
    let thumbprint = world.ok(&["key", "thumbprint", "dpop_public.json"]);
    let token = |thumbprint: &str| token().claim("cnf", json!({"jkt": thumbprint})).sign(&key());
    let (own, foreign) = (token(thumbprint.trim()), token("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"));
    let proof = |token: &str| {
        world.write("token.txt", token);
        let url = "https://api.example/patients";
        world.ok(&["proof", "make", "--key", "dpop_private.json", "--url", url, "--token-file", "token.txt"])
    };
    let dump = |scheme: &str, token: &str, proof: &str| {
        format!(
            "> GET /patients HTTP/1.1\r\n> Host: api.example\r\n> Authorization: {scheme} {token}\r\n> DPoP: {proof}\r\n>\r\n"
        )
    };
    let odd = |input: &str| {
        let (_, said) = given(&world, &["token", "inspect", "--format", "json"], input);
        let all: Vec<Value> = serde_json::from_str(&said).unwrap();
        assert_eq!(all.len(), 2, "{said}");
        let odd = all.iter().flat_map(|one| one["odd"].as_array().unwrap());
        odd.map(|odd| odd["rule"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(odd(&dump("DPoP", &own, proof(&own).trim())), [""; 0]);
    assert_eq!(odd(&dump("DPoP", &own, proof(&foreign).trim())), ["dpop.ath"]);
    assert_eq!(odd(&dump("DPoP", &foreign, proof(&foreign).trim())), ["dpop.jkt"]);
    assert_eq!(odd(&dump("Bearer", &own, proof(&own).trim())), ["api.bound_token"]);
}

#[test]
fn a_token_is_verified_by_its_issuer_or_by_keys_at_hand() {
    let world = World::new();
    let (authority, _api, _url) = world.whole();
    let token = world.ok(&["token", "get"]);
    let verify = |arguments: &[&str]| given(&world, &[&["token", "verify"], arguments].concat(), &token);
    let (code, said) = verify(&["--scope", "norsk-helsenett:python-sample-api/read"]);
    assert!(code == Some(0) && said.ends_with("valid\n") && said.contains("passed  api.scope"), "{said}");
    for (arguments, rule) in [
        (&["--audience", "nhn:another"][..], "token.aud"),
        (&["--scope", "nhn:another/read"], "api.scope"),
        (&["--at", "1790000000"], "token.nbf"),
        (&["--at", "1990000000"], "token.exp"),
        (&["--issuer", "https://helseid-sts.nhn.no"], "token.iss"),
    ] {
        let (code, said) = verify(arguments);
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains(&format!("FAILED  {rule} ")) && said.ends_with("not valid\n"), "{said}");
        assert_eq!(said.matches("FAILED").count(), 1, "{said}");
    }
    let listen = authority.line["listen"][0].as_str().unwrap();
    let jwks = fetched(listen, "/.well-known/openid-configuration/jwks");
    world.write("jwks.json", &jwks);
    world.write("none.json", "{\"keys\":[]}");
    drop(authority);
    std::fs::remove_file(world.path("helseid.toml")).unwrap();
    assert_eq!(verify(&["--jwks", "jwks.json"]).0, Some(0));
    let (code, said) = verify(&["--jwks", "none.json"]);
    assert!(code == Some(3) && said.contains("FAILED  token.kid "), "{said}");
    let (code, said) = verify(&[]);
    assert!(code == Some(2) && said.contains("error: the issuer is missing"), "{said}");
}

/// The body of an answer of a server on the loopback.
fn fetched(address: &str, path: &str) -> String {
    whole(address, path).split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// The whole answer of a server on the loopback.
pub(crate) fn whole(address: &str, path: &str) -> String {
    use std::io::Read as _;
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
