//! Who sees the pages, and that they do what the JSON API does.

use std::time::Duration;

use helseid_authority::Config;
use helseid_protocol::jose::format::public_to_pem;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};
use serde_json::json;

use crate::browser::{Browser, code};
use crate::desk::{Desk, READ};
use crate::{start, start_with};

pub(crate) fn public_pem() -> String {
    public_to_pem(PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None).public()).unwrap()
}

#[tokio::test]
async fn a_code_opens_the_pages_once_and_for_ten_minutes() {
    let desk = Desk::new().await;
    let code = code(&desk.running).await;
    let first = Browser::new(&desk.running).exchange(&code).await;
    assert_eq!(first.status(), StatusCode::SEE_OTHER);
    assert!(first.headers()["location"].to_str().unwrap().starts_with("/admin/s/"));
    assert_eq!(Browser::new(&desk.running).exchange(&code).await.status(), StatusCode::FORBIDDEN);
    let late = self::code(&desk.running).await;
    desk.forward(600);
    assert_eq!(Browser::new(&desk.running).exchange(&late).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn of_many_who_bring_one_code_at_once_one_comes_in() {
    let running = start().await;
    let (code, browser) = (code(&running).await, Browser::new(&running));
    let tries = (0..8).map(|_| browser.exchange(&code));
    let answers = futures_util::future::join_all(tries).await;
    let came_in = answers.iter().filter(|answer| answer.status() == StatusCode::SEE_OTHER).count();
    assert_eq!(came_in, 1);
}

#[tokio::test]
async fn wrong_codes_lock_nobody_out_who_has_the_right_one() {
    let running = start().await;
    let (browser, right) = (Browser::new(&running), code(&running).await);
    let guess = "A".repeat(right.len());
    for wrong in ["", "guess", &guess, &right[1..], &format!("{right}A"), &right.repeat(100)] {
        for _ in 0..10 {
            assert_eq!(browser.exchange(wrong).await.status(), StatusCode::FORBIDDEN);
        }
    }
    assert_eq!(browser.exchange(&right).await.status(), StatusCode::SEE_OTHER);
}

/// What another port of this host can see of a browser that is signed in, and what it can ask for with that.
#[tokio::test]
async fn a_sessions_cookie_opens_the_sessions_own_address_alone() {
    let running = start().await;
    let (mut browser, other) = (Browser::signed_in(&running).await, Browser::signed_in(&running).await);
    let own = browser.base.clone();
    assert_ne!(own, other.base);
    for base in
        ["/admin", "/admin/", "/admin/s", "/admin/s/", "/admin/s/guess", &other.base, &own[..own.len() - 1]]
    {
        for page in ["", "/clients", "/trace", "/nothing"] {
            let path = format!("{}{base}{page}", browser.origin);
            let answer = browser.with_cookie(browser.http.get(&path)).send().await.unwrap();
            assert_eq!(
                (answer.status(), browser.place(&answer).as_str()),
                (StatusCode::SEE_OTHER, "/admin/sign-in"),
                "{path}"
            );
        }
        let csrf = browser.csrf().await;
        let form =
            browser.form("/admin/organisations", &csrf, &[("number", "994598759"), ("name", "forged")]);
        let mut form = form.header("origin", &browser.origin).build().unwrap();
        *form.url_mut() = format!("{}{base}/organisations", browser.origin).parse().unwrap();
        assert_eq!(browser.http.execute(form).await.unwrap().status(), StatusCode::UNAUTHORIZED, "{base}");
    }
    // The address follows from the token, and the token not from the address.
    let (name, token) = browser.cookie.as_deref().unwrap().split_once('=').unwrap();
    assert!(!own.contains(token) && !token.contains(own.rsplit('/').next().unwrap()));
    // A cookie of this name with another path does not get in the way.
    browser.cookie = Some(format!("{name}=another; {name}={token}"));
    assert_eq!(browser.get("/admin/clients").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_end_of_a_session_ends_its_live_trace_before_the_next_request_is_told() {
    let desk = Desk::new().await;
    for how in ["sign-out", "expiry"] {
        let browser = Browser::signed_in(&desk.running).await;
        let mut live = browser.get("/admin/trace/live?outcome=granted").await;
        desk.token(READ).await;
        let told = live.chunk().await.unwrap().expect("the stream goes on");
        assert!(std::str::from_utf8(&told).unwrap().contains("the-client"));
        match how {
            "sign-out" => drop(browser.post("/admin/sign-out", &[]).await),
            _ => desk.forward(8 * 3600),
        }
        desk.token(READ).await;
        let rest = tokio::time::timeout(Duration::from_secs(60), live.text()).await;
        assert_eq!(rest.expect("the stream ends").unwrap(), "", "{how}");
    }
}

#[tokio::test]
async fn who_chooses_a_language_stays_on_the_page_and_is_led_nowhere_else() {
    let running = start().await;
    let browser = Browser::signed_in(&running).await;
    let page = browser.text("/admin/clients?search=a%26b").await;
    let (_, back) = page.split_once("name=\"back\" value=\"").unwrap();
    let back = back.split('"').next().unwrap();
    assert_eq!(back, format!("{}/clients?search=a%26b", browser.base));
    let base = &browser.base;
    for (back, place) in [
        (back.to_owned(), "/admin/clients?search=a%26b"),
        (format!("{base}/trace/../clients"), "/admin/clients"),
        (String::new(), "/admin"),
        (format!("{base}/../../../x"), "/admin"),
        (format!("{base}/%2e%2e/{}", &base[9..]), "/admin"),
        (format!("{base}\\evil"), "/admin"),
        (format!("{base}/a\r\nset-cookie: b=c"), "/admin"),
        ("/admin".to_owned(), "/admin"),
        ("//evil.example/".to_owned() + base, "/admin"),
        (format!("https://evil.example{base}"), "/admin"),
    ] {
        let answer = browser.post("/admin/language", &[("language", "nb"), ("back", &back)]).await;
        assert_eq!(
            (answer.status(), browser.place(&answer).as_str()),
            (StatusCode::SEE_OTHER, place),
            "{back:?}"
        );
        assert_eq!(answer.headers().get_all("set-cookie").iter().count(), 1, "{back:?}");
    }
}

#[tokio::test]
async fn a_session_ends_when_it_is_left_and_after_eight_hours() {
    let desk = Desk::new().await;
    let browser = Browser::signed_in(&desk.running).await;
    let left = browser.post("/admin/sign-out", &[]).await;
    assert_eq!(browser.place(&left), "/admin/sign-in");
    assert!(left.headers()["set-cookie"].to_str().unwrap().contains(&format!("Path={};", browser.base)));
    assert_eq!(browser.get("/admin").await.status(), StatusCode::SEE_OTHER);

    let browser = Browser::signed_in(&desk.running).await;
    desk.forward(8 * 3600 - 1);
    assert_eq!(browser.get("/admin").await.status(), StatusCode::OK);
    desk.forward(1);
    assert_eq!(browser.get("/admin").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn without_a_session_there_is_nothing_to_see_and_nothing_to_do() {
    let running = start().await;
    let browser = Browser::new(&running);
    for path in ["/admin", "/admin/clients", "/admin/trace", "/admin/conformance", "/admin/nothing"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        assert_eq!(browser.place(&answer), "/admin/sign-in", "{path}");
    }
    assert_eq!(browser.get("/admin/trace/live").await.status(), StatusCode::UNAUTHORIZED);
    for path in ["/admin/clients", "/admin/signing-keys/rotate", "/admin/language"] {
        let form = browser.form(path, "", &[]).header("origin", &browser.origin).send().await.unwrap();
        assert_eq!(form.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn a_change_comes_from_our_own_page_with_the_sessions_token() {
    let running = start().await;
    let browser = Browser::signed_in(&running).await;
    let csrf = browser.csrf().await;
    let fields = [("number", "994598759"), ("name", "forged")];
    let form = |csrf: &str| browser.form("/admin/organisations", csrf, &fields);
    let own = browser.origin.as_str();
    let other = Browser::signed_in(&running).await.csrf().await;
    for (what, request) in [
        ("no origin", form(&csrf)),
        ("another origin", form(&csrf).header("origin", "https://stranger.example")),
        ("an origin of no site", form(&csrf).header("origin", "null")),
        ("another port", form(&csrf).header("origin", format!("{own}1"))),
        ("two origins", form(&csrf).header("origin", own).header("origin", own)),
        ("no token", form("").header("origin", own)),
        ("the token of another session", form(&other).header("origin", own)),
    ] {
        assert_eq!(request.send().await.unwrap().status(), StatusCode::FORBIDDEN, "{what}");
    }
    let rebound = form(&csrf).header("origin", own).header("host", "rebound.example").send().await.unwrap();
    assert_eq!(rebound.status(), StatusCode::MISDIRECTED_REQUEST);
    assert!(!browser.text("/admin/organisations").await.contains("forged"));
    let right = form(&csrf).header("origin", own).send().await.unwrap();
    assert_eq!(browser.place(&right), "/admin/organisations?done=added");
    assert!(browser.text("/admin/organisations").await.contains("forged"));
}

#[tokio::test]
async fn every_answer_bounds_what_a_page_may_do() {
    let running = start().await;
    let browser = Browser::signed_in(&running).await;
    for path in ["/admin", "/admin/sign-in", "/admin/assets/key.js", "/admin/nothing"] {
        let answer = browser.get(path).await;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(answer.headers()["x-frame-options"], "DENY", "{path}");
    }
    assert_eq!(browser.get("/admin").await.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn a_client_is_registered_changed_disabled_and_deleted() {
    let running = start().await;
    let browser = Browser::signed_in(&running).await;
    let (key, scope) = (public_pem(), "norsk-helsenett:python-sample-api/read");
    let fields = [("name", "<Mine & yours>"), ("key", &key), ("scope", scope), ("expires", "2099-12-31")];
    let answer = browser.post("/admin/clients", &fields).await;
    let path = browser.place(&answer).split('?').next().unwrap().to_owned();
    let page = browser.text(&path).await;
    let id = path.rsplit('/').next().unwrap();
    assert!(
        page.contains("&#60;Mine &#38; yours&#62;") && page.contains("2099-12-31 23:59:59 UTC"),
        "{page}"
    );
    assert!(
        page.contains(&format!("client_id = &#34;{id}&#34;")) && page.contains("mine-yours_private.json")
    );

    let changes = [
        ("name", "changed"),
        ("scope", scope),
        ("org_parent", "994598759"),
        ("profile", "legacy"),
        ("grant", "client_credentials"),
    ];
    assert_eq!(browser.post(&path, &changes).await.status(), StatusCode::SEE_OTHER);
    let page = browser.text(&path).await;
    assert!(page.contains("value=\"994598759\"") && page.contains("<option selected>legacy"), "{page}");
    // What the form leaves empty is emptied.
    browser.post(&path, &[("name", "changed"), ("grant", "client_credentials")]).await;
    let page = browser.text(&path).await;
    assert!(page.contains("name=\"org_parent\"") && !page.contains("<option selected>legacy"));

    browser.post(&format!("{path}/enabled"), &[("enabled", "no")]).await;
    assert!(browser.text("/admin/clients?search=CHANGED").await.contains("disabled"));
    assert!(!browser.text("/admin/clients?search=nobody").await.contains(id));

    let refused = browser.post(&format!("{path}/remove"), &[("confirmation", "another")]).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    browser.post(&format!("{path}/remove"), &[("confirmation", id)]).await;
    assert_eq!(browser.get(&path).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_refused_form_says_why_and_keeps_what_was_typed() {
    let running = start().await;
    let browser = Browser::signed_in(&running).await;
    let private = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let (key, secret) = (private.to_json(), private.to_json());
    let fields = [("name", "typed"), ("org_parent", "12"), ("key", key.expose())];
    let answer = browser.post("/admin/clients", &fields).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("an organisation number of nine digits") && page.contains("value=\"typed\""),
        "{page}"
    );
    let fields = [("name", "typed"), ("key", secret.expose())];
    let page = browser.post("/admin/clients", &fields).await.text().await.unwrap();
    assert!(page.contains("it holds the private member d"), "{page}");
    let member = private.public().members()["x"].as_str().unwrap();
    assert!(!page.contains(member), "the private key comes back");
}

/// Two who have the form of one client open: the second does not undo what the first has done.
#[tokio::test]
async fn of_two_forms_of_a_client_the_second_is_refused_and_sees_why() {
    let desk = Desk::new().await;
    let browser = Browser::signed_in(&desk.running).await;
    let path = format!("/admin/clients/{}", desk.client_id);
    let page = browser.text(&path).await;
    let (_, version) = page.split_once("name=\"version\" value=\"").unwrap();
    let version = version.split('"').next().unwrap();
    let form = |name| [("version", version), ("name", name), ("grant", "client_credentials")];
    assert_eq!(browser.post(&path, &form("the first")).await.status(), StatusCode::SEE_OTHER);
    let second = browser.post(&path, &form("the second")).await;
    assert_eq!(second.status(), StatusCode::CONFLICT);
    let page = second.text().await.unwrap();
    assert!(page.contains("was changed meanwhile") && page.contains("value=\"the second\""), "{page}");
    assert!(browser.text(&path).await.contains("value=\"the first\""));
}

#[tokio::test]
async fn a_refused_change_keeps_what_was_typed_but_no_key_that_came_with_it() {
    let desk = Desk::new().await;
    let browser = Browser::signed_in(&desk.running).await;
    let private = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None).to_json();
    // No form of ours sends a key with a change.
    let fields = [("name", "typed"), ("org_parent", "12"), ("key", private.expose())];
    let answer = browser.post(&format!("/admin/clients/{}", desk.client_id), &fields).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("an organisation number of nine digits") && page.contains("value=\"typed\""),
        "{page}"
    );
    let (_, key) = page.split_once("<textarea id=\"key\"").unwrap();
    let key = key.split("</textarea>").next().unwrap();
    assert!(key.ends_with('>'), "the key comes back: {key}");
}

#[tokio::test]
async fn a_refused_request_is_explained_rule_by_rule() {
    let desk = Desk::new().await;
    let browser = Browser::signed_in(&desk.running).await;
    let mut sent = desk.sent(READ).await;
    sent.assertion = desk.assertion().claim("aud", "https://another.example").sign(&desk.key);
    let (_, refused) = desk.answer(&sent).await;
    let id = refused["error_uri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let page = browser.text(&format!("/admin/trace/{id}")).await;
    for wanted in
        ["assertion.aud", "https://another.example", "Set aud to the issuer", "client-authentication+jwt"]
    {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    assert!(browser.text("/admin").await.contains(&id));
    assert!(browser.text("/admin/trace?outcome=refused&client=the-client").await.contains(&id));
    assert!(!browser.text("/admin/trace?outcome=granted").await.contains(&id));
}

#[tokio::test]
async fn keys_are_rotated_and_apis_added() {
    let running = start().await;
    running.ready().await;
    let browser = Browser::signed_in(&running).await;
    assert_eq!(
        browser.place(&browser.post("/admin/signing-keys/rotate", &[("lead", "60")]).await),
        "/admin/signing-keys?done=rotated"
    );
    assert!(browser.text("/admin/signing-keys").await.contains("next to sign"));
    browser
        .post("/admin/apis", &[("audience", "nhn:mine"), ("scopes", "nhn:mine/read, nhn:mine/write")])
        .await;
    assert!(browser.text("/admin/clients/new").await.contains("value=\"nhn:mine/write\""));
    let taken = browser.post("/admin/apis", &[("audience", "nhn:other"), ("scopes", "nhn:mine/read")]).await;
    assert_eq!(taken.status(), StatusCode::CONFLICT);
    browser.post("/admin/apis/remove", &[("audience", "nhn:mine")]).await;
    assert!(!browser.text("/admin/apis").await.contains("nhn:mine"));
}

#[tokio::test]
async fn a_clients_logins_are_set_and_shown_in_its_form() {
    let desk = Desk::new().await;
    let browser = Browser::signed_in(&desk.running).await;
    let path = format!("/admin/clients/{}", desk.client_id);
    let fields = [
        ("name", "web"),
        ("scope", "openid"),
        ("scope", READ),
        ("grant", "authorization_code"),
        ("grant", "refresh_token"),
        ("redirect_uris", "https://a.example/callback\nhttp://localhost/callback"),
        ("post_logout_redirect_uris", "https://a.example/"),
        ("frontchannel_logout_uri", "https://a.example/front"),
        ("backchannel_logout_uri", "https://a.example/back"),
        ("id_token_lifetime", "120"),
        ("session_lifetime", "3600"),
        ("refresh_token_lifetime", "7200"),
        ("refresh_usage", "reusable"),
        ("refresh_grace", "30"),
        ("require_par", "no"),
        ("require_dpop", "yes"),
        ("require_signed_requests", "yes"),
        ("identity_provider", "testidpnew-oidc"),
        ("own_audiences", "nhn:bff-sample"),
        ("may_be_exchanged_by", "a client with spaces\nanother"),
    ];
    let saved = browser.post(&path, &fields).await;
    assert_eq!(browser.place(&saved), format!("{path}?done=changed"), "{}", saved.text().await.unwrap());
    let (_, client) = desk.admin(Method::GET, "/clients/the-client", None).await;
    let login = json!({
        "redirect_uris": ["https://a.example/callback", "http://localhost/callback"],
        "post_logout_redirect_uris": ["https://a.example/"],
        "frontchannel_logout_uri": "https://a.example/front", "backchannel_logout_uri": "https://a.example/back",
        "id_token_lifetime_seconds": 120, "refresh_token_lifetime_seconds": 7200, "session_lifetime_seconds": 3600,
        "refresh_token_usage": "reusable", "refresh_grace_seconds": 30, "require_par": false, "require_dpop": true,
        "require_signed_requests": true, "identity_providers": ["testidpnew-oidc"],
    });
    assert_eq!(client["login"], login);
    assert_eq!(client["own_audiences"], json!(["nhn:bff-sample"]));
    assert_eq!(client["may_be_exchanged_by"], json!(["a client with spaces", "another"]));
    // The form of the client as it is changes nothing.
    let page = browser.text(&path).await;
    for shown in [
        "http://localhost/callback</textarea>",
        "value=\"https://a.example/back\"",
        "a client with spaces\nanother",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    for (name, wrong, why) in [
        ("redirect_uris", "javascript:alert(1)", "an address that can be registered"),
        ("grant", "password", "a grant type"),
        ("identity_provider", "idporten-oidc", "the name of an identity provider"),
        ("backchannel_logout_uri", "com.example:/out", "an address that can be registered"),
        ("frontchannel_logout_uri", "http://a.example/", "expected https, or http on loopback"),
        ("own_audiences", "nhn:nobody", "the audience of a registered API"),
    ] {
        let broken: Vec<_> =
            fields.into_iter().filter(|(own, _)| *own != name).chain([(name, wrong)]).collect();
        let refused = browser.post(&path, &broken).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{name}");
        let page = refused.text().await.unwrap();
        assert!(page.contains(why), "{name}: {page}");
    }
}

#[tokio::test]
async fn a_person_is_added_and_removed_and_no_address_has_the_number() {
    let desk = Desk::new().await;
    let browser = Browser::signed_in(&desk.running).await;
    let person = |number: &'static str| {
        vec![
            ("short_name", "surgeon"),
            ("number", number),
            ("given_name", "Bjørn"),
            ("family_name", "Ærlig Ås"),
            ("level", "3"),
            ("identity_provider", "testidp-oidc"),
            ("hpr_number", "565 000 999"),
            ("professions", "LE FA1"),
        ]
    };
    for (number, why) in [("29829620005", "check digits"), ("06828399789", "the person doctor has it")] {
        let refused = browser.post("/admin/persons", &person(number)).await;
        assert!(refused.status().is_client_error());
        let page = refused.text().await.unwrap();
        assert!(page.contains(why) && page.contains("value=\"surgeon\""), "{page}");
    }
    let added = browser.post("/admin/persons", &person("298296 20004")).await;
    assert_eq!(
        (added.status(), browser.place(&added)),
        (StatusCode::SEE_OTHER, "/admin/persons?done=added".into())
    );
    let page = browser.text("/admin/persons").await;
    for shown in [
        "<code>surgeon</code>",
        "Bjørn Ærlig Ås",
        "29829620004",
        "565000999",
        "<code>LE</code> <code>FA1</code>",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    let addresses =
        page.split(" href=\"").chain(page.split(" action=\"")).map(|rest| rest.split('"').next().unwrap());
    let with_number = addresses.filter(|address| address.contains("29829620004") && !address.contains('<'));
    assert_eq!(with_number.collect::<Vec<_>>(), [""; 0]);
    let removed = browser.post("/admin/persons/remove", &[("remove", "surgeon")]).await;
    assert_eq!(browser.place(&removed), "/admin/persons?done=removed");
    assert!(!browser.text("/admin/persons").await.contains("surgeon"));
    let again = browser.post("/admin/persons/remove", &[("remove", "29829620004")]).await;
    assert!(!again.text().await.unwrap().contains("29829620004"));
}

#[tokio::test]
async fn the_admin_has_its_own_address_or_none() {
    let own = start_with(Config::in_memory().admin_listen(["127.0.0.1:0".parse().unwrap()])).await;
    let address = own.admin_address().unwrap().clone();
    let http = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    for path in ["/admin", "/admin/api/clients"] {
        assert_eq!(http.get(own.issuer().at(path)).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    }
    let list =
        http.get(address.at("/admin/api/clients")).bearer_auth(own.admin_token()).send().await.unwrap();
    assert_eq!(list.status(), StatusCode::OK);
    assert!(own.sign_in_link().await.unwrap().starts_with(&address.at("/admin/sign-in#")));
    assert_eq!(http.get(address.at("/connect/token")).send().await.unwrap().status(), StatusCode::NOT_FOUND);

    let off = start_with(Config::in_memory().without_admin()).await;
    for path in ["/admin", "/admin/api/clients", "/trace/anything"] {
        assert_eq!(http.get(off.issuer().at(path)).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    }
    assert!(off.sign_in_link().await.is_none());
    let form = "client_assertion_type=x";
    let request = http.post(off.issuer().at("/connect/token")).body(form);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let refused = request.send().await.unwrap().text().await.unwrap();
    assert!(refused.contains("invalid_client") && !refused.contains("error_uri"), "{refused}");
}

#[tokio::test]
async fn what_cannot_be_seen_in_a_name_is_seen_on_the_pages() {
    let running = start().await;
    let browser = Browser::signed_in(&running).await;
    // An API's name is an identifier, in which format characters may stand.
    let api = [("audience", "nhn:a\u{202e}b"), ("scopes", "nhn:ab/read")];
    assert_eq!(browser.post("/admin/apis", &api).await.status(), StatusCode::SEE_OTHER);
    let page = browser.text("/admin/apis").await;
    assert!(page.contains("nhn:a\u{fffd}b") && !page.contains('\u{202e}'), "{page}");
}

#[tokio::test]
async fn what_cannot_be_read_is_named_and_removed_and_no_time_breaks_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let config = || Config::in_folder(folder.path().join("data"));
    let first = Desk::with(config(), |client| {
        client.keys_expire = Some(helseid_protocol::time::Timestamp::from_seconds(i64::MIN));
    })
    .await;
    let odd = serde_json::json!({ "name": "odd" });
    assert_eq!(first.admin(reqwest::Method::PUT, "/clients/odd", Some(&odd)).await.0, StatusCode::OK);
    first.running.shut_down().await;
    crate::read_back::type_in(folder.path(), "UPDATE client SET scopes = 'a\"b' WHERE id = 'odd'").await;

    let running = start_with(config()).await;
    let browser = Browser::signed_in(&running).await;
    for path in ["/admin", "/admin/clients"] {
        let page = browser.text(path).await;
        assert!(page.contains("Unreadable entries") && page.contains("<code>odd</code>"), "{page}");
    }
    assert!(!browser.text("/admin/apis").await.contains("Unreadable entries"));
    let removed = browser.post("/admin/broken/remove", &[("kind", "client"), ("id", "odd")]).await;
    assert_eq!(removed.status(), StatusCode::SEE_OTHER);
    let page = browser.text("/admin").await;
    assert!(!page.contains("Unreadable entries") && page.contains("expired"), "{page}");
}
