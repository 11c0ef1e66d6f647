//! Finds English on a page: in its text and in those attributes that people are shown, but not in code, literal output and
//! citations.

/// Words of which nearly every English sentence has one, and no Norwegian sentence any.
const MARKERS: &[&str] = &[
    "an", "another", "are", "cannot", "expected", "from", "got", "has", "have", "is", "it", "its", "missing",
    "must", "no", "not", "nothing", "of", "only", "or", "than", "that", "the", "their", "there", "this",
    "unknown", "was", "were", "which", "with", "without", "wrong", "you", "your",
];

/// Elements whose content is not ours to translate.
const VERBATIM: &[&str] = &["code", "pre", "samp", "cite", "script", "style"];

/// Attributes that people are shown, besides all of `data-…`, which scripts show.
const SHOWN: &[&str] = &["aria-label", "placeholder", "title", "alt"];

/// Each text on the page that has an English word.
pub(crate) fn english(page: &str) -> Vec<String> {
    texts(page).into_iter().filter(|text| text.split_whitespace().any(is_marker)).collect()
}

fn is_marker(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    MARKERS.iter().any(|marker| *marker == word || (word.len() > 2 && marker.eq_ignore_ascii_case(word)))
}

/// What people can read on the page, a piece for each run of text and each attribute.
pub(crate) fn texts(page: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut verbatim = 0_usize;
    for piece in page.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag ends");
        let name = tag.split_whitespace().next().unwrap_or_default();
        if VERBATIM.contains(&name) {
            verbatim += 1;
        } else if name.strip_prefix('/').is_some_and(|name| VERBATIM.contains(&name)) {
            verbatim -= 1;
        }
        texts.extend(
            attributes(tag)
                .filter(|(name, _)| name.starts_with("data-") || SHOWN.contains(name))
                .map(|(_, value)| plain(value)),
        );
        if verbatim == 0 {
            texts.push(plain(text));
        }
    }
    texts.retain(|text| !text.is_empty());
    texts
}

/// The attributes of a tag that have a value.
fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut parts = tag.split('"');
    std::iter::from_fn(move || {
        let name = parts.next()?;
        let value = parts.next()?;
        Some((name.trim().trim_end_matches('=').rsplit(' ').next().unwrap_or_default(), value))
    })
}

fn plain(html: &str) -> String {
    let escapes =
        [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&"), ("&amp;", "&")];
    let text = escapes.iter().fold(html.to_owned(), |text, (escape, plain)| text.replace(escape, plain));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn english_is_found_in_texts_and_attributes_and_not_in_code() {
    let page = |body: &str| format!("<html lang=\"nb\"><body><p>Klienter</p>{body}</body></html>");
    for planted in [
        "<p>klienten: it is empty</p>",
        "<p>feltet <code>x</code> is wrong</p>",
        "<button aria-label=\"Remove the key\">Fjern</button>",
        "<p data-lost=\"The authority does not respond\"></p>",
        "<dd>a member of another type</dd>",
    ] {
        assert_eq!(english(&page(planted)).len(), 1, "{planted}");
    }
    for verbatim in [
        "<code>it is empty</code>",
        "<samp lang=\"en\">the key</samp>",
        "<p>the-client</p>",
        "<p>NO:ORGNR</p>",
    ] {
        assert_eq!(english(&page(verbatim)), Vec::<String>::new(), "{verbatim}");
    }
}
