//! `doctor` against broken set-ups of the real authority and the real API. What it says of each is the table in
//! `docs/doctor.md`, which this test writes when `HELSEID_WRITE_DOCS` is set, and otherwise holds against what is there.

use std::fmt::Write as _;
use std::time::Duration;

use helseid_admin_api::{ClientFaults, ClientRegistration};
use helseid_authority::TestAuthority;
use helseid_protocol::jose::PrivateJwk;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Clock as _;
use serde_json::Value;

use crate::tls::Front;
use crate::transcript::plain;
use crate::world::{Nobody, World};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/doctor.md");

const SCOPE: &str = "norsk-helsenett:python-sample-api/read";

const HEAD: &str = "\
# What `helseid doctor` says

`helseid doctor` goes through the whole handshake with any HelseID, local, test or production: the configuration and the key, the way to the
issuer, its metadata, keys and clock, the token request step by step, the token claim by claim, and the API. A failure names the rule that
was broken, if the protocol has one for it, says why, and what to do next. `--format json` gives the same for a support ticket: no
token, signature or key is in it, and what tokens say of persons is left out.

`helseid doctor --login` goes through a login instead: the pushed request and the login page, and at a local authority with `--person doctor` the
code, the ID token, userinfo, a refresh, and the end of the login. Nothing of it is kept. At HelseID itself (`environment = \"test\"`) it goes as far as the page at which a person
must go on, and tells an error page from it. Without `--login`, the last two steps say what a login would find: whether the metadata's login endpoints are at the
issuer's own server, and whether a request can be pushed, which is then left alone. They are skipped where the issuer or the client logs nobody in, and fail nothing.
At a local authority on this machine the registry says whether the client does. Elsewhere only the pushed request can tell, and its refusal is in that authority's trace.

HelseID itself says little of why it refuses a client: `invalid_client`, and nothing more. Then the step is `client`, and what to
compare is listed. The local authority names the rule.

This table is written by a test that sets up each of these for real: it is true of this version.

| what is wrong | step | rule | it says | why | next |
| --- | --- | --- | --- | --- | --- |
";

/// The table, row by row.
struct Table(String);

impl Table {
    /// Exactly this step fails, by exactly this rule; what comes before it does not fail, and what comes after it is not
    /// reached.
    #[track_caller]
    fn row(&mut self, what: &str, world: &World, more: &[&str], step: &str, rule: Option<&str>) {
        let output = world.run(&[&["doctor", "--format", "json"], more].concat());
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            output.status.code(),
            Some(1),
            "{what}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let ticket: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(ticket["outcome"], "failed");
        let steps = ticket["steps"].as_array().unwrap();
        let place = steps.iter().position(|step| step["outcome"] == "failed").unwrap();
        assert_eq!(steps[place]["step"], step, "{what}: {said}");
        assert_eq!(steps[place].get("rule").and_then(Value::as_str), rule, "{what}: {said}");
        for later in &steps[place + 1..] {
            assert_eq!(later["outcome"], "not_reached", "{what}: {said}");
        }
        for earlier in &steps[..place] {
            let outcome = earlier["outcome"].as_str().unwrap();
            assert!(["passed", "skipped", "warned"].contains(&outcome), "{what}: {said}");
        }
        let text = world.run(&[&["doctor"], more].concat());
        let text = String::from_utf8(text.stdout).unwrap();
        assert_eq!(text.matches("\nFAILED ").count() + usize::from(text.starts_with("FAILED ")), 1, "{text}");
        assert!(text.ends_with("it does not work\n"), "{text}");
        let cell = |name: &str| {
            let found = steps[place][name].as_str().unwrap_or_default();
            // How a system says that it knows no such name differs.
            let found = if step == "dns" && name == "why" {
                "the name server does not know this name"
            } else {
                found
            };
            plain(world, found).replace('|', "\\|")
        };
        let rule = rule.map(|rule| format!("`{rule}`")).unwrap_or_default();
        let (says, why, next) = (cell("says"), cell("why"), cell("next"));
        writeln!(self.0, "| {what} | `{step}` | {rule} | {says} | {why} | {next} |").unwrap();
    }
}

fn configuration(issuer: &str, client_id: &str, key_file: &str, more: &str) -> String {
    format!(
        "issuer = \"{issuer}\"\nclient_id = \"{client_id}\"\nkey_file = \"{key_file}\"\nscope = \"{SCOPE}\"\n{more}"
    )
}

/// A client with a key of its own: its id.
fn register(world: &World, key: &str, more: &[&str]) -> String {
    let file = format!("{key}_public.json");
    let arguments = ["client", "register", "--name", key, "--key", &file, "--scope", SCOPE];
    world.ok(&[&arguments, more].concat()).trim().to_owned()
}

// The authority of the clocks answers on the other threads while this one waits for the program.
#[tokio::test(flavor = "multi_thread")]
async fn each_broken_set_up_is_named_exactly() {
    let world = World::new();
    let authority = world.authority();
    let issuer = authority.line["issuer"].as_str().unwrap().to_owned();
    for key in ["m2m", "other", "unregistered"] {
        world.ok(&["key", "generate", "--alg", "ES256", "--out", key]);
    }
    let kid = world.ok(&["key", "thumbprint", "m2m_public.json"]).trim().to_owned();
    world.ok(&["key", "generate", "--alg", "ES256", "--kid", &kid, "--out", "twin"]);
    let (own, _other) = (register(&world, "m2m", &[]), register(&world, "other", &[]));
    let good = configuration(&issuer, &own, "m2m_private.json", "");
    let write = |content: &str| world.write("helseid.toml", content);
    let mut table = Table(HEAD.to_owned());

    write(&good.replace("m2m_private", "twin_private"));
    table.row("the wrong key, by the right name", &world, &[], "registration", Some("assertion.signature"));
    write(&good.replace("m2m_private", "unregistered_private"));
    table.row("a key that nobody registered", &world, &[], "registration", Some("assertion.kid"));
    write(&good.replace("m2m_private", "other_private"));
    table.row("the key of another client", &world, &[], "registration", Some("assertion.kid"));
    write(&good.replace(&own, "00000000-0000-4000-8000-000000000000"));
    table.row("an unknown client", &world, &[], "client", Some("assertion.client"));
    clocks_and_expiry(&world, &mut table).await;
    write(&good.replace("localhost", "127.0.0.1"));
    table.row("the issuer by another name", &world, &[], "discovery", None);
    write(&good.replace(&issuer, "http://sts.example"));
    table.row("http instead of https", &world, &[], "configuration", None);
    write(&good.replace(SCOPE, "nhn:bff-sample/api"));
    table.row("a scope that is not granted", &world, &[], "scopes", Some("request.scope_allowed"));
    write(&good.replace(&issuer, "https://nowhere.invalid"));
    table.row("a name that is not known", &world, &[], "dns", None);
    let nobody = Nobody::new();
    write(&good.replace(&issuer, &format!("http://{}", nobody.address)));
    table.row("nobody listens", &world, &[], "tcp", None);
    untrusted(&world, &mut table);
    organisations(&world, &issuer, &mut table);
    write(&good);
    apis(&world, &issuer, &mut table);
    write(&good.replace("m2m_private.json", "nothing.json"));
    table.row("the key file is not there", &world, &[], "key", None);
    write("client = 1\n");
    table.row("the configuration is wrong", &world, &[], "configuration", None);

    if std::env::var_os("HELSEID_WRITE_DOCS").is_some() {
        std::fs::write(DOCUMENT, &table.0).unwrap();
    }
    let written = std::fs::read_to_string(DOCUMENT).unwrap_or_default();
    assert!(
        written == table.0,
        "docs/doctor.md is out of date: HELSEID_WRITE_DOCS=1 cargo test -p helseid doctor"
    );
}

/// An authority whose clock the test moves, and one that is asked for another clock.
async fn clocks_and_expiry(world: &World, table: &mut Table) {
    let authority = TestAuthority::start_with_faults().await.unwrap();
    let key = PrivateJwk::read(world.read("m2m_private.json").as_bytes()).unwrap();
    let keys = || vec![Value::Object(key.public().members().clone())];
    let scopes = ScopeSet::parse(SCOPE).unwrap();
    let registration = ClientRegistration::new("late".to_owned(), scopes, keys());
    let late = authority.register(registration.clone()).await.unwrap().client_id;
    let issuer = authority.issuer().as_str();
    world.write("helseid.toml", &configuration(issuer, late.as_str(), "m2m_private.json", ""));
    for (what, seconds, rule) in [
        ("this machine's clock is 10 minutes ahead", -600, "assertion.lifetime"),
        ("this machine's clock is 10 minutes behind", 600, "assertion.exp"),
    ] {
        catch_up(&authority);
        authority.put_faults(
            late.clone(),
            ClientFaults { clock_skew_seconds: seconds, ..ClientFaults::default() },
        );
        table.row(what, world, &[], "clock", Some(rule));
    }
    catch_up(&authority);
    let soon = authority.clock().now().plus(Duration::from_secs(2));
    let registration = ClientRegistration { keys_expire: Some(soon), ..registration };
    let expired = authority.register(registration).await.unwrap().client_id;
    authority.clock().forward(Duration::from_secs(4));
    world.write("helseid.toml", &configuration(issuer, expired.as_str(), "m2m_private.json", ""));
    table.row("the key has expired", world, &[], "registration", Some("assertion.key_expiry"));
}

/// The authority's clock stands still; the program's does not.
fn catch_up(authority: &TestAuthority) {
    let behind = helseid_http::system_clock().since(authority.clock().now());
    authority.clock().forward(behind);
}

fn untrusted(world: &World, table: &mut Table) {
    let front = Front::new();
    let url = front.url();
    let authority = world.serve(&["authority", "--in-memory", "--issuer", &url, "--listen", "127.0.0.1:0"]);
    front.forward_to(authority.line["listen"][0].as_str().unwrap());
    let content = configuration(&url, "somebody", "m2m_private.json", "");
    world.write("helseid.toml", &content);
    table.row("a certificate that nobody trusts", world, &[], "tls", None);
    // With the certificate named, the very same is trusted, and the next fault is found.
    world.write("ca.pem", &front.certificate);
    world.write("helseid.toml", &format!("ca_file = \"ca.pem\"\n{content}"));
    let said = String::from_utf8(world.run(&["doctor"]).stdout).unwrap();
    assert!(said.contains("ok      tls            TLS 1.3, the certificate is trusted"), "{said}");
    assert!(said.contains("FAILED  client ") && said.contains("assertion.client"), "{said}");
}

fn organisations(world: &World, issuer: &str, table: &mut Table) {
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "supplier"]);
    let tenancy = ["--tenancy", "multi-tenant", "--org-parent", "313745392"];
    let supplier = register(world, "supplier", &tenancy);
    let organisation = "org_parent = \"994598759\"\n";
    world.write("helseid.toml", &configuration(issuer, &supplier, "supplier_private.json", organisation));
    let rule = Some("details.parent_allowed");
    table.row("an organisation that has not delegated", world, &[], "organisation", rule);
    world.ok(&["org", "delegate", "994598759", "--to", "313745392"]);
    let said = world.ok(&["doctor"]);
    assert!(said.contains("ok      organisation   accepted: parent 994598759, child none"), "{said}");
}

fn apis(world: &World, issuer: &str, table: &mut Table) {
    let api = |more: &[&str]| {
        let arguments = ["sample-api", "--listen", "127.0.0.1:0", "--issuer", issuer];
        world.serve(&[&arguments, more].concat())
    };
    let (bearer, other) = (api(&["--scheme", "bearer"]), api(&["--audience", "nhn:another"]));
    let url = |server: &crate::world::Server| server.line["url"].as_str().unwrap().to_owned();
    let (bearer_url, other_url) = (url(&bearer), url(&other));
    table.row("an API that accepts only Bearer", world, &["--url", &bearer_url], "call", Some("api.scheme"));
    table.row("an API of another audience", world, &["--url", &other_url], "call", Some("token.aud"));
    drop(bearer);
    table.row("an API that does not run", world, &["--url", &bearer_url], "api", None);
    let insecure = ["--url", "http://api.example/"];
    table.row("an API by http, and not on loopback", world, &insecure, "api", None);
}

#[test]
fn a_whole_set_up_is_well_from_the_first_step_to_the_last() {
    let world = World::new();
    let (_authority, _api, url) = world.whole();
    let said = world.ok(&["doctor", "--url", &url]);
    assert!(said.ends_with("all is well\n") && !said.contains("not reached"), "{said}");
    let ticket: Value =
        serde_json::from_str(&world.ok(&["doctor", "--url", &url, "--format", "json"])).unwrap();
    assert_eq!(ticket["outcome"], "passed");
    assert_eq!(ticket["steps"].as_array().unwrap().len(), 20);
    // At the beginning of a word: a thumbprint may have the three letters in it.
    let text = ticket.to_string();
    let mut words =
        text.split(|character: char| !(character.is_ascii_alphanumeric() || "-_.".contains(character)));
    assert!(!words.any(|word| word.starts_with("eyJ")), "{ticket}");
}

#[test]
fn a_proxy_that_is_in_the_way_is_named_without_what_opens_it() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    world.write("helseid.toml", &configuration("https://helseid.example", "a", "m2m_private.json", ""));
    let nobody = Nobody::new();
    let proxy = format!("http://user:hemmelig@{}", nobody.address);
    let output =
        world.command(&["doctor"]).env("HTTPS_PROXY", proxy).env_remove("NO_PROXY").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains(&format!("-       tls            through the proxy {}\n", nobody.address)),
        "{said}"
    );
    assert!(
        said.contains("FAILED  discovery") && said.contains("check the proxy that the environment names"),
        "{said}"
    );
    assert!(!said.contains("hemmelig"), "{said}");
}

#[test]
fn warnings_are_told_and_end_with_0() {
    let world = World::new();
    let (_authority, _api, url) = world.whole();
    let id = world.ok(&["client", "list", "--format", "json"]);
    let id = serde_json::from_str::<Value>(&id).unwrap()[0]["client_id"].as_str().unwrap().to_owned();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "soon"]);
    world.ok(&["client", "key", "add", &id, "--key", "soon_public.json", "--key-days", "7"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(world.path("soon_private.json"), open).unwrap();
    }
    let said = world.ok(&["doctor", "--url", &url, "--key-file", "soon_private.json"]);
    assert!(said.contains("WARNED  registration   ends in ") && said.contains("helseid rotate"), "{said}");
    assert!(said.contains("WARNED  key ") && said.contains("chmod 600 soon_private.json"), "{said}");
    // The client logs nobody in.
    assert!(said.contains("ok      login_client   people log in at http"), "{said}");
    assert!(said.contains("-       pushed_request the client does not log people in"), "{said}");
    // The registry says so: nothing is pushed that would be refused.
    let failed = world.ok(&["trace", "--failed"]);
    assert!(!failed.contains("par.") && !failed.contains("authorize."), "{failed}");
    assert!(said.contains("by flags: key\n") && said.ends_with("it works, with warnings\n"), "{said}");
}

#[test]
fn a_login_is_gone_through_and_revoked_and_a_page_is_where_it_ends_without_a_person() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["init", "--native"]);
    let steps = |arguments: &[&str]| {
        let output = world.run(&[&["doctor", "--login", "--format", "json"], arguments].concat());
        let ticket: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(!ticket.to_string().contains("eyJ"), "{ticket}");
        let of = |step: &Value| (step["step"].as_str().unwrap().to_owned(), step["outcome"].clone());
        let steps: Vec<_> = ticket["steps"].as_array().unwrap().iter().map(of).collect();
        (output.status.code(), steps)
    };
    let outcome = |steps: &[(String, Value)], name: &str| {
        let found = steps.iter().find(|(step, _)| step == name);
        found.unwrap_or_else(|| panic!("{name}: {steps:?}")).1.as_str().unwrap().to_owned()
    };
    let all = ["code", "id_token", "userinfo", "refresh", "logout"];
    let (code, whole) = steps(&["--person", "doctor"]);
    assert_eq!(code, Some(0));
    for step in ["login_client", "pushed_request", "authorize"].into_iter().chain(all) {
        assert_eq!(outcome(&whole, step), "passed", "{step}: {whole:?}");
    }
    assert!(!world.files().iter().any(|name| name.contains("session")), "nothing is kept");

    let (code, page) = steps(&[]);
    assert_eq!((code, outcome(&page, "authorize").as_str()), (Some(0), "passed"));
    assert!(all.iter().all(|step| outcome(&page, step) == "skipped"), "{page:?}");

    let (code, nobody) = steps(&["--person", "nobody"]);
    assert_eq!((code, outcome(&nobody, "authorize").as_str()), (Some(1), "failed"));
    assert_eq!(outcome(&nobody, "code"), "not_reached");

    // Without a login, what one would find is looked at, and a pushed request is left alone. There is no API here.
    let whole = world.read("helseid.toml");
    world.write("helseid.toml", whole.split("[api]").next().unwrap());
    let client = serde_json::from_str::<Value>(&world.ok(&["client", "list", "--format", "json"])).unwrap();
    let id = client[0]["client_id"].as_str().unwrap();
    let found = |expected: &str| {
        let output = world.run(&["doctor", "--format", "json", "--scope", SCOPE]);
        let ticket: Value = serde_json::from_slice(&output.stdout).unwrap();
        let of = |name: &str| {
            let steps = ticket["steps"].as_array().unwrap();
            steps.iter().find(|step| step["step"] == name).unwrap()["outcome"].clone()
        };
        assert_eq!((output.status.code(), of("login_client")), (Some(0), "passed".into()), "{ticket}");
        assert_eq!(of("pushed_request"), expected, "{ticket}");
    };
    world.ok(&[
        ["client", "update", id, "--grant", "client_credentials"].as_slice(),
        &["--grant", "authorization_code", "--grant", "refresh_token"],
    ]
    .concat());
    found("passed");
    world.ok(&["client", "update", id, "--redirect-uri", "https://app.example/callback"]);
    found("skipped");

    // The redirect URI of a native app is not offered to a client that has one of its own.
    let next = |more: &[&str]| {
        let output =
            world.run(&[&["doctor", "--login", "--format", "json", "--scope", SCOPE], more].concat());
        let ticket: Value = serde_json::from_slice(&output.stdout).unwrap();
        let steps = ticket["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["step"] == "pushed_request").unwrap();
        step["next"].as_str().unwrap().to_owned()
    };
    let own = "--redirect-uri https://app.example/callback";
    let said = next(&[]);
    assert!(said.starts_with(&format!("give the client's own: {own};")), "{said}");
    assert!(!said.contains("127.0.0.1"), "{said}");
    let said = next(&["--redirect-uri", "https://app.example/other"]);
    let both = format!("helseid client update {id} {own} --redirect-uri https://app.example/other");
    assert!(said.contains(&both), "an update replaces those that are there: {said}");

    world.ok(&["init", "machine"]);
    let (code, machine) = steps(&["--config", "machine/helseid.toml"]);
    assert_eq!((code, outcome(&machine, "pushed_request").as_str()), (Some(1), "failed"));
}
