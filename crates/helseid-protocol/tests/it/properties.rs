//! No bytes of a stranger make a parser panic, and what is read is written the same.

use helseid_protocol::challenge::Challenge;
use helseid_protocol::dpop::Target;
use helseid_protocol::endpoint::end_session::{Browser, EndSessionForm, Ending};
use helseid_protocol::endpoint::introspection::IntrospectionAnswer;
use helseid_protocol::endpoint::metadata::Metadata;
use helseid_protocol::endpoint::token::{ClientCredentials, TokenAnswer, TokenForm, TokenType};
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::format::{KeyReader, Password, read_private, read_public};
use helseid_protocol::jose::jws::Compact;
use helseid_protocol::jose::{JwkSet, PrivateJwk, PublicJwk, base64url, json};
use helseid_protocol::login::{Callback, CallbackAnswer};
use helseid_protocol::logout::FrontChannelLogout;
use helseid_protocol::person::Subject;
use helseid_protocol::resource::{Credentials, Scheme};
use helseid_protocol::rule::Trail;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::userinfo::UserInfo;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use proptest::prelude::*;

use crate::parties::{CLIENT_KEY, api, assertion, authority, proof, server};

/// Bytes that look like the real thing more often than random ones do.
fn nearly(text: &'static (impl AsRef<[u8]> + ?Sized)) -> impl Strategy<Value = Vec<u8>> {
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (changes, any::<prop::sample::Index>()).prop_map(move |(changes, end)| {
        let mut bytes = text.as_ref().to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if bytes.first().is_some_and(|first| first & 1 == 0) {
            bytes.truncate(end.index(bytes.len()) + 1);
        }
        bytes
    })
}

const KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"k","use":"sig","alg":"ES256","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
/// How key files begin.
const HEADS: [&[u8]; 10] = [
    b"",
    b"\x30\x82\x01\x0a\x02\x01",
    b"-----BEGIN ",
    b"<RSAKeyValue>",
    b"\xff\xfe{\0",
    b"\"",
    b"'{",
    b"\x30\x80\x02\x01\x03\x30\x80\x06\x01\x00",
    b"{\"keys\":[{\"kty\":\"EC-HSM\",\"crv\":\"P-256\",\"d\":\"",
    b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,",
];
/// PKCS#12, OpenSSH's own container, and an encrypted key.
const STORE: &[u8] = include_bytes!("../../../../fixtures/keys/corpus/plain.p12");
const CONTAINER: &str = include_str!("../../../../fixtures/keys/corpus/openssh_ecdsa");
const SEALED: &[u8] = include_bytes!("../../../../fixtures/keys/corpus/pbes2.der");
const FORM: &str = "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c&scope=a+b&resource=x";
const ANSWER: &str = r#"{"access_token":"a.b.c","token_type":"DPoP","expires_in":600,"scope":"a b"}"#;
const METADATA: &str = r#"{"issuer":"https://sts.example","token_endpoint":"https://sts.example/connect/token","jwks_uri":"https://sts.example/jwks"}"#;
const QUERY: &str = "state=a+b&code=c&iss=https%3A%2F%2Fsts.example&sid=s&error_description=%0a&id_token_hint=a.b.c&post_logout_redirect_uri=x";
const PERSON: &str = r#"{"active":true,"sub":"the-person","helseid://claims/hpr/hpr_details":{"hpr_number":565505933,"approvals":[{"profession":"LE"}]}}"#;
const CHALLENGES: &str =
    r#"DPoP algs="ES256 PS256", error="invalid_token", error_description="a, \"b\"", Bearer realm=x"#;

/// What is encoded as a JWS, whatever it holds.
fn three_parts() -> impl Strategy<Value = String> {
    proptest::array::uniform3(any::<Vec<u8>>())
        .prop_map(|parts| parts.map(|part| base64url::encode(&part)).join("."))
}

proptest! {
    #[test]
    fn no_jws_makes_the_three_readers_panic(bytes in prop_oneof![".{0,300}", "[A-Za-z0-9_.-]{0,300}", three_parts()]) {
        let _ = (api(&bytes), authority(&bytes), server(&bytes), Compact::parse(&bytes, 4096).is_ok());
    }

    #[test]
    fn a_changed_proof_or_assertion_is_never_taken(place in any::<prop::sample::Index>(), byte in 32_u8..127) {
        for (text, check) in [
            (assertion().sign(&CLIENT_KEY), authority as fn(&str) -> _),
            (proof().sign(&CLIENT_KEY), server),
        ] {
            let mut bytes = text.clone().into_bytes();
            let place = place.index(bytes.len());
            bytes[place] = byte;
            let changed = String::from_utf8(bytes).unwrap();
            prop_assert_eq!(check(&changed).is_ok(), changed == text);
        }
    }

    #[test]
    fn what_is_read_as_a_key_is_written_the_same(bytes in nearly(KEY)) {
        if let Ok(key) = PrivateJwk::read(&bytes) {
            let written = key.to_json();
            let again = PrivateJwk::read(written.expose().as_bytes()).unwrap().to_json();
            prop_assert_eq!(again.expose(), written.expose());
        }
        if let Ok(key) = PublicJwk::read(&bytes) {
            prop_assert_eq!(PublicJwk::read(key.to_json().as_bytes()).unwrap().to_json(), key.to_json());
        }
        let _ = JwkSet::read(&[b"{\"keys\":[".as_slice(), &bytes, b"]}"].concat());
    }

    #[test]
    fn no_key_file_makes_its_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0..HEADS.len()) {
        let file = [HEADS[kind], &bytes].concat();
        let _ = read_private(&file, Some(&Password::new("x")));
        let _ = read_public(&file, None);
    }

    #[test]
    fn no_changed_key_file_makes_its_reader_panic(store in nearly(STORE), container in nearly(CONTAINER), sealed in nearly(SEALED)) {
        for file in [store, container, sealed] {
            // Without a password, so that a changed number of rounds costs nothing where it comes first.
            let _ = read_public(&file, None);
            let _ = KeyReader::new(None, Some("one")).private(&file);
        }
    }

    #[test]
    fn no_form_makes_its_reader_panic(body in nearly(FORM)) {
        let form = TokenForm::read(Some("application/x-www-form-urlencoded"), &body, &mut Trail::new());
        if let Ok(form) = form {
            let _ = ClientCredentials::read(&form, &mut Trail::new()).map(|asked| asked.resource());
        }
    }

    #[test]
    fn no_answer_and_no_metadata_makes_its_reader_panic(answer in nearly(ANSWER), metadata in nearly(METADATA), status in prop_oneof![Just(200), Just(400), 100_u16..600]) {
        let status = StatusCode::from_u16(status).unwrap();
        let _ = TokenAnswer::read(status, &HeaderMap::new(), &answer, TokenType::Dpop);
        if let Ok(read) = Metadata::read(&metadata, &Issuer::parse("https://sts.example").unwrap()) {
            prop_assert!(Target::of_request(&read.token_endpoint).is_ok());
        }
    }

    #[test]
    fn no_query_of_a_login_makes_its_reader_panic(query in nearly(QUERY), method in prop_oneof![Just(Method::GET), Just(Method::POST)]) {
        let (issuer, trail) = (Issuer::parse("https://sts.example").unwrap(), &mut Trail::new());
        let body = (Some("application/x-www-form-urlencoded"), &*query);
        if let Ok(form) = EndSessionForm::read(&method, &query, body, trail) {
            let decided = form.decide(None, Browser::InAnotherSession, &[], trail).unwrap();
            prop_assert_eq!((decided.ending, decided.redirect), (Ending::AfterAQuestion, None));
        }
        if let Ok(logout) = FrontChannelLogout::read(&query, &issuer, trail) {
            prop_assert!(!logout.session_id().as_str().contains(char::is_control));
        }
        if let Ok(callback) = Callback::read(&query, trail)
            && let Ok(CallbackAnswer::Refused(error)) = callback.answer(&issuer, trail)
        {
            prop_assert!(!error.to_string().contains(char::is_control), "{error}");
        }
    }

    #[test]
    fn no_answer_about_a_person_makes_its_reader_panic(answer in nearly(PERSON)) {
        let person = Subject::parse("the-person").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        if let Ok(read) = UserInfo::read(StatusCode::OK, &headers, &answer, &person, &mut Trail::new()) {
            prop_assert_eq!(&read.all()["sub"], "the-person");
        }
        if let Ok(read) = IntrospectionAnswer::read(&answer) {
            prop_assert_eq!(IntrospectionAnswer::read(read.to_json().as_bytes()), Ok(read));
        }
    }

    #[test]
    fn a_challenge_that_was_written_is_read_and_written_the_same(bytes in nearly(CHALLENGES)) {
        if let Ok(challenges) = Challenge::read(&bytes) {
            for challenge in challenges {
                let written = challenge.to_string();
                prop_assert_eq!(Challenge::read(&written).unwrap()[0].to_string(), written);
            }
        }
    }

    #[test]
    fn a_target_is_its_own_normal_form(text in "https?://[a-zA-Z0-9.\\[\\]:%-]{1,20}(/[!-~]{0,10}){0,4}") {
        if let Ok(target) = Target::parse(&text) {
            prop_assert_eq!(Target::parse(target.as_str()), Ok(target));
        }
    }

    #[test]
    fn no_header_makes_the_credentials_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
        let mut headers = HeaderMap::new();
        headers.insert("authorization", value);
        let _ = Credentials::read(&headers, Scheme::Transition, &mut Trail::new());
    }

    #[test]
    fn json_is_read_as_serde_reads_it_or_not_at_all(bytes in nearly(KEY)) {
        if let Ok(object) = json::read_object(&bytes) {
            prop_assert_eq!(Ok(serde_json::Value::Object(object)), serde_json::from_slice(&bytes).map_err(|_| ()));
        }
    }

    #[test]
    fn scopes_are_written_as_they_were_read(text in "[ -~]{0,60}") {
        if let Ok(scopes) = ScopeSet::parse(&text) {
            prop_assert_eq!(ScopeSet::parse(&scopes.to_string()), Ok(scopes));
        }
    }
}
