//! Known attacks on JWTs, each by name with its source.

use helseid_protocol::jose::base64url;
use helseid_protocol::jose::jws::Unverified;
use helseid_protocol::jose::{Algorithm, InvalidJwk, PrivateJwk, PublicJwk, SigningKey, VerifyKey};
use helseid_protocol::rule::Rule;
use serde_json::{Value, json};

use crate::parties::{
    CLIENT_KEY, ISSUER_KEY, access_token, api, assertion, authority, breaks, key, private, proof, server,
    verify_key,
};

/// A JWS of these parts, whatever they are, with the signature of a valid one.
fn crafted(header: &[u8], claims: &[u8]) -> String {
    let valid = access_token().sign(&ISSUER_KEY);
    let (_, signature) = valid.rsplit_once('.').unwrap();
    format!("{}.{}.{signature}", base64url::encode(header), base64url::encode(claims))
}

fn claims_of(jws: &str) -> Vec<u8> {
    base64url::decode(jws.split('.').nth(1).unwrap()).unwrap()
}

/// RFC 8725 section 2.1, CVE-2015-9235: no signature, by an algorithm of no name.
#[test]
fn none_in_any_case_mix() {
    for none in ["none", "None", "NONE", "nOnE", "none ", ""] {
        breaks(Rule::TokenAlg, api(&access_token().header("alg", none).with_signature(b"x")));
        breaks(Rule::AssertionAlg, authority(&assertion().header("alg", none).with_signature(b"x")));
        breaks(Rule::DpopAlg, server(&proof().header("alg", none).with_signature(b"x")));
        let unsigned = access_token().header("alg", none).with_signature(b"");
        assert!(Unverified::parse(&unsigned, 65_536).is_err(), "an empty signature");
    }
}

/// RFC 8725 section 2.1, CVE-2016-5431: a public key taken for a shared secret.
#[test]
fn hmac_by_the_public_key() {
    for name in ["HS256", "HS384", "HS512"] {
        breaks(Rule::TokenAlg, api(&access_token().header("alg", name).sign(&ISSUER_KEY)));
        breaks(Rule::AssertionAlg, authority(&assertion().header("alg", name).sign(&CLIENT_KEY)));
        breaks(Rule::DpopAlg, server(&proof().header("alg", name).sign(&CLIENT_KEY)));
        assert_eq!(Algorithm::by_name(name), None);
    }
}

/// CVE-2018-0114 and its kin: the attacker brings the key, or says where it is.
#[test]
fn keys_in_the_header_are_not_looked_at() {
    let (as_issuer, as_client) = (key(Algorithm::RS256, "issuer"), key(Algorithm::ES256, "client"));
    let jwk = |attacker: &SigningKey| Value::Object(attacker.public().members().clone());
    breaks(Rule::TokenSignature, api(&access_token().header("jwk", jwk(&as_issuer)).sign(&as_issuer)));
    breaks(Rule::AssertionSignature, authority(&assertion().header("jwk", jwk(&as_client)).sign(&as_client)));
    for (name, value) in [
        ("jku", json!("https://attacker.example/jwks.json")),
        ("x5u", json!("https://attacker.example/chain.pem")),
        ("x5c", json!(["MIIB"])),
    ] {
        breaks(Rule::TokenSignature, api(&access_token().header(name, value.clone()).sign(&as_issuer)));
        breaks(
            Rule::AssertionSignature,
            authority(&assertion().header(name, value.clone()).sign(&as_client)),
        );
        // A proof is of the key in its own `jwk`, wherever another may be.
        breaks(Rule::DpopSignature, server(&proof().header(name, value.clone()).sign(&as_client)));
        // What the right key has signed is good with such a header, too.
        api(&access_token().header(name, value.clone()).sign(&ISSUER_KEY)).expect("a valid token");
        authority(&assertion().header(name, value.clone()).sign(&CLIENT_KEY)).expect("a valid assertion");
        server(&proof().header(name, value).sign(&CLIENT_KEY)).expect("a valid proof");
    }
    // The issuer's and the client's own are still their own with another key beside them.
    api(&access_token().header("jwk", jwk(&as_issuer)).sign(&ISSUER_KEY)).expect("a valid token");
    authority(&assertion().header("jwk", jwk(&as_client)).sign(&CLIENT_KEY)).expect("a valid assertion");
}

/// RFC 8725 section 3.10: a `kid` that ends in a file name, a query or memory.
#[test]
fn a_kid_is_a_name_and_nothing_else() {
    let long = "k".repeat(1 << 20);
    for kid in ["../../../../dev/null", "/etc/passwd", "x' UNION SELECT 'secret", "1; DROP TABLE keys", "%00"]
    {
        breaks(Rule::TokenKid, api(&access_token().header("kid", kid).sign(&ISSUER_KEY)));
        breaks(Rule::AssertionKid, authority(&assertion().header("kid", kid).sign(&CLIENT_KEY)));
    }
    breaks(Rule::AssertionKid, authority(&assertion().header("kid", "a\0b").sign(&CLIENT_KEY)));
    breaks(Rule::AssertionForm, authority(&assertion().header("kid", long.as_str()).sign(&CLIENT_KEY)));
    breaks(Rule::ApiAuthorization, api(&access_token().header("kid", long).sign(&ISSUER_KEY)));
    for wrong in [json!(7), json!(null), json!(["client"]), json!({"a": 1})] {
        breaks(Rule::AssertionKid, authority(&assertion().header("kid", wrong).sign(&CLIENT_KEY)));
    }
}

/// CVE-2022-21449: signatures of zeros are by everyone.
#[test]
fn psychic_signatures() {
    let good = base64url::decode(assertion().sign(&CLIENT_KEY).rsplit_once('.').unwrap().1).unwrap();
    let zero = [0; 32];
    // The order of P-256 counts as zero, too.
    let order: Vec<u8> = (0..32)
        .map(|place| {
            const HEX: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
            u8::from_str_radix(&HEX[place * 2..place * 2 + 2], 16).unwrap()
        })
        .collect();
    for signature in [
        [zero, zero].concat(),
        [&zero, &good[32..]].concat(),
        [&good[..32], &zero].concat(),
        [&order[..], &order].concat(),
        [&good[..32], &order].concat(),
        vec![0xff; 64],
    ] {
        breaks(Rule::AssertionSignature, authority(&assertion().with_signature(&signature)));
        breaks(Rule::DpopSignature, server(&proof().with_signature(&signature)));
    }
}

/// RFC 7518 section 3.4: two numbers of fixed length, not the DER that other protocols send.
#[test]
fn der_instead_of_two_numbers() {
    let good = base64url::decode(assertion().sign(&CLIENT_KEY).rsplit_once('.').unwrap().1).unwrap();
    let integer = |number: &[u8]| {
        let padded: Vec<u8> = if number[0] & 0x80 == 0 { number.to_vec() } else { [&[0], number].concat() };
        [&[2, u8::try_from(padded.len()).unwrap()], &padded[..]].concat()
    };
    let body = [integer(&good[..32]), integer(&good[32..])].concat();
    let der = [&[0x30, u8::try_from(body.len()).unwrap()], &body[..]].concat();
    for signature in [der, good[..63].to_vec(), [&good[..], &[0]].concat(), [&[0], &good[..]].concat()] {
        breaks(Rule::AssertionSignature, authority(&assertion().with_signature(&signature)));
    }
}

/// CVE-2015-7940: arithmetic off the curve gives the key away.
#[test]
fn points_off_the_curve() {
    let valid = Value::Object(CLIENT_KEY.public().bare());
    let with = |name: &str, bytes: &[u8]| {
        let mut jwk = valid.clone();
        jwk[name] = base64url::encode(bytes).into();
        jwk
    };
    let x = base64url::decode(valid["x"].as_str().unwrap()).unwrap();
    let mut shifted = x.clone();
    shifted[31] ^= 1;
    for jwk in
        [with("x", &shifted), with("y", &x), with("x", &[0; 32]), with("y", &[0; 32]), with("x", &[0xff; 32])]
    {
        let text = jwk.to_string();
        let refused = VerifyKey::new(PublicJwk::read(text.as_bytes()).unwrap());
        assert_eq!(refused.map(drop), Err(InvalidJwk::Numbers), "{text}");
        breaks(Rule::DpopJwk, server(&proof().header("jwk", jwk).sign(&CLIENT_KEY)));
    }
    // The infinite point has no coordinates, and a compressed one too few.
    for short in [with("x", &[]), with("y", &[]), with("x", &x[..31])] {
        breaks(Rule::DpopJwk, server(&proof().header("jwk", short).sign(&CLIENT_KEY)));
    }
}

/// RFC 8725 section 3.4: RSA keys by which everyone signs, or that cost their checker much.
#[test]
fn rsa_keys_that_are_none() {
    let own = key(Algorithm::PS256, "own");
    let valid = Value::Object(own.public().bare());
    let with = |name: &str, bytes: &[u8]| {
        let mut jwk = valid.clone();
        jwk[name] = base64url::encode(bytes).into();
        jwk
    };
    let n = base64url::decode(valid["n"].as_str().unwrap()).unwrap();
    let mut even = n.clone();
    even[255] &= 0xfe;
    let mut huge = vec![0xff; 513];
    huge[512] = 1;
    for jwk in [
        with("n", &even),
        with("n", &n[..128]),
        with("n", &huge),
        with("n", &[&[0], &n[..]].concat()),
        with("e", &[1]),
        with("e", &[2]),
        with("e", &[1, 0, 0]),
        with("e", &[0]),
        with("e", &[]),
        with("e", &[0xff; 32]),
        with("e", &n),
    ] {
        breaks(Rule::DpopJwk, server(&proof().header("alg", "PS256").header("jwk", jwk).sign(&own)));
    }
    server(&proof().header("alg", "PS256").header("jwk", valid).sign(&own)).expect("the valid one");
}

/// RFC 7515 section 7.1, RFC 7516 section 7.1: too few parts, or those of an encrypted token.
#[test]
fn other_numbers_of_parts() {
    let valid = assertion().sign(&CLIENT_KEY);
    let parts: Vec<&str> = valid.split('.').collect();
    for text in [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        "....".into(),
        parts[0].into(),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}..{}", parts[0], parts[2]),
        format!(".{}.{}", parts[1], parts[2]),
        format!("{valid}.{valid}"),
        format!("{valid}.a.b"),
        format!("{valid}."),
        format!(".{valid}"),
    ] {
        breaks(Rule::AssertionForm, authority(&text));
        breaks(Rule::DpopForm, server(&text));
    }
}

/// RFC 7797: a payload that is not encoded is another text than the one that is signed.
#[test]
fn an_unencoded_payload() {
    let header = assertion().header("b64", false).header("crit", json!(["b64"]));
    breaks(Rule::AssertionForm, authority(&header.sign(&CLIENT_KEY)));
    for crit in [json!([]), json!(["exp"]), json!("b64"), json!(null)] {
        breaks(Rule::AssertionForm, authority(&assertion().header("crit", crit).sign(&CLIENT_KEY)));
    }
}

/// RFC 7515 section 2, RFC 4648 section 3.5: one text, one meaning; no second spelling of a valid token.
#[test]
fn other_spellings_of_a_valid_token() {
    let valid = assertion().sign(&CLIENT_KEY);
    let (signed, signature) = valid.rsplit_once('.').unwrap();
    let last = signature.chars().last().unwrap();
    // 64 bytes end in a character of which four bits are not used.
    let twin = |c: char| {
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        ALPHABET.chars().nth(ALPHABET.find(c).unwrap() + 1).unwrap()
    };
    for text in [
        format!("{signed}.{}{}", &signature[..signature.len() - 1], twin(last)),
        format!("{signed}.{signature}="),
        format!("{signed}.{signature}=="),
        format!("{signed}.{signature} "),
        format!("{signed}.{signature}\n"),
        format!("{signed}.{signature}\0"),
        format!(" {valid}"),
        format!("\u{feff}{valid}"),
        valid.replace('.', ". "),
        valid.replacen('e', "%65", 1),
        valid.replacen('e', "\u{435}", 1),
    ] {
        breaks(Rule::AssertionForm, authority(&text));
    }
}

/// RFC 7519 section 7.2, RFC 8725 section 3.7: bytes that are no JSON object in UTF-8.
#[test]
fn bytes_that_are_no_json_object() {
    let claims = claims_of(&access_token().sign(&ISSUER_KEY));
    let header = br#"{"alg":"RS256","typ":"at+jwt","kid":"issuer"}"#;
    for broken in [
        &b"\xef\xbb\xbf{\"alg\":\"RS256\"}"[..],
        b"{\"alg\":\"RS256\"}\0",
        b"{\"alg\":\"RS\xff256\"}",
        b"{\"alg\":\"RS256\"} {}",
        b"[\"RS256\"]",
        b"\"RS256\"",
        b"null",
        b"{\"alg\":\"RS256\",}",
    ] {
        breaks(Rule::TokenForm, api(&crafted(broken, &claims)));
        breaks(Rule::TokenForm, api(&crafted(header, broken)));
    }
}

/// RFC 8725 section 2.4 and 3.12: two members of one name, of which two readers take different ones.
#[test]
fn doubled_members() {
    let claims = claims_of(&access_token().sign(&ISSUER_KEY));
    let header = br#"{"alg":"RS256","typ":"at+jwt","kid":"issuer"}"#;
    for doubled in [
        &br#"{"alg":"RS256","alg":"none"}"#[..],
        br#"{"alg":"none","alg":"RS256","kid":"issuer"}"#,
        br#"{"alg":"RS256","\u0061lg":"none"}"#,
        br#"{"alg":"RS256","jwk":{"kty":"EC","kty":"RSA"}}"#,
    ] {
        breaks(Rule::TokenForm, api(&crafted(doubled, &claims)));
    }
    let text = String::from_utf8(claims).unwrap();
    let doubled = text.replacen('{', "{\"iss\":\"https://attacker.example\",", 1);
    breaks(Rule::TokenForm, api(&crafted(header, doubled.as_bytes())));
}

/// RFC 8259 section 9: depth and size that end a reader's stack or memory.
#[test]
fn ten_thousand_levels_and_ten_mebibytes() {
    let header = br#"{"alg":"RS256","typ":"at+jwt","kid":"issuer"}"#;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{{\"a\":{}1{}}}", open.repeat(10_000), close.repeat(10_000));
        assert!(Unverified::parse(&crafted(header, deep.as_bytes()), usize::MAX).is_err());
        assert!(Unverified::parse(&crafted(deep.as_bytes(), b"{}"), usize::MAX).is_err());
    }
    let long = assertion().claim("a", "x".repeat(10 << 20)).sign(&CLIENT_KEY);
    breaks(Rule::AssertionForm, authority(&long));
    breaks(Rule::DpopForm, server(&long));
    breaks(Rule::ApiAuthorization, api(&long));
    assert!(Unverified::parse(&".".repeat(10 << 20), 64 * 1024).is_err());
}

/// RFC 7519 section 2: numbers at which readers differ, overflow or wrap.
#[test]
fn numbers_that_are_no_points_in_time() {
    let text = String::from_utf8(claims_of(&access_token().sign(&ISSUER_KEY))).unwrap();
    let claims: Value = serde_json::from_str(&text).unwrap();
    let exp = claims["exp"].to_string();
    let with = |number: &str| {
        let header = br#"{"alg":"RS256","typ":"at+jwt","kid":"issuer"}"#;
        let changed = text.replace(&format!("\"exp\":{exp}"), &format!("\"exp\":{number}"));
        let input = format!("{}.{}", base64url::encode(header), base64url::encode(changed.as_bytes()));
        format!("{input}.{}", base64url::encode(&ISSUER_KEY.sign(input.as_bytes())))
    };
    for (number, rule) in [
        ("-1", Rule::TokenExp),
        ("-9223372036854775808", Rule::TokenExp),
        ("0", Rule::TokenExp),
        ("-0", Rule::TokenExp),
        ("1e3", Rule::TokenExp),
        ("9223372036854775808", Rule::TokenExp),
        ("18446744073709551616", Rule::TokenExp),
        ("1e300", Rule::TokenExp),
        ("-1e300", Rule::TokenExp),
        ("1e999", Rule::TokenForm),
        ("NaN", Rule::TokenForm),
        ("0x7fffffff", Rule::TokenForm),
        ("\"1790000600\"", Rule::TokenExp),
        ("null", Rule::TokenExp),
        ("true", Rule::TokenExp),
        ("[1790000600]", Rule::TokenExp),
    ] {
        breaks(rule, api(&with(number)));
    }
    for number in ["1.7900006e9", "1790000600.9", "9223372036854775807"] {
        api(&with(number)).unwrap_or_else(|fault| panic!("{number}: {fault}"));
    }
}

/// RFC 8725 section 2.8 and 3.11: a token of one kind taken for another.
#[test]
fn tokens_of_another_kind() {
    breaks(Rule::TokenTyp, api(&access_token().header("typ", "dpop+jwt").sign(&ISSUER_KEY)));
    breaks(Rule::TokenTyp, api(&access_token().header("typ", "client-authentication+jwt").sign(&ISSUER_KEY)));
    breaks(Rule::AssertionTyp, authority(&assertion().header("typ", "dpop+jwt").sign(&CLIENT_KEY)));
    breaks(Rule::DpopTyp, server(&proof().header("typ", "at+jwt").sign(&CLIENT_KEY)));
    breaks(Rule::DpopTyp, server(&proof().header("typ", "application/x/dpop+jwt").sign(&CLIENT_KEY)));
}

/// RFC 9449 section 4.3 (7): a proof that gives its private key away, or brings a shared secret.
#[test]
fn private_and_symmetric_keys_in_a_proof() {
    let private: Value = serde_json::from_str(private(Algorithm::ES256, "k").to_json().expose()).unwrap();
    for jwk in [private, json!({"kty": "oct", "k": "AQ"}), json!({"kty": "EC"}), json!({}), json!("key")] {
        assert!(server(&proof().header("jwk", jwk).sign(&CLIENT_KEY)).is_err());
    }
    breaks(Rule::DpopJwk, server(&proof().without_header("jwk").sign(&CLIENT_KEY)));
}

/// A signature is for the algorithm that its header names, and for a key of that kind alone.
#[test]
fn algorithms_are_not_mixed() {
    for other in Algorithm::ALL {
        if other != Algorithm::ES256 {
            let outcome = authority(&assertion().header("alg", other.name()).sign(&CLIENT_KEY));
            let rule = outcome.expect_err("a fault").rule();
            assert!(
                [Rule::AssertionKeyAlg, Rule::AssertionAlg, Rule::AssertionKid].contains(&rule),
                "{other} {rule:?}"
            );
        }
    }
    let key = verify_key(&CLIENT_KEY);
    assert!(key.verify(Algorithm::ES384, b"m", &CLIENT_KEY.sign(b"m")).is_err());
    let rsa: PrivateJwk = private(Algorithm::RS256, "r");
    assert!(rsa.public().clone().with_algorithm(Algorithm::ES256).is_err());
}
