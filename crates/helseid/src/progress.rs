//! A line that tells how far a large body is; on a terminal alone.

use std::io::{IsTerminal as _, Write as _};

/// Bodies below this pass in a blink: 1 MiB.
const LARGE: u64 = 1024 * 1024;

/// The line is rewritten after this many bytes: 256 KiB.
const STEP: u64 = 256 * 1024;

/// One body on its way.
pub(crate) struct Progress {
    doing: &'static str,
    total: Option<u64>,
    shown: Option<u64>,
    on: bool,
}

impl Progress {
    /// `doing` is `sent` or `received`; `total` the length, where it is known.
    pub(crate) fn new(doing: &'static str, total: Option<u64>) -> Self {
        Self { doing, total, shown: None, on: std::io::stderr().is_terminal() }
    }

    /// So many bytes have passed.
    pub(crate) fn at(&mut self, done: u64) {
        let is_over = self.total.is_some_and(|total| done >= total);
        let is_large = self.total.unwrap_or(done) >= LARGE;
        let is_new = is_over || self.shown.is_none_or(|shown| done < shown || done - shown >= STEP);
        if self.on && is_large && is_new {
            self.shown = Some(done);
            // What cannot be shown is not missed.
            let _ = write!(std::io::stderr(), "\r{}\x1b[K", line(self.doing, done, self.total));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

fn line(doing: &str, done: u64, total: Option<u64>) -> String {
    const WIDTH: u64 = 30;
    let Some(total) = total.filter(|total| *total > 0) else { return format!("{doing} {}", size(done)) };
    let done = done.min(total);
    let filled = usize::try_from(done * WIDTH / total).unwrap_or_default();
    let bar = format!("{}{}", "#".repeat(filled), "-".repeat(WIDTH as usize - filled));
    format!("{doing} [{bar}] {:3} %, {} of {}", done * 100 / total, size(done), size(total))
}

/// A number of bytes for people: `1.5 MiB`.
fn size(bytes: u64) -> String {
    let (unit, name) = if bytes >= 1 << 30 { (1 << 30, "GiB") } else { (1 << 20, "MiB") };
    format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_how_far_it_is() {
        let half = line("received", 3 << 20, Some(6 << 20));
        assert_eq!(half, "received [###############---------------]  50 %, 3.0 MiB of 6.0 MiB");
        assert_eq!(line("received", 3 << 29, None), "received 1.5 GiB");
        assert!(line("sent", 9 << 20, Some(6 << 20)).contains("] 100 %, 6.0 MiB of"));
    }
}
