//! What a person does with a browser beside opening pages and clicking: keys, tabs, windows, and what a page looks like to them.

use http::Method;
use serde_json::{Value, json};

use super::driver::Browser;

/// Keys as WebDriver calls them (W3C WebDriver section 17.4.2).
pub(super) const TAB: &str = "\u{e004}";
pub(super) const ENTER: &str = "\u{e007}";

/// The size of a window, in CSS pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) name: &'static str,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Browser {
    /// Presses keys and lets them go, one after the other.
    pub(super) async fn press(&self, keys: &[&str]) {
        let steps: Vec<_> = keys
            .iter()
            .flat_map(|key| {
                [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })]
            })
            .collect();
        let actions = json!({ "actions": [{ "type": "key", "id": "keys", "actions": steps }] });
        self.ask(Method::POST, "/actions", &actions).await;
    }

    /// Clicks twice, as a hand does that is used to a double click.
    pub(super) async fn double_click(&self, css: &str) {
        let element = self.find(css).await;
        let origin = json!({ "element-6066-11e4-a52e-4f735466cecf": element });
        let steps = json!([
            { "type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": origin },
            { "type": "pointerDown", "button": 0 }, { "type": "pointerUp", "button": 0 },
            { "type": "pause", "duration": 60 },
            { "type": "pointerDown", "button": 0 }, { "type": "pointerUp", "button": 0 },
        ]);
        let mouse = json!({ "type": "pointer", "id": "mouse", "actions": steps });
        self.ask(Method::POST, "/actions", &json!({ "actions": [mouse] })).await;
    }

    /// `data-testid` of what has the focus.
    pub(super) async fn focused(&self) -> String {
        let script = "return document.activeElement?.dataset.testid ?? document.activeElement?.id ?? '';";
        self.run(script).await.as_str().unwrap_or_default().to_owned()
    }

    /// Presses Tab until this has the focus.
    pub(super) async fn tab_to(&self, testid: &str) {
        let mut passed = Vec::new();
        for _ in 0..40 {
            self.press(&[TAB]).await;
            let focused = self.focused().await;
            if focused == testid {
                return;
            }
            passed.push(focused);
        }
        panic!("{testid} is not reached by Tab: {passed:?}");
    }

    /// Goes back in the history.
    pub(super) async fn back(&self) {
        self.ask(Method::POST, "/back", &json!({})).await;
    }

    /// Opens a tab and goes there; gives the handles of the one before and of the new one.
    pub(super) async fn new_tab(&self) -> (String, String) {
        let before = self.ask(Method::GET, "/window", &Value::Null).await.as_str().unwrap().to_owned();
        let new = self.ask(Method::POST, "/window/new", &json!({ "type": "tab" })).await;
        let new = new["handle"].as_str().unwrap().to_owned();
        self.to_tab(&new).await;
        (before, new)
    }

    pub(super) async fn to_tab(&self, handle: &str) {
        self.ask(Method::POST, "/window", &json!({ "handle": handle })).await;
    }

    /// Closes the tab, and goes to another.
    pub(super) async fn close_tab(&self, other: &str) {
        self.ask(Method::DELETE, "/window", &json!({})).await;
        self.to_tab(other).await;
    }

    /// Into the first frame of the page; `false` leads out of it.
    pub(super) async fn switch_to_frame(&self, inside: bool) {
        let id = if inside { json!(0) } else { Value::Null };
        self.ask(Method::POST, "/frame", &json!({ "id": id })).await;
    }

    /// Forgets every cookie of every site.
    pub(super) async fn forget_cookies(&self) {
        self.devtools("Network.clearBrowserCookies", &json!({})).await;
    }

    /// Whether pages may run scripts. What a test runs is not held to it.
    pub(super) async fn scripts(&self, may_run: bool) {
        self.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": !may_run })).await;
    }

    /// Does not load what has such an address.
    pub(super) async fn block(&self, pattern: &str) {
        self.devtools("Network.enable", &json!({})).await;
        self.devtools("Network.setBlockedURLs", &json!({ "urls": [pattern] })).await;
    }

    /// Lets every request take so many milliseconds longer.
    pub(super) async fn latency(&self, milliseconds: u32) {
        let conditions = json!({
            "offline": false, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1,
        });
        self.devtools("Network.emulateNetworkConditions", &conditions).await;
    }

    /// Asks for pages in this language from now on.
    pub(super) async fn language(&self, accepted: &str) {
        let version = self.devtools("Browser.getVersion", &json!({})).await;
        let asked = json!({ "userAgent": version["userAgent"], "acceptLanguage": accepted });
        self.devtools("Emulation.setUserAgentOverride", &asked).await;
    }

    pub(super) async fn resize(&self, size: Size) {
        let Size { width, height, .. } = size;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics).await;
    }

    /// What reaches beyond the right edge of the page, so that it must be scrolled sideways.
    pub(super) async fn beyond_the_edge(&self) -> Value {
        let script = "const { scrollWidth, clientWidth } = document.documentElement;
            const beyond = [...document.querySelectorAll('body *')]
                .filter((one) => one.getBoundingClientRect().right > clientWidth + 0.5
                    && getComputedStyle(one).position !== 'absolute');
            return scrollWidth > clientWidth ? [`${scrollWidth} of ${clientWidth} px`] : beyond.map((one) => one.outerHTML.slice(0, 200));";
        self.run(script).await
    }

    /// The scripts of the page, in elements, attributes and addresses.
    pub(super) async fn scripts_of_the_page(&self) -> Value {
        let script = "const found = [...document.querySelectorAll('*')].flatMap((one) => [
                ...(one.localName === 'script' ? [one.src || 'a script inline'] : []),
                ...[...one.attributes].filter(({ name, value }) =>
                    name.startsWith('on') || /^\\\\s*javascript:/i.test(value)).map(({ name }) => `${one.localName} ${name}`),
            ]);
            return found;";
        self.run(script).await
    }

    /// What axe-core calls serious or critical: no name for a control, too little contrast, no way by the keyboard.
    pub(super) async fn serious_faults(&self) -> Value {
        let axe =
            std::env::var_os("HELSEID_TEST_AXE").expect("axe-core: run the tests with cargo xtask test");
        let axe = std::fs::read_to_string(axe).unwrap();
        let script = format!(
            "{axe}; const found = (await axe.run()).violations;
             return found.filter((one) => ['serious', 'critical'].includes(one.impact))
                 .map((one) => `${{one.id}}: ${{one.nodes.map((node) => node.html).join(' ')}}`);"
        );
        self.run(&script).await
    }
}
