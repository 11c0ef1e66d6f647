//! An authority and two applications, each on a site of its own, and a browser.

use helseid_authority::TestAuthority;
use helseid_http::Outbound;
use http::Request;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::party::{Party, Registered};
use super::sites::Site;
use super::{look, sites, watch};
use crate::browser::driver::{Browser, Setup};

/// All of it.
pub(super) struct House {
    pub(super) browser: Browser,
    pub(super) app: Party,
    pub(super) other: Party,
    pub(super) authority: TestAuthority,
    /// The persons at the authority: short name and number.
    persons: Vec<(String, String)>,
    _folder: TempDir,
}

/// How a house differs from others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) browser: Setup,
    pub(super) app: Registered,
    pub(super) other: Registered,
}

impl Default for Plan {
    fn default() -> Self {
        Self { browser: Setup::Watched, app: Registered::default(), other: Registered::default() }
    }
}

impl House {
    pub(super) async fn new() -> Self {
        Self::of(Plan::default()).await
    }

    pub(super) async fn of(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (app, other) = (Site::new("app.localhost").await, Site::new("other.localhost").await);
        let authority = sites::authority(&[app.ca_pem(), other.ca_pem()]).await;
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, authority.ca_pem().unwrap()).unwrap();
        let persons =
            persons(&authority, &Outbound::builder().ca_file(Some(ca.clone())).build().unwrap()).await;
        watch::watch_the_log(persons.iter().map(|(_, number)| number));
        let app = Party::start(&authority, &ca, (app, "Blåbær legekontor"), plan.app).await;
        let other = Party::start(&authority, &ca, (other, "Apoteket"), plan.other).await;
        let browser = Browser::start(folder.path(), plan.browser).await;
        Self { browser, app, other, authority, persons, _folder: folder }
    }

    /// An address of the authority.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.authority.issuer())
    }

    /// The number of a person.
    pub(super) fn number_of(&self, short_name: &str) -> &str {
        &self.persons.iter().find(|(name, _)| name == short_name).unwrap().1
    }

    /// Whether the browser is at the authority.
    pub(super) async fn is_at_the_authority(&self) -> bool {
        self.browser.address().await.starts_with(self.authority.issuer().as_str())
    }

    /// Goes to the page of an application that begins a login, with this query.
    pub(super) async fn begin(&self, party: &Party, query: &str) {
        self.browser.open(&party.at(&format!("/login{query}"))).await;
    }

    /// Picks a person, and waits until the application tells who is logged in.
    pub(super) async fn pick(&self, short_name: &str) -> String {
        self.browser.click(&format!("[data-testid=person-{short_name}]")).await;
        self.who().await
    }

    /// Who is logged in at the application that the browser is at.
    pub(super) async fn who(&self) -> String {
        self.browser.text("[data-testid=who]").await
    }

    /// Why the application says that nobody is logged in.
    pub(super) async fn failed(&self) -> String {
        self.browser.text("[data-testid=failed]").await
    }

    /// Whether the page has it now.
    pub(super) async fn has(&self, testid: &str) -> bool {
        self.browser.run(&format!("return !!document.querySelector('[data-testid={testid}]');")).await
            == json!(true)
    }

    /// What every story ends with: the browser complained of nothing, and no number of a person and no token stands in an
    /// address, a referrer or the log.
    pub(super) async fn ends_well(&self) {
        assert_eq!(look::complaints(&self.browser).await, Vec::<String>::new());
        self.tells_nothing().await;
    }

    /// The same without a look at the complaints, of a story in which the browser had to refuse something.
    pub(super) async fn tells_nothing(&self) {
        let parties = [&self.app, &self.other];
        let secrets = parties.iter().flat_map(|party| party.secrets());
        let numbers = self.persons.iter().map(|(_, number)| number.clone());
        let forbidden: Vec<_> = numbers.chain(secrets).collect();
        assert_eq!(watch::in_addresses(&self.browser, &parties, &forbidden).await, Vec::<String>::new());
        for (_, number) in &self.persons {
            assert_eq!(watch::logged(number), Vec::<String>::new());
        }
    }
}

/// Everyone whom an authority has from the start: short names and numbers.
pub(super) async fn persons(authority: &TestAuthority, outbound: &Outbound) -> Vec<(String, String)> {
    let ask = Request::get(format!("{}/admin/api/persons", authority.issuer()))
        .header("authorization", format!("Bearer {}", authority.admin_token()));
    let answer = outbound.send(ask.body(Vec::new()).unwrap(), 1024 * 1024).await.unwrap();
    let listed: Value = serde_json::from_slice(answer.body()).unwrap();
    let text = |entry: &Value, name| entry[name].as_str().unwrap_or_else(|| panic!("{listed}")).to_owned();
    let entries = listed.as_array().unwrap_or_else(|| panic!("{listed}")).iter();
    entries.map(|entry| (text(entry, "short_name"), text(entry, "number"))).collect()
}
