//! A real Chromium, over WebDriver (W3C): as much of it as the tests need.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use helseid_http::Outbound;
use http::{Method, Request};
use serde_json::{Value, json};

/// The most bytes of an answer: a picture of a page.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// How long the driver waits for an element, or for a script, before it says that there is none.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many frames a download may take.
const MAX_FRAMES: usize = 2_000;

/// A browser with nothing of anybody's; gone when it is dropped.
pub(super) struct Browser {
    process: Child,
    session: String,
    outbound: Outbound,
}

/// How a browser is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setup {
    /// As people have it.
    Plain,
    /// It takes the certificates of a test, and tells of each request that it sends.
    Watched,
    /// The same, and it keeps no cookies.
    WithoutCookies,
}

/// A driver, and the port that it listens on. It chooses a port of IPv4 that is free, and ends where another has that port of IPv6,
/// so that it is started again.
fn driver() -> (Child, u16) {
    for _ in 0..5 {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver: install the packages chromium and chromium-driver");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let started = lines.map_while(Result::ok).find(|line| line.contains("started successfully on port"));
        if let Some(line) = started {
            return (process, line.rsplit(' ').next().unwrap().trim_end_matches('.').parse().unwrap());
        }
        process.wait().unwrap();
    }
    panic!("chromedriver ended five times before it listened")
}

impl Browser {
    /// Starts one that puts downloads into `folder`.
    pub(super) async fn start(folder: &Path, setup: Setup) -> Self {
        let (process, port) = driver();
        // The driver gives up first, and says what it waited for.
        let outbound = Outbound::builder().timeouts(PATIENCE, 2 * PATIENCE, 2 * PATIENCE).build().unwrap();
        let mut browser = Self { process, session: format!("http://127.0.0.1:{port}/session"), outbound };
        let profile = format!("--user-data-dir={}", folder.join("profile").display());
        let mut arguments = vec![
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1200,900",
            &profile,
        ];
        let mut logged = json!({ "browser": "ALL" });
        let mut preferences = json!({ "download.default_directory": folder.display().to_string() });
        if setup != Setup::Plain {
            arguments.push("--ignore-certificate-errors");
            logged["performance"] = json!("ALL");
        }
        if setup == Setup::WithoutCookies {
            preferences["profile.default_content_setting_values.cookies"] = json!(2);
        }
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "timeouts": { "implicit": PATIENCE.as_millis(), "script": PATIENCE.as_millis() },
            "goog:loggingPrefs": logged,
            "goog:chromeOptions": { "args": arguments, "prefs": preferences },
        } } });
        let made = browser.ask(Method::POST, "", &capabilities).await;
        let id = made["sessionId"].as_str().unwrap().to_owned();
        browser.session = format!("{}/{id}", browser.session);
        browser
    }

    pub(super) async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        let sent: String = body.to_string().chars().take(200).collect();
        let answer = self.try_to(method, path, body).await;
        answer.unwrap_or_else(|why| panic!("{path} {sent}: {why}"))
    }

    /// The same of what may fail; why it did.
    async fn try_to(&self, method: Method, path: &str, body: &Value) -> Result<Value, Value> {
        let url = format!("{}{path}", self.session);
        let body = if method == Method::GET { Vec::new() } else { body.to_string().into_bytes() };
        let request = Request::builder().method(method).uri(url).header("content-type", "application/json");
        let answer = self.outbound.send(request.body(body).unwrap(), MAX_BYTES).await.unwrap();
        let read: Value = serde_json::from_slice(answer.body()).unwrap();
        if answer.status().is_success() {
            Ok(read["value"].clone())
        } else {
            Err(read["value"]["message"].clone())
        }
    }

    pub(super) async fn open(&self, url: &str) {
        self.ask(Method::POST, "/url", &json!({ "url": url })).await;
    }

    /// What a script in the page gives, which may wait for something.
    pub(super) async fn run(&self, script: &str) -> Value {
        let script = format!(
            "const done = arguments[0]; (async () => {{ {script} }})().then(done, (why) => done('failed: ' + why));"
        );
        self.ask(Method::POST, "/execute/async", &json!({ "script": script, "args": [] })).await
    }

    /// Returns once this holds in the page: at once, or after a change of the page.
    pub(super) async fn until(&self, condition: &str) {
        let script = format!(
            "const holds = () => {condition};
             if (holds()) return true;
             return new Promise((done) => new MutationObserver(() => holds() && done(true))
                 .observe(document, {{ subtree: true, childList: true, characterData: true, attributes: true }}));"
        );
        assert_eq!(self.run(&script).await, Value::Bool(true), "{condition}");
    }

    /// Returns once this is so outside the page; it is looked at with each frame that the browser draws.
    pub(super) async fn frames_until(&self, mut holds: impl FnMut() -> bool) {
        for _ in 0..MAX_FRAMES {
            if holds() {
                return;
            }
            self.run("return new Promise((done) => requestAnimationFrame(() => done(true)));").await;
        }
        panic!("not within {MAX_FRAMES} frames");
    }

    /// Whether the browser comes to such an address: a click is answered before the browser has followed where it leads.
    pub(super) async fn comes_to(&self, holds: impl Fn(&str) -> bool) -> bool {
        for _ in 0..MAX_FRAMES {
            if holds(&self.address().await) {
                return true;
            }
            // A page that is left while it is asked answers with an error.
            let frame = json!({ "script": "requestAnimationFrame(arguments[0]);", "args": [] });
            let _ = self.try_to(Method::POST, "/execute/async", &frame).await;
        }
        false
    }

    /// The first element that fits, once there is one.
    pub(super) async fn find(&self, css: &str) -> String {
        let wanted = json!({ "using": "css selector", "value": css });
        let Ok(found) = self.try_to(Method::POST, "/element", &wanted).await else {
            let page = self.run("return document.body.innerText;").await;
            panic!("no {css} at {}: {page}; {:?}", self.address().await, self.complaints().await);
        };
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    /// Types into the first element that fits, once there is one.
    pub(super) async fn enter(&self, css: &str, text: &str) {
        let element = self.find(css).await;
        self.ask(Method::POST, &format!("/element/{element}/value"), &json!({ "text": text })).await;
    }

    /// Clicks on it.
    pub(super) async fn click(&self, css: &str) {
        self.of_element(css, Method::POST, "click").await;
    }

    /// The text of it.
    pub(super) async fn text(&self, css: &str) -> String {
        self.of_element(css, Method::GET, "text").await.as_str().unwrap().to_owned()
    }

    /// Asks this of the first element that fits; once more where the page was left between finding it and asking.
    async fn of_element(&self, css: &str, method: Method, what: &str) -> Value {
        loop {
            let path = format!("/element/{}/{what}", self.find(css).await);
            match self.try_to(method.clone(), &path, &json!({})).await {
                Ok(answer) => return answer,
                Err(why) if why.as_str().is_some_and(|why| why.contains("stale element")) => {}
                Err(why) => panic!("{path} of {css}: {why}"),
            }
        }
    }

    pub(super) async fn address(&self) -> String {
        self.ask(Method::GET, "/url", &Value::Null).await.as_str().unwrap().to_owned()
    }

    /// What the browser complained of since it was last asked, a breach of the page's policy for one.
    pub(super) async fn complaints(&self) -> Vec<String> {
        let log = self.ask(Method::POST, "/se/log", &json!({ "type": "browser" })).await;
        let entries = log.as_array().unwrap().iter();
        entries.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Pretends that the person has chosen this, `light` or `dark`, and that nothing moves: no colour is seen on its way to another.
    pub(super) async fn scheme(&self, scheme: &str) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": features })).await;
    }

    /// A command of the DevTools protocol, and its answer.
    pub(super) async fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let command = json!({ "cmd": command, "params": parameters });
        self.ask(Method::POST, "/goog/cdp/execute", &command).await
    }

    /// The page as it looks, in PNG.
    pub(super) async fn picture(&self) -> Vec<u8> {
        let text = self.ask(Method::GET, "/screenshot", &Value::Null).await;
        let text = text.as_str().unwrap().replace('+', "-").replace('/', "_");
        helseid_protocol::jose::base64url::decode(text.trim_end_matches('=')).unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A driver that is killed leaves its browser behind; one that is asked to end the session does not.
        let rest = self.session.trim_start_matches("http://");
        if let Some((address, path)) = rest.split_once('/')
            && let Ok(mut way) = TcpStream::connect(address)
        {
            let _ = write!(way, "DELETE /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
            let _ = way.read(&mut [0; 64]);
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
