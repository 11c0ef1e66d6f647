//! How others may read an address that was taken: for tests, and for a fuzzer.

use url::Url;

use super::Base;

impl Base {
    /// Panics unless the address lies below this one by each of its readings, of which each is decoded once more than the one before
    /// it until nothing is left to decode, and resolved as RFC 3986 section 5.2.4 does it; with the parameters of its segments, and
    /// as servers read it that take those away first.
    pub(super) fn must_be_above(&self, url: &Url) {
        assert_eq!(url.origin().ascii_serialization(), self.origin());
        let (mut path, mut above) = (url.path().to_owned(), self.path().to_owned());
        loop {
            for (path, above) in
                [(path.clone(), above.clone()), (without_parameters(&path), without_parameters(&above))]
            {
                let resolved = resolved(&path);
                let rest = resolved.strip_prefix(&above);
                assert!(rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')), "{url} as {path}");
                assert_eq!(resolved, path, "{url}");
            }
            let next = decoded(&path);
            if next == path {
                break;
            }
            (path, above) = (next, decoded(&above));
        }
    }
}

fn resolved(path: &str) -> String {
    let mut kept = Vec::new();
    for segment in path.split(['/', '\\']).skip(1) {
        match segment {
            ".." => drop(kept.pop()),
            "." => {}
            segment => kept.push(segment),
        }
    }
    kept.iter().map(|segment| format!("/{segment}")).collect()
}

/// Each segment up to its first `;`.
fn without_parameters(path: &str) -> String {
    let segments: Vec<_> =
        path.split('/').map(|segment| segment.split(';').next().unwrap_or_default()).collect();
    segments.join("/")
}

fn decoded(path: &str) -> String {
    let text = path.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(text.as_bytes()).map(|(name, value)| format!("{name}{value}")).collect()
}

/// Takes `text` as [`Base::holds`] does, an address below `base`; panics if anybody could read it as one that is not. Whether it was taken.
#[cfg(feature = "forge")]
pub fn is_taken(base: &str, text: &str) -> bool {
    let Ok(base) = Base::parse(base) else { return false };
    let taken = base.holds(text);
    if let Ok(url) = &taken {
        base.must_be_above(url);
    }
    taken.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "forge")]
    #[test]
    fn what_the_base_holds_is_taken() {
        let base = "https://api.example/fhir";
        assert!(is_taken(base, "https://api.example/fhir/a"));
        assert!(!is_taken(base, "https://api.example/admin") && !is_taken("/fhir", "/fhir"));
    }

    /// Each of these is taken for an address outside the base by somebody.
    #[test]
    fn each_reading_is_looked_at() {
        let base = Base::parse("https://api.example/fhir").unwrap();
        let is_above = |path: &str| {
            let url = Url::parse(&format!("https://api.example{path}")).unwrap();
            std::panic::catch_unwind(|| base.must_be_above(&url)).is_ok()
        };
        for path in ["/fhir", "/fhir/a;..", "/fhir/a;v=2/b", "/fhir/100%25"] {
            assert!(is_above(path), "{path}");
        }
        for path in [
            "/admin",
            "/fhirx",
            "/fhir/..;/admin",
            "/fhir/..;v=2/admin",
            "/fhir/..%3b/admin",
            "/fhir/%252e%252e/admin",
            "/fhir/%2525252e%2525252e/admin",
            "/fhir/..%2fadmin",
            "/fhir/..%5cadmin",
        ] {
            assert!(!is_above(path), "{path}");
        }
    }
}
