//! `whoami`.

use serde_json::{Value, json};

use crate::args::{ClientFlags, Format, Global, SessionFlags};
use crate::failure::Failure;
use crate::session::{Place, Session};
use crate::{output, settings};

pub(crate) fn run(flags: &SessionFlags, global: &Global) -> Result<(), Failure> {
    let config = settings::config(global, &ClientFlags::default())?;
    let session = Place::find(&flags.place, global).read(&config)?;
    match global.format {
        Format::Json => output::json(&json(&session)),
        Format::Text => output::text(&format!("{}\n", words(&session))),
    }
}

/// Who is logged in, how strongly, and for how long.
pub(super) fn words(session: &Session) -> String {
    let person = session.person();
    let name = person.as_ref().and_then(|person| person.name()).unwrap_or("somebody whose name is not known");
    let level =
        session.level().map_or_else(|| "no known security level".to_owned(), |level| level.to_string());
    let ends =
        session.ends().map_or_else(String::new, |ends| format!(", until {} at the latest", ends.rfc3339()));
    format!("{name} is logged in at {level}{ends}")
}

/// The same for programs. Nobody's number is in it.
pub(super) fn json(session: &Session) -> Value {
    let person = session.person();
    json!({
        "name": person.as_ref().and_then(|person| person.name()),
        "security_level": session.level().map(|level| level.name()),
        "subject": person.as_ref().map(|person| person.subject().as_str()),
        "authenticated": person.as_ref().and_then(|person| person.authenticated()).map(|at| at.rfc3339()),
        "ends": session.ends().map(|at| at.rfc3339()),
    })
}
