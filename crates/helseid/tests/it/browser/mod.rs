//! The pages of the authority, as a person uses them: a real browser, a real authority, and this command line.

mod driver;
mod hands;
mod login;
mod ports;
mod traffic;

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::world::{Server, World};
use driver::{Browser, Setup};

/// Every page that a menu leads to.
const PAGES: [&str; 8] =
    ["", "/clients", "/clients/new", "/apis", "/organisations", "/signing-keys", "/trace", "/conformance"];

struct Desk {
    browser: Browser,
    issuer: String,
    /// What the addresses of the session's pages begin with.
    base: String,
    // The folder of both goes last.
    _authority: Server,
    world: World,
}

async fn desk() -> Desk {
    let world = World::new();
    let authority = world.serve(&["authority", "--listen", "127.0.0.1:0", "--alg", "ES256"]);
    let issuer = authority.line["issuer"].as_str().unwrap().to_owned();
    let browser = Browser::start(&world.path(""), Setup::Plain).await;
    let link: Value = serde_json::from_str(&world.ok(&["--format", "json", "authority", "sign-in"])).unwrap();
    browser.open(link["url"].as_str().unwrap()).await;
    browser.text("form[action$='/sign-out']").await;
    let base = browser.address().await;
    Desk { browser, issuer, base, _authority: authority, world }
}

impl Desk {
    async fn open(&self, page: &str) {
        let base = if page == "/sign-in" { &format!("{}/admin", self.issuer) } else { &self.base };
        self.browser.open(&format!("{base}{page}")).await;
    }

    /// The file that the browser was made to download, once it is whole.
    async fn downloaded(&self, name: &str) -> PathBuf {
        let file = self.world.path(name);
        let is_whole = || std::fs::read(&file).is_ok_and(|content| content.ends_with(b"}\n"));
        self.browser.frames_until(is_whole).await;
        file
    }

    /// Registers a client with a key that is made in the page; tells its id.
    async fn register(&self, name: &str) -> String {
        self.open("/clients/new").await;
        self.browser.enter("#name", name).await;
        self.browser.click("[data-make]").await;
        self.browser
            .until("document.querySelector('[data-status]').textContent.includes('was downloaded')")
            .await;
        self.browser.click("input[name=scope][value='norsk-helsenett:python-sample-api/read']").await;
        self.browser.click("form button.primary").await;
        self.browser.text("[data-client-id]").await
    }

    /// Lets the client be refused for a key that is not its own; tells the id of the request in the trace.
    fn refused(&self, id: &str) -> String {
        self.world.ok(&["key", "generate", "--alg", "ES256", "--out", "other"]);
        let get =
            ["token", "get", "--issuer", &self.issuer, "--client-id", id, "--key-file", "other_private.json"];
        let refused = self.world.fails(1, &get);
        refused.rsplit("/trace/").next().unwrap().trim().to_owned()
    }

    /// Opens a conformance session, at which the client gets a token, and is then asked for its own key in place of another's; tells
    /// the path of the report.
    async fn report(&self, id: &str, key: &str) -> String {
        self.open("/conformance").await;
        self.browser.click("form.stack button.primary").await;
        let issuer = self.browser.text(".snippet pre code").await;
        let get = |key| ["token", "get", "--issuer", &issuer, "--client-id", id, "--key-file", key];
        self.world.ok(&get(key));
        self.world.ok(&["key", "generate", "--alg", "ES256", "--out", "strange"]);
        self.world.fails(1, &get("strange_private.json"));
        format!("/conformance/{}", issuer.rsplit('/').next().unwrap())
    }

    /// What axe-core calls serious or critical: no name for a control, too little contrast, no way by the keyboard.
    async fn serious(&self) -> Value {
        self.browser.serious_faults().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_with_a_key_of_the_browser_gets_a_token_and_is_seen_in_the_trace() {
    let desk = desk().await;
    let id = desk.register("Kjøkken").await;
    let key = desk.downloaded("kj-kken_private.json").await;
    // What the page says to put into helseid.toml is enough for the command line.
    let toml = desk.browser.text(".snippet pre code").await;
    assert!(toml.contains(&id) && toml.contains("kj-kken_private.json"), "{toml}");
    desk.world.write("helseid.toml", &toml);
    assert!(desk.world.ok(&["token", "get"]).starts_with("eyJ"));
    // The private half has not left the browser but by the download.
    let private: Value = serde_json::from_slice(&std::fs::read(&key).unwrap()).unwrap();
    let registered = desk.world.ok(&["--format", "json", "client", "show", &id]);
    assert!(
        !registered.contains(private["d"].as_str().unwrap())
            && registered.contains(private["x"].as_str().unwrap())
    );

    // Another key is refused, and the trace tells why and what to do.
    desk.open("/trace").await;
    let listens = "(({ textContent, dataset }) => textContent === dataset.listening)";
    desk.browser.until(&format!("{listens}(document.querySelector('[data-live-status]'))")).await;
    desk.refused(&id);
    // It comes without a look: the page hears of it.
    desk.browser.until("document.querySelector('main').textContent.includes('assertion.kid')").await;
    assert!(desk.browser.text("main").await.contains(&id));
    desk.open("/trace?outcome=refused").await;
    desk.browser.click("main table a").await;
    let told = desk.browser.text("main").await;
    for expected in ["assertion.kid", "client-authentication+jwt", &id] {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    assert_eq!(desk.browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_trace_ends_with_its_session_and_leads_to_where_one_signs_in() {
    let desk = desk().await;
    desk.open("/trace").await;
    let listens = "(({ textContent, dataset }) => textContent === dataset.listening)";
    desk.browser.until(&format!("{listens}(document.querySelector('[data-live-status]'))")).await;
    // As from another window.
    let left = "const form = document.querySelector(\"form[action$='/sign-out']\");
                const body = new URLSearchParams(new FormData(form));
                return (await fetch(form.action, { method: 'POST', body })).url;";
    let sign_in = format!("{}/admin/sign-in", desk.issuer);
    assert_eq!(desk.browser.run(left).await, sign_in);
    desk.browser.text("form[action$='/sign-in']").await;
    assert_eq!(desk.browser.address().await, sign_in);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_key_that_is_pasted_is_not_sent() {
    let desk = desk().await;
    let private = desk.world.ok(&["key", "generate", "--alg", "ES256"]);
    desk.open("/clients/new").await;
    desk.browser.enter("#name", "pasted").await;
    let script =
        format!("document.querySelector('#key').value = {};", serde_json::to_string(&private).unwrap());
    desk.browser.run(&script).await;
    desk.browser.click("form button.primary").await;
    let said = desk.browser.text("[data-status]").await;
    assert!(said.contains("This is a private key"), "{said}");
    assert!(desk.browser.address().await.ends_with("/clients/new"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_breaks_its_own_policy_in_light_and_dark() {
    let desk = desk().await;
    let id = desk.register("Seen").await;
    desk.downloaded("seen_private.json").await;
    let traced = desk.refused(&id);
    let report = desk.report(&id, "seen_private.json").await;
    let one = [format!("/clients/{id}"), format!("/trace/{traced}"), report.clone()];
    for page in PAGES.into_iter().chain(one.iter().map(String::as_str)) {
        for scheme in ["light", "dark"] {
            desk.browser.scheme(scheme).await;
            desk.open(page).await;
            assert!(!desk.browser.text("h1").await.is_empty(), "{page}");
            if let Some(folder) = std::env::var_os("HELSEID_WRITE_PICTURES") {
                let name = if page.is_empty() {
                    "overview".to_owned()
                } else {
                    let page = page.replace(&id, "one").replace(&traced, "one");
                    page.replace(&report, "conformance-report").replace('/', "-")
                };
                let file =
                    PathBuf::from(folder).join(format!("{}-{scheme}.png", name.trim_start_matches('-')));
                std::fs::write(file, desk.browser.picture().await).unwrap();
            }
        }
    }
    assert_eq!(desk.browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_with_a_screen_reader_or_a_keyboard_are_kept_from_no_page() {
    let desk = desk().await;
    let id = desk.register("Read aloud").await;
    desk.downloaded("read-aloud_private.json").await;
    let report = desk.report(&id, "read-aloud_private.json").await;
    let trace = format!("/trace/{}", desk.refused(&id));
    let more = [format!("/clients/{id}"), trace, report, "/sign-in".to_owned()];
    for page in PAGES.into_iter().chain(more.iter().map(String::as_str)) {
        for scheme in ["light", "dark"] {
            desk.browser.scheme(scheme).await;
            desk.open(page).await;
            assert!(desk.browser.address().await.ends_with(page), "{page}");
            assert_eq!(desk.serious().await, json!([]), "{page} {scheme}");
        }
    }
}

/// A page with one fault, by the same look.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_without_a_name_is_found() {
    let desk = desk().await;
    desk.open("/apis").await;
    assert_eq!(desk.serious().await, json!([]));
    let picture = "const picture = document.createElement('img'); picture.width = picture.height = 9;";
    desk.browser.run(&format!("{picture} document.querySelector('main').append(picture);")).await;
    assert_eq!(desk.serious().await, json!(["image-alt: <img height=\"9\" width=\"9\">"]));
}
