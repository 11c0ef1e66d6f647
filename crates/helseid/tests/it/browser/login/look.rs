//! What must hold of every page, whoever reads it and on whatever screen.

use serde_json::Value;

use crate::browser::driver::Browser;
use crate::browser::hands::Size;

/// The narrowest screen of WCAG 2.2 (1.4.10), a phone, a desktop and a large screen.
pub(super) const SIZES: [Size; 4] = [
    Size { name: "narrow", width: 320, height: 568 },
    Size { name: "phone", width: 390, height: 844 },
    Size { name: "desktop", width: 1280, height: 900 },
    Size { name: "large", width: 3840, height: 2160 },
];

/// What the browser complained of since it was last asked, such as a breach of a page's policy. That a page has a status of its
/// own is no complaint, nor is what the test itself has blocked, nor what befalls a page of the browser's own.
pub(super) async fn complaints(browser: &Browser) -> Vec<String> {
    let all = browser.complaints().await.into_iter();
    let meant = ["the server responded with a status of", "ERR_BLOCKED_BY_CLIENT", "chrome://"];
    all.filter(|text| !meant.iter().any(|meant| text.contains(meant))).collect()
}

/// What is wrong with the page that the browser shows: what keeps people from it in light and dark, its scripts, what must be
/// scrolled sideways, and what its policy forbids.
pub(super) async fn faults(browser: &Browser) -> Vec<String> {
    let mut found = Vec::new();
    for scheme in ["light", "dark"] {
        browser.scheme(scheme).await;
        found.extend(texts(scheme, &browser.serious_faults().await));
    }
    found.extend(texts("script", &browser.scripts_of_the_page().await));
    for size in SIZES {
        browser.resize(size).await;
        found.extend(texts(size.name, &browser.beyond_the_edge().await));
    }
    found.extend(complaints(browser).await);
    found
}

fn texts(of: &str, list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("{of}: {list}"));
    list.iter().map(|text| format!("{of}: {}", text.as_str().unwrap_or_default())).collect()
}
