//! Cookies of the authority that another program sets, to have somebody go on with a login that he has not begun, or be logged in as
//! somebody else (login CSRF): they are not read, or are worth nothing.

use serde_json::{Value, json};

use super::house::House;
use super::neighbour::Neighbour;

/// The fields of a page's form that name its visit.
const VISIT: [&str; 3] = ["visit", "csrf", "state"];

impl House {
    /// The cookies that the browser would send to the authority, by name and value.
    async fn cookies(&self) -> Vec<(String, String)> {
        let kept = self.browser.devtools("Network.getCookies", &json!({ "urls": [self.at("/")] })).await;
        let text = |cookie: &Value, name| cookie[name].as_str().unwrap().to_owned();
        let kept = kept["cookies"].as_array().unwrap().iter();
        kept.map(|cookie| (text(cookie, "name"), text(cookie, "value"))).collect()
    }

    /// The cookie of a visit or of a session, which the browser has exactly one of.
    async fn cookie(&self, kind: &str) -> (String, String) {
        let mut cookies = self.cookies().await;
        cookies.retain(|(name, _)| name.starts_with(&format!("__Host-helseid_{kind}_")));
        let [cookie] = <[_; 1]>::try_from(cookies).unwrap();
        cookie
    }

    /// Sets a cookie as the authority itself would.
    async fn set_cookie(&self, (name, value): &(String, String)) {
        let cookie =
            json!({ "name": name, "value": value, "url": self.at("/"), "path": "/", "secure": true });
        let set = self.browser.devtools("Network.setCookie", &cookie).await;
        assert_eq!(set["success"], true, "{name}");
    }

    /// What the page of persons that the browser is at would send of its visit.
    async fn visit(&self) -> Value {
        self.browser.run("return Object.fromEntries(new FormData(document.querySelector('form')));").await
    }

    /// Begins a login, and answers on its page for that other visit.
    async fn answer_for(&self, visit: &Value) {
        self.begin(&self.app, "?prompt=login").await;
        for name in VISIT {
            let value = &visit[name];
            self.browser
                .run(&format!("document.querySelector('[name={name}]').value = {value}; return 1;"))
                .await;
        }
        self.browser.click("[data-testid=person-doctor]").await;
    }
}

/// Every way in which a program below the authority's host may try to set a cookie for it. Only the last is taken: `__Host-` allows
/// no domain, in whatever letters it is written, and a cookie without a name cannot look as if it had one (RFC 6265bis section 5.7).
fn from_below((name, value): &(String, String)) -> [String; 5] {
    let plain = name.strip_prefix("__Host-").unwrap();
    let for_both = "Domain=authority.localhost; Path=/; Secure; SameSite=Lax";
    [
        format!("{name}={value}; {for_both}"),
        format!("{name}={value}; Path=/; Secure; SameSite=Lax"),
        format!("__HOST-{plain}={value}; {for_both}"),
        format!("={name}={value}; {for_both}"),
        format!("{plain}={value}; {for_both}"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_that_a_program_below_the_authoritys_host_has_set_is_not_read() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    let (visit_cookie, visit) = (house.cookie("visit").await, house.visit().await);
    house.pick("doctor").await;
    let session_cookie = house.cookie("session").await;
    house.browser.forget_cookies().await;

    // Another browser from here on. What its neighbour can set is sent along, by names that are not those of the authority.
    let cookies = [from_below(&visit_cookie), from_below(&session_cookie)].concat();
    let below = Neighbour::start("below.authority.localhost", &cookies, "/", &[]).await;
    house.browser.open(below.page()).await;
    let plain = |(name, value): &(String, String)| (name.replace("__Host-", ""), value.clone());
    let mut tossed = house.cookies().await;
    tossed.sort();
    assert_eq!(tossed, [plain(&session_cookie), plain(&visit_cookie)]);
    house.begin(&house.other, "").await;
    house.browser.text("[data-testid=picker]").await;
    house.answer_for(&visit).await;
    assert_eq!(house.browser.text("[data-testid=error-rule]").await, "interaction.browser");
    let why = "its cookie is not there: nobody looks whether it was answered";
    assert!(
        house.browser.text("[data-testid=error-why]").await.contains("does not have the cookie"),
        "{why}"
    );

    // By their own names both are read.
    house.set_cookie(&session_cookie).await;
    house.begin(&house.other, "").await;
    assert_eq!(house.who().await, "Kvart Grevling");
    house.set_cookie(&visit_cookie).await;
    house.answer_for(&visit).await;
    let why = house.browser.text("[data-testid=error-why]").await;
    assert!(why.contains("has already logged in with this page"), "{why}");
    house.tells_nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_of_another_port_of_the_authoritys_host_is_refused_though_that_can_set_its_cookies() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    let ((name, value), visit) = (house.cookie("visit").await, house.visit().await);
    house.browser.forget_cookies().await;

    let mut fields: Vec<_> = VISIT.iter().map(|name| (*name, visit[*name].as_str().unwrap())).collect();
    fields.push(("pid", "doctor"));
    let cookies = [format!("{name}={value}; Path=/; Secure; SameSite=Lax")];
    let beside = Neighbour::start("authority.localhost", &cookies, &house.at("/login"), &fields).await;
    house.browser.open(beside.page()).await;
    assert_eq!(house.cookies().await, [(name, value)], "cookies know no port");
    house.browser.click("[data-testid=go]").await;
    let what = house.browser.text("[data-testid=error-what]").await;
    assert_eq!(what, "The request comes from another site.");
    house.begin(&house.app, "?prompt=none").await;
    assert_eq!(house.failed().await, "login_required");
    house.tells_nothing().await;
}
