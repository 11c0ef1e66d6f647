//! `check-api` against an API that refuses everything that it must, and against careless ones.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use helseid_protocol::forge::BrokenProof;
use serde_json::Value;

use crate::world::{Server, World};

/// How many faults a sender makes alone.
const BY_SENDER: usize = 25;

/// How many more there are with tokens that the issuer makes wrong.
const BY_ISSUER: usize = 7;

/// What came to an API: request lines and headers, one text for each request.
type Came = Arc<Mutex<Vec<String>>>;

/// An API that answers what `answer` says to each request, by its place and its head.
fn api(answer: impl Fn(usize, &str) -> String + Send + Sync + 'static) -> (String, Came) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/patients?number=13109525611", listener.local_addr().unwrap());
    let (came, count, answer) = (Came::default(), Arc::new(AtomicUsize::new(0)), Arc::new(answer));
    let all = came.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (all, count, answer) = (all.clone(), count.clone(), answer.clone());
            std::thread::spawn(move || drop(serve(stream, &all, &count, &*answer)));
        }
    });
    (url, came)
}

fn serve(
    mut stream: TcpStream,
    all: &Came,
    count: &AtomicUsize,
    answer: &dyn Fn(usize, &str) -> String,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        all.lock().unwrap().push(head.clone());
        let answer = answer(count.fetch_add(1, Ordering::SeqCst), &head);
        write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n")?;
    }
}

const UNAUTHORIZED: &str = "401 Unauthorized";

/// The report on `url`, and what was said, of a run that ends with this exit code.
#[track_caller]
fn report(world: &World, code: i32, arguments: &[&str]) -> Value {
    let output = world.run(&[&["check-api", "--format", "json"], arguments].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!format!("{text}{said}").contains("eyJ"), "a token is written: {text}{said}");
    serde_json::from_str(&text).unwrap()
}

fn faults(report: &Value) -> &Vec<Value> {
    report["faults"].as_array().unwrap()
}

/// What was let in.
fn let_in(report: &Value) -> Vec<&str> {
    let of = faults(report).iter().filter(|fault| fault["outcome"] == "let_in");
    of.map(|fault| fault["what"].as_str().unwrap()).collect()
}

/// A key of the test token service, in a file.
fn test_token_key(world: &World) -> &'static str {
    let key = world.ok(&["access-key", "make", "test-tokens", "--name", "check"]);
    world.write("key", &key);
    "--access-key-file=key"
}

#[test]
fn the_sample_api_refuses_each_fault_also_of_tokens_that_its_issuer_made_wrong() {
    let world = World::new();
    let (_authority, _api, url) = world.whole();
    let report = report(&world, 0, &[&url, test_token_key(&world)]);
    let counts = (&report["refused"], &report["let_in"], &report["unclear"]);
    assert_eq!(counts, (&(BY_SENDER + BY_ISSUER).into(), &0.into(), &0.into()));
    let nhn: Vec<_> = faults(&report).iter().filter_map(|fault| fault["nhn"].as_str()).collect();
    assert_eq!(nhn, BrokenProof::ALL.map(BrokenProof::nhn_name));
    // Each is refused for what is wrong with it.
    for fault in faults(&report) {
        let error = match fault["rule"].as_str() {
            None => Value::Null,
            Some("api.scope") => "insufficient_scope".into(),
            Some(rule) if rule.starts_with("dpop.") => "invalid_dpop_proof".into(),
            Some(_) => "invalid_token".into(),
        };
        assert_eq!(fault["error"], error, "{fault}");
    }
    let table = world.ok(&["check-api", &url]);
    assert_eq!(table.lines().filter(|line| line.starts_with("refused")).count(), BY_SENDER, "{table}");
}

#[test]
fn an_api_of_the_authoritys_own_lets_in_nothing_that_is_broken() {
    let world = World::new();
    let (authority, _api, _) = world.whole();
    let url = format!("{}/v1/client-secret", authority.line["issuer"].as_str().unwrap());
    let scope = ["--scope", "nhn:selvbetjening/client"];
    let report = report(&world, 0, &[&[&*url], &scope[..]].concat());
    assert_eq!(report["refused"], BY_SENDER);
    // Nobody makes tokens for it but the token endpoint, and so not a good one either.
    let key = test_token_key(&world);
    let said = world.fails(1, &[&["check-api", &url, key], &scope[..]].concat());
    assert!(said.contains("this authority's own API"), "{said}");
}

#[test]
fn an_api_that_looks_at_nothing_is_told_so_and_nothing_of_the_request_is_repeated() {
    let world = World::new();
    let (_authority, _api, _) = world.whole();
    let (url, came) = api(|_, _| "200 OK".to_owned());
    let report = report(&world, 3, &[&url]);
    assert_eq!(report["let_in"], BY_SENDER);
    assert!(faults(&report).iter().all(|fault| fault["why"].is_string() && fault["next"].is_string()));
    assert!(!report.to_string().contains("13109525611"), "{report}");
    {
        let came = came.lock().unwrap();
        assert_eq!(report["requests"], came.len());
        assert!(came.iter().all(|head| head.starts_with("GET /patients?number=13109525611 ")));
    }
    // People hear of the cause, and not of each thing that follows from it.
    let said = world.fails(3, &["check-api", &url]);
    assert_eq!(said.matches("error: ").count(), 1, "{said}");
    assert!(said.contains("let in: no token and no proof") && said.contains("anyone can call"), "{said}");
    assert!(!said.contains("13109525611"), "{said}");
}

/// An API that verifies the token by the issuer's keys, and looks at no proof.
fn without_proofs(world: &World, authority: &Server) -> (String, Came) {
    let issuer = authority.line["issuer"].as_str().unwrap().to_owned();
    let audience = "norsk-helsenett:python-sample-api";
    let scope = format!("{audience}/read");
    let folder = world.path("");
    api(move |_, head| {
        let line = head.lines().find_map(|line| {
            line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        });
        let Some((_, token)) = line.and_then(|(_, value)| value.split_once(' ')) else {
            return UNAUTHORIZED.to_owned();
        };
        let mut verify = std::process::Command::new(env!("CARGO_BIN_EXE_helseid"));
        verify.args(["token", "verify", "--issuer", &issuer, "--audience", audience, "--scope", &scope]);
        let quiet = std::process::Stdio::null;
        let mut verify = verify
            .current_dir(&folder)
            .stdin(std::process::Stdio::piped())
            .stdout(quiet())
            .stderr(quiet())
            .spawn()
            .unwrap();
        verify.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
        if verify.wait().unwrap().success() { "200 OK" } else { UNAUTHORIZED }.to_owned()
    })
}

#[test]
fn an_api_that_checks_the_token_and_not_the_proof_is_told_of_each_proof_and_of_no_token() {
    let world = World::new();
    let (authority, _api, _) = world.whole();
    let key = test_token_key(&world);
    let (url, _) = without_proofs(&world, &authority);
    let report = report(&world, 3, &[&url, key]);
    for fault in faults(&report) {
        let rule = fault["rule"].as_str().unwrap_or("none");
        let of_proof =
            rule.starts_with("dpop.") || ["api.proof", "api.bound_token", "token.cnf"].contains(&rule);
        assert_eq!(fault["outcome"] == "let_in", of_proof, "{fault}");
        assert_eq!(fault["outcome"] == "refused", !of_proof, "{fault}");
    }
    let said = world.fails(3, &["check-api", &url]);
    for (what, why) in [
        ("let in: no proof, bound token as Bearer", "a stolen token can be used by anyone"),
        ("let in: proof without jti, proof used once more", "can be sent again and again"),
        ("let in: proof by a key that the token is not bound to", "the token's key is not compared"),
    ] {
        assert!(said.contains(what) && said.contains(why), "{what}: {said}");
    }
}

#[test]
fn one_thing_that_is_not_looked_at_is_named_alone_also_by_an_api_that_wants_a_nonce() {
    let world = World::new();
    let (_authority, _api, _) = world.whole();
    // It wants a nonce, and then one proof, and does not mind the rest.
    let (url, _) = api(|place, head| {
        match head.to_ascii_lowercase().matches("\r\ndpop: ").count() {
            _ if place == 0 => {
                "401 Unauthorized\r\nwww-authenticate: DPoP error=\"use_dpop_nonce\"\r\ndpop-nonce: n"
            }
            1 => "200 OK",
            _ => {
                "401 Unauthorized\r\nwww-authenticate: DPoP error=\"invalid_token\", error_description=\"secret words\""
            }
        }
        .to_owned()
    });
    let report = report(&world, 3, &[&url]);
    assert_eq!(report["refused"], 4, "no token, no proof, two proofs, Bearer: {report}");
    assert!(!report.to_string().contains("secret words"));
    assert!(let_in(&report).contains(&"proof without htu") && !let_in(&report).contains(&"two proofs"));
}

#[test]
fn an_api_that_asks_for_a_nonce_again_and_again_has_refused_nothing() {
    let world = World::new();
    let (_authority, _api, _) = world.whole();
    // Until the last good call each nonce is too old at once. Three faults have no proof, and 21 are sent a second time.
    let (url, _) = api(|place, head| match place {
        0 | 46.. => "200 OK".to_owned(),
        _ if head.to_ascii_lowercase().contains("\r\ndpop: ") => {
            format!(
                "401 Unauthorized\r\nwww-authenticate: DPoP error=\"use_dpop_nonce\"\r\ndpop-nonce: n{place}"
            )
        }
        _ => UNAUTHORIZED.to_owned(),
    });
    let report = report(&world, 3, &[&url]);
    let counts = [&report["refused"], &report["unclear"], &report["let_in"]];
    assert_eq!(counts, [&3.into(), &21.into(), &1.into()] as [&Value; 3], "{report}");
}

#[test]
fn an_api_that_refuses_the_good_call_or_has_had_enough_is_no_proof_of_anything() {
    let world = World::new();
    let (_authority, _api, _) = world.whole();
    let (url, came) = api(|_, _| UNAUTHORIZED.to_owned());
    let said = world.fails(1, &["check-api", &url]);
    assert!(said.contains("does not let a good call in") && came.lock().unwrap().len() == 1, "{said}");
    // It refuses everything after the first call: also the good one at the end.
    let (url, _) = api(|place, _| if place == 0 { "200 OK" } else { UNAUTHORIZED }.to_owned());
    assert!(world.fails(1, &["check-api", &url]).contains("does not let a good call in"));
    let (url, _) = api(|place, head| {
        // The good call, the 24 faults, and the good call with its proof once more.
        let said = match place {
            1..=24 if head.contains("Bearer") => "302 Found\r\nlocation: http://localhost:1/",
            1..=24 => UNAUTHORIZED,
            _ => "200 OK",
        };
        said.to_owned()
    });
    let report = report(&world, 3, &[&url]);
    assert_eq!((&report["unclear"], let_in(&report)), (&1.into(), vec!["proof used once more"]));
}

#[test]
fn test_tokens_prove_something_only_where_a_good_one_is_let_in() {
    let world = World::new();
    let (_authority, _api, url) = world.whole();
    test_token_key(&world);
    // This API takes no token that the service made.
    let (careful, _) = api(|_, head| {
        let is_good = head.to_ascii_lowercase().contains("dpop: ") && !of_service(head);
        if is_good { "200 OK" } else { UNAUTHORIZED }.to_owned()
    });
    let said = world.fails(1, &["check-api", &careful, "--access-key-file", "key"]);
    assert!(said.contains("does not let a good test token in"), "{said}");
    world.write("empty", "\n");
    let said = world.fails(2, &["check-api", &url, "--access-key-file", "empty"]);
    assert!(said.contains("the file is empty"), "{said}");
    world.write("another", "no-such-key\n");
    let said = world.fails(1, &["check-api", &url, "--access-key-file", "another"]);
    assert!(said.contains("makes no test token") && !said.contains("no-such-key"), "{said}");
}

#[test]
fn an_api_that_demands_a_person_is_called_for_one_of_the_test_token_service() {
    let world = World::new();
    let (_authority, _api, _) = world.whole();
    let key = test_token_key(&world);
    let (url, came) = api(|_, head| {
        let is_good = head.to_ascii_lowercase().contains("dpop: ") && claims(head).contains("\"sub\":");
        if is_good { "200 OK" } else { UNAUTHORIZED }.to_owned()
    });
    let said = world.fails(1, &["check-api", &url, key]);
    assert!(said.contains("does not let a good call in"), "{said}");
    came.lock().unwrap().clear();
    let report = report(&world, 3, &[&url, key, "--test-person"]);
    assert_eq!(faults(&report).len(), BY_SENDER + BY_ISSUER);
    // Nobody but the API hears who the person is.
    assert!(!report.to_string().contains("06828399789"));
    let bearers = came.lock().unwrap().iter().filter(|head| !claims(head).is_empty()).count();
    let of_person = came.lock().unwrap().iter().filter(|head| claims(head).contains("\"sub\":")).count();
    assert!(of_person > 30 && of_person == bearers, "{of_person} of {bearers}");
    assert_eq!(world.run(&["check-api", &url, "--test-person"]).status.code(), Some(2));
}

fn of_service(head: &str) -> bool {
    claims(head).contains("helseid-local:test-token")
}

/// What the token of a request says.
fn claims(head: &str) -> String {
    let token = head.lines().find(|line| line.to_ascii_lowercase().starts_with("authorization: "));
    let claims = token.and_then(|line| line.split('.').nth(1)).unwrap_or_default();
    let claims = helseid_protocol::jose::base64url::decode(claims).unwrap_or_default();
    String::from_utf8_lossy(&claims).into_owned()
}

/// The private members of each key that was shown to an API.
fn shown_keys(came: &Came) -> Vec<String> {
    let came = came.lock().unwrap();
    let proofs = came.iter().flat_map(|head| head.lines()).filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("dpop").then_some(value)
    });
    let headers =
        proofs.filter_map(|proof| helseid_protocol::jose::base64url::decode(proof.split('.').next()?).ok());
    let keys = headers.filter_map(|header| serde_json::from_slice::<Value>(&header).ok());
    keys.filter_map(|header| Some(header["jwk"]["d"].as_str()?.to_owned())).collect()
}

#[test]
fn the_key_that_an_api_is_shown_is_not_the_clients_and_another_in_each_run() {
    let world = World::new();
    let (_authority, _api, _) = world.whole();
    let (url, came) = api(|_, _| "200 OK".to_owned());
    let runs = [report(&world, 3, &[&url]), report(&world, 3, &[&url])];
    assert_eq!(runs.map(|report| report["let_in"].clone()), [BY_SENDER, BY_SENDER]);
    let shown = shown_keys(&came);
    assert_eq!(shown.len(), 2, "one proof of each run has its private key");
    assert_ne!(shown[0], shown[1]);
    let own = world.read("m2m_private.json");
    assert!(own.contains("\"d\"") && shown.iter().all(|key| !own.contains(key)));
}

#[test]
fn an_api_elsewhere_must_be_named_and_no_request_is_sent_before() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    // Nobody is at this issuer: a request for a token would fail otherwise than this does.
    world.write(
        "helseid.toml",
        "issuer = \"http://localhost:1\"\nclient_id = \"c\"\nkey_file = \"m2m_private.json\"\n",
    );
    let url = "https://api.example/patients";
    let said = world.fails(2, &["check-api", url]);
    assert!(said.contains("--at api.example"), "{said}");
    assert!(world.fails(2, &["check-api", url, "--at", "example"]).contains("another host"));
    let said = world.fails(2, &["check-api", url, "--at", "api.example", "--environment", "production"]);
    assert!(said.contains("in production"), "{said}");
    world.fails(1, &["check-api", url, "--at", "api.example"]);
    let said = world.fails(2, &["check-api", "http://localhost:1/", "--token-cache", "tokens"]);
    assert!(said.contains("caches no token") && !world.files().contains(&"tokens".to_owned()), "{said}");
}
