//! What must stand nowhere: the numbers of persons, and what is secret, in addresses, referrers and the log.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Mutex, Once};

use super::party::{PLANTED, Party};
use crate::browser::driver::Browser;
use tracing_subscriber::filter::LevelFilter;

/// The numbers that are looked for.
static NUMBERS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The lines of this process's log in which one of them stands, or the planted one.
static FOUND: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// How many bytes were logged.
static LOGGED: Mutex<usize> = Mutex::new(0);

struct Log;

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        *LOGGED.lock().unwrap() += line.len();
        let text = String::from_utf8_lossy(line);
        if NUMBERS.lock().unwrap().iter().any(|number| text.contains(number)) {
            FOUND.lock().unwrap().push(text.into_owned());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Looks at all that this process logs from now on, at every level, for these numbers and the planted one.
pub(super) fn watch_the_log<'a>(numbers: impl Iterator<Item = &'a String>) {
    NUMBERS.lock().unwrap().extend(numbers.cloned().chain([PLANTED.to_owned()]));
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(|| Log)
            .init();
    });
}

/// The logged lines in which this stands; that anything was logged is checked, too.
pub(super) fn logged(number: &str) -> Vec<String> {
    assert!(*LOGGED.lock().unwrap() > 0, "nothing was logged");
    FOUND.lock().unwrap().iter().filter(|line| line.contains(number)).cloned().collect()
}

/// The addresses and referrers of the browser and of the applications in which one of these stands. The browser is asked for
/// what it has sent since it was last asked.
pub(super) async fn in_addresses(browser: &Browser, parties: &[&Party], forbidden: &[String]) -> Vec<String> {
    let mut seen = vec![browser.address().await];
    let sent = browser.sent().await;
    assert!(!sent.is_empty(), "the browser told of no request");
    seen.extend(sent.into_iter().flat_map(|sent| [Some(sent.url), sent.referrer]).flatten());
    for came in parties.iter().flat_map(|party| party.came()) {
        seen.extend([Some(came.uri), came.referrer].into_iter().flatten());
    }
    let has_one = |text: &String| forbidden.iter().any(|one| text.contains(one));
    seen.retain(has_one);
    seen
}
