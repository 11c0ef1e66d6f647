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

/// An ID token in which nothing is odd.
fn id_token() -> Jwt {
    let claims = json!({
        "iss": "https://helseid-sts.test.nhn.no", "aud": "a", "sub": "someone", "exp": now() + 250, "nbf": now() - 50,
        "iat": now() - 50, "auth_time": now() - 60, "nonce": "n", "sid": "S1", "acr": "Level4",
    });
    Jwt(json!({"typ": "JWT", "alg": "ES256", "kid": "K"}), claims)
}

/// A logout token in which nothing is odd.
fn logout_token() -> Jwt {
    let claims = json!({
        "iss": "https://helseid-sts.test.nhn.no", "aud": "a", "sub": "someone", "sid": "S1", "exp": now() + 100,
        "iat": now(), "jti": "one", "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    Jwt(json!({"typ": "logout+jwt", "alg": "ES256", "kid": "K"}), claims)
}

/// The kinds, and the rules of what is odd, of all that is found in a text.
fn seen(input: &str) -> (Vec<String>, Vec<String>) {
    let (_, said) = given(&World::new(), &["token", "inspect", "--format", "json"], input);
    let all: Vec<Value> = serde_json::from_str(&said).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let odd = all.iter().flat_map(|one| one["odd"].as_array().unwrap()).map(|odd| text(&odd["rule"]));
    (all.iter().map(|one| text(&one["kind"])).collect(), odd.collect())
}

#[test]
fn id_tokens_logout_tokens_and_request_objects_are_told_for_what_they_are() {
    let key = key();
    let request =
        json!({"iss": "a", "aud": "x", "client_id": "a", "response_type": "code", "redirect_uri": "y"});
    for (input, kind) in [
        (id_token().sign(&key), "id_token"),
        (id_token().without_header("typ").sign(&key), "id_token"),
        (format!("id_token_hint={}", token().without_header("typ").sign(&key)), "id_token"),
        (logout_token().sign(&key), "logout_token"),
        (format!("logout_token={}", id_token().sign(&key)), "logout_token"),
        (logout_token().header("typ", "JWT").sign(&key), "logout_token"),
        (Jwt(json!({"alg": "ES256"}), request).sign(&key), "request_object"),
        (format!("Authorization: DPoP {}", id_token().sign(&key)), "access_token"),
        (token().without_header("typ").sign(&key), "access_token"),
    ] {
        assert_eq!(seen(&input).0, [kind], "{input}");
    }
    let world = World::new();
    let (code, said) = given(&world, &["token", "inspect"], &id_token().sign(&key));
    assert!(
        code == Some(0) && said.starts_with("ID token: who logged in, for the client and not for an API"),
        "{said}"
    );
    for words in ["only for the client a\n", "the user reached Level4\n", "the nonce n\n", "session S1\n"] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    let (code, said) = given(&world, &["token", "inspect"], &logout_token().sign(&key));
    assert!(code == Some(0) && said.contains("the user's session S1 has ended\n"), "{said}");
}

#[test]
fn each_odd_thing_of_an_id_token_and_of_a_logout_token_is_named_by_its_rule() {
    let key = key();
    let long_ago = now() - 3_600;
    for (jwt, rule) in [
        (id_token().header("typ", "at+jwt"), None),
        (id_token().header("typ", "xx+jwt"), Some("id_token.typ")),
        (id_token().claim("aud", json!(["a", "b"])), Some("id_token.aud")),
        (id_token().without("sub"), Some("id_token.sub")),
        (id_token().claim("exp", long_ago), Some("id_token.exp")),
        (id_token().claim("iat", now() + 600), Some("id_token.iat")),
        (id_token().claim("auth_time", now() + 600), Some("id_token.auth_time")),
    ] {
        let (kinds, odd) = seen(&format!("id_token_hint={}", jwt.sign(&key)));
        let typ = if rule.is_none() { Some("id_token.typ") } else { rule };
        assert_eq!((kinds, odd), (vec!["id_token".to_owned()], typ.map(str::to_owned).into_iter().collect()));
    }
    for (jwt, rule) in [
        (logout_token().header("typ", "JWT"), "logout_token.typ"),
        (logout_token().claim("aud", json!([])), "logout_token.aud"),
        (logout_token().claim("iat", now() + 600), "logout_token.iat"),
        (logout_token().claim("exp", long_ago), "logout_token.exp"),
        (logout_token().without("sub").without("sid"), "logout_token.subject"),
        (logout_token().without("events"), "logout_token.events"),
        (logout_token().claim("nonce", "n"), "logout_token.nonce"),
        (logout_token().without("jti"), "logout_token.jti"),
    ] {
        let (kinds, odd) = seen(&format!("logout_token={}", jwt.sign(&key)));
        assert_eq!((kinds, odd), (vec!["logout_token".to_owned()], vec![rule.to_owned()]));
    }
}

#[test]
fn an_answer_of_a_refresh_is_told_with_its_tokens_which_are_not_repeated() {
    let (world, key) = (World::new(), key());
    let access_token = token().sign(&key);
    let answer = |hash: &str| {
        let id_token = id_token().claim("at_hash", hash).sign(&key);
        let (kind, expires_in) = ("DPoP", 600);
        json!({"access_token": access_token, "token_type": kind, "expires_in": expires_in, "scope": "nhn:api/read",
            "refresh_token": "a-secret", "id_token": id_token})
        .to_string()
    };
    let (kinds, odd) = seen(&answer("another"));
    assert_eq!((kinds.len(), odd), (3, vec!["id_token.at_hash".to_owned()]), "{kinds:?}");
    assert_eq!(kinds[0], "token_answer");
    world.write("access_token", &access_token);
    let hash = helseid_protocol::jose::crypto::sha256(access_token.as_bytes());
    let hash = helseid_protocol::jose::base64url::encode(&hash[..16]);
    let (code, said) = given(&world, &["token", "inspect"], &answer(&hash));
    assert!(code == Some(0) && said.starts_with("answer of the token endpoint\n"), "{said}");
    for words in [
        "the access token is sent with a proof for each request (DPoP)\n",
        "the access token expires 600 s after the answer\n",
        "only for this client and its key: a secret, not shown\n",
        "\nID token: ",
        "\naccess token (at+jwt)",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert!(!said.contains("a-secret") && !said.contains(&access_token), "{said}");
}

#[test]
fn what_was_attested_is_told_in_a_sentence() {
    let (world, key) = (World::new(), key());
    let coded = |code: &str| json!({"code": code, "system": "urn:oid:1"});
    let identified = |id: &str| json!({"id": id, "system": "urn:oid:1"});
    let attested = json!({
        "practitioner": {"authorization": coded("LE"), "legal_entity": identified("983044778"),
            "point_of_care": identified("4000001")},
        "care_relationship": {"healthcare_service": coded("S03"), "purpose_of_use": coded("TREAT")},
    });
    let token = token().claim("nhn:tillitsrammeverk:parameters", attested).sign(&key);
    let (code, said) = given(&world, &["token", "inspect"], &token);
    let attested = "the client attests: the user works for 983044778 at 4000001, authorized as LE, in the service S03, for the purpose \
                    TREAT\n";
    assert!(code == Some(0) && said.contains(attested), "{said}");
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
        "only for the API nhn:api\n",
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

#[test]
fn an_exchanged_token_is_told_with_those_who_exchanged_it() {
    let world = World::new();
    let act = json!({ "iss": "https://helseid-sts.test.nhn.no", "client_id": "second",
        "helseid://claims/client/claims/orgnr_parent": "994598759", "act": { "client_id": "first" } });
    let token = token().claim("act", act).claim("helseid://claims/client/original_client_id", "web");
    let (code, said) = given(&world, &["token", "inspect"], &token.sign(&key()));
    assert_eq!(code, Some(0), "{said}");
    let actors =
        "exchanged by the client second for the organisation 994598759, and before it by the client first";
    assert!(said.contains(actors) && said.contains("exchanged from a token of the client web"), "{said}");
}
