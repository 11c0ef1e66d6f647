use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::id::KeyId;
use crate::jose::tests::private;

const HEADER: &str = r#"{"alg":"ES256","typ":"dpop+jwt","kid":"k+/="}"#;
const CLAIMS: &str = r#"{"jti":"1"}"#;

fn part(bytes: impl AsRef<[u8]>) -> String {
    base64url::encode(bytes.as_ref())
}

fn with_header(header: &str) -> Result<Header, Malformed> {
    let text = format!("{}.{}.{}", part(header), part(CLAIMS), part("s"));
    Unverified::parse(&text, MAX_BYTES).map(|parsed| parsed.header().clone())
}

fn refusal(text: &str) -> Malformed {
    Unverified::parse(text, MAX_BYTES).expect_err(text)
}

#[test]
fn a_well_formed_jws_is_read() {
    let text = format!("{}.{}.{}", part(HEADER), part(CLAIMS), part("signature"));
    let read = Unverified::parse(&text, text.len()).expect("a JWS");
    let header = read.header();
    assert_eq!((header.alg(), header.algorithm()), ("ES256", Some(Algorithm::ES256)));
    assert_eq!((header.typ(), header.kid().map(KeyId::as_str)), (Some("dpop+jwt"), Some("k+/=")));
    assert_eq!(header.jwk(), None);
    assert_eq!(Value::Object(read.unverified_claims().clone()), json!({"jti": "1"}));
    assert_eq!(read.jws.signature, b"signature");
    assert_eq!(read.jws.signing_input, format!("{}.{}", part(HEADER), part(CLAIMS)));
}

#[test]
fn there_are_three_parts() {
    let (header, claims) = (part(HEADER), part(CLAIMS));
    assert_eq!(refusal(""), Malformed::Parts(1));
    assert_eq!(refusal(&header), Malformed::Parts(1));
    assert_eq!(refusal(&format!("{header}.{claims}")), Malformed::Parts(2));
    assert_eq!(refusal(&format!("{header}.{claims}.AQ.AQ")), Malformed::Parts(4));
    assert_eq!(refusal(&format!("{header}.AQ.AQ.{claims}.AQ")), Malformed::Parts(5));
    assert_eq!(refusal(&format!("{header}.{claims}.AQ.")), Malformed::Parts(4));
}

#[test]
fn no_part_is_empty() {
    let (header, claims) = (part(HEADER), part(CLAIMS));
    assert_eq!(refusal(&format!(".{claims}.AQ")), Malformed::Empty("header"));
    assert_eq!(refusal(&format!("{header}..AQ")), Malformed::Empty("payload"));
    assert_eq!(refusal(&format!("{header}.{claims}.")), Malformed::Empty("signature"));
}

#[test]
fn each_part_is_canonical_base64url() {
    let (header, claims) = (part(HEADER), part(CLAIMS));
    for bad in ["AQ==", "AR", "A", "A+", "A/", " AQ", "AQ\n", "Aå", "A\0"] {
        assert_eq!(refusal(&format!("{bad}.{claims}.AQ")), Malformed::Base64("header"), "{bad:?}");
        assert_eq!(refusal(&format!("{header}.{bad}.AQ")), Malformed::Base64("payload"), "{bad:?}");
        assert_eq!(refusal(&format!("{header}.{claims}.{bad}")), Malformed::Base64("signature"), "{bad:?}");
    }
}

#[test]
fn the_limit_comes_before_everything() {
    let text = "!".repeat(MAX_BYTES + 1);
    assert_eq!(refusal(&text), Malformed::TooLong(MAX_BYTES + 1, MAX_BYTES));
    assert_eq!(Unverified::parse("a.b", 2).expect_err("too long"), Malformed::TooLong(3, 2));
}

#[test]
fn header_and_claims_are_strict_objects() {
    for (bytes, why) in [
        (&b"{\"alg\":\"ES256\",\"alg\":\"none\"}"[..], InvalidJson::Doubled("alg".into())),
        (b"[]", InvalidJson::NotAnObject),
        (b"\"alg\"", InvalidJson::NotAnObject),
        (b"{\"alg\":\"ES256\"} x", InvalidJson::Syntax),
        (b"\xef\xbb\xbf{}", InvalidJson::Syntax),
        (b"{\"alg\":\"\xff\"}", InvalidJson::Syntax),
        (b"{\"a\":\"\0\"}", InvalidJson::Syntax),
        (&[b"{\"a\":".as_slice(), &b"[".repeat(10_000)].concat(), InvalidJson::TooDeep),
    ] {
        let as_header = format!("{}.{}.AQ", part(bytes), part(CLAIMS));
        assert_eq!(refusal(&as_header), Malformed::Json("header", why.clone()));
        let as_claims = format!("{}.{}.AQ", part(HEADER), part(bytes));
        assert_eq!(refusal(&as_claims), Malformed::Json("payload", why));
    }
}

#[test]
fn header_parameters_have_their_types() {
    for (header, name) in [
        (r#"{"typ":"JWT"}"#, "alg"),
        (r#"{"alg":null}"#, "alg"),
        (r#"{"alg":["ES256"]}"#, "alg"),
        (r#"{"alg":"ES256","typ":1}"#, "typ"),
        (r#"{"alg":"ES256","typ":null}"#, "typ"),
        (r#"{"alg":"ES256","kid":1}"#, "kid"),
        (r#"{"alg":"ES256","kid":""}"#, "kid"),
        (r#"{"alg":"ES256","kid":"a\nb"}"#, "kid"),
        (r#"{"alg":"ES256","jwk":"{}"}"#, "jwk"),
    ] {
        let refusal = with_header(header).expect_err(header);
        assert!(matches!(refusal, Malformed::Parameter(found, _) if found == name), "{header}: {refusal}");
    }
}

#[test]
fn crit_is_never_understood() {
    for crit in [r#"["b64"]"#, r#"["exp"]"#, "[]", "null", "true"] {
        let header = format!(r#"{{"alg":"ES256","b64":false,"crit":{crit}}}"#);
        assert_eq!(with_header(&header), Err(Malformed::Critical), "{crit}");
    }
}

#[test]
fn other_parameters_are_passed_over() {
    let header =
        r#"{"alg":"ES256","b64":false,"jku":"https://evil.example","x5u":1,"cty":[],"jwk":{"kty":"EC"}}"#;
    let header = with_header(header).expect("a header");
    assert_eq!(header.jwk().cloned().map(Value::Object), Some(json!({"kty": "EC"})));
}

#[test]
fn an_algorithm_off_the_list_is_none() {
    for alg in ["none", "None", "NONE", "nonE", "HS256", "es256", "ES256K", ""] {
        let header = with_header(&format!(r#"{{"alg":"{alg}"}}"#)).expect("a header");
        assert_eq!((header.alg(), header.algorithm()), (alg, None));
    }
}

#[test]
fn a_typ_is_compared_as_a_media_type() {
    for (typ, expected, same) in [
        ("dpop+jwt", "dpop+jwt", true),
        ("DPoP+JWT", "dpop+jwt", true),
        ("application/dpop+jwt", "dpop+jwt", true),
        ("Application/DPOP+jwt", "dpop+jwt", true),
        ("dpop+jwt", "application/dpop+jwt", true),
        ("text/dpop+jwt", "dpop+jwt", false),
        ("application/x/dpop+jwt", "dpop+jwt", false),
        ("dpop+jwt ", "dpop+jwt", false),
        ("JWT", "dpop+jwt", false),
        ("", "dpop+jwt", false),
        ("application/", "dpop+jwt", false),
    ] {
        let header = with_header(&json!({"alg": "ES256", "typ": typ}).to_string()).expect("a header");
        assert_eq!(header.is_typ(expected), same, "{typ}");
    }
    assert!(!with_header(r#"{"alg":"ES256"}"#).expect("a header").is_typ("dpop+jwt"));
}

#[test]
fn only_the_algorithm_of_the_header_verifies() {
    let jwk = private(Algorithm::RS256);
    let (signing, verify) =
        (SigningKey::new(&jwk).expect("it"), VerifyKey::new(jwk.public().clone()).expect("it"));
    for (alg, good) in
        [("RS256", true), ("RS512", false), ("PS256", false), ("none", false), ("HS256", false)]
    {
        let header = json!({"alg": alg}).as_object().cloned().expect("an object");
        let text = Draft::new(&header, &Object::new()).sign(&signing);
        let parsed = Unverified::parse(&text, MAX_BYTES).expect("a JWS");
        assert_eq!(parsed.is_signed_by(&verify, Algorithm::RS256), good, "{alg}");
        assert_eq!(parsed.verify(&verify, Algorithm::RS256).is_ok(), good, "{alg}");
    }
}

#[test]
fn refusals_never_repeat_the_text() {
    let secret = "c2VjcmV0";
    for text in [secret.to_owned(), format!("{secret}=.a.b"), format!("{secret}.{secret}.{secret}")] {
        let said = refusal(&text).to_string();
        assert!(!said.contains("secret") && !said.contains(secret), "{said}");
    }
}

#[test]
fn what_would_let_its_reader_in_does_not_print() {
    let text = format!("{}.{}.{}", part(HEADER), part(CLAIMS), part("signature"));
    let shown = format!("{:?}", Unverified::parse(&text, MAX_BYTES).expect("a JWS"));
    assert!(shown.contains("ES256") && !shown.contains(&part(CLAIMS)) && !shown.contains("jti"), "{shown}");
}

proptest! {
    #[test]
    fn a_jws_with_one_changed_byte_is_read_or_refused(at in any::<proptest::sample::Index>(), byte in 0_u8..128) {
        let mut text = format!("{}.{}.{}", part(HEADER), part(CLAIMS), part("signature")).into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        let text = String::from_utf8(text).expect("ASCII");
        if let Ok(read) = Unverified::parse(&text, MAX_BYTES) {
            // One text for each content: what is read is what would be written.
            prop_assert_eq!(format!("{}.{}", read.jws.signing_input, part(&read.jws.signature)), text);
        }
    }
}
