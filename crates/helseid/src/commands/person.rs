//! `person`.

use std::io::IsTerminal as _;
use std::path::Path;

use helseid_admin_api::{Listed, PersonEntry, ShortName, TestProviders, operation};
use helseid_protocol::person::{HealthPersonnel, Person, PersonName, PersonNumber, SyntheticMonth};
use serde_json::json;

use super::client::tell_broken;
use crate::admin::Admin;
use crate::args::{Format, Global, PersonCommand, PersonFlags, Registry};
use crate::failure::Failure;
use crate::{files, output};

pub(crate) async fn run(command: PersonCommand, global: &Global) -> Result<(), Failure> {
    match command {
        PersonCommand::Add(flags) => add(&flags, global).await,
        PersonCommand::List { numbers, registry } => list(&registry, numbers, global).await,
        PersonCommand::Remove { short_name, registry } => {
            let name = short_name_of(&short_name)?;
            let admin = Admin::of(&registry, global)?;
            admin.call(&operation::REMOVE_PERSON, &[name.as_str()], &()).await?;
            output::done(global.format, &json!({ "removed": name }), &format!("removed {name}"))
        }
    }
}

async fn add(flags: &PersonFlags, global: &Global) -> Result<(), Failure> {
    let entry = PersonEntry {
        short_name: short_name_of(&flags.short_name)?,
        person: Person {
            number: number(&flags.number_file)?,
            name: PersonName::new(&flags.given_name, flags.middle_name.as_deref(), &flags.family_name)
                .map_err(|why| Failure::usage("the name is invalid", why, "correct it"))?,
            health_personnel: flags.hpr_file.as_deref().map(registration).transpose()?,
        },
        level: flags.level,
        identity_providers: TestProviders::try_from(flags.identity_provider.clone())
            .map_err(|why| Failure::usage("there are too many identity providers", why, "name each once"))?,
    };
    let admin = Admin::of(&flags.registry, global)?;
    admin.call(&operation::PUT_PERSON, &[], &entry).await?;
    let (name, words) = (&entry.short_name, entry.person.name.full());
    output::done(global.format, &json!({ "added": name }), &format!("added {name}, {words}"))
}

/// What is no short name is not repeated: it may be a number.
pub(super) fn short_name_of(text: &str) -> Result<ShortName, Failure> {
    let next = "give a short name, such as doctor: helseid person list";
    ShortName::parse(text).map_err(|why| Failure::usage("the short name is invalid", why, next))
}

/// The number in a file or from stdin. Whether 40 added to the month will do is the authority's to say.
fn number(file: &Path) -> Result<PersonNumber, Failure> {
    if file == Path::new("-") && std::io::stdin().is_terminal() {
        output::tell("type the synthetic number, then Enter and Ctrl-D; or name its file with --number-file");
    }
    let text = files::read_text(file)?;
    PersonNumber::parse(text.trim(), SyntheticMonth::Plus80OrPlus40).map_err(|why| {
        let next = "give only the number of a synthetic person, in a file or on stdin";
        Failure::new("the number is not accepted", why, next)
    })
}

fn registration(file: &Path) -> Result<HealthPersonnel, Failure> {
    serde_json::from_str(&files::read_text(file)?).map_err(|why| {
        let what = format!("{} is not a registration in HPR", file.display());
        let next = r#"write it as {"hpr_number": 565505933, "approvals": [{"profession": "LE"}]}"#;
        Failure::new(what, why, next)
    })
}

async fn list(registry: &Registry, numbers: bool, global: &Global) -> Result<(), Failure> {
    let admin = Admin::of(registry, global)?;
    let all = admin.call(&operation::LIST_PERSONS, &[], &()).await?;
    tell_broken(&admin, &["person"]).await?;
    if global.format == Format::Json {
        return output::json(&all);
    }
    let row = |Listed { entry, .. }: &Listed<PersonEntry>| {
        let level = format!("level {}", entry.level);
        [entry.short_name.to_string(), level, professions(entry), entry.person.name.full()]
    };
    let headings = ["short name", "level", "HPR", "name"];
    if !numbers {
        return output::rows(headings, all.iter().map(row).collect());
    }
    let with_number = |listed: &Listed<PersonEntry>| {
        let [name, level, professions, full] = row(listed);
        [name, listed.entry.person.number.expose().to_owned(), level, professions, full]
    };
    let [name, level, professions, full] = headings;
    output::rows([name, "number", level, professions, full], all.iter().map(with_number).collect())
}

fn professions(entry: &PersonEntry) -> String {
    let Some(registered) = &entry.person.health_personnel else { return "none".to_owned() };
    let all: Vec<_> = registered.approvals.iter().map(|approval| approval.profession.as_str()).collect();
    all.join("+")
}
