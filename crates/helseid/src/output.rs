//! Data on stdout, talk and logs on stderr.

use std::io::{IsTerminal as _, Write as _};

use serde::Serialize;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use helseid_protocol::visible::{visible, visible_in_colour};

use crate::args::{Format, LogFormat};
use crate::environment;
use crate::failure::Failure;

/// Writes data; a reader that went away early is no failure.
pub(crate) fn data(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(why) if why.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new("the output cannot be written", why, "check where it goes"))
        }
        _ => Ok(()),
    }
}

/// Writes a line of data.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    data(format!("{text}\n").as_bytes())
}

/// Writes a list: a table with headings on a terminal, else a line for each with two spaces between.
pub(crate) fn rows<const N: usize>(headings: [&str; N], rows: Vec<[String; N]>) -> Result<(), Failure> {
    let rows: Vec<[String; N]> = rows.into_iter().map(|row| row.map(|cell| printable(&cell))).collect();
    if !std::io::stdout().is_terminal() {
        return rows.iter().try_for_each(|row| line(row.join("  ").trim_end()));
    }
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(headings.get(column).map(|heading| heading.chars().count())).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let padded = |cells: &[String]| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    line(&Paint::of_stdout().strong(&padded(&headings.map(str::to_uppercase))))?;
    rows.iter().try_for_each(|row| line(&padded(row)))
}

/// What others wrote, without what would steer a terminal or cannot be seen. Letters of every language stay.
pub(crate) fn printable(text: &str) -> String {
    visible(text).into_owned()
}

fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// Writes data as JSON in one line.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value)
        .map_err(|why| Failure::new("the output cannot be written as JSON", why, "report this as a bug"))?;
    line(&text)
}

/// Says that something was done: to programs as JSON on stdout, to people in words on stderr.
pub(crate) fn done(format: Format, value: &impl Serialize, words: &str) -> Result<(), Failure> {
    match format {
        Format::Json => json(value),
        Format::Text => {
            tell(words);
            Ok(())
        }
    }
}

/// Writes lines for people, in which others may have had a say.
pub(crate) fn text(lines: &str) -> Result<(), Failure> {
    data(printable_lines(lines).as_bytes())
}

/// Talks to the person, here alone.
pub(crate) fn tell(text: &str) {
    // Where stderr is gone, as with a terminal that was closed, nobody reads it.
    let _ = writeln!(std::io::stderr(), "{}", printable_lines(text));
}

/// Colours, on a terminal whose owner has not turned them off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// For what goes to stdout.
    pub(crate) fn of_stdout() -> Self {
        Self { on: colours(std::io::stdout().is_terminal()) }
    }

    /// Green.
    pub(crate) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Yellow.
    pub(crate) fn poor(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// Red and bold.
    pub(crate) fn bad(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    /// Bold.
    pub(crate) fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// <https://no-color.org>: set, and not empty.
fn colours(is_terminal: bool) -> bool {
    is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// The log on stderr, in which nobody hides a character. A line comes in one piece.
struct VisibleLog;

impl std::io::Write for VisibleLog {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        std::io::stderr().lock().write_all(visible_in_colour(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}

/// Logs warnings, or what `HELSEID_LOG` asks for: a level such as `info`, or levels of targets such as
/// `warn,helseid_authority=debug`.
pub(crate) fn start_log(format: LogFormat) -> Result<(), Failure> {
    let levels = match environment::text("HELSEID_LOG") {
        None => Targets::new().with_default(LevelFilter::WARN),
        Some(text) => text.parse().map_err(|why| {
            let next = "set a level (error, warn, info, debug, trace or off), or levels of targets: warn,helseid_authority=debug";
            Failure::new("HELSEID_LOG cannot be read", why, next)
        })?,
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| VisibleLog)
        .with_ansi(colours(std::io::stderr().is_terminal()));
    let log = tracing_subscriber::registry().with(levels);
    match format {
        LogFormat::Text => log.with(lines).init(),
        LogFormat::Json => log.with(lines.json()).init(),
    }
    Ok(())
}
