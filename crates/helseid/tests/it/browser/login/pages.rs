//! Each page of a login and a logout: everyone can use it, in light and dark, on every screen, and it keeps its own policy.

use std::path::PathBuf;

use super::house::House;
use super::look::{self, SIZES};

/// The pages, and the screens, of which the guide to logins has pictures.
const PICTURED: [(&str, &str); 4] =
    [("picker", "desktop"), ("norwegian", "phone"), ("error", "desktop"), ("logout", "phone")];

impl House {
    /// Looks at the page that the browser shows, in whole, and takes its picture where that is asked for.
    async fn look(&self, name: &str, scripts: &[&str]) {
        if let Some(folder) = std::env::var_os("HELSEID_WRITE_PICTURES") {
            for size in SIZES.iter().filter(|size| PICTURED.contains(&(name, size.name))) {
                self.browser.resize(*size).await;
                for scheme in ["light", "dark"] {
                    self.browser.scheme(scheme).await;
                    let file =
                        PathBuf::from(&folder).join(format!("login-{name}-{}-{scheme}.png", size.name));
                    std::fs::write(file, self.browser.picture().await).unwrap();
                }
            }
        }
        let scripts: Vec<_> = scripts.iter().map(|path| format!("script: {}", self.at(path))).collect();
        assert_eq!(look::faults(&self.browser).await, scripts, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_a_login_is_for_everyone_on_every_screen() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    let once = ["/login/assets/once.js"];
    house.look("picker", &once).await;
    house.browser.click("[data-testid=faults] summary").await;
    house.browser.enter("[data-testid=number]", "12345678901").await;
    house.browser.click("[data-testid=number-submit]").await;
    house.browser.text("[data-testid=refused]").await;
    house.look("refused", &once).await;
    house.browser.language("nb").await;
    house.begin(&house.app, "?acr_values=Level4").await;
    house.look("norwegian", &once).await;
    house.browser.language("en").await;

    // The page goes on by its script at once: without it, it stays.
    house.browser.block("*/form-post.js").await;
    house.begin(&house.app, "?response_mode=form_post").await;
    house.browser.click("[data-testid=person-doctor]").await;
    house.browser.text("[data-testid=continue]").await;
    house.look("form-post", &["/login/assets/form-post.js"]).await;
    house.tells_nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_an_error_or_a_logout_is_for_everyone_on_every_screen() {
    let house = House::new().await;
    house.browser.open(&house.at("/connect/authorize?client_id=app.localhost&request_uri=urn:unknown")).await;
    house.browser.text("[data-testid=error-rule]").await;
    house.look("error", &[]).await;
    house.browser.open(&house.at("/login")).await;
    house.browser.text("[data-testid=error-what]").await;
    house.look("error-plain", &[]).await;
    house.begin(&house.app, "").await;
    house.pick("doctor").await;
    for (button, name) in [("logout-no", "still-logged-in"), ("logout-yes", "logged-out")] {
        house.browser.open(&house.at("/connect/endsession")).await;
        house.browser.text("[data-testid=confirm-logout]").await;
        if name == "logged-out" {
            house.look("logout", &[]).await;
        }
        house.browser.click(&format!("[data-testid={button}]")).await;
        house.browser.text(&format!("[data-testid={name}]")).await;
        house.look(name, &[]).await;
    }
    house.tells_nothing().await;
}
