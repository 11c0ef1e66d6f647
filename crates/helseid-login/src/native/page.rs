//! What the browser shows at the end of a login at a terminal. It holds nothing of the person, and nothing of what was sent.

/// How a login ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// Somebody is logged in.
    Done,
    /// Nobody is.
    Failed,
}

impl Page {
    /// The page, in Norwegian and in English, light or dark as the browser is.
    pub(super) const fn html(self) -> &'static str {
        match self {
            Self::Done => concat!(
                "<!doctype html><html lang=\"nb\"><head><meta charset=\"utf-8\">",
                "<meta name=\"viewport\" content=\"width=device-width\">",
                "<meta name=\"color-scheme\" content=\"light dark\"><title>Innlogget</title></head>",
                "<body><main><h1>Du er logget inn</h1><p>Lukk dette vinduet, og g\u{e5} tilbake til programmet.</p>",
                "<div lang=\"en\"><h2>You are logged in</h2><p>Close this window, and go back to the program.</p></div>",
                "</main></body></html>\n",
            ),
            Self::Failed => concat!(
                "<!doctype html><html lang=\"nb\"><head><meta charset=\"utf-8\">",
                "<meta name=\"viewport\" content=\"width=device-width\">",
                "<meta name=\"color-scheme\" content=\"light dark\"><title>Ikke innlogget</title></head>",
                "<body><main><h1>Du er ikke logget inn</h1>",
                "<p>Programmet sier hvorfor. Lukk dette vinduet, og pr\u{f8}v igjen derfra.</p>",
                "<div lang=\"en\"><h2>You are not logged in</h2>",
                "<p>The program says why. Close this window, and try again from there.</p></div>",
                "</main></body></html>\n",
            ),
        }
    }
}
